//! The limits that remove old messages: of the stream's messages and bytes, and of the messages of a subject.
//!
//! A block whose removal leaves the stream above its limit goes as a whole, without a look at its messages. A removal that
//! finds nothing to remove where the numbers say that something is has the first block counted again.
//!
//! Carries 1043 to 1045 (`enforceMsgLimit`, `enforceBytesLimit`, `enforceMsgPerSubjectLimit`).

use std::collections::BTreeSet;

use super::Store;
use super::block::Filter;
use super::config::Discard;
use super::error::StoreError;
use super::state::SubjectState;
use crate::index::subject_tree::{SubjectTree, lazy_intersect};

/// The subjects above their limit, how many messages each has, and the blocks that they are in.
struct Excess {
    totals: SubjectTree<u64>,
    first_block: u32,
    last_block: u32,
}

impl Store {
    /// Removes the oldest messages until no more are left than allowed (Go: `enforceMsgLimit`).
    pub(super) fn enforce_msg_limit(&mut self) -> Result<(), StoreError> {
        let Some(max) = self.removing_limit(self.config.max_msgs) else { return Ok(()) };
        while self.state.msgs > max {
            let first = self.blocks.first().map(|block| block.msgs);
            if !self.remove_at_front(first, self.state.msgs, max)? {
                break;
            }
        }
        Ok(())
    }

    /// Removes the oldest messages until no more bytes are left than allowed (Go: `enforceBytesLimit`).
    pub(super) fn enforce_bytes_limit(&mut self) -> Result<(), StoreError> {
        let Some(max) = self.removing_limit(self.config.max_bytes) else { return Ok(()) };
        while self.state.bytes > max {
            let first = self.blocks.first().map(|block| block.bytes);
            if !self.remove_at_front(first, self.state.bytes, max)? {
                break;
            }
        }
        Ok(())
    }

    /// A limit that removes old messages, if it is one.
    fn removing_limit(&self, limit: i64) -> Option<u64> {
        u64::try_from(limit).ok().filter(|limit| *limit > 0 && self.config.discard == Discard::Old)
    }

    /// Removes the first block, if more than `max` is left without what it `holds`, or else the first message; false if
    /// that did not help.
    fn remove_at_front(&mut self, holds: Option<u64>, have: u64, max: u64) -> Result<bool, StoreError> {
        if let Some(holds) = holds
            && have.wrapping_sub(holds) > max
        {
            self.purge_block(0)?;
            return Ok(true);
        }
        if self.delete_first_msg()? {
            return Ok(true);
        }
        self.rebuild_first()?;
        Ok(false)
    }

    /// Has every subject keep its limit, after recovery or a change of the limit (Go: `enforceMsgPerSubjectLimit`).
    pub(crate) fn enforce_msg_per_subject_limit(&mut self, report: bool) -> Result<(), StoreError> {
        // After recovery the removals are no news to anybody.
        let registered = self.updates_registered;
        self.updates_registered = registered && report;
        let enforced = self.enforce_subject_limits();
        self.updates_registered = registered;
        enforced
    }

    fn enforce_subject_limits(&mut self) -> Result<(), StoreError> {
        #[expect(clippy::cast_sign_loss, reason = "Go converts a negative limit to one that nothing reaches")]
        let max = self.config.max_msgs_per as u64;
        let mut counted = 0_u64;
        let mut excess = self.subjects_above(max, &mut counted);
        // Totals that disagree with the number of messages are not to be trusted.
        if counted != self.state.msgs {
            self.clear_subjects();
            for pos in 0..self.blocks.len() {
                let (ctx, block) = self.at(pos)?;
                let (lost, _) = block.rebuild_state(ctx)?;
                if lost.is_some() {
                    self.add_lost(lost);
                }
                self.populate_subjects(pos)?;
            }
            self.rebuild_totals(None);
            excess = self.subjects_above(max, &mut counted);
        }
        if excess.first_block == u32::MAX {
            return Ok(());
        }
        let mut changed = BTreeSet::new();
        for index in excess.first_block..=excess.last_block {
            self.trim_block(index, max, &mut excess.totals, &mut changed)?;
        }
        for index in changed {
            if let Some(pos) = self.position(index) {
                let (ctx, block) = self.at(pos)?;
                if block.msgs > 0 {
                    block.try_force_expire_cache(ctx);
                }
            }
        }
        Ok(())
    }

    fn subjects_above(&self, max: u64, counted: &mut u64) -> Excess {
        let mut excess = Excess { totals: SubjectTree::new(), first_block: u32::MAX, last_block: 0 };
        *counted = 0;
        self.subjects.iter_fast(|subject, info| {
            *counted = counted.wrapping_add(info.total);
            if info.total > max {
                excess.totals.insert(subject, info.total);
                excess.first_block = excess.first_block.min(info.first_block);
                excess.last_block = excess.last_block.max(info.last_block);
            }
            true
        });
        excess
    }

    /// Removes from one block what the subjects in it have too many.
    fn trim_block(
        &mut self,
        index: u32,
        max: u64,
        totals: &mut SubjectTree<u64>,
        changed: &mut BTreeSet<u32>,
    ) -> Result<(), StoreError> {
        let Some(pos) = self.position(index) else { return Ok(()) };
        let (ctx, block) = self.at(pos)?;
        block.ensure_subjects(ctx)?;
        for (subject, mut state) in in_both(totals, block.subjects.as_ref()) {
            let (Some(pos), Some(total)) = (self.position(index), totals.find_mut(&subject)) else { continue };
            if state.first_needs_update || state.last_needs_update {
                let (ctx, block) = self.at(pos)?;
                state = block.recalculate_subject(ctx, &subject)?.unwrap_or(state);
            }
            self.trim_subject(index, &subject, max, total, state, changed);
        }
        Ok(())
    }

    fn trim_subject(
        &mut self,
        index: u32,
        subject: &[u8],
        max: u64,
        total: &mut u64,
        state: SubjectState,
        changed: &mut BTreeSet<u32>,
    ) {
        let mut first = state.first;
        while *total > max && first <= state.last {
            let Some(pos) = self.position(index) else { return };
            let Self { ctx, blocks, config, .. } = self;
            let Some(block) = blocks.get_mut(pos) else { return };
            let Ok((Some(seq), _)) = block.first_matching(ctx, &Filter::new(subject, false), first, &config.subjects)
            else {
                return;
            };
            first = seq + 1;
            // What cannot be removed stays, and the failure stays with the store.
            if self.remove_msg_via_limits(seq).unwrap_or(false) {
                changed.insert(index);
                *total -= 1;
            }
        }
    }
}

/// The subjects of a block that are in `totals`, in the order in which Go meets them. The tree of the block changes while
/// messages go, so that Go, too, walks a copy.
fn in_both(
    totals: &mut SubjectTree<u64>,
    subjects: Option<&SubjectTree<SubjectState>>,
) -> Vec<(Vec<u8>, SubjectState)> {
    let mut copy = SubjectTree::new();
    if let Some(subjects) = subjects {
        subjects.iter_fast(|subject, state| {
            copy.insert(subject, *state);
            true
        });
    }
    let mut both = Vec::new();
    lazy_intersect(totals, &copy, |subject, _, state| both.push((subject.to_vec(), *state)));
    both
}
