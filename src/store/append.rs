//! Storing messages and skipping sequences.
//!
//! A message is written first and counted next; then the limits are enforced, so a store holds one message too many only
//! within an operation. An error after the sequence was accepted stops all later writes unless it came from reading. The
//! limits on new messages are checked here too; those that remove old ones are in `limits`.
//!
//! Carries 1032 to 1041 (`storeRawMsg`, `StoreRawMsg`, `StoreMsg`, `SkipMsg`, `SkipMsgNoInterest`, `skipMsg`, `SkipMsgs`,
//! `FlushAllPending`).

use super::Store;
use super::block::{Block, EMPTY_RECORD};
use super::config::Discard;
use super::error::StoreError;
use super::state::{SubjectInfo, Time};
use crate::format::headers::{ROLLUP, SCHEDULE_NEXT, SCHEDULE_NEXT_PURGE, SCHEDULER, header_or_empty};
use crate::format::message_schedule::{next_message_schedule, parse_instant};
use crate::format::record::{ERASED_BIT, record_len};

const NANOS_PER_SECOND: i64 = 1_000_000_000;
/// How many skipped sequences a block takes before `skip_msgs` starts the next one.
const MAX_SKIPPED_IN_BLOCK: u64 = 64 * 1024;

/// A message on its way into the store.
#[derive(Clone, Copy)]
struct Incoming<'a> {
    subject: &'a [u8],
    hdr: &'a [u8],
    msg: &'a [u8],
    /// 0 for the next one.
    seq: u64,
    ts: i64,
    /// Seconds; 0 for none.
    ttl: i64,
    /// Whether the limits may refuse it.
    refusable: bool,
}

impl Incoming<'_> {
    fn size(&self) -> u64 {
        record_len(self.subject, self.hdr, self.msg)
    }
}

impl Store {
    /// Stores a message at the next sequence and says which, and when (Go: `StoreMsg`).
    pub fn store_msg(&mut self, subject: &[u8], hdr: &[u8], msg: &[u8], ttl: i64) -> Result<(u64, i64), StoreError> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let (seq, ts) = (self.state.last_seq.wrapping_add(1), self.ctx.begin());
        let incoming = Incoming { subject, hdr, msg, seq, ts, ttl, refusable: true };
        let stored = self.store_incoming(&incoming);
        if stored.is_ok() {
            self.report_stored(&incoming);
        }
        self.settle();
        stored.map(|()| (seq, ts))
    }

    /// Stores a message at a sequence and time that the caller knows (Go: `StoreRawMsg`).
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of StreamStore.StoreRawMsg")]
    pub fn store_raw_msg(
        &mut self,
        subject: &[u8],
        hdr: &[u8],
        msg: &[u8],
        seq: u64,
        ts: i64,
        ttl: i64,
        discard_new_check: bool,
    ) -> Result<(), StoreError> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        self.ctx.begin();
        let incoming = Incoming { subject, hdr, msg, seq, ts, ttl, refusable: discard_new_check };
        let stored = self.store_incoming(&incoming);
        // The first message that comes from elsewhere may be old already, which the timer could not know when it was set.
        if !self.received_any && self.config.max_age_ns != 0 && ts > 0 {
            self.received_any = true;
            self.reset_age_check(0);
        }
        if stored.is_ok() {
            self.report_stored(&incoming);
        }
        self.settle();
        stored
    }

    fn report_stored(&mut self, incoming: &Incoming<'_>) {
        self.push_update(1, incoming.size().cast_signed(), incoming.seq, incoming.subject);
    }

    /// Go: `storeRawMsg`.
    fn store_incoming(&mut self, incoming: &Incoming<'_>) -> Result<(), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        let max_per = u64::try_from(self.config.max_msgs_per).unwrap_or(0);
        let limited = max_per > 0 && !incoming.subject.is_empty();
        // How many messages the subject will have. 0 when it is new: then the limit cannot be broken.
        let mut count = 0;
        if limited && let Some(info) = self.subjects.find(incoming.subject) {
            count = info.total + 1;
        }
        let mut oldest = 0;
        if incoming.refusable && self.config.discard == Discard::New {
            (oldest, count) = self.check_refusal(incoming, limited, max_per, count)?;
        }
        let next = self.state.last_seq.wrapping_add(1);
        let seq = if incoming.seq == 0 { next } else { incoming.seq };
        if seq != next {
            return Err(StoreError::SequenceMismatch);
        }
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let incoming = Incoming { seq, ..*incoming };
        let stored = self.write_incoming(&incoming, limited.then_some(max_per), count, oldest);
        if let Err(error) = &stored {
            self.set_write_error(error);
        }
        stored
    }

    /// Refuses a message that breaks a limit. What is returned is the oldest message of a subject that is at its limit,
    /// and how many messages the subject will have.
    fn check_refusal(
        &mut self,
        incoming: &Incoming<'_>,
        limited: bool,
        max_per: u64,
        mut count: u64,
    ) -> Result<(u64, u64), StoreError> {
        let (mut oldest, mut replaces) = (0, false);
        if limited && count > max_per {
            // A rollup removes the messages before it once it is stored.
            if self.config.discard_new_per && header_or_empty(ROLLUP, incoming.hdr).is_empty() {
                return Err(StoreError::MaxMsgsPerSubject);
            }
            oldest = self.first_seq_for_subject(incoming.subject)?;
            if let Some(info) = self.subjects.find(incoming.subject) {
                count = info.total + 1;
            }
            replaces = count > max_per;
        }
        let limit = |limit: i64| u64::try_from(limit).ok().filter(|limit| *limit > 0);
        if limit(self.config.max_msgs).is_some_and(|max| self.state.msgs >= max) && !replaces {
            return Err(StoreError::MaxMsgs);
        }
        let size = incoming.size();
        if limit(self.config.max_bytes).is_some_and(|max| self.state.bytes.wrapping_add(size) > max)
            && (!replaces || self.size_for_seq(oldest) < size)
        {
            return Err(StoreError::MaxBytes);
        }
        Ok((oldest, count))
    }

    fn write_incoming(
        &mut self,
        incoming: &Incoming<'_>,
        max_per: Option<u64>,
        count: u64,
        oldest: u64,
    ) -> Result<(), StoreError> {
        let Incoming { subject, hdr, msg, seq, ts, .. } = *incoming;
        let written = self.write_msg_record(seq, ts, subject, hdr, msg)?;
        if !subject.is_empty() {
            self.count_subject(subject);
        }
        let now = Time::from_unix_nano(ts);
        if self.state.msgs == 0 {
            self.state.first_seq = seq;
            self.state.first_time = now;
        }
        self.state.msgs += 1;
        self.state.bytes += written;
        self.state.last_seq = seq;
        self.state.last_time = now;

        if let Some(max_per) = max_per {
            self.enforce_subject_limit(subject, max_per, count, oldest)?;
        }
        self.enforce_msg_limit()?;
        self.enforce_bytes_limit()?;
        self.note_ttl(incoming);
        self.note_schedule(incoming);
        Ok(())
    }

    fn count_subject(&mut self, subject: &[u8]) {
        let index = self.last_block.unwrap_or(0);
        let Self { subjects, subjects_len, .. } = self;
        let known = |info: &mut SubjectInfo| {
            info.total += 1;
            info.last_block = info.last_block.max(index);
        };
        let new = SubjectInfo { total: 1, first_block: index, last_block: index };
        if !subjects.update_or_insert(subject, known, new) {
            *subjects_len += subject.len();
        }
    }

    /// Removes the oldest messages of the subject until it keeps its limit.
    fn enforce_subject_limit(
        &mut self,
        subject: &[u8],
        max_per: u64,
        mut count: u64,
        mut oldest: u64,
    ) -> Result<(), StoreError> {
        while count > max_per {
            if oldest == 0 {
                oldest = self.first_seq_for_subject(subject)?;
                if oldest == 0 {
                    break;
                }
            } else {
                match self.remove_msg_via_limits(oldest) {
                    Ok(_) | Err(StoreError::MsgNotFound) => {}
                    Err(error) => return Err(error),
                }
                oldest = 0;
            }
            match self.subjects.find(subject) {
                Some(info) => count = info.total,
                None => return Ok(()),
            }
        }
        // With a single message for each subject the first block of the subject is where it was just written.
        if max_per == 1
            && let Some(info) = self.subjects.find_mut(subject)
            && info.total == 1
        {
            info.first_block = info.last_block;
        }
        Ok(())
    }

    /// Counts a message with a TTL and sets the age check.
    fn note_ttl(&mut self, incoming: &Incoming<'_>) {
        if incoming.ttl > 0 {
            if let Some(ttls) = &mut self.ttls {
                let expires = incoming.ts.wrapping_add(incoming.ttl.wrapping_mul(NANOS_PER_SECOND));
                ttls.add(incoming.seq, expires);
            }
            // TTLs may be allowed later on, so they are counted regardless.
            if let Some(block) = self.last_block_mut() {
                block.ttls += 1;
            }
        }
        if self.ttls.is_some() && incoming.ttl > 0 {
            self.reset_age_check(0);
        } else if self.age_check.is_none() && (self.config.max_age_ns > 0 || self.ttls.is_some()) {
            self.start_age_check();
        }
    }

    /// Keeps the schedules up to date: a message may hold one, end one, or say when one fires next.
    fn note_schedule(&mut self, incoming: &Incoming<'_>) {
        let Some(scheduling) = &mut self.scheduling else { return };
        let now = self.ctx.now_ns();
        let Incoming { subject, hdr, seq, ts, .. } = *incoming;
        let scheduler = header_or_empty(SCHEDULER, hdr);
        let scheduled = next_message_schedule(hdr, ts, now).ok().flatten();
        if let Some(firing) = scheduled {
            scheduling.add(seq, subject, firing.unix_ns(), now);
        } else if scheduler.is_empty() {
            scheduling.remove_subject(subject);
        }
        let next = header_or_empty(SCHEDULE_NEXT, hdr);
        if !next.is_empty()
            && next != SCHEDULE_NEXT_PURGE.as_bytes()
            && !scheduler.is_empty()
            && let Some(next) = parse_instant(next)
        {
            scheduling.update(scheduler, next, now);
        }
        if scheduled.is_some()
            && let Some(block) = self.last_block_mut()
        {
            block.schedules += 1;
        }
    }

    fn last_block_mut(&mut self) -> Option<&mut Block> {
        let pos = self.last_position()?;
        self.blocks.get_mut(pos)
    }

    /// Uses the next sequence without storing anything (Go: `SkipMsg`).
    pub fn skip_msg(&mut self, seq: u64) -> Result<u64, StoreError> {
        let skipped = self.skip_one(seq, false);
        self.settle();
        skipped
    }

    /// Uses the next sequence without storing anything, and moves the last time on (Go: `SkipMsgNoInterest`).
    pub fn skip_msg_no_interest(&mut self, seq: u64) -> Result<u64, StoreError> {
        let skipped = self.skip_one(seq, true);
        self.settle();
        skipped
    }

    fn skip_one(&mut self, seq: u64, no_interest: bool) -> Result<u64, StoreError> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let next = self.state.last_seq.wrapping_add(1);
        let seq = if seq == 0 { next } else { seq };
        if seq != next {
            return Err(StoreError::SequenceMismatch);
        }
        let pos = self.check_last_block(EMPTY_RECORD)?;
        let sets_time = no_interest || self.state.last_time.is_zero();
        let ts = if sets_time { self.ctx.access_time_ns() } else { self.state.last_time.unix_nano() };
        let is_last = self.is_last(pos);
        let (ctx, block) = self.at(pos)?;
        let skipped = block.skip(ctx, seq, ts, is_last);
        self.keep_write_error(skipped)?;
        self.state.last_seq = seq;
        if sets_time {
            self.state.last_time = Time::from_unix_nano(ts);
        }
        if self.state.msgs == 0 || seq == self.state.first_seq {
            self.state.first_seq = seq.wrapping_add(1);
            self.state.first_time = Time::ZERO;
        }
        self.dirty += 1;
        Ok(seq)
    }

    /// Uses `num` sequences from `seq` on without storing anything (Go: `SkipMsgs`).
    pub fn skip_msgs(&mut self, seq: u64, num: u64) -> Result<(), StoreError> {
        let skipped = self.skip_many(seq, num);
        self.settle();
        skipped
    }

    fn skip_many(&mut self, seq: u64, num: u64) -> Result<(), StoreError> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let next = self.state.last_seq.wrapping_add(1);
        let seq = if seq == 0 { next } else { seq };
        // The last sequence must leave room for the next message.
        if seq != next || num == 0 || seq == 0 || num > u64::MAX - seq {
            return Err(StoreError::SequenceMismatch);
        }
        let pos = self.block_for_skips(num)?;
        let ts =
            if self.state.last_time.is_zero() { self.ctx.access_time_ns() } else { self.state.last_time.unix_nano() };
        let last = seq + num - 1;
        let (ctx, block) = self.at(pos)?;
        if let Some(error) = &block.write_error {
            return Err(error.clone());
        }
        if block.msgs == 0 {
            block.last.seq = last;
            block.last.ts = ts;
            block.first.seq = last + 1;
            block.first.ts = 0;
        } else {
            for skipped in seq..=last {
                block.deleted.insert(skipped);
            }
        }
        let written = block.write_record(ctx, last | ERASED_BIT, ts, &[], &[], &[], true, true);
        self.keep_write_error(written)?;
        self.state.last_seq = last;
        if self.state.last_time.is_zero() {
            self.state.last_time = Time::from_unix_nano(ts);
        }
        if self.state.msgs == 0 {
            self.state.first_seq = last + 1;
            self.state.first_time = Time::ZERO;
        }
        self.dirty += 1;
        Ok(())
    }

    /// The block that takes `num` skipped sequences: the last one, unless it is full or would hold too many deletes.
    fn block_for_skips(&mut self, num: u64) -> Result<usize, StoreError> {
        let block_size = self.ctx.fcfg.block_size;
        if let Some(pos) = self.last_position()
            && let Some(block) = self.blocks.get(pos)
        {
            let deletes = num.saturating_add(block.deleted.size());
            let full = block.raw_bytes + EMPTY_RECORD > block_size;
            if block.msgs == 0 || (deletes <= MAX_SKIPPED_IN_BLOCK && !full) {
                return Ok(pos);
            }
        }
        self.new_block_for_write()
    }

    /// Writes what is pending in memory to the files (Go: `FlushAllPending`).
    pub fn flush_all_pending(&mut self) -> Result<(), StoreError> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let flushed = self.check_and_flush_last_block();
        self.settle();
        flushed
    }
}
