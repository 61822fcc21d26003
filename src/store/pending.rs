//! How many messages a consumer has ahead of it: from a sequence on, for a filter or a sublist, all of them or one of each
//! subject.
//!
//! What is known of the subjects answers for whole blocks; the block that the sequence lies in is read. Whether blocks are
//! counted up from the sequence or down from the total depends on which half of the stream it lies in.
//!
//! Carries 1021 and 1022.

use std::collections::BTreeSet;

use super::Store;
use super::block::{ALL_SUBJECTS, Block};
use super::ctx::Ctx;
use super::error::StoreError;
use super::state::{SubjectInfo, SubjectState};
use crate::index::subject::{has_wildcard, is_subset_match};
use crate::index::subject_tree::{SubjectTree, intersect_sublist};
use crate::index::sublist::Sublist;

/// Which messages are counted.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// Those of a subject, or of the subjects of a wildcard.
    Filter { text: &'a [u8], wildcard: bool },
    /// Those that a sublist takes.
    Sublist(&'a Sublist),
    /// All of them.
    Everything,
    /// All of them, asked for with no sublist: Go then finds none of a block's subjects, and a block that the start lies in
    /// counts for nothing where it counts upwards.
    NoSublist,
}

impl Wanted<'_> {
    fn takes(&self, subject: &[u8]) -> bool {
        match self {
            Self::Filter { text, wildcard } => {
                if *wildcard {
                    is_subset_match(subject, text)
                } else {
                    subject == *text
                }
            }
            Self::Sublist(sublist) => sublist.has_interest(subject),
            Self::Everything | Self::NoSublist => true,
        }
    }

    /// Calls `visit` for the subjects of a tree that are counted.
    fn each<V>(&self, tree: &SubjectTree<V>, mut visit: impl FnMut(&[u8], &V)) {
        match self {
            Self::Filter { text, wildcard } => {
                if *wildcard {
                    tree.match_filter(text, |subject, value| visit(subject, value));
                } else if let Some(value) = tree.find(text) {
                    visit(text, value);
                }
            }
            Self::Sublist(sublist) => intersect_sublist(tree, sublist, |subject, value| {
                visit(subject, value);
                true
            }),
            Self::Everything | Self::NoSublist => tree.iter_fast(|subject, value| {
                visit(subject, value);
                true
            }),
        }
    }
}

/// A count with what it takes to make it.
struct Count<'a> {
    wanted: Wanted<'a>,
    /// Every message counts, whatever `wanted` says of its subject.
    all: bool,
    start: u64,
    /// The position of the block that `start` lies in.
    start_block: usize,
    /// The positions of the blocks that can hold what is counted.
    blocks: std::ops::Range<usize>,
}

impl Count<'_> {
    fn takes(&self, subject: &[u8]) -> bool {
        self.all || self.wanted.takes(subject)
    }
}

impl Store {
    /// How many messages from `start` on the filter takes (an empty one takes all), or how many subjects have one; and the
    /// last sequence that this is true for (Go: `NumPending`, 1021).
    pub fn num_pending(&mut self, start: u64, filter: &[u8], last_per_subject: bool) -> Result<(u64, u64), StoreError> {
        let all = filter.is_empty() || filter == ALL_SUBJECTS;
        let wanted =
            if all { Wanted::Everything } else { Wanted::Filter { text: filter, wildcard: has_wildcard(filter) } };
        // A stream with one subject counts as taken whole, whichever literal subject was asked for.
        let literal = !all && !has_wildcard(filter);
        let all = all || (literal && self.subjects.len() == 1);
        // As it is before a block that turns out damaged moves it.
        let valid_through = self.state.last_seq;
        let total = self.pending(start, wanted, all, last_per_subject);
        self.settle();
        Ok((total?, valid_through))
    }

    /// How many messages from `start` on the sublist takes (none at all is asked for all messages), or how many subjects
    /// have one; and the last sequence that this is true for (Go: `NumPendingMulti`, 1022).
    pub fn num_pending_multi(
        &mut self,
        start: u64,
        sublist: Option<&Sublist>,
        last_per_subject: bool,
    ) -> Result<(u64, u64), StoreError> {
        let valid_through = self.state.last_seq;
        let Some(sublist) = sublist else {
            let total = self.pending(start, Wanted::NoSublist, true, last_per_subject);
            self.settle();
            return Ok((total?, valid_through));
        };
        let mut all = false;
        if self.subjects.len() == 1 {
            self.subjects.iter_fast(|subject, _| {
                all = sublist.has_interest(subject);
                true
            });
        }
        let total = self.pending(start, Wanted::Sublist(sublist), all, last_per_subject);
        self.settle();
        Ok((total?, valid_through))
    }

    fn pending(
        &mut self,
        start: u64,
        wanted: Wanted<'_>,
        all: bool,
        last_per_subject: bool,
    ) -> Result<u64, StoreError> {
        let state = &self.state;
        if state.msgs == 0 || start > state.last_seq {
            return Ok(0);
        }
        let (mut msgs, mut subjects) = (0, 0);
        let (mut low, mut high) = (u32::MAX, 0);
        let bounded = !matches!(wanted, Wanted::Everything | Wanted::NoSublist | Wanted::Filter { wildcard: true, .. });
        if bounded || start <= state.first_seq {
            wanted.each(&self.subjects, |_, info: &SubjectInfo| {
                msgs += info.total;
                subjects += 1;
                low = low.min(info.first_block);
                high = high.max(info.last_block);
            });
        }
        if bounded && subjects == 0 {
            return Ok(0);
        }
        let by_subject = if last_per_subject { subjects } else { msgs };
        if start <= state.first_seq {
            return Ok(match wanted {
                Wanted::Everything | Wanted::NoSublist if !last_per_subject => state.msgs,
                _ => by_subject,
            });
        }
        let span = state.last_seq.wrapping_sub(state.first_seq).wrapping_add(1);
        if !last_per_subject && all && span == state.msgs {
            return Ok(state.last_seq - start + 1);
        }
        let start_block = self.select_block(start).unwrap_or(0);
        let mut blocks = 0..self.blocks.len();
        if bounded {
            blocks.start = self.search_blocks(|block| block.index >= low);
            blocks.end = self.search_blocks(|block| block.index > high);
            if start_block >= blocks.end {
                return Ok(0);
            }
            if start_block < blocks.start {
                return Ok(by_subject);
            }
        }
        let count = Count { wanted, all, start, start_block, blocks };
        if last_per_subject || self.config.max_msgs_per == 1 {
            return self.pending_subjects(&count);
        }
        if start_block >= self.blocks.len() / 2 {
            return self.pending_upwards(&count);
        }
        self.pending_downwards(&count)
    }

    /// How many subjects have a message from the start on: those whose last block lies behind the start's block, and those
    /// that end in it at the start or later.
    fn pending_subjects(&mut self, count: &Count<'_>) -> Result<u64, StoreError> {
        let Self { ctx, blocks, subjects, .. } = self;
        let block = blocks.get_mut(count.start_block).ok_or(StoreError::NoMsgBlock)?;
        let index = block.index;
        let mut total = 0_u64;
        let mut ending: BTreeSet<Vec<u8>> = BTreeSet::new();
        count.wanted.each(subjects, |subject, info: &SubjectInfo| {
            if info.last_block >= index {
                total += 1;
                if info.last_block == index {
                    ending.insert(subject.to_vec());
                }
            }
        });
        if ending.is_empty() || count.start <= block.first.seq {
            return Ok(total);
        }
        let load = load_if_needed(ctx, block)?;
        let mut before: BTreeSet<Vec<u8>> = BTreeSet::new();
        let sequences = block.first.seq..=block.last.seq;
        let skipped = each_present(ctx, block, sequences, |seq, subject| {
            if subject.is_empty() || !ending.contains(subject) || !count.takes(subject) {
                return;
            }
            if seq < count.start {
                if !before.contains(subject) {
                    total = total.wrapping_sub(1);
                    before.insert(subject.to_vec());
                }
            } else if before.remove(subject) {
                total = total.wrapping_add(1);
            }
        });
        leave(ctx, block, load, skipped);
        Ok(total)
    }

    /// Counts the blocks from the start on.
    fn pending_upwards(&mut self, count: &Count<'_>) -> Result<u64, StoreError> {
        let Self { ctx, blocks, .. } = self;
        let from = count.start_block.max(count.blocks.start);
        let mut total = 0;
        for block in blocks.iter_mut().take(count.blocks.end).skip(from) {
            if count.all && count.start <= block.first.seq {
                total += block.msgs;
                continue;
            }
            let mut load = block.subjects_not_loaded(ctx);
            if load {
                block.load_msgs(ctx)?;
            }
            block.last_subject_ns = ctx.access_time_ns();
            let mut skipped = false;
            match count_subjects(ctx, block, count)? {
                Some(found) => total += found,
                None => {
                    load |= load_if_needed(ctx, block)?;
                    let sequences = count.start.max(block.first.seq)..=block.last.seq;
                    skipped =
                        each_present(ctx, block, sequences, |_, subject| total += u64::from(count.takes(subject)));
                }
            }
            leave(ctx, block, load, skipped);
        }
        Ok(total)
    }

    /// Takes what lies before the start off the total.
    fn pending_downwards(&mut self, count: &Count<'_>) -> Result<u64, StoreError> {
        let (mut total, mut low) = (0_u64, u32::MAX);
        count.wanted.each(&self.subjects, |_, info: &SubjectInfo| {
            total += info.total;
            low = low.min(info.first_block);
        });
        let first = self.position(low).unwrap_or(0);
        let Self { ctx, blocks, .. } = self;
        let end = count.blocks.end.min(count.start_block + 1);
        let mut before = 0;
        for block in blocks.iter_mut().take(end).skip(first.max(count.blocks.start)) {
            let (mut load, mut skipped) = (false, false);
            if count.start > block.last.seq {
                if count.all {
                    before += block.msgs;
                    continue;
                }
                load = block.subjects_not_loaded(ctx);
                if load {
                    block.load_msgs(ctx)?;
                }
                block.last_subject_ns = ctx.access_time_ns();
                if let Some(subjects) = &block.subjects {
                    count.wanted.each(subjects, |_, state: &SubjectState| before += state.msgs);
                }
            } else {
                load |= load_if_needed(ctx, block)?;
                let sequences = block.first.seq..block.last.seq.min(count.start);
                skipped = each_present(ctx, block, sequences, |_, subject| {
                    before += u64::from(!subject.is_empty() && count.takes(subject));
                });
            }
            leave(ctx, block, load, skipped);
        }
        Ok(total.saturating_sub(before))
    }
}

/// What the subjects of a block say: the messages of those that begin at the start or later; nothing when one lies across
/// it.
fn count_subjects(ctx: &mut Ctx, block: &mut Block, count: &Count<'_>) -> Result<Option<u64>, StoreError> {
    let sum = block.sum_of_subjects(ctx, count.start, |block, visit| {
        if let Some(subjects) = &block.subjects
            && !matches!(count.wanted, Wanted::NoSublist)
        {
            count.wanted.each(subjects, |subject, state: &SubjectState| visit(subject, state));
        }
    })?;
    Ok(sum.map(|sum| sum.msgs))
}

fn load_if_needed(ctx: &mut Ctx, block: &mut Block) -> Result<bool, StoreError> {
    if block.cache_loaded() {
        return Ok(false);
    }
    block.load_msgs(ctx)?;
    Ok(true)
}

/// Shows `visit` the sequences and subjects of messages of a loaded block; says whether some of the sequences are deleted.
/// Those are passed over without a lookup, so that they do not move the place up to which the block was walked.
fn each_present(
    ctx: &mut Ctx,
    block: &mut Block,
    sequences: impl Iterator<Item = u64>,
    mut visit: impl FnMut(u64, &[u8]),
) -> bool {
    let mut skipped = false;
    for seq in sequences {
        if block.deleted.exists(seq) {
            skipped = true;
        } else if let Ok(view) = block.lookup(ctx, seq) {
            visit(seq, view.subject);
        }
    }
    skipped
}

/// Lets go of a block that was counted: what was loaded for it may go, and what was passed over counts as read.
fn leave(ctx: &mut Ctx, block: &mut Block, loaded: bool, skipped: bool) {
    if loaded {
        block.try_force_expire_cache(ctx);
    }
    if skipped {
        block.last_load_ns = ctx.access_time_ns();
    }
}
