//! Tests of replicated stream states: verdicts recorded from Go, a state that the Go store encoded, and the joining of gaps.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::format::fuzz_state::fuzz_delete_blocks;
use crate::format::go_vectors::{Fnv, check_verdicts, fnv};
use crate::format::stream_state::{FullState, FullStateHead, unframe};

const DECODED: &str = include_str!("../../../tests/data/go-vectors/delete-blocks.txt");
const STATE: &[u8] = include_bytes!("../../../tests/data/go-files/state-replicated.bin");

fn verdict(bytes: &[u8]) -> String {
    let Ok(state) = StreamReplicatedState::decode(bytes) else { return "reject".to_owned() };
    let head = state.head;
    let mut text = format!("{} {} {} {} {}", head.msgs, head.bytes, head.first_seq, head.last_seq, head.failed);
    for block in &state.deleted {
        let (first, last, num) = block.state();
        write!(text, " {first}-{last}:{num}").unwrap();
        if let DeleteBlock::Set(set) = block {
            let mut hash = Fnv::new();
            hash.note(set.encode());
            write!(text, "={}", hash.hex()).unwrap();
        }
    }
    fnv(&text)
}

#[test]
fn verdicts_and_values_equal_gos() {
    check_verdicts(DECODED, 1_107, verdict);
}

#[test]
fn recorded_inputs_keep_the_fuzz_invariants() {
    check_verdicts(DECODED, 1_107, |bytes| {
        fuzz_delete_blocks(bytes);
        verdict(bytes)
    });
}

#[test]
fn a_state_of_the_go_store_encodes_to_its_bytes() {
    let state = StreamReplicatedState::decode(STATE).unwrap();
    let blocks: Vec<_> = state.deleted.iter().filter_map(DeleteBlock::to_encode).collect();
    assert_eq!(hex::encode(encode_stream_state(&state.head, &blocks)), hex::encode(STATE));
    assert_eq!(num_deleted(&state.deleted), state.head.num_deleted());
    insta::assert_snapshot!("dump", dump(STATE).render());
    insta::assert_snapshot!("dump_cut", dump(&STATE[..STATE.len() - 1]).render());
}

#[test]
fn the_blocks_of_the_go_store_give_its_delete_blocks() {
    let index = include_bytes!("../../../tests/data/go-files/index-plain.db");
    let state = FullState::decode(unframe(index).unwrap().0).unwrap();
    let spans = state.blocks.iter().map(|block| BlockSpan {
        first_seq: block.facts.first_seq,
        last_seq: block.facts.last_seq,
        msgs: block.msgs(),
        deleted: &block.deleted,
    });
    let FullStateHead { msgs, bytes, first_seq, last_seq, .. } = state.head;
    let head = StreamStateHead { msgs, bytes, first_seq, last_seq, failed: 3 };
    assert_eq!(hex::encode(encode_stream_state(&head, &collect_delete_blocks(spans))), hex::encode(STATE));
}

#[test]
fn gaps_join_until_a_message_or_a_set_comes_between() {
    let (none, some) = (SequenceSet::new(), SequenceSet::from_iter([42]));
    let span = |first_seq, last_seq, msgs, deleted| BlockSpan { first_seq, last_seq, msgs, deleted };
    let range = |first, num| DeleteBlockRef::Range(DeleteRange { first, num });
    let spans = [span(5, 9, 5, &none), span(15, 14, 0, &none), span(20, 19, 0, &none), span(22, 25, 4, &none)];
    assert_eq!(collect_delete_blocks(spans), [range(10, 12)]);
    let spans = [span(5, 9, 5, &none), span(12, 13, 2, &none), span(20, 25, 4, &none)];
    assert_eq!(collect_delete_blocks(spans), [range(10, 2), range(14, 6)]);
    let spans = [span(5, 9, 5, &none), span(40, 44, 4, &some), span(50, 50, 1, &none)];
    assert_eq!(collect_delete_blocks(spans), [range(10, 30), DeleteBlockRef::Set(&some), range(45, 5)]);
}

#[test]
fn a_run_beyond_the_last_sequence_has_none() {
    let run = DeleteBlock::Range(DeleteRange { first: u64::MAX, num: 2 });
    assert_eq!((run.sequences().count(), run.state()), (0, (u64::MAX, 0, 2)));
    let list = DeleteBlock::Slice(vec![3, 9]);
    assert_eq!((list.sequences().sum::<u64>(), list.state(), list.to_encode()), (12, (3, 9, 2), None));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(mut bytes: Vec<u8>, header: bool) {
        if header {
            bytes.splice(..0, [MAGIC, VERSION]);
        }
        fuzz_delete_blocks(&bytes);
    }
}
