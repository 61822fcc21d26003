//! Loading messages: by sequence, the next or the one before that a filter or a sublist takes, the last of a subject.
//!
//! A message is found first, as a block and a sequence, and copied out of the block's cache last.
//!
//! Carries 1010 to 1012, 1041, 1133 to 1135, 1139 to 1146, 1178.

use super::Store;
use super::block::{ALL_SUBJECTS, Filter, Found, Search};
use super::error::StoreError;
use super::state::{Message, SubjectInfo};
use crate::format::record::record_len_raw;
use crate::index::subject::has_wildcard;
use crate::index::subject_tree::intersect_sublist;
use crate::index::sublist::Sublist;

/// Above so many subjects the hints of each are not added up (Go: `highCardinalityThreshold`).
pub(crate) const HIGH_CARDINALITY: usize = 1_000_000;
/// Above so many subjects a wildcard does not look for a block to skip to.
const WILDCARD_SKIP_UP_TO: usize = 64 * 1024;

/// Where a search goes on after its first block found nothing.
enum Skip {
    /// Nothing follows.
    Nowhere,
    /// At this position.
    To(usize),
}

impl Store {
    /// The message of `seq`, or the first one for 0 (Go: `LoadMsg`, 1140).
    pub fn load_msg(&mut self, seq: u64) -> Result<Message, StoreError> {
        let mut message = Message::default();
        self.load_msg_into(seq, &mut message)?;
        Ok(message)
    }

    /// [`Self::load_msg`] over a message at hand, whose room is used again; what an error leaves in it means nothing.
    pub fn load_msg_into(&mut self, seq: u64, message: &mut Message) -> Result<(), StoreError> {
        let loaded = self.msg_for_seq_into(seq, message);
        self.settle();
        loaded
    }

    /// The message of `seq`, or the first one for 0 (Go: `msgForSeqLocked`, 1135).
    pub(crate) fn msg_for_seq(&mut self, seq: u64) -> Result<Message, StoreError> {
        let mut message = Message::default();
        self.msg_for_seq_into(seq, &mut message)?;
        Ok(message)
    }

    fn msg_for_seq_into(&mut self, seq: u64, message: &mut Message) -> Result<(), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        let seq = if seq == 0 { self.state.first_seq } else { seq };
        let Some(position) = self.select_block(seq) else {
            return Err(self.no_block_for(seq));
        };
        let Self { ctx, blocks, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        let (view, walked) = block.fetch(ctx, seq)?;
        view.copy_to(message);
        if walked {
            block.try_force_expire_cache(ctx);
        }
        Ok(())
    }

    /// Why no block holds `seq`.
    pub(crate) fn no_block_for(&self, seq: u64) -> StoreError {
        if seq <= self.state.last_seq { StoreError::MsgNotFound } else { StoreError::Eof }
    }

    /// The length of the record of `seq`, 0 when there is none (Go: `sizeForSeq`, 1133).
    pub(crate) fn size_for_seq(&mut self, seq: u64) -> u64 {
        if seq == 0 {
            return 0;
        }
        let position = self.select_block(seq);
        let Self { ctx, blocks, .. } = self;
        match position.and_then(|position| blocks.get_mut(position)).map(|block| block.fetch(ctx, seq)) {
            Some(Ok((view, _))) => record_len_raw(view.subject.len(), view.hdr.len(), view.msg.len()),
            _ => 0,
        }
    }

    /// The subject of `seq` (Go: `SubjectForSeq`, 1139).
    pub fn subject_for_seq(&mut self, seq: u64) -> Result<Vec<u8>, StoreError> {
        if seq < self.state.first_seq {
            return Err(StoreError::MsgNotFound);
        }
        let position = self.select_block(seq).ok_or(StoreError::MsgNotFound)?;
        let Self { ctx, blocks, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        let subject = match block.fetch(ctx, seq) {
            Ok((view, _)) => Ok(view.subject.to_vec()),
            Err(_) => Err(StoreError::MsgNotFound),
        };
        self.settle();
        subject
    }

    /// The last message of a subject or a wildcard, of the stream for an empty one (Go: `LoadLastMsg`, 1142).
    pub fn load_last_msg(&mut self, subject: &[u8]) -> Result<Message, StoreError> {
        let mut message = Message::default();
        self.load_last_msg_into(subject, &mut message)?;
        Ok(message)
    }

    /// [`Self::load_last_msg`] over a message at hand, whose room is used again.
    pub fn load_last_msg_into(&mut self, subject: &[u8], message: &mut Message) -> Result<(), StoreError> {
        let loaded = if subject.is_empty() || subject == ALL_SUBJECTS {
            self.msg_for_seq_into(self.state.last_seq, message)
        } else {
            self.load_last_into(subject, message)
        };
        self.settle();
        loaded.map_err(|_| StoreError::MsgNotFound)
    }

    /// The last message of a subject or a wildcard (Go: `loadLastLocked`, 1141).
    pub(crate) fn load_last(&mut self, subject: &[u8]) -> Result<Message, StoreError> {
        let mut message = Message::default();
        self.load_last_into(subject, &mut message)?;
        Ok(message)
    }

    fn load_last_into(&mut self, subject: &[u8], message: &mut Message) -> Result<(), StoreError> {
        let (Some(last_block), false) = (self.last_block, self.closed) else {
            return Err(StoreError::Closed);
        };
        let wildcard = has_wildcard(subject);
        let (low, high) = if wildcard {
            let (mut low, mut high) = (last_block, 0);
            self.subjects.match_filter(subject, |_, info| {
                low = low.min(info.first_block);
                high = high.max(info.last_block);
            });
            if high == 0 {
                return Err(StoreError::MsgNotFound);
            }
            (low, high)
        } else {
            let info = self.subjects.find(subject).ok_or(StoreError::MsgNotFound)?;
            (info.first_block, info.last_block)
        };
        let filter = Filter::new(subject, wildcard);
        for position in self.positions_between(low, high).rev() {
            let Self { ctx, blocks, .. } = self;
            let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
            block.ensure_subjects(ctx)?;
            block.last_subject_ns = ctx.access_time_ns();
            let mut last = 0;
            if !wildcard && let Some(state) = block.recalculate_last(ctx, subject)? {
                last = state.last;
            }
            if last == 0 {
                last = block.filtered_pending(ctx, &filter, block.first.seq)?.last;
            }
            if last == 0 {
                continue;
            }
            if !block.cache_loaded() {
                block.load_msgs(ctx)?;
            }
            block.lookup(ctx, last)?.copy_to(message);
            return Ok(());
        }
        Err(StoreError::MsgNotFound)
    }

    /// The next message from `start` on that the filter takes, with its sequence (Go: `LoadNextMsg`, 1144).
    pub fn load_next_msg(&mut self, filter: &[u8], wildcard: bool, start: u64) -> Result<(Message, u64), StoreError> {
        let mut message = Message::default();
        let seq = self.load_next_msg_into(filter, wildcard, start, &mut message)?;
        Ok((message, seq))
    }

    /// [`Self::load_next_msg`] over a message at hand, whose room is used again.
    pub fn load_next_msg_into(
        &mut self,
        filter: &[u8],
        wildcard: bool,
        start: u64,
        message: &mut Message,
    ) -> Result<u64, StoreError> {
        let loaded = self.next_found(Search::Filter(Filter::new(filter, wildcard)), start, message);
        self.settle();
        loaded
    }

    /// [`Self::load_next_msg`] for acts that are in the middle of something.
    pub(crate) fn next_msg(&mut self, filter: &[u8], wildcard: bool, start: u64) -> Result<(Message, u64), StoreError> {
        let mut message = Message::default();
        let seq = self.next_found(Search::Filter(Filter::new(filter, wildcard)), start, &mut message)?;
        Ok((message, seq))
    }

    /// The next message from `start` on that the search takes, and its sequence.
    fn next_found(&mut self, search: Search<'_>, start: u64, message: &mut Message) -> Result<u64, StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if self.state.msgs == 0 || start > self.state.last_seq {
            return Err(StoreError::Eof);
        }
        let mut start = start.max(self.state.first_seq);
        if start <= self.state.first_seq {
            let first = self.first_candidate(search)?.ok_or(StoreError::Eof)?;
            start = start.max(first);
        }
        let first = self.select_block(start).ok_or(StoreError::Eof)?;
        let mut position = first;
        while position < self.blocks.len() {
            let Self { ctx, blocks, config, .. } = self;
            let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
            let found = block.first_found(ctx, search, start, config.subjects.as_slice())?;
            if self.take_found(position, found, message)? {
                self.note_walk(position, message.seq);
                return Ok(message.seq);
            }
            let next = if position == first && position + 1 < self.blocks.len() {
                self.skip_first_block(search, position)
            } else {
                Skip::To(position + 1)
            };
            match next {
                // Go gives up before it looks whether the cache may go.
                Skip::Nowhere => return Err(StoreError::Eof),
                Skip::To(next) => {
                    self.expire_walked(position, found);
                    self.leave_walked(position, start);
                    position = next.max(position + 1);
                }
            }
        }
        Err(StoreError::Eof)
    }

    fn note_walk(&mut self, position: usize, found: u64) {
        if let Some(block) = self.blocks.get_mut(position) {
            block.next_of_walk = found.wrapping_add(1);
        }
    }

    /// Drops the cache of a block that a walk by subject went through and leaves for the next, as Go does behind a walk over
    /// every message. Otherwise it would stay until nobody has used it for long, where Go holds such a cache weakly, and its
    /// collector takes it. Whoever keeps the time itself sees what is in memory, and finds there what Go was told to keep.
    fn leave_walked(&mut self, position: usize, start: u64) {
        let Self { ctx, blocks, .. } = self;
        if position + 1 < blocks.len()
            && let Some(block) = blocks.get_mut(position)
            && ctx.alarm.has_background
            && block.next_of_walk == start
        {
            block.try_force_expire_cache(ctx);
        }
    }

    /// A sequence before which nothing is found, from what is known of the subjects; nothing when nothing is taken.
    fn first_candidate(&mut self, search: Search<'_>) -> Result<Option<u64>, StoreError> {
        match search {
            Search::Filter(filter) => {
                let pending = self.filtered_totals(filter.text(), false)?;
                Ok((pending.msgs > 0).then_some(pending.first))
            }
            Search::Sublist(sublist) => {
                let (mut total, mut first_block) = (0, u32::MAX);
                intersect_sublist(&self.subjects, sublist, |_, info| {
                    total += info.total;
                    first_block = first_block.min(info.first_block);
                    true
                });
                let block = self.position(first_block).and_then(|position| self.blocks.get(position));
                Ok((total > 0).then(|| block.map_or(0, |block| block.first.seq)))
            }
        }
    }

    /// Copies the message that a search in a block found; says whether it found one.
    fn take_found(&mut self, position: usize, found: Found, message: &mut Message) -> Result<bool, StoreError> {
        let (Some(seq), walked) = found else {
            return Ok(false);
        };
        let Self { ctx, blocks, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        block.lookup(ctx, seq)?.copy_to(message);
        if walked {
            block.try_force_expire_cache(ctx);
        }
        Ok(true)
    }

    /// Drops the cache of a block that was loaded for nothing.
    fn expire_walked(&mut self, position: usize, found: Found) {
        let Self { ctx, blocks, .. } = self;
        if let (Some(block), (None, true)) = (blocks.get_mut(position), found) {
            block.try_force_expire_cache(ctx);
        }
    }

    /// The message before or at `start` that the filter takes, with its sequence (Go: `LoadPrevMsg`, 1145).
    pub fn load_prev_msg(&mut self, filter: &[u8], wildcard: bool, start: u64) -> Result<(Message, u64), StoreError> {
        let search = Search::Filter(Filter::new(filter, wildcard));
        let loaded = self.prev_found(search, start);
        self.settle();
        loaded
    }

    /// The message before or at `start` that the search takes.
    fn prev_found(&mut self, search: Search<'_>, start: u64) -> Result<(Message, u64), StoreError> {
        let (start, first) = self.prev_start(start)?;
        for position in (0..=first).rev() {
            let Self { ctx, blocks, config, .. } = self;
            let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
            let found = block.prev_found(ctx, search, start, config.subjects.as_slice())?;
            let mut message = Message::default();
            if self.take_found(position, found, &mut message)? {
                let seq = message.seq;
                return Ok((message, seq));
            }
            self.expire_walked(position, found);
        }
        Err(StoreError::Eof)
    }

    /// Where a search backwards from `start` begins: the sequence and the block.
    fn prev_start(&self, start: u64) -> Result<(u64, usize), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if self.state.msgs == 0 || start < self.state.first_seq {
            return Err(StoreError::Eof);
        }
        let start = start.min(self.state.last_seq);
        Ok((start, self.select_block(start).ok_or(StoreError::Eof)?))
    }

    /// The next message from `start` on that the sublist takes (Go: `LoadNextMsgMulti`, 1143).
    pub fn load_next_msg_multi(&mut self, sublist: &Sublist, start: u64) -> Result<(Message, u64), StoreError> {
        let mut message = Message::default();
        let loaded = self.next_found(simplest(sublist), start, &mut message);
        self.settle();
        loaded.map(|seq| (message, seq))
    }

    /// The message before or at `start` that the sublist takes (Go: `LoadPrevMsgMulti`, 1146).
    pub fn load_prev_msg_multi(&mut self, sublist: &Sublist, start: u64) -> Result<(Message, u64), StoreError> {
        let loaded = self.prev_found(simplest(sublist), start);
        self.settle();
        loaded
    }

    /// Where a search goes on behind its first block, at `position` (Go: `checkSkipFirstBlock`, 1010, and
    /// `checkSkipFirstBlockMulti`, 1011).
    fn skip_first_block(&self, search: Search<'_>, position: usize) -> Skip {
        let next = Skip::To(position + 1);
        let mut range = None;
        match search {
            Search::Filter(filter) if filter.is_all() => return next,
            Search::Filter(filter) if filter.is_wildcard() => {
                if self.subjects.len() >= WILDCARD_SKIP_UP_TO {
                    return next;
                }
                self.subjects.match_filter(filter.text(), |_, info| widen(&mut range, info));
            }
            Search::Filter(filter) => {
                if let Some(info) = self.subjects.find(filter.text()) {
                    widen(&mut range, info);
                }
            }
            Search::Sublist(sublist) => {
                if sublist.matches_full_wildcard() || self.subjects.len() > HIGH_CARDINALITY {
                    return next;
                }
                // A subject that begins in the very next block ends the search for a better one.
                let guard = self.blocks.get(position).map_or(0, |block| block.index + 1);
                let mut is_next = false;
                intersect_sublist(&self.subjects, sublist, |_, info| {
                    widen(&mut range, info);
                    is_next = range.is_some_and(|(low, _)| low == guard);
                    !is_next
                });
                if is_next {
                    return next;
                }
            }
        }
        self.skip_to(position, range)
    }

    /// The block to go on with, given the lowest and highest index that can hold something (Go: `selectSkipFirstBlock`,
    /// 1012).
    fn skip_to(&self, position: usize, range: Option<(u32, u32)>) -> Skip {
        let (Some((low, high)), Some(block)) = (range, self.blocks.get(position)) else {
            return Skip::Nowhere;
        };
        if high <= block.index {
            return Skip::Nowhere;
        }
        if low > block.index
            && let Some(target) = self.position(low).and_then(|position| self.blocks.get(position))
        {
            return Skip::To(self.select_block(target.last.seq).unwrap_or(0));
        }
        Skip::To(position + 1)
    }

    /// The first sequence of a subject, 0 when it has none; moves the hint of its first block (Go: `firstSeqForSubj`,
    /// 1041).
    pub(crate) fn first_seq_for_subject(&mut self, subject: &[u8]) -> Result<u64, StoreError> {
        let (Some(first), Some(last)) = (self.blocks.first(), self.last_block) else {
            return Ok(0);
        };
        let (start, stop) = match self.subjects.find(subject) {
            Some(info) => (info.first_block, info.last_block),
            None => (first.index, last),
        };
        for position in self.positions_between(start, stop) {
            let Self { ctx, blocks, subjects, .. } = self;
            let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
            if block.closed {
                continue;
            }
            let load = block.subjects_not_loaded(ctx);
            if load {
                block.load_msgs(ctx)?;
            }
            block.last_subject_ns = ctx.access_time_ns();
            let known = block.subjects.as_ref().is_some_and(|subjects| subjects.find(subject).is_some());
            if known {
                let index = block.index;
                let state = block.recalculate_subject(ctx, subject);
                if index != start
                    && let Some(info) = subjects.find_mut(subject)
                {
                    info.first_block = index;
                }
                return Ok(state?.map_or(0, |state| state.first));
            }
            if load {
                block.try_force_expire_cache(ctx);
            }
        }
        Ok(0)
    }
}

/// The simplest search that takes what the sublist takes.
fn simplest(sublist: &Sublist) -> Search<'_> {
    if sublist.matches_full_wildcard() {
        return Search::Filter(Filter::new(b"", false));
    }
    match sublist.matches_single_filter() {
        Some(filter) => Search::Filter(Filter::new(filter, has_wildcard(filter))),
        None => Search::Sublist(sublist),
    }
}

fn widen(range: &mut Option<(u32, u32)>, info: &SubjectInfo) {
    *range = Some(match *range {
        None => (info.first_block, info.last_block),
        Some((low, high)) => (low.min(info.first_block), high.max(info.last_block)),
    });
}
