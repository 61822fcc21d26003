//! The subjects of a block: how many messages each has, and the first and last of them.
//!
//! A removal leaves `first` or `last` to be worked out when somebody asks, from the records in the cache.
//!
//! Carries 1187, 1188, 1190 to 1192.

use super::super::ctx::Ctx;
use super::super::error::StoreError;
use super::super::state::SubjectState;
use super::cache::{SLOT_CHECKED, SLOT_DELETED};
use super::{Block, Cache};
use crate::format::record::{ERASED_BIT, HEADER_LEN, RecordHeader, RecordView};
use crate::index::subject_tree::SubjectTree;

impl Block {
    /// Loads the subjects unless they are there or not tracked (Go: `ensurePerSubjectInfoLoaded`, 1192).
    pub(crate) fn ensure_subjects(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        self.make_left_subjects(ctx);
        if self.subjects.is_some() {
            self.last_subject_ns = ctx.access_time_ns();
            return Ok(());
        }
        if self.no_track {
            return Ok(());
        }
        if self.msgs == 0 {
            self.subjects = Some(SubjectTree::new());
            return Ok(());
        }
        self.generate_subjects(ctx)
    }

    /// Works the subjects out anew (Go: `resetPerSubjectInfo`, 1190).
    pub(crate) fn reset_subjects(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        self.subjects = None;
        self.subjects_left = false;
        self.generate_subjects(ctx)
    }

    /// Makes the subjects that loading the cache left out, as loading would have made them. Whoever asks for the subjects of
    /// a block, or takes a message out of it, comes here first.
    pub(crate) fn make_left_subjects(&mut self, ctx: &Ctx) {
        if !std::mem::take(&mut self.subjects_left) {
            return;
        }
        let Some(cache) = &self.cache else { return };
        let mut subjects = SubjectTree::with_room(ctx.subjects_room.get());
        for (seq, entry) in (cache.first_seq..).zip(&cache.slots) {
            let entry = entry & !SLOT_CHECKED;
            if entry == SLOT_DELETED || seq < self.first.seq || self.deleted.exists(seq) {
                continue;
            }
            let record = cache.buf.get(entry as usize..).and_then(RecordView::parse);
            if let Some(record) = record.filter(|record| !record.subject.is_empty() && !record.header.is_erased()) {
                count(&mut subjects, record.subject, seq);
            }
        }
        subjects.shrink();
        ctx.subjects_room.set(subjects.room());
        self.subjects = Some(subjects);
    }

    /// Works the subjects out from the records (Go: `generatePerSubjectInfo`, 1191).
    fn generate_subjects(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        if self.msgs == 0 {
            return Ok(());
        }
        if !self.cache_loaded() {
            self.load_msgs(ctx)?;
        }
        // Loading the block fills them on the way.
        if self.subjects.is_some() {
            return Ok(());
        }
        let mut subjects = SubjectTree::new();
        for seq in self.first.seq..=self.last.seq {
            if self.deleted.exists(seq) {
                continue;
            }
            match self.lookup(ctx, seq) {
                Ok(view) if !view.subject.is_empty() => count(&mut subjects, view.subject, seq),
                Ok(_) | Err(StoreError::MsgNotFound | StoreError::DeletedMsg) => {}
                Err(StoreError::NoCache) => {
                    self.subjects = Some(subjects);
                    return Ok(());
                }
                Err(error) => {
                    self.clear_cache_and_offset(ctx);
                    return Err(error);
                }
            }
        }
        if !subjects.is_empty() {
            self.last_load_ns = ctx.access_time_ns();
            self.last_subject_ns = self.last_load_ns;
            self.start_cache_timer(ctx);
        }
        self.subjects = Some(subjects);
        Ok(())
    }

    /// Takes a removed message off its subject, and says whether the block knew the subject (Go: `removeSeqPerSubject`,
    /// 1187).
    pub(crate) fn remove_seq_per_subject(
        &mut self,
        ctx: &mut Ctx,
        subject: &[u8],
        seq: u64,
    ) -> Result<bool, StoreError> {
        self.ensure_subjects(ctx)?;
        let Some(subjects) = &mut self.subjects else {
            return Ok(false);
        };
        let Some(state) = subjects.find_mut(subject) else {
            return Ok(false);
        };
        if state.msgs == 1 {
            subjects.remove(subject);
            return Ok(true);
        }
        state.msgs = state.msgs.wrapping_sub(1);
        if state.msgs == 1 {
            if !state.last_needs_update && seq != state.last {
                state.first = state.last;
                state.first_needs_update = false;
                return Ok(true);
            }
            if !state.first_needs_update && seq != state.first {
                state.last = state.first;
                state.last_needs_update = false;
                return Ok(true);
            }
        }
        state.first_needs_update |= seq == state.first;
        state.last_needs_update |= seq == state.last;
        self.subjects_stale |= state.first_needs_update || state.last_needs_update;
        Ok(true)
    }

    /// Looks for the first and last message of the subject where a removal left that open, and gives its state (Go:
    /// `recalculateForSubj`, 1188).
    pub(crate) fn recalculate_subject(
        &mut self,
        ctx: &mut Ctx,
        subject: &[u8],
    ) -> Result<Option<SubjectState>, StoreError> {
        let known = |block: &Self| block.subjects.as_ref().and_then(|subjects| subjects.find(subject)).copied();
        match known(self) {
            Some(state) if state.first_needs_update || state.last_needs_update => {}
            state => return Ok(state),
        }
        if !self.cache_loaded() {
            self.load_msgs(ctx)?;
        }
        let Some(mut state) = known(self) else {
            return Ok(None);
        };
        if let Some(cache) = &self.cache {
            self.recalculate(cache, subject, &mut state);
        }
        if let Some(entry) = self.subjects.as_mut().and_then(|subjects| subjects.find_mut(subject)) {
            *entry = state;
        }
        Ok(Some(state))
    }

    /// The state of the subject with an exact last message; the first may be left open.
    pub(crate) fn recalculate_last(
        &mut self,
        ctx: &mut Ctx,
        subject: &[u8],
    ) -> Result<Option<SubjectState>, StoreError> {
        match self.subjects.as_ref().and_then(|subjects| subjects.find(subject)) {
            Some(state) if state.last_needs_update => self.recalculate_subject(ctx, subject),
            state => Ok(state.copied()),
        }
    }

    fn recalculate(&self, cache: &Cache, subject: &[u8], state: &mut SubjectState) {
        let slot_of = |seq: u64| usize::try_from(seq.saturating_sub(cache.first_seq)).unwrap_or(usize::MAX);
        let mut start = slot_of(state.first);
        if start >= cache.slots.len() {
            state.first = state.last;
            state.first_needs_update = false;
            state.last_needs_update = false;
            return;
        }
        let end = slot_of(state.last);
        if end >= cache.slots.len() || start > end {
            return;
        }
        if state.first_needs_update {
            state.first_needs_update = false;
            let from = state.first.saturating_add(1).max(self.first.seq);
            for slot in start..cache.slots.len() {
                match self.subject_at(cache, slot, subject) {
                    Probe::Other => {}
                    Probe::Beyond => {
                        state.first = state.last;
                        state.last_needs_update = false;
                        return;
                    }
                    Probe::Live(seq) if seq >= from => {
                        state.first = seq;
                        if state.msgs == 1 {
                            state.last = seq;
                            state.last_needs_update = false;
                            return;
                        }
                        start = slot;
                        break;
                    }
                    Probe::Live(_) => {}
                }
            }
        }
        if state.last_needs_update {
            state.last_needs_update = false;
            let upto = state.last.saturating_sub(1).min(self.last.seq);
            for slot in (start..=end).rev() {
                match self.subject_at(cache, slot, subject) {
                    Probe::Other => {}
                    Probe::Beyond => return,
                    Probe::Live(seq) if seq <= upto => {
                        // The first message of a subject is never behind its last.
                        let seq = seq.max(state.first);
                        state.last = seq;
                        if state.msgs == 1 {
                            state.first = seq;
                            state.first_needs_update = false;
                        }
                        return;
                    }
                    Probe::Live(_) => {}
                }
            }
        }
    }

    /// The live message of the subject in a slot, if there is one.
    fn subject_at(&self, cache: &Cache, slot: usize, subject: &[u8]) -> Probe {
        let Some(entry) = cache.slots.get(slot).map(|entry| entry & !SLOT_CHECKED) else {
            return Probe::Other;
        };
        if entry == SLOT_DELETED {
            return Probe::Other;
        }
        let Some(record) = cache.buf.get(entry as usize..).filter(|r| !r.is_empty()) else {
            return Probe::Beyond;
        };
        let Some(header) = RecordHeader::parse(record) else {
            return Probe::Beyond;
        };
        let found = record.get(HEADER_LEN..HEADER_LEN + usize::from(header.subject_len));
        if found != Some(subject) {
            return Probe::Other;
        }
        let seq = header.raw_sequence;
        if seq & ERASED_BIT != 0 || self.deleted.exists(seq) {
            return Probe::Other;
        }
        Probe::Live(seq)
    }
}

/// What a slot holds, as a search for a subject sees it.
enum Probe {
    /// Nothing of the subject.
    Other,
    /// A live message of the subject, with this sequence.
    Live(u64),
    /// The slot points behind the cache.
    Beyond,
}

/// Counts a message behind all others of its subject.
pub(super) fn count(subjects: &mut SubjectTree<SubjectState>, subject: &[u8], seq: u64) {
    let known = |state: &mut SubjectState| {
        state.msgs += 1;
        state.last = seq;
        state.last_needs_update = false;
    };
    subjects.update_or_insert(
        subject,
        known,
        SubjectState { msgs: 1, first: seq, last: seq, ..SubjectState::default() },
    );
}
