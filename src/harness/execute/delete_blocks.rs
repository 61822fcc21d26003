//! Encoded states as cases show and make them: the replicated state of a stream, decoded and encoded by `crate::format`.
//!
//! The bytes depend on the history of a set (it is a tree), so what is shown is what they mean.

use crate::format::consumer_state::ConsumerState;
use crate::format::delete_blocks::{
    DeleteBlock, DeleteBlockRef, DeleteRange, StreamReplicatedState, StreamStateHead, encode_stream_state,
    is_encoded_stream_state,
};
use crate::harness::answer::{self, Context};
use crate::harness::protocol::{ConsumerPending, ConsumerStateMsg, Int, Outcome, Output, SeqList, SequencePair, Uint};

/// The lines of an encoded state of a stream or of a consumer.
pub(super) fn describe(bytes: &[u8], context: Context) -> Vec<String> {
    if is_encoded_stream_state(bytes) {
        return match StreamReplicatedState::decode(bytes) {
            Ok(state) => stream(&state),
            Err(error) => vec![format!("undecodable {error}  {}", answer::payload(bytes))],
        };
    }
    match ConsumerState::decode(bytes) {
        Ok(state) => consumer(&state, context),
        Err(error) => vec![format!("undecodable {error}  {}", answer::payload(bytes))],
    }
}

fn stream(state: &StreamReplicatedState) -> Vec<String> {
    let head = &state.head;
    let mut lines = vec![format!(
        "msgs {}  bytes {}  first {}  last {}  failed {}  delete blocks {}",
        head.msgs,
        head.bytes,
        head.first_seq,
        head.last_seq,
        head.failed,
        state.deleted.len()
    )];
    for block in &state.deleted {
        lines.push(match block {
            DeleteBlock::Range(range) => format!("  run first {} num {}", range.first, range.num),
            DeleteBlock::Set(_) => format!("  set {}", SeqList::from_seqs(block.sequences())),
            DeleteBlock::Slice(_) => format!("  slice {}", SeqList::from_seqs(block.sequences())),
        });
    }
    lines
}

fn consumer(state: &ConsumerState, context: Context) -> Vec<String> {
    let pair =
        |pair: crate::format::SequencePair| SequencePair { consumer: Uint(pair.consumer), stream: Uint(pair.stream) };
    let pending = state
        .pending
        .iter()
        .map(|(seq, p)| (Uint(*seq), ConsumerPending { sequence: Uint(p.sequence), ts: Int(p.timestamp_ns) }))
        .collect();
    let redelivered = state.redelivered.iter().map(|(seq, count)| (Uint(*seq), Uint(*count))).collect();
    let state =
        ConsumerStateMsg { delivered: pair(state.delivered), ack_floor: pair(state.ack_floor), pending, redelivered };
    answer::outcome(&Outcome::Result(Output::ConsumerState { state }), context)
}

/// The encoded state whose delete blocks are the runs `deleted`, first to last.
pub(super) fn encode(deleted: &[(u64, u64)]) -> Vec<u8> {
    let count = deleted.iter().fold(0_u64, |count, (first, last)| count.saturating_add(last - first).saturating_add(1));
    // Only the delete blocks are applied; the head says that there are some, between sequence 1 and the last of them.
    let last = deleted.iter().map(|(_, last)| *last).max().unwrap_or_default().max(count);
    let head = StreamStateHead { msgs: last - count, bytes: 0, first_seq: 1, last_seq: last, failed: 0 };
    let runs: Vec<DeleteBlockRef<'_>> = deleted
        .iter()
        .map(|(first, last)| {
            DeleteBlockRef::Range(DeleteRange { first: *first, num: (last - first).saturating_add(1) })
        })
        .collect();
    encode_stream_state(&head, &runs)
}
