//! The last sequence of each of many subjects, and those messages.
//!
//! The hint of a subject's last block answers most of it; what it does not, a walk back over the blocks does.
//!
//! Carries 1017 to 1020.

use std::collections::{BTreeMap, BTreeSet};

use super::Store;
use super::block::{ALL_SUBJECTS, Block};
use super::ctx::Ctx;
use super::error::StoreError;
use super::state::Message;
use crate::index::subject::is_subset_match;

impl Store {
    /// The last sequence of every subject, ascending (Go: `AllLastSeqs`, 1017).
    pub fn all_last_seqs(&mut self) -> Result<Vec<u64>, StoreError> {
        let seqs = self.every_last_seq();
        self.settle();
        seqs
    }

    fn every_last_seq(&mut self) -> Result<Vec<u64>, StoreError> {
        if self.state.msgs == 0 || self.no_track_subjects() {
            return Ok(Vec::new());
        }
        let wanted = self.subjects.len();
        let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
        let mut seqs = Vec::new();
        let Self { ctx, blocks, .. } = self;
        for block in blocks.iter_mut().rev() {
            if seen.len() == wanted {
                break;
            }
            let load = block.subjects_not_loaded(ctx);
            if load {
                block.load_msgs(ctx)?;
            }
            let fresh = unseen(block, |subject| !seen.contains(subject));
            for subject in fresh {
                if let Some(state) = block.recalculate_last(ctx, &subject)? {
                    seqs.push(state.last);
                }
                seen.insert(subject);
            }
            if load {
                block.try_force_expire_cache(ctx);
            }
        }
        seqs.sort_unstable();
        Ok(seqs)
    }

    /// Whether the filters take all that the stream takes (Go: `filterIsAll`, 1019).
    fn filter_is_all(&self, filters: &[Vec<u8>]) -> bool {
        if let [only] = filters
            && only == ALL_SUBJECTS
        {
            return true;
        }
        let mut subjects: Vec<&[u8]> = self.config.subjects.iter().map(|subject| subject.as_bytes()).collect();
        if filters.len() != subjects.len() {
            return false;
        }
        let mut filters: Vec<&[u8]> = filters.iter().map(Vec::as_slice).collect();
        filters.sort_unstable();
        subjects.sort_unstable();
        subjects.iter().zip(filters).all(|(subject, filter)| is_subset_match(subject, filter))
    }

    /// The last sequence up to `max_seq` (0: no bound) of each subject that a filter takes, ascending; more than
    /// `max_allowed` (0: no bound) is an error (Go: `MultiLastSeqs`, 1020).
    pub fn multi_last_seqs(
        &mut self,
        filters: &[Vec<u8>],
        max_seq: u64,
        max_allowed: i64,
    ) -> Result<Vec<u64>, StoreError> {
        let seqs = self.last_seqs(filters, max_seq, max_allowed);
        self.settle();
        seqs
    }

    fn last_seqs(&mut self, filters: &[Vec<u8>], max_seq: u64, max_allowed: i64) -> Result<Vec<u64>, StoreError> {
        if self.state.msgs == 0 || self.no_track_subjects() {
            return Ok(Vec::new());
        }
        if max_seq == 0 && max_allowed <= 0 && self.filter_is_all(filters) {
            return self.every_last_seq();
        }
        let allowed = usize::try_from(max_allowed).unwrap_or(0);
        let too_many = |count: usize| allowed > 0 && count > allowed;
        let (last_position, max_seq) = if max_seq == 0 {
            (self.blocks.len().checked_sub(1), self.state.last_seq)
        } else {
            (self.select_block(max_seq), max_seq)
        };
        let Some(last_position) = last_position else {
            return Ok(Vec::new());
        };
        let last_index = self.blocks.get(last_position).map_or(0, |block| block.index);
        let mut wanted: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
        let (mut before, mut highest) = (0, 0);
        for filter in filters {
            self.subjects.match_filter(filter, |subject, info| {
                wanted.insert(subject.to_vec(), info.last_block);
                if info.last_block < last_index {
                    before += 1;
                    highest = highest.max(info.last_block);
                }
            });
        }
        // When every subject ended before, the walk starts at the highest block among them, which may be gone, and then
        // there is none. A subject counts once for each filter that takes it.
        let start = if before == wanted.len() { self.position(highest) } else { Some(last_position) };
        let mut seqs = Vec::with_capacity(wanted.len());
        if max_seq >= self.state.last_seq {
            if too_many(wanted.len()) {
                return Err(StoreError::TooManyResults);
            }
            self.last_seqs_by_hint(&mut wanted, &mut seqs)?;
        }
        let Self { ctx, blocks, .. } = self;
        for position in start.map_or(0..0, |start| 0..start + 1).rev() {
            if wanted.is_empty() {
                break;
            }
            let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
            last_seqs_in(ctx, block, &mut wanted, &mut seqs, max_seq)?;
            if too_many(seqs.len()) {
                return Err(StoreError::TooManyResults);
            }
        }
        seqs.sort_unstable();
        Ok(seqs)
    }

    /// Answers from the hints of the last blocks, and leaves in `wanted` what they did not answer.
    fn last_seqs_by_hint(
        &mut self,
        wanted: &mut BTreeMap<Vec<u8>, u32>,
        seqs: &mut Vec<u64>,
    ) -> Result<(), StoreError> {
        let mut unresolved = BTreeMap::new();
        // From the first of the last blocks to the last one: a block that cannot be read ends the search.
        let mut by_block: Vec<(Vec<u8>, u32)> = std::mem::take(wanted).into_iter().collect();
        by_block.sort_by_key(|(_, index)| *index);
        for (subject, index) in by_block {
            let position = self.position(index);
            let Self { ctx, blocks, .. } = self;
            let known = match position.and_then(|position| blocks.get_mut(position)) {
                Some(block) => {
                    block.ensure_subjects(ctx)?;
                    block.recalculate_last(ctx, &subject)?
                }
                None => None,
            };
            match known {
                Some(state) => seqs.push(state.last),
                None => {
                    unresolved.insert(subject, index);
                }
            }
        }
        *wanted = unresolved;
        Ok(())
    }

    /// The last messages of each subject that a filter takes, from `min_seq` on, with how many follow; `visit` ends it by
    /// answering false. Gives how many there are in all and how many were left (Go: `MultiLastMsgs`).
    pub fn multi_last_msgs(
        &mut self,
        filters: &[Vec<u8>],
        min_seq: u64,
        max_seq: u64,
        max_allowed: i64,
        visit: impl FnMut(Message, u64) -> bool,
    ) -> Result<(u64, u64), StoreError> {
        let seqs = self.last_seqs(filters, max_seq, max_allowed);
        let visited = seqs.and_then(|seqs| self.visit_from(min_seq, seqs, visit));
        self.settle();
        visited
    }

    /// Shows the messages with these sequences that are not below `min_seq`, and says how many there are and how many are left.
    fn visit_from(
        &mut self,
        min_seq: u64,
        seqs: Vec<u64>,
        mut visit: impl FnMut(Message, u64) -> bool,
    ) -> Result<(u64, u64), StoreError> {
        let total = seqs.len() as u64;
        let mut left = total;
        for seq in seqs {
            left = left.saturating_sub(1);
            if seq < min_seq {
                continue;
            }
            let message = self.msg_for_seq(seq)?;
            if !visit(message, left) {
                break;
            }
        }
        Ok((total, left))
    }
}

/// The subjects of a block that `wanted` takes, in the order of the tree.
fn unseen(block: &Block, wanted: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let mut subjects = Vec::new();
    if let Some(tree) = &block.subjects {
        tree.iter_fast(|subject, _| {
            if wanted(subject) {
                subjects.push(subject.to_vec());
            }
            true
        });
    }
    subjects
}

/// Answers what a block can, and takes it out of `wanted`.
fn last_seqs_in(
    ctx: &mut Ctx,
    block: &mut Block,
    wanted: &mut BTreeMap<Vec<u8>, u32>,
    seqs: &mut Vec<u64>,
    max_seq: u64,
) -> Result<(), StoreError> {
    block.ensure_subjects(ctx)?;
    for subject in unseen(block, |subject| wanted.contains_key(subject)) {
        let Some(state) = block.recalculate_last(ctx, &subject)? else {
            continue;
        };
        if state.last <= max_seq {
            seqs.push(state.last);
            wanted.remove(&subject);
            continue;
        }
        if !block.cache_loaded() {
            block.load_msgs(ctx)?;
        }
        let last = block.last.seq.min(max_seq);
        let found = (block.first.seq..=last)
            .rev()
            .find(|seq| matches!(block.lookup(ctx, *seq), Ok(view) if view.subject == subject));
        if let Some(seq) = found {
            seqs.push(seq);
            wanted.remove(&subject);
        }
    }
    Ok(())
}
