//! Questions about the stream that load no message: its state, the states of subjects, and where a time lies.
//!
//! Carries 979, 1003, 1009, 1013 to 1016, 1023 to 1027, 1147 to 1152, 1156, 1161 to 1163, 1179.

use std::collections::BTreeMap;

use super::Store;
use super::block::{ALL_SUBJECTS, Filter};
use super::ctx::Deferred;
use super::error::StoreError;
use super::state::{LostStreamData, SimpleState, StoreEvent, StreamState};
use crate::index::subject::has_wildcard;
use crate::index::subject_tree::{Inserter, SubjectTree};

/// What a block knows, for those who look inside (the `inspect` operation of the harness).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Its index.
    pub index: u32,
    /// The first sequence and its time in Unix nanoseconds, 0 when not known.
    pub first: (u64, i64),
    /// The last sequence and its time in Unix nanoseconds.
    pub last: (u64, i64),
    /// Messages that can be loaded, and the bytes of their records.
    pub msgs: u64,
    /// The bytes of those messages' records.
    pub bytes: u64,
    /// All bytes, removed records included.
    pub raw_bytes: u64,
    /// The removed sequences between first and last, ascending.
    pub deleted: Vec<u64>,
    /// Messages with a TTL.
    pub ttls: u64,
    /// Messages with a schedule.
    pub schedules: u64,
    /// Whether its bytes are in memory.
    pub cached: bool,
    /// Whether it is closed.
    pub closed: bool,
}

/// What the store knows inside (the `inspect` operation of the harness).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreInfo {
    /// The blocks, ascending by index.
    pub blocks: Vec<BlockInfo>,
    /// What recovery could not read.
    pub lost: Option<LostStreamData>,
    /// Changes since the last `index.db`.
    pub dirty: u64,
    /// How often blocks were loaded (Go: `cacheLoads`, 1161).
    pub cache_loads: u64,
    /// The bytes of all caches (Go: `cacheSize`, 1162).
    pub cache_size: u64,
    /// Removed sequences in all blocks (Go: `dmapEntries`, 1163).
    pub deleted_entries: u64,
}

/// The longest list of deleted sequences that is made: 2 GiB.
const MAX_DELETED: u64 = 1 << 28;

impl Store {
    /// The state without the deleted sequences (Go: `FastState`, 1150).
    pub fn fast_state(&self) -> StreamState {
        let state = &self.state;
        let span = state.last_seq.wrapping_sub(state.first_seq).wrapping_add(1).wrapping_sub(state.msgs) as i64;
        StreamState {
            num_deleted: if state.last_seq > state.first_seq { u64::try_from(span).unwrap_or(0) } else { 0 },
            num_subjects: self.subjects.len() as u64,
            consumers: self.num_consumers(),
            deleted: Vec::new(),
            lost: None,
            ..state.clone()
        }
    }

    /// The state with the deleted sequences and what was lost (Go: `State`, 1151). Where more are deleted than a list should
    /// hold, which only damaged files can say, it is [`StoreError::TooManyDeleted`].
    pub fn state(&self) -> Result<StreamState, StoreError> {
        let mut state = StreamState {
            num_subjects: self.subjects.len() as u64,
            consumers: self.num_consumers(),
            lost: self.lost.clone(),
            num_deleted: 0,
            ..self.state.clone()
        };
        let missing = state.last_seq.wrapping_sub(state.first_seq).wrapping_add(1).wrapping_sub(state.msgs) as i64;
        if missing > 0 {
            let mut next = state.first_seq;
            for block in &self.blocks {
                let gap = block.first.seq.saturating_sub(next);
                if gap.saturating_add(state.deleted.len() as u64) > MAX_DELETED {
                    return Err(StoreError::TooManyDeleted(missing.unsigned_abs()));
                }
                state.deleted.extend(next..block.first.seq);
                if block.last.seq >= next {
                    next = block.last.seq.saturating_add(1);
                }
                state.deleted.extend(block.deleted.iter());
            }
            state.deleted.sort_unstable();
            state.num_deleted = state.deleted.len() as u64;
        }
        Ok(state)
    }

    /// The bytes of all blocks, and those that can be loaded (Go: `Utilization`, 1152).
    pub fn utilization(&self) -> (u64, u64) {
        self.blocks.iter().fold((0, 0), |(total, reported), block| (total + block.raw_bytes, reported + block.bytes))
    }

    /// What the store knows inside.
    pub fn inspect(&self) -> StoreInfo {
        let blocks: Vec<_> = self
            .blocks
            .iter()
            .map(|block| BlockInfo {
                index: block.index,
                first: (block.first.seq, block.first.ts),
                last: (block.last.seq, block.last.ts),
                msgs: block.msgs,
                bytes: block.bytes,
                raw_bytes: block.raw_bytes,
                deleted: block.deleted.iter().collect(),
                ttls: block.ttls,
                schedules: block.schedules,
                cached: block.cache.is_some(),
                closed: block.closed,
            })
            .collect();
        StoreInfo {
            lost: self.lost.clone(),
            dirty: self.dirty,
            cache_loads: self.blocks.iter().map(|block| block.cache_loads).sum(),
            cache_size: self
                .blocks
                .iter()
                .filter_map(|block| block.cache.as_ref())
                .map(|cache| cache.buf.len() as u64)
                .sum(),
            deleted_entries: self.blocks.iter().map(|block| block.deleted.size()).sum(),
            blocks,
        }
    }

    /// From now on storage updates are queued as events (Go: `RegisterStorageUpdates`, 1025). As in Go, the first one says
    /// what the store holds.
    pub fn register_storage_updates(&mut self) {
        self.updates_registered = true;
        let bytes = i64::try_from(self.state.bytes).unwrap_or(i64::MAX);
        if self.state.bytes > 0 {
            self.push_update(0, bytes, 0, &[]);
        }
    }

    /// From now on removals that the store asks for are queued as events (Go: `RegisterStorageRemoveMsg`, 1026).
    pub fn register_storage_remove_msg(&mut self) {
        self.removes_registered = true;
    }

    /// From now on messages that the store asks to process are queued as events (Go: `RegisterProcessJetStreamMsg`, 1027).
    pub fn register_process_msg(&mut self) {
        self.process_registered = true;
    }

    /// The events since the last call, in order.
    pub fn take_events(&mut self) -> Vec<StoreEvent> {
        self.events.drain(..).collect()
    }

    /// How many messages from `start` on match the subject, and the first and last of them (Go: `FilteredState`, 1009).
    pub fn filtered_state(&mut self, start: u64, subject: &[u8]) -> Result<SimpleState, StoreError> {
        let state = self.filtered_from(start, subject);
        self.settle();
        state
    }

    /// [`Self::filtered_state`] within another operation, which what is left for later waits for.
    pub(crate) fn filtered_from(&mut self, start: u64, subject: &[u8]) -> Result<SimpleState, StoreError> {
        let start = start.max(self.state.first_seq);
        if start > self.state.last_seq {
            return Ok(SimpleState { msgs: 0, first: self.state.first_seq, last: self.state.last_seq });
        }
        if start == self.state.first_seq {
            return self.filtered_totals(subject, true);
        }
        let filter = Filter::new(subject, has_wildcard(subject));
        let mut sum = SimpleState::default();
        let Self { ctx, blocks, .. } = self;
        for block in blocks.iter_mut().filter(|block| start <= block.last.seq) {
            let found = block.filtered_pending(ctx, &filter, start)?;
            sum.msgs += found.msgs;
            if sum.first == 0 || (found.first > 0 && found.first < sum.first) {
                sum.first = found.first;
            }
            sum.last = sum.last.max(found.last);
        }
        Ok(sum)
    }

    /// The messages of the whole stream that match, and the first of them; `with_last` the last too (Go:
    /// `numFilteredPendingWithLast`, 1015).
    pub(crate) fn filtered_totals(&mut self, subject: &[u8], with_last: bool) -> Result<SimpleState, StoreError> {
        let wildcard = has_wildcard(subject);
        let filter = Filter::new(subject, wildcard);
        if filter.is_all() {
            return Ok(SimpleState { msgs: self.state.msgs, first: self.state.first_seq, last: self.state.last_seq });
        }
        let mut sum = SimpleState::default();
        let (mut low, mut high) = (u32::MAX, 0);
        let mut add = |info: &super::state::SubjectInfo| {
            sum.msgs += info.total;
            low = low.min(info.first_block);
            high = high.max(info.last_block);
        };
        if wildcard {
            self.subjects.match_filter(subject, |_, info| add(info));
        } else if let Some(info) = self.subjects.find(subject) {
            add(info);
        }
        if high == 0 {
            return Ok(sum);
        }
        let last_position = self.position(high);
        sum.first = self.first_in_blocks(&filter, subject, wildcard, low, high)?;
        if with_last && let Some(position) = last_position {
            let Self { ctx, blocks, .. } = self;
            if let Some(block) = blocks.get_mut(position) {
                sum.last = block.filtered_pending(ctx, &filter, 0)?.last;
            }
        }
        Ok(sum)
    }

    /// The first match in the blocks from `low` to `high`, 0 for none. When it is not in `low`, the hints are raised once
    /// the operation is over.
    fn first_in_blocks(
        &mut self,
        filter: &Filter<'_>,
        subject: &[u8],
        wildcard: bool,
        low: u32,
        high: u32,
    ) -> Result<u64, StoreError> {
        // A first block behind the last is looked at all the same.
        let positions = self.positions_between(low, low.max(high));
        let Self { ctx, blocks, .. } = self;
        // A hint that was raised past the last block is raised once more, as in Go.
        let mut raised = low.max(high).saturating_add(1);
        let mut first = 0;
        for position in positions {
            let Some(block) = blocks.get_mut(position) else { break };
            first = block.filtered_pending(ctx, filter, 0)?.first;
            if first > 0 {
                if block.index == low {
                    return Ok(first);
                }
                raised = block.index;
                break;
            }
        }
        ctx.deferred.push(Deferred::RaiseFirstBlock { filter: subject.to_vec(), wildcard, index: raised });
        Ok(first)
    }

    /// Raises the hint of the first block of the subjects that a filter takes.
    pub(crate) fn raise_first_block(&mut self, filter: &[u8], wildcard: bool, index: u32) {
        if wildcard {
            self.subjects.match_filter_mut(filter, |_, info| {
                info.first_block = info.first_block.max(index);
            });
        } else if let Some(info) = self.subjects.find_mut(filter) {
            info.first_block = info.first_block.max(index);
        }
    }

    /// The state of each subject that the filter takes (Go: `SubjectsState`, 1016). Go gives nothing when a block cannot be
    /// read.
    pub fn subjects_state(&mut self, filter: &[u8]) -> BTreeMap<Vec<u8>, SimpleState> {
        let states = self.subjects_states(filter).unwrap_or_default();
        self.settle();
        states
    }

    fn subjects_states(&mut self, subject: &[u8]) -> Result<BTreeMap<Vec<u8>, SimpleState>, StoreError> {
        if self.state.msgs == 0 || self.no_track_subjects() {
            return Ok(BTreeMap::new());
        }
        // Filled in the order of trees, for which a tree is faster than a map, and with fewer allocations.
        let mut states: SubjectTree<SimpleState> = SubjectTree::new();
        let subject = if subject.is_empty() { ALL_SUBJECTS } else { subject };
        let wildcard = has_wildcard(subject);
        let (mut low, mut high) = (0, u32::MAX);
        if !wildcard {
            let Some(info) = self.subjects.find(subject).copied() else {
                return Ok(BTreeMap::new());
            };
            // A hint whose block is gone bounds nothing.
            if self.position(info.first_block).is_some() {
                low = info.first_block;
            }
            if self.position(info.last_block).is_some() {
                high = info.last_block;
            }
        }
        let filter = Filter::new(subject, wildcard);
        let Self { ctx, blocks, .. } = self;
        for block in blocks.iter_mut() {
            if block.index < low {
                continue;
            }
            if block.index > high {
                break;
            }
            let load = block.subjects_not_loaded(ctx);
            if load {
                block.load_msgs(ctx)?;
            }
            block.last_subject_ns = ctx.access_time_ns();
            let mut inserter = Inserter::new(&mut states);
            block.matching_states(ctx, &filter, |subject, state| {
                let new = SimpleState { msgs: state.msgs, first: state.first, last: state.last };
                let add = |known: &mut SimpleState| {
                    if known.first == 0 {
                        *known = new;
                    } else {
                        known.last = state.last;
                        known.msgs += state.msgs;
                    }
                };
                inserter.update_or_insert(subject, add, new);
            })?;
            if load {
                block.try_force_expire_cache(ctx);
            }
        }
        let mut sorted = Vec::with_capacity(states.len());
        states.iter_ordered(|subject, state| {
            sorted.push((subject.to_vec(), *state));
            true
        });
        Ok(BTreeMap::from_iter(sorted))
    }

    /// How many messages each subject has that the filter takes (Go: `SubjectsTotals`, 1023).
    pub fn subjects_totals(&self, filter: &[u8]) -> BTreeMap<Vec<u8>, u64> {
        let filter = if filter.is_empty() { ALL_SUBJECTS } else { filter };
        let mut totals = BTreeMap::new();
        self.subjects.match_filter(filter, |subject, info| {
            totals.insert(subject.to_vec(), info.total);
        });
        totals
    }

    /// The first sequence stored at `ts` (Unix nanoseconds) or later, one behind the last when there is none (Go:
    /// `GetSeqFromTime`, 1003).
    pub fn get_seq_from_time(&mut self, ts: i64) -> u64 {
        if self.closed {
            return 0;
        }
        let position = self.search_blocks(|block| block.last.ts >= ts);
        let after_all = self.state.last_seq.wrapping_add(1);
        let Self { ctx, blocks, .. } = self;
        let Some(block) = blocks.get_mut(position) else {
            return after_all;
        };
        let (mut low, mut high) = (block.first.seq, block.last.seq);
        let mut seq = high.wrapping_add(1);
        while low <= high {
            let middle = low + (high - low) / 2;
            // The message at the middle, or the next one there is.
            let found = (middle..=high)
                .find_map(|candidate| block.fetch(ctx, candidate).ok().map(|(view, _)| (view.seq, view.ts)));
            match found {
                None if middle == 0 => break,
                None => high = middle - 1,
                Some((found, at)) if at >= ts => {
                    seq = found;
                    if middle == low {
                        break;
                    }
                    high = middle - 1;
                }
                Some((found, _)) => low = found + 1,
            }
        }
        self.settle();
        seq
    }
}
