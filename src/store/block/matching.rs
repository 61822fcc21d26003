//! Looking for messages of a block by subject: the first or last that a filter or a sublist takes, and how many.
//!
//! The subjects of the block narrow the range before records are read. A walk remembers where it was (`last_lookup`), so
//! that one that reached the end of the block may drop the cache; a record that did not match leaves no trace there.
//!
//! Carries 1004 to 1008.

use super::super::ctx::Ctx;
use super::super::error::StoreError;
use super::super::state::{SimpleState, SubjectState};
use super::Block;
use crate::index::subject::is_subset_match;
use crate::index::subject_tree::intersect_sublist;
use crate::index::sublist::Sublist;

/// The filter that takes every subject.
pub(crate) const ALL_SUBJECTS: &[u8] = b">";

/// What a search in a block gives: the sequence found, and whether the caller may drop the cache.
pub(crate) type Found = (Option<u64>, bool);

/// Which subjects a search takes.
#[derive(Clone, Copy)]
pub(crate) struct Filter<'a> {
    text: &'a [u8],
    wildcard: bool,
    all: bool,
}

impl<'a> Filter<'a> {
    /// The filter as given; an empty one takes every subject.
    pub(crate) fn new(text: &'a [u8], wildcard: bool) -> Self {
        let all = text.is_empty() || text == ALL_SUBJECTS;
        if text.is_empty() {
            return Self { text: ALL_SUBJECTS, wildcard: true, all };
        }
        Self { text, wildcard, all }
    }

    /// Whether every subject is taken.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }

    /// The filter's text.
    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Whether the text has wildcards.
    pub(crate) fn is_wildcard(&self) -> bool {
        self.wildcard
    }
}

/// What a search looks for.
#[derive(Clone, Copy)]
pub(crate) enum Search<'a> {
    /// Messages that a filter takes.
    Filter(Filter<'a>),
    /// Messages that a sublist takes.
    Sublist(&'a Sublist),
}

/// Whether a subject that a search met is taken.
struct Taken<'a> {
    filter: Filter<'a>,
    all: bool,
}

impl<'a> Taken<'a> {
    fn new(filter: Filter<'a>, all: bool) -> Self {
        Self { filter, all }
    }

    fn takes(&self, subject: &[u8]) -> bool {
        if self.all {
            return true;
        }
        if self.filter.wildcard { is_subset_match(subject, self.filter.text) } else { self.filter.text == subject }
    }
}

impl Block {
    /// Makes exact what is known of the block's subjects that the filter takes.
    fn refresh_matching(&mut self, ctx: &mut Ctx, filter: &Filter<'_>) -> Result<(), StoreError> {
        if !self.subjects_stale {
            return Ok(());
        }
        let mut stale = Vec::new();
        self.each_matching(filter, |subject, state| {
            if state.first_needs_update || state.last_needs_update {
                stale.push(subject.to_vec());
            }
        });
        for subject in stale {
            self.recalculate_subject(ctx, &subject)?;
        }
        Ok(())
    }

    /// Calls `visit` for each subject of the block that the filter takes.
    fn each_matching(&self, filter: &Filter<'_>, mut visit: impl FnMut(&[u8], &SubjectState)) {
        let Some(subjects) = &self.subjects else {
            return;
        };
        if filter.wildcard {
            subjects.match_filter(filter.text, visit);
        } else if let Some(state) = subjects.find(filter.text) {
            visit(filter.text, state);
        }
    }

    /// Loads what a search by subject needs, and says whether it had to.
    fn load_for_search(&mut self, ctx: &mut Ctx) -> Result<bool, StoreError> {
        let load = self.subjects_not_loaded(ctx);
        if load {
            self.load_msgs(ctx)?;
        }
        self.last_subject_ns = ctx.access_time_ns();
        Ok(load)
    }

    /// Whether the filter takes every message of the block; nothing when it takes none. A block with a single subject tells.
    fn narrow(&self, filter: &Filter<'_>) -> Option<bool> {
        let single = self.subjects.as_ref().is_some_and(|subjects| subjects.len() == 1);
        if filter.all || !single {
            return Some(filter.all);
        }
        let mut matched = false;
        self.each_matching(filter, |_, _| matched = true);
        matched.then_some(true)
    }

    /// Whether reading every record of `span` sequences beats asking the subjects.
    fn scan_all(&self, filter: &Filter<'_>, all: bool, stream_subjects: &[String], span: u64) -> bool {
        if all {
            return true;
        }
        if !filter.wildcard {
            return false;
        }
        if let [only] = stream_subjects
            && only.as_bytes() == filter.text
        {
            return true;
        }
        let subjects = self.subjects.as_ref().map_or(0, |subjects| subjects.len());
        self.cache_loaded() && (subjects as u64).saturating_mul(4) > span
    }

    /// The first message from `start` on that the search takes.
    pub(crate) fn first_found(
        &mut self,
        ctx: &mut Ctx,
        search: Search<'_>,
        start: u64,
        stream_subjects: &[String],
    ) -> Result<Found, StoreError> {
        match search {
            Search::Filter(filter) => self.first_matching(ctx, &filter, start, stream_subjects),
            Search::Sublist(sublist) => self.first_matching_multi(ctx, sublist, start),
        }
    }

    /// The last message up to `start` that the search takes.
    pub(crate) fn prev_found(
        &mut self,
        ctx: &mut Ctx,
        search: Search<'_>,
        start: u64,
        stream_subjects: &[String],
    ) -> Result<Found, StoreError> {
        match search {
            Search::Filter(filter) => self.prev_matching(ctx, &filter, start, stream_subjects),
            Search::Sublist(sublist) => self.prev_matching_multi(ctx, sublist, start),
        }
    }

    /// The first message from `start` on that the filter takes (Go: `firstMatching`, 1005).
    pub(crate) fn first_matching(
        &mut self,
        ctx: &mut Ctx,
        filter: &Filter<'_>,
        start: u64,
        stream_subjects: &[String],
    ) -> Result<Found, StoreError> {
        let mut did_load = self.load_for_search(ctx)?;
        let Some(all) = self.narrow(filter) else {
            return Ok((None, did_load));
        };
        let mut from = start.max(self.first.seq);
        let last = self.last.seq;
        if !self.scan_all(filter, all, stream_subjects, last.saturating_sub(from)) {
            self.refresh_matching(ctx, filter)?;
            from = last.saturating_add(1);
            self.each_matching(filter, |_, state| {
                if start <= state.last {
                    from = from.min(start.max(state.first));
                }
            });
        }
        if from > last {
            return Ok((None, did_load));
        }
        if !self.cache_loaded() {
            self.load_msgs(ctx)?;
            did_load = true;
        }
        let taken = Taken::new(*filter, all);
        self.search(ctx, from..=last, last, did_load, |subject| taken.takes(subject))
    }

    /// The last message up to `start` that the filter takes (Go: `prevMatching`).
    fn prev_matching(
        &mut self,
        ctx: &mut Ctx,
        filter: &Filter<'_>,
        start: u64,
        stream_subjects: &[String],
    ) -> Result<Found, StoreError> {
        let mut did_load = self.load_for_search(ctx)?;
        let Some(all) = self.narrow(filter) else {
            return Ok((None, did_load));
        };
        let mut from = self.first.seq;
        let mut end = start.min(self.last.seq);
        if !self.scan_all(filter, all, stream_subjects, end.wrapping_sub(from)) {
            self.refresh_matching(ctx, filter)?;
            let mut range: Option<(u64, u64)> = None;
            self.each_matching(filter, |_, state| {
                if end < state.first {
                    return;
                }
                let last = end.min(state.last);
                range = Some(match range {
                    None => (state.first, last),
                    Some((low, high)) => (low.min(state.first), high.max(last)),
                });
            });
            match range {
                Some((low, high)) if low <= high => {
                    from = from.max(low);
                    end = high;
                }
                _ => return Ok((None, did_load)),
            }
        }
        if !self.cache_loaded() {
            self.load_msgs(ctx)?;
            did_load = true;
        }
        let taken = Taken::new(*filter, all);
        self.search(ctx, (from..=end).rev(), from, did_load, |subject| taken.takes(subject))
    }

    /// Walks the sequences until a message is taken; `stop` is the sequence at which the walk is at its end.
    fn search(
        &mut self,
        ctx: &mut Ctx,
        sequences: impl Iterator<Item = u64>,
        stop: u64,
        did_load: bool,
        takes: impl Fn(&[u8]) -> bool,
    ) -> Result<Found, StoreError> {
        let mut touch = false;
        let mut found = None;
        for seq in sequences {
            if self.deleted.exists(seq) {
                touch = true;
                continue;
            }
            let before = self.last_lookup;
            let taken = match self.lookup(ctx, seq) {
                Ok(view) => takes(view.subject),
                Err(error @ (StoreError::PartialCache | StoreError::NoCache)) => return Err(error),
                Err(_) => continue,
            };
            touch = false;
            if taken {
                let walked = seq == stop && self.last_lookup != before && self.last_lookup == seq;
                found = Some((seq, walked));
                break;
            }
            self.last_lookup = before;
        }
        if touch {
            self.last_load_ns = ctx.access_time_ns();
        }
        Ok(match found {
            Some((seq, walked)) => (Some(seq), walked),
            None => (None, did_load),
        })
    }

    /// The first message from `start` on that the sublist takes (Go: `firstMatchingMulti`, 1004).
    fn first_matching_multi(&mut self, ctx: &mut Ctx, sublist: &Sublist, start: u64) -> Result<Found, StoreError> {
        let mut did_load = self.load_for_search(ctx)?;
        let start = start.max(self.first.seq);
        let last = self.last.seq;
        let subjects = self.subjects.as_ref().map_or(0, |subjects| subjects.len());
        if subjects as u64 >= last.wrapping_sub(start) {
            if !self.cache_loaded() {
                self.load_msgs(ctx)?;
                did_load = true;
            }
            let found = self.search_lenient(ctx, start..=last, last, did_load, sublist);
            return Ok(found);
        }
        let mut best: Option<u64> = None;
        for (subject, state) in self.interested(sublist) {
            let state = self.exact_state(ctx, &subject, state)?;
            let from = start.max(state.first);
            if from > state.last || best.is_some_and(|best| from >= best) {
                continue;
            }
            if !self.cache_loaded() {
                self.load_msgs(ctx)?;
                did_load = true;
            }
            if from == state.first {
                if self.lookup(ctx, from).is_ok() {
                    best = Some(from);
                }
            } else if let (Some(seq), _) = self.search_lenient(ctx, from..=state.last, u64::MAX, false, sublist)
                && best.is_none_or(|best| seq < best)
            {
                best = Some(seq);
            }
        }
        Ok(match best {
            Some(seq) => (Some(seq), did_load && start == last),
            None => (None, did_load),
        })
    }

    /// The last message up to `start` that the sublist takes (Go: `prevMatchingMulti`, 1006).
    fn prev_matching_multi(&mut self, ctx: &mut Ctx, sublist: &Sublist, start: u64) -> Result<Found, StoreError> {
        let mut did_load = false;
        if !self.cache_loaded() {
            self.load_msgs(ctx)?;
            did_load = true;
        }
        self.make_left_subjects(ctx);
        let start = start.min(self.last.seq);
        let first = self.first.seq;
        let subjects = self.subjects.as_ref().map_or(0, |subjects| subjects.len());
        if subjects as u64 >= start.wrapping_sub(first) {
            let found = self.search_lenient(ctx, (first..=start).rev(), first, did_load, sublist);
            return Ok(found);
        }
        let mut best: Option<u64> = None;
        for (subject, state) in self.interested(sublist) {
            let state = self.exact_state(ctx, &subject, state)?;
            let from = start.min(state.last);
            if from < state.first || best.is_some_and(|best| from <= best) {
                continue;
            }
            if from == state.last {
                if self.lookup(ctx, from).is_ok() {
                    best = Some(from);
                }
            } else if let (Some(seq), _) =
                self.search_lenient(ctx, (state.first..=from).rev(), u64::MAX, false, sublist)
                && best.is_none_or(|best| seq > best)
            {
                best = Some(seq);
            }
        }
        Ok(match best {
            Some(seq) => (Some(seq), did_load && start == first),
            None => (None, did_load),
        })
    }

    /// Walks as [`Self::search`] does, passing over whatever cannot be read.
    fn search_lenient(
        &mut self,
        ctx: &mut Ctx,
        sequences: impl Iterator<Item = u64>,
        stop: u64,
        did_load: bool,
        sublist: &Sublist,
    ) -> Found {
        let mut touch = false;
        let mut found = (None, did_load);
        for seq in sequences {
            if self.deleted.exists(seq) {
                touch = true;
                continue;
            }
            let before = self.last_lookup;
            let Ok(view) = self.lookup(ctx, seq) else {
                continue;
            };
            let taken = sublist.has_interest(view.subject);
            touch = false;
            if taken {
                let walked = seq == stop && self.last_lookup != before && self.last_lookup == seq;
                found = (Some(seq), walked);
                break;
            }
            self.last_lookup = before;
        }
        if touch {
            self.last_load_ns = ctx.access_time_ns();
        }
        found
    }

    /// The subjects of the block that the sublist takes, in the order of the tree.
    fn interested(&self, sublist: &Sublist) -> Vec<(Vec<u8>, SubjectState)> {
        let mut interested = Vec::new();
        if let Some(subjects) = &self.subjects {
            intersect_sublist(subjects, sublist, |subject, state| {
                interested.push((subject.to_vec(), *state));
                true
            });
        }
        interested
    }

    /// The state of a subject that a walk over the subjects came to, with what a removal left open worked out. The walk goes on
    /// over the subjects as they were, even when the block turns out damaged meanwhile.
    fn exact_state(&mut self, ctx: &mut Ctx, subject: &[u8], state: SubjectState) -> Result<SubjectState, StoreError> {
        if !state.first_needs_update && !state.last_needs_update {
            return Ok(state);
        }
        Ok(self.recalculate_subject(ctx, subject)?.unwrap_or(state))
    }

    /// Adds up the subjects of the block that `each` visits, from `start` on; nothing when the messages of one lie on both
    /// sides of it. Those behind that one are not looked at: what a removal left open of them stays open.
    pub(crate) fn sum_of_subjects(
        &mut self,
        ctx: &mut Ctx,
        start: u64,
        each: impl Fn(&Self, &mut dyn FnMut(&[u8], &SubjectState)),
    ) -> Result<Option<SimpleState>, StoreError> {
        let (mut sum, mut across, mut stale) = (SimpleState::default(), false, false);
        each(self, &mut |_, state| {
            stale |= state.first_needs_update || state.last_needs_update;
            across |= !added_from(start, state, &mut sum);
        });
        if !stale {
            return Ok((!across).then_some(sum));
        }
        let mut subjects = Vec::new();
        each(self, &mut |subject, state| subjects.push((subject.to_vec(), *state)));
        let mut sum = SimpleState::default();
        for (subject, state) in subjects {
            if !added_from(start, &self.exact_state(ctx, &subject, state)?, &mut sum) {
                return Ok(None);
            }
        }
        Ok(Some(sum))
    }

    /// How many messages from `start` on the filter takes, and the first and last of them (Go: `filteredPendingLocked`,
    /// 1008).
    pub(crate) fn filtered_pending(
        &mut self,
        ctx: &mut Ctx,
        filter: &Filter<'_>,
        start: u64,
    ) -> Result<SimpleState, StoreError> {
        if filter.all && start <= self.first.seq {
            return Ok(SimpleState { msgs: self.msgs, first: self.first.seq, last: self.last.seq });
        }
        self.ensure_subjects(ctx)?;
        if let Some(sum) = self.sum_of_subjects(ctx, start, |block, visit| block.each_matching(filter, visit))? {
            return Ok(sum);
        }
        // A subject begins before `start`: its messages are counted one by one.
        let mut loaded = false;
        if !self.cache_loaded() {
            self.load_msgs(ctx)?;
            loaded = true;
        }
        let taken = Taken::new(*filter, filter.all);
        let mut sum = SimpleState::default();
        for seq in start..=self.last.seq {
            let Ok(view) = self.lookup(ctx, seq) else {
                continue;
            };
            if taken.takes(view.subject) {
                sum.msgs += 1;
                if sum.first == 0 {
                    sum.first = seq;
                }
                sum.last = seq;
            }
        }
        if loaded {
            self.try_force_expire_cache(ctx);
        }
        Ok(sum)
    }

    /// The states of the block's subjects that the filter takes, made exact.
    pub(crate) fn matching_states(
        &mut self,
        ctx: &mut Ctx,
        filter: &Filter<'_>,
        mut visit: impl FnMut(&[u8], &SubjectState),
    ) -> Result<(), StoreError> {
        self.refresh_matching(ctx, filter)?;
        self.each_matching(filter, |subject, state| visit(subject, state));
        Ok(())
    }
}

/// Adds the messages of a subject to `sum`; false when they lie on both sides of `start` and have to be counted one by one.
fn added_from(start: u64, state: &SubjectState, sum: &mut SimpleState) -> bool {
    if start > state.first {
        return start > state.last;
    }
    sum.msgs += state.msgs;
    if sum.first == 0 || state.first < sum.first {
        sum.first = state.first;
    }
    sum.last = sum.last.max(state.last);
    true
}
