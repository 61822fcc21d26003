//! Tests of consumer states: verdicts and bytes recorded from Go, round trips, dumps of real files.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::format::fuzz_state::fuzz_consumer_state;
use crate::format::go_vectors::{check_verdicts, fnv, vectors};

const DECODED: &str = include_str!("../../../tests/data/go-vectors/consumer-state.txt");
const ENCODED: &str = include_str!("../../../tests/data/go-vectors/consumer-state-encoded.txt");
const FILE: &[u8] = include_bytes!("../../../tests/data/go-files/o-plain.dat");

fn verdict(bytes: &[u8]) -> String {
    let state = match ConsumerState::decode(bytes) {
        Ok(state) => state,
        Err(error) if error.what == VERSION_FIELD => return "version".to_owned(),
        Err(_) => return "reject".to_owned(),
    };
    let (floor, delivered) = (state.ack_floor, state.delivered);
    let mut text = format!("{} {} {} {}", floor.consumer, floor.stream, delivered.consumer, delivered.stream);
    for (stream, pending) in &state.pending {
        write!(text, " p{stream}:{}@{}", pending.sequence, pending.timestamp_ns).unwrap();
    }
    for (stream, count) in &state.redelivered {
        write!(text, " r{stream}:{count}").unwrap();
    }
    fnv(&text)
}

#[test]
fn verdicts_and_values_equal_gos() {
    check_verdicts(DECODED, 3_000, verdict);
}

#[test]
fn recorded_inputs_keep_the_fuzz_invariants() {
    check_verdicts(DECODED, 3_000, |bytes| {
        fuzz_consumer_state(bytes);
        verdict(bytes)
    });
}

#[test]
fn bytes_equal_gos() {
    let mut checked = 0;
    for line in vectors(ENCODED) {
        let mut words = line.split(' ');
        let expected = words.next().unwrap();
        let mut number = || words.next().map(|word| word.parse::<i64>().unwrap());
        let now_ns = number().unwrap();
        let [floor_consumer, floor_stream, consumer, stream] = std::array::from_fn(|_| number().unwrap() as u64);
        let mut state = ConsumerState {
            ack_floor: SequencePair { consumer: floor_consumer, stream: floor_stream },
            delivered: SequencePair { consumer, stream },
            ..ConsumerState::default()
        };
        while let Some(kind) = words.next() {
            let mut number = || words.next().unwrap().parse::<i64>().unwrap();
            let stream = number() as u64;
            if kind == "p" {
                let pending = Pending { sequence: number() as u64, timestamp_ns: number() };
                state.pending.insert(stream, pending);
            } else {
                state.redelivered.insert(stream, number() as u64);
            }
        }
        assert_eq!(hex::encode(state.encode(now_ns)), expected, "{line}");
        checked += 1;
    }
    assert_eq!(checked, 200);
}

#[test]
fn a_list_cut_in_redeliveries_is_accepted_and_one_cut_in_pending_is_not() {
    insta::assert_snapshot!("dump", dump(FILE).render());
    insta::assert_snapshot!("dump_cut_in_pending", dump(&FILE[..20]).render());
    insta::assert_snapshot!("dump_cut_in_redelivered", dump(&FILE[..FILE.len() - 1]).render());
    insta::assert_snapshot!("dump_version_3", dump(&[22, 3, 0]).render());
}

fn states() -> impl Strategy<Value = ConsumerState> {
    let pair = || (0..1u64 << 40, 0..1u64 << 40).prop_map(|(consumer, stream)| SequencePair { consumer, stream });
    let pending = (any::<u64>(), -1i64 << 33..1i64 << 33)
        .prop_map(|(sequence, seconds)| Pending { sequence, timestamp_ns: seconds * SECOND_NS });
    let maps = (
        proptest::collection::btree_map(1..u64::MAX, pending, 0..20),
        proptest::collection::btree_map(1u64 << 41..u64::MAX, 1..u64::MAX, 0..20),
    );
    (pair(), pair(), maps).prop_map(|(delivered, ack_floor, (pending, redelivered))| ConsumerState {
        delivered,
        ack_floor,
        pending,
        redelivered,
    })
}

proptest! {
    #[test]
    fn a_state_survives_its_encoding(state in states(), now_ns in 0..i64::MAX) {
        prop_assert_eq!(ConsumerState::decode(&state.encode(now_ns)), Ok(state));
    }

    #[test]
    fn any_bytes_are_answered(mut bytes: Vec<u8>, version in 0..4u8) {
        if version > 0 {
            bytes.splice(..0, [MAGIC, version]);
        }
        fuzz_consumer_state(&bytes);
    }
}
