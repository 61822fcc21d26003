//! The scheduled messages of a stream, the file `sched.db`: the bookkeeping of Go's `server/scheduler.go`.
//!
//! ```text
//! version 1, count (u64), stamp (u64, little endian), then for each schedule:
//! subject length (u16, little endian), subject, fires at (varint, ns), sequence (uvarint)
//! ```
//! A subject has one schedule; a later message replaces it. A schedule is in flight from the moment it fired until its
//! message was stored again or removed. The timing wheel keeps the lowest time as `hash_wheel.rs` says. Go writes schedules
//! in random order; this encoder writes ascending subjects. What a schedule header means is in `schedule/pattern.rs`.

mod cron;
pub mod pattern;
#[cfg(test)]
mod tests;
mod timer;

pub use timer::TimerChange;

use std::collections::{BTreeMap, BTreeSet};

use super::DecodeError;
use super::cursor::{Cursor, explain};
use super::dump::{DumpPage, quoted};
use super::hash_wheel::{HashWheel, HashWheelEntry, TaskNotFound, decode_header};
use super::varint::{append_uvarint, append_varint};
use timer::Timer;

/// The first byte of the file.
const VERSION: u8 = 1;

/// When a subject's schedule fires, and which message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsgSchedule {
    /// The sequence of the message that holds the schedule.
    pub seq: u64,
    /// When it fires, in nanoseconds since 1970.
    pub fires_ns: i64,
}

/// The schedules of a stream.
#[derive(Clone, Debug, Default)]
pub struct MsgScheduling {
    wheel: HashWheel,
    schedules: BTreeMap<Vec<u8>, MsgSchedule>,
    subjects: BTreeMap<u64, Vec<u8>>,
    in_flight: BTreeSet<Vec<u8>>,
    timer: Timer,
}

impl MsgScheduling {
    /// No schedules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a schedule or replaces the subject's. Storing a message is followed by [`Self::reset_timer`], recovery is not.
    pub fn add(&mut self, seq: u64, subject: &[u8], fires_ns: i64) {
        if let Some(old) = self.schedules.insert(subject.to_vec(), MsgSchedule { seq, fires_ns }) {
            self.subjects.remove(&old.seq);
            self.unwind(old);
        }
        self.wheel.add(seq, fires_ns);
        self.subjects.insert(seq, subject.to_vec());
        self.in_flight.remove(subject);
    }

    /// Moves the subject's schedule to another time; true if it has one, and then [`Self::reset_timer`] follows.
    pub fn update(&mut self, subject: &[u8], fires_ns: i64) -> bool {
        let Some(schedule) = self.schedules.get_mut(subject) else { return false };
        let old = std::mem::replace(schedule, MsgSchedule { seq: schedule.seq, fires_ns });
        self.unwind(old);
        self.wheel.add(old.seq, fires_ns);
        self.in_flight.remove(subject);
        true
    }

    /// Removes the schedule that the message with this sequence holds.
    pub fn remove(&mut self, seq: u64) {
        if let Some(subject) = self.subjects.get(&seq).cloned() {
            self.remove_subject(&subject);
        }
    }

    /// Removes the subject's schedule.
    pub fn remove_subject(&mut self, subject: &[u8]) {
        if let Some(schedule) = self.schedules.remove(subject) {
            self.unwind(schedule);
            self.subjects.remove(&schedule.seq);
            self.in_flight.remove(subject);
        }
    }

    /// Marks a subject's schedule as fired and not yet stored again.
    pub fn mark_in_flight(&mut self, subject: &[u8]) {
        if self.schedules.contains_key(subject) {
            self.in_flight.insert(subject.to_vec());
        }
    }

    /// Whether a subject's schedule fired and was not stored again.
    pub fn is_in_flight(&self, subject: &[u8]) -> bool {
        self.in_flight.contains(subject)
    }

    /// Forgets what is in flight.
    pub fn clear_in_flight(&mut self) {
        self.in_flight.clear();
    }

    /// The schedule of a subject.
    pub fn get(&self, subject: &[u8]) -> Option<MsgSchedule> {
        self.schedules.get(subject).copied()
    }

    /// The schedules by subject.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], MsgSchedule)> {
        self.schedules.iter().map(|(subject, schedule)| (subject.as_slice(), *schedule))
    }

    /// How many schedules there are.
    pub fn len(&self) -> usize {
        self.schedules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.schedules.is_empty()
    }

    /// The entries that are due. For each that proves void the store calls [`Self::remove`] and [`Self::drop_due`], and a
    /// pass ends with [`Self::settle`].
    pub fn due(&self, now_ns: i64) -> Vec<HashWheelEntry> {
        self.wheel.due(now_ns)
    }

    /// Drops a due entry that no schedule stands for any more; nothing happens if it is gone.
    pub fn drop_due(&mut self, entry: HashWheelEntry) {
        // Removing the schedule usually removed its entry already.
        let _: Result<(), TaskNotFound> = self.wheel.remove(entry.seq, entry.expires_ns);
    }

    /// Ends a pass over [`Self::due`].
    pub fn settle(&mut self, now_ns: i64) {
        self.wheel.settle(now_ns);
    }

    /// The lowest firing time seen; it may belong to a schedule removed since.
    pub fn next_expiration(&self) -> Option<i64> {
        self.wheel.next_expiration(i64::MAX)
    }

    /// A pass begins: until [`Self::end_run`] the timer stays as it is.
    pub fn begin_run(&mut self) {
        self.timer.begin_run();
    }

    /// A pass ended; [`Self::reset_timer`] follows.
    pub fn end_run(&mut self) {
        self.timer.end_run();
    }

    /// What becomes of the store's timer now.
    pub fn reset_timer(&mut self, now_ns: i64) -> TimerChange {
        self.timer.reset(self.wheel.next_expiration(i64::MAX), now_ns)
    }

    /// The file's content. A subject keeps its first 65,535 bytes.
    pub fn encode(&self, stamp: u64) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&(self.schedules.len() as u64).to_le_bytes());
        out.extend_from_slice(&stamp.to_le_bytes());
        for (subject, schedule) in &self.schedules {
            let len = u16::try_from(subject.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&len.to_le_bytes());
            out.extend(subject.iter().take(usize::from(len)));
            append_varint(&mut out, schedule.fires_ns);
            append_uvarint(&mut out, schedule.seq);
        }
        out
    }

    /// The schedules in a file, and its stamp; bytes behind the announced schedules are not looked at.
    pub fn decode(bytes: &[u8]) -> Result<(Self, u64), DecodeError> {
        decode_at(&mut Cursor::new(bytes, None))
    }

    /// Takes a schedule that is no longer the subject's out of the wheel.
    fn unwind(&mut self, schedule: MsgSchedule) {
        // Another subject may have given the same sequence and second to the wheel; then one entry stood for both.
        let _: Result<(), TaskNotFound> = self.wheel.remove(schedule.seq, schedule.fires_ns);
    }
}

/// What the bytes of a `sched.db` mean.
pub fn dump(bytes: &[u8]) -> DumpPage {
    explain("message schedules", bytes, decode_at)
}

fn decode_at(cursor: &mut Cursor<'_>) -> Result<(MsgScheduling, u64), DecodeError> {
    let (count, stamp) = decode_header(cursor)?;
    let mut scheduling = MsgScheduling::new();
    for _ in 0..count {
        let Some(&len) = cursor.rest().first_chunk::<2>() else {
            return Err(cursor.error("subject length", "fewer than 2 bytes"));
        };
        let len = u16::from_le_bytes(len);
        cursor.take(2, |_| format!("subject length {len}"));
        let Some(subject) = cursor.take(usize::from(len), |bytes| format!("subject {}", quoted(bytes))) else {
            return Err(cursor.error("subject", "shorter than its length"));
        };
        let fires_ns = cursor.i64("fires at");
        let seq = cursor.u64("sequence");
        cursor.check()?;
        scheduling.add(seq, subject, fires_ns);
    }
    Ok((scheduling, stamp))
}
