//! Removing the messages of a subject, up to a sequence or all but the last few.
//!
//! Blocks are walked in order; within a block the messages go without tombstones first, and what is left of them is
//! written at the end, together and flushed once. A block that becomes empty takes its tombstones along. Calls that follow
//! each other within a second keep the caches that they load.
//!
//! Carries 1167 (`PurgeEx`).

use super::Store;
use super::block::Filter;
use super::error::StoreError;
use super::purge::minus;
use super::state::{MsgId, Time};
use crate::format::record::record_len;
use crate::index::subject::{Comparison, has_wildcard};

/// Calls within this time belong together.
const SUCCESSIVE_NS: i64 = 1_000_000_000;
/// Every subject (Go: `fwcs`).
const ALL_SUBJECTS: &[u8] = b">";

/// What is to be removed, and what was.
struct Purge<'a> {
    subject: &'a [u8],
    wildcard: bool,
    comparison: Comparison,
    /// The first sequence that stays, 0: none.
    sequence: u64,
    /// How many messages go at the most.
    at_most: Option<u64>,
    purged: u64,
    bytes: u64,
    /// The first sequence removed.
    first: u64,
    tombs: Vec<MsgId>,
    first_moved: bool,
}

impl Purge<'_> {
    fn is_done(&self) -> bool {
        self.at_most.is_some_and(|most| self.purged >= most)
    }
}

/// How the walk of a block ended.
struct Walked {
    /// The block is gone, or asked to go.
    emptied: bool,
    /// How many messages the last subject met has left in the stream.
    left: u64,
}

impl Store {
    /// Removes the messages of `subject`, those below `sequence` if it is not 0, all but the last `keep`; says how many
    /// went (Go: `PurgeEx`).
    pub fn purge_ex(&mut self, subject: &[u8], sequence: u64, keep: u64) -> Result<u64, StoreError> {
        let purged = self.purge_subject(subject, sequence, keep);
        self.settle();
        purged
    }

    fn purge_subject(&mut self, subject: &[u8], sequence: u64, keep: u64) -> Result<u64, StoreError> {
        // Nothing lies below the first sequence there is.
        if sequence == 1 {
            return Ok(0);
        }
        let mut subject = subject;
        if subject.is_empty() || subject == ALL_SUBJECTS {
            if keep == 0 && sequence == 0 {
                return self.purge_to(0);
            }
            if sequence > 1 {
                return self.compact_to(sequence);
            }
            subject = ALL_SUBJECTS;
        }
        let purged = self.purge_matching(subject, sequence, keep);
        if let Err(error) = &purged {
            self.set_write_error(error);
        }
        purged
    }

    fn purge_matching(&mut self, subject: &[u8], sequence: u64, keep: u64) -> Result<u64, StoreError> {
        let mut at_most = None;
        if keep > 0 {
            let have = self.filtered_from(1, subject)?.msgs;
            if keep >= have {
                return Ok(0);
            }
            at_most = Some(have - keep);
        }
        if self.closed {
            return Err(StoreError::Closed);
        }
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let mut purge = Purge {
            subject,
            wildcard: has_wildcard(subject),
            comparison: Comparison::of(subject),
            sequence,
            at_most,
            purged: 0,
            bytes: 0,
            first: 0,
            tombs: Vec::new(),
            first_moved: false,
        };
        let Some((start, stop)) = self.blocks_with(&purge) else { return Ok(0) };
        self.purge_blocks(&mut purge, start, stop)?;
        if purge.first_moved {
            self.select_next_first()?;
        }
        let written = self.write_tombstones(&purge.tombs);
        self.last_purge_ex_ns = Some(self.ctx.now_ns());
        written?;
        self.dirty += 1;
        let Purge { purged, bytes, first, .. } = purge;
        if purged == 1 {
            self.push_update(-1, minus(bytes), first, subject);
        } else {
            self.push_update(minus(purged), minus(bytes), 0, &[]);
        }
        Ok(purged)
    }

    /// The blocks between which the subject has messages, by index; None if it has none.
    fn blocks_with(&self, purge: &Purge<'_>) -> Option<(u32, u32)> {
        let last = self.last_block?;
        if self.blocks.is_empty() {
            return None;
        }
        if !purge.wildcard {
            let info = self.subjects.find(purge.subject)?;
            return Some((info.first_block, info.last_block));
        }
        let (mut start, mut stop) = (last, 0);
        self.subjects.match_filter(purge.subject, |_, info| {
            start = start.min(info.first_block);
            stop = stop.max(info.last_block);
        });
        (stop != 0).then_some((start, stop))
    }

    fn purge_blocks(&mut self, purge: &mut Purge<'_>, start: u32, stop: u32) -> Result<(), StoreError> {
        let mut pos = 0;
        while let Some(block) = self.blocks.get(pos) {
            let index = block.index;
            if index < start || index > stop {
                pos += 1;
                continue;
            }
            let filter = Filter::new(purge.subject, purge.wildcard);
            let (ctx, block) = self.at(pos)?;
            // What was loaded for this call alone is dropped again.
            let mut loaded_here = block.subjects_not_loaded(ctx);
            let pending = block.filtered_pending(ctx, &filter, block.first.seq)?;
            if pending.msgs == 0 {
                if loaded_here {
                    block.try_force_expire_cache(ctx);
                }
                pos += 1;
                continue;
            }
            let mut last = pending.last;
            if purge.sequence >= 1 && purge.sequence <= last {
                last = purge.sequence - 1;
            }
            if !block.cache_loaded() {
                block.load_msgs(ctx)?;
                loaded_here = true;
            }
            let walked = self.purge_within(purge, pos, pending.first, last)?;
            let now = self.ctx.now_ns();
            let successive = self.last_purge_ex_ns.is_some_and(|before| now.saturating_sub(before) <= SUCCESSIVE_NS);
            if loaded_here
                && !successive
                && let Some(pos) = self.position(index)
            {
                let (ctx, block) = self.at(pos)?;
                block.try_force_expire_cache(ctx);
            }
            if purge.is_done() || (!purge.wildcard && walked.left == 0) {
                break;
            }
            // The next block has moved here if this one is gone; if not, it has nothing left to find.
            pos += usize::from(!walked.emptied);
        }
        Ok(())
    }

    /// Removes the matching messages from `first` to `last` of a block.
    fn purge_within(&mut self, purge: &mut Purge<'_>, pos: usize, first: u64, last: u64) -> Result<Walked, StoreError> {
        let tombs_before = purge.tombs.len();
        let mut walked = Walked { emptied: false, left: 0 };
        for seq in first..=last {
            let (ctx, block) = self.at(pos)?;
            let (id, subject, len) = match block.lookup(ctx, seq) {
                Ok(view) if purge.comparison.matches(view.subject, purge.subject) => {
                    let id = MsgId { seq: view.seq, ts: view.ts };
                    (id, view.subject.to_vec(), record_len(view.subject, view.hdr, view.msg))
                }
                // Others stay, and what cannot be read is passed over, as in Go.
                Ok(_) | Err(_) => continue,
            };
            if block.msgs > 0 {
                let len = len.min(self.state.bytes);
                let (_, block) = self.at(pos)?;
                let len = len.min(block.bytes);
                block.msgs -= 1;
                block.bytes -= len;
                self.state.msgs = self.state.msgs.wrapping_sub(1);
                self.state.bytes -= len;
                purge.purged += 1;
                purge.bytes += len;
            }
            let left_in_block = self.uncount_subject(pos, &subject, seq)?;
            walked.left = self.remove_per_subject(&subject);
            purge.tombs.push(id);
            if purge.first == 0 {
                purge.first = seq;
            }
            self.step_over(purge, pos, seq, tombs_before, &mut walked)?;
            if walked.emptied || purge.is_done() || (!purge.wildcard && left_in_block == 0) {
                break;
            }
        }
        Ok(walked)
    }

    /// Takes a message off its subject in a block, and says how many the subject has left there.
    fn uncount_subject(&mut self, pos: usize, subject: &[u8], seq: u64) -> Result<u64, StoreError> {
        let (ctx, block) = self.at(pos)?;
        let known = block.remove_seq_per_subject(ctx, subject, seq)?;
        let left = block.subjects.as_ref().and_then(|subjects| subjects.find(subject)).map_or(0, |state| state.msgs);
        if known {
            self.delete_markers.removed(seq, subject);
        }
        Ok(left)
    }

    /// Moves the first sequence on, or notes a delete within the block.
    fn step_over(
        &mut self,
        purge: &mut Purge<'_>,
        pos: usize,
        seq: u64,
        tombs_before: usize,
        walked: &mut Walked,
    ) -> Result<(), StoreError> {
        let (ctx, block) = self.at(pos)?;
        if seq != block.first.seq {
            block.deleted.insert(seq);
            return Ok(());
        }
        block.select_next_first(ctx);
        let (first, empty) = (block.first, block.first.seq > block.last.seq);
        if empty {
            // A block that goes needs no tombstones for what was in it.
            purge.tombs.truncate(tombs_before);
            self.remove_block(pos)?;
            walked.emptied = true;
            purge.first_moved |= seq == self.state.first_seq;
        } else if seq == self.state.first_seq {
            self.state.first_seq = first.seq;
            self.state.first_time = Time::from_stored(first.ts);
        }
        Ok(())
    }
}
