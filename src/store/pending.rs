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
            blocks.start = self.blocks.partition_point(|block| block.index < low);
            blocks.end = self.blocks.partition_point(|block| block.index <= high);
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
        for seq in block.first.seq..=block.last.seq {
            let Ok(view) = block.lookup(ctx, seq) else {
                continue;
            };
            let subject = view.subject;
            if subject.is_empty() || !ending.contains(subject) {
                continue;
            }
            if !(count.all || count.wanted.takes(subject)) {
                continue;
            }
            if seq < count.start {
                if !before.contains(subject) {
                    total = total.wrapping_sub(1);
                    before.insert(subject.to_vec());
                }
            } else if before.remove(subject) {
                total = total.wrapping_add(1);
            }
        }
        if load {
            block.try_force_expire_cache(ctx);
        }
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
            let (mut found, partial) = count_subjects(ctx, block, count)?;
            if partial {
                load |= load_if_needed(ctx, block)?;
                found = 0;
                for seq in count.start.max(block.first.seq)..=block.last.seq {
                    found += u64::from(is_taken(ctx, block, count, seq));
                }
            }
            if load {
                block.try_force_expire_cache(ctx);
            }
            total += found;
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
            let mut load = false;
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
                for seq in block.first.seq..block.last.seq.min(count.start) {
                    before += u64::from(is_taken_with_subject(ctx, block, count, seq));
                }
            }
            if load {
                block.try_force_expire_cache(ctx);
            }
        }
        Ok(total.saturating_sub(before))
    }
}

/// What the subjects of a block say: the messages of those that begin at the start or later, and whether one lies across
/// it.
fn count_subjects(ctx: &mut Ctx, block: &mut Block, count: &Count<'_>) -> Result<(u64, bool), StoreError> {
    let (counted, stale) = count_known_subjects(block, count);
    if stale.is_empty() {
        return Ok(counted);
    }
    for subject in stale {
        block.recalculate_subject(ctx, &subject)?;
    }
    Ok(count_known_subjects(block, count).0)
}

/// [`count_subjects`] with what is known now, and the subjects of which more must be worked out first.
fn count_known_subjects(block: &Block, count: &Count<'_>) -> ((u64, bool), Vec<Vec<u8>>) {
    let (mut found, mut partial, mut stale) = (0, false, Vec::new());
    if matches!(count.wanted, Wanted::NoSublist) {
        return ((0, false), stale);
    }
    if let Some(subjects) = &block.subjects {
        count.wanted.each(subjects, |subject, state: &SubjectState| {
            if state.first_needs_update || state.last_needs_update {
                stale.push(subject.to_vec());
            }
            if count.start <= state.first {
                found += state.msgs;
            } else if count.start <= state.last {
                partial = true;
            }
        });
    }
    ((found, partial), stale)
}

fn load_if_needed(ctx: &mut Ctx, block: &mut Block) -> Result<bool, StoreError> {
    if block.cache_loaded() {
        return Ok(false);
    }
    block.load_msgs(ctx)?;
    Ok(true)
}

fn is_taken(ctx: &mut Ctx, block: &mut Block, count: &Count<'_>, seq: u64) -> bool {
    block.lookup(ctx, seq).is_ok_and(|view| count.all || count.wanted.takes(view.subject))
}

fn is_taken_with_subject(ctx: &mut Ctx, block: &mut Block, count: &Count<'_>, seq: u64) -> bool {
    block.lookup(ctx, seq).is_ok_and(|view| !view.subject.is_empty() && (count.all || count.wanted.takes(view.subject)))
}
