//! Tests of stream states: verdicts recorded from Go's recovery, files of the Go store, round trips in every version.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::format::fuzz_state::fuzz_index_db;
use crate::format::go_vectors::vectors;

const BODIES: &str = include_str!("../../../tests/data/go-vectors/index-bodies.txt");
const PLAIN: &[u8] = include_bytes!("../../../tests/data/go-files/index-plain.db");
const ONE: &[u8] = include_bytes!("../../../tests/data/go-files/index-one.db");

#[test]
fn verdicts_and_values_equal_gos_recovery() {
    let (mut accepted, mut refused) = (0, 0);
    for line in vectors(BODIES) {
        let (input, verdict) = line.split_once(' ').unwrap();
        let body = hex::decode(input).unwrap();
        fuzz_index_db(&body);
        let Ok(state) = FullState::decode(&body) else {
            assert!(["reject", "panic"].contains(&verdict), "refused, but Go said {verdict}: {input}");
            refused += 1;
            continue;
        };
        accepted += 1;
        if verdict == "later" {
            continue;
        }
        assert!(verdict.contains(','), "accepted, but Go said {verdict}: {input} {state:?}");
        let head = state.head;
        let mut found =
            vec![head.msgs, head.bytes, head.first_seq, head.first_ts as u64, head.last_seq, head.last_ts as u64];
        let mut expected: Vec<u64> = verdict.split(',').map(|word| word.parse::<i128>().unwrap() as u64).collect();
        if state.subjects.is_empty() {
            // Go leaves the subjects of the store alone if the file has none.
            expected.pop();
        } else {
            found.push(state.subjects.iter().map(|subject| &subject.subject).collect::<BTreeSet<_>>().len() as u64);
        }
        assert_eq!(found, expected, "{input}");
    }
    assert_eq!((accepted, refused), (323, 1_179));
}

#[test]
fn files_of_the_go_store_encode_to_their_bytes_and_agree_with_their_blocks() {
    for file in [PLAIN, ONE] {
        let (body, hash) = unframe(file).unwrap();
        let state = FullState::decode(body).unwrap();
        assert_eq!(hex::encode(frame(state.encode(), hash)), hex::encode(file));
        assert!(state.tracking().agrees_with(&state.head), "{state:?}");
    }
}

#[test]
fn dumps_name_the_fields() {
    let body = |file| unframe(file).unwrap().0;
    insta::assert_snapshot!("dump", dump(body(PLAIN)).render());
    insta::assert_snapshot!("dump_file", dump_file(ONE).render());
    insta::assert_snapshot!("dump_cut", dump(&body(ONE)[..30]).render());
}

#[test]
fn a_short_file_has_no_frame() {
    assert_eq!(unframe(&[0; 31]).unwrap_err().why, "shorter than 32 bytes");
    assert_eq!(unframe(&[7; 32]), Ok((&[7; 24][..], [7; 8])));
    assert_eq!(split_sealed(&[1, 2, 3], 2), Ok((&[1, 2][..], &[3][..])));
    assert_eq!(split_sealed(&[1], 2).unwrap_err().what, "stream state nonce");
}

#[test]
fn first_sequences_are_compared_only_above_1() {
    let facts = |first_seq, last_seq, first_ts| BlockFacts { first_seq, last_seq, first_ts, ..BlockFacts::default() };
    let mut tracking = Tracking::default();
    tracking.add(&facts(1, 0, 0), 0);
    assert!(tracking.agrees_with(&FullStateHead::default()));
    let mut tracking = Tracking::default();
    tracking.add(&facts(5, 9, 1), 5);
    tracking.add(&facts(3, 4, 0), 0);
    assert_eq!((tracking.first_seq, tracking.last_seq, tracking.msgs), (5, 9, 5));
    let head = FullStateHead { msgs: 5, first_seq: 4, last_seq: 9, ..FullStateHead::default() };
    assert!(!tracking.agrees_with(&head));
    tracking.add(&facts(4, 4, 1), 0);
    assert!(tracking.agrees_with(&head));
}

fn blocks() -> impl Strategy<Value = Vec<BlockState>> {
    let deleted = proptest::collection::vec(0..10_000u64, 0..4).prop_map(SequenceSet::from_iter);
    let block =
        (any::<[u64; 3]>(), any::<[u32; 3]>(), any::<[i64; 2]>(), deleted).prop_map(|(wide, narrow, ts, deleted)| {
            let facts = BlockFacts {
                index: narrow[0],
                bytes: wide[0],
                first_seq: wide[1],
                first_ts: ts[0],
                last_seq: wide[2],
                last_ts: ts[1],
                ttls: u64::from(narrow[1]),
                schedules: u64::from(narrow[2]),
            };
            BlockState { facts, num_deleted: deleted.size(), deleted }
        });
    proptest::collection::vec(block, 0..4)
}

proptest! {
    #[test]
    fn a_state_survives_its_encoding(
        numbers: [u64; 4],
        times: [i64; 2],
        subjects in proptest::collection::vec(("[a-z]{1,5}(\\.[a-z*]{1,5}){0,3}", any::<u64>(), any::<u32>(), any::<u32>()), 0..5),
        blocks in blocks(),
        last_block: u32,
        last_checksum: [u8; 8],
    ) {
        let [msgs, bytes, first_seq, last_seq] = numbers;
        let head = FullStateHead { msgs, bytes, first_seq, first_ts: times[0], last_seq, last_ts: times[1] };
        let subjects = subjects.into_iter().map(|(subject, total, first_block, last_block)| {
            SubjectState { subject, total, first_block, last_block }
        }).collect();
        let mut state = FullState { version: VERSION, head, subjects, blocks, last_block, last_checksum };
        prop_assert_eq!(FullState::decode(&state.encode()), Ok(state.clone()));
        state.version = 1;
        let old = FullState::decode(&state.encode()).unwrap();
        prop_assert!(old.blocks.iter().all(|block| block.facts.ttls == 0 && block.facts.schedules == 0));
        prop_assert_eq!(old.encode(), state.encode());
    }

    #[test]
    fn any_bytes_are_answered(mut bytes: Vec<u8>, version in 0..6u8) {
        if version > 0 {
            bytes.splice(..0, [MAGIC, version]);
        }
        fuzz_index_db(&bytes);
    }
}
