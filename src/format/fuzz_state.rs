//! The fuzz bodies of the state decoders; targets under `fuzz/` and the replay of seeds in `cargo test` call them.
//!
//! Each takes any bytes and asserts what must hold: nothing panics, dumps included, and what a decoder accepts encodes to
//! bytes that decode to the same value. Values that lie about themselves (a size that is not the number of members) must
//! keep lying in the same way.

use super::consumer_state::{self, ConsumerState};
use super::delete_blocks::{self, DeleteBlock, DeleteBlockRef, StreamReplicatedState, encode_stream_state};
use super::hash_wheel::{self, HashWheel};
use super::index_info::{self, IndexInfo};
use super::schedule::{self, MsgScheduling};
use super::sequence_set::{self, SequenceSet};
use super::stream_state::{self, FullState};

/// An arbitrary time for the base of encoded consumer states; it must not change what they mean.
const NOW_NS: i64 = 1_700_000_000_600_000_000;

/// The decoder of `o.dat`.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_consumer_state(data: &[u8]) {
    assert!(!consumer_state::dump(data).lines.is_empty(), "a dump says something");
    let Ok(state) = ConsumerState::decode(data) else { return };
    assert!(state.pending.len() + state.redelivered.len() <= data.len(), "entries come from bytes");
    let again = ConsumerState::decode(&state.encode(NOW_NS));
    assert_eq!(again, Ok(in_whole_seconds(state)), "an encoding means what it encodes");
}

/// A state as it is after a round trip, which keeps whole seconds alone.
fn in_whole_seconds(mut state: ConsumerState) -> ConsumerState {
    for pending in state.pending.values_mut() {
        pending.timestamp_ns -= pending.timestamp_ns % 1_000_000_000;
    }
    state
}

/// Whether a set has no member in the last node before 2^64. There Go makes a node for each insertion, so that a balanced
/// tree may hold equal bases on both sides and its encoding decodes to another tree.
fn is_ordinary(set: &SequenceSet) -> bool {
    set.iter().all(|seq| seq < u64::MAX - 2_047)
}

/// The decoder of the body of `index.db`.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_index_db(data: &[u8]) {
    assert!(!stream_state::dump(data).lines.is_empty(), "a dump says something");
    let Ok(state) = FullState::decode(data) else { return };
    assert!(state.subjects.len() + state.blocks.len() <= data.len(), "entries come from bytes");
    assert!(state.kept_blocks().count() <= state.blocks.len());
    if !state.blocks.iter().all(|block| is_ordinary(&block.deleted)) {
        return;
    }
    let encoded = state.encode();
    let again = FullState::decode(&encoded);
    assert_eq!(again.map(|again| again.encode()), Ok(encoded), "an encoding decodes to itself");
}

/// The decoder of replicated stream states.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_delete_blocks(data: &[u8]) {
    assert!(!delete_blocks::dump(data).lines.is_empty(), "a dump says something");
    let Ok(state) = StreamReplicatedState::decode(data) else { return };
    let blocks: Vec<DeleteBlockRef<'_>> = state.deleted.iter().filter_map(DeleteBlock::to_encode).collect();
    assert_eq!(blocks.len(), state.deleted.len(), "a decoder makes no slices");
    let encoded = encode_stream_state(&state.head, &blocks);
    let again = StreamReplicatedState::decode(&encoded).map(|again| (again.head, again.deleted.len()));
    let kept = if state.head.num_deleted() == 0 { 0 } else { blocks.len() };
    assert_eq!(again, Ok((state.head, kept)), "an encoding means what it encodes");
}

/// The decoder of sequence sets.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_sequence_set(data: &[u8]) {
    assert!(!sequence_set::dump(data).lines.is_empty(), "a dump says something");
    let Ok((set, read)) = SequenceSet::decode(data) else { return };
    assert!(read <= data.len(), "no more is read than there is");
    let encoded = set.encode();
    assert_eq!(encoded.len(), set.encoded_len());
    if !is_ordinary(&set) {
        return;
    }
    let again = SequenceSet::decode(&encoded).map(|(again, read)| (again.encode(), read));
    assert_eq!(again, Ok((encoded.clone(), encoded.len())), "an encoding decodes to itself");
    let mut changed = set;
    for seq in changed.runs().flat_map(|(first, last)| [first, last]).take(64).collect::<Vec<_>>() {
        assert!(changed.span_end(seq).is_none_or(|end| end >= seq));
        changed.delete(seq);
        changed.insert(seq.wrapping_add(4_096));
    }
}

/// The decoder of `thw.db`.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_hash_wheel(data: &[u8]) {
    assert!(!hash_wheel::dump(data).lines.is_empty(), "a dump says something");
    let Ok((wheel, stamp)) = HashWheel::decode(data) else { return };
    assert!(wheel.count() <= data.len() as u64, "entries come from bytes");
    let again = HashWheel::decode(&wheel.encode(stamp));
    let again = again.map(|(again, stamp)| (again.encode(stamp), stamp));
    assert_eq!(again, Ok((wheel.encode(stamp), stamp)), "an encoding means what it encodes");
    let mut passed = wheel;
    passed.expire_tasks(i64::MAX, |entry| entry.seq % 2 == 0);
    assert!(passed.entries().all(|entry| entry.seq % 2 == 1), "what was to go is gone");
}

/// The decoder of `sched.db`.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_schedules(data: &[u8]) {
    assert!(!schedule::dump(data).lines.is_empty(), "a dump says something");
    let Ok((scheduling, stamp)) = MsgScheduling::decode(data) else { return };
    assert!(scheduling.len() <= data.len(), "schedules come from bytes");
    let encoded = scheduling.encode(stamp);
    let again = MsgScheduling::decode(&encoded).map(|(again, stamp)| again.encode(stamp));
    assert_eq!(again, Ok(encoded), "an encoding means what it encodes");
}

/// The decoder of the block indexes of old servers, which nothing encodes.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_index_info(data: &[u8]) {
    assert!(!index_info::dump(data).lines.is_empty(), "a dump says something");
    let Ok(info) = IndexInfo::decode(data) else { return };
    assert!(info.deleted.iter().count() <= 8 * data.len(), "deletes come from bytes");
}
