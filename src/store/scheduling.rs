//! The messages that are to be published later: which subject, which sequence, when (Go: `MsgScheduling`).
//!
//! A subject has one schedule, that of its last message. The wheel holds the same times for the question what is due;
//! `timer` is when somebody should ask, `deadline` what that was last set to aim at, which a later time never moves. A
//! schedule is in flight from the moment it was handed out until its message comes back with the next time.
//! What a due schedule publishes is decided beside the other timers' work, not here.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::format::DecodeError;
use crate::format::hash_wheel::HashWheel;
use crate::format::schedule::{self, ScheduleEntry};

/// The timer never fires sooner than this.
const SOONEST_NS: i64 = 250_000_000;

/// When a subject's schedule is due, and the message that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) seq: u64,
    pub(crate) ts: i64,
}

/// The schedules of a stream.
#[derive(Default)]
pub(crate) struct Scheduling {
    /// What is due when.
    pub(crate) wheel: HashWheel,
    /// When to look what is due (Go: `timer`).
    pub(crate) timer: Option<i64>,
    /// Due schedules are being handed out.
    pub(crate) running: bool,
    /// What `timer` was last set to, 0 after a run.
    pub(crate) deadline: i64,
    schedules: BTreeMap<Vec<u8>, Schedule>,
    subject_of: HashMap<u64, Vec<u8>>,
    in_flight: HashSet<Vec<u8>>,
}

impl Scheduling {
    /// Adds the schedule of a subject, or replaces it, and sets the timer.
    pub(crate) fn add(&mut self, now_ns: i64, seq: u64, subject: &[u8], ts: i64) {
        self.init(seq, subject, ts);
        self.reset_timer(now_ns);
    }

    /// Adds the schedule of a subject, or replaces it.
    pub(crate) fn init(&mut self, seq: u64, subject: &[u8], ts: i64) {
        let new = Schedule { seq, ts };
        if let Some(old) = self.schedules.insert(subject.to_vec(), new) {
            self.subject_of.remove(&old.seq);
            self.wheel.remove(old.seq, old.ts);
        }
        self.wheel.add(seq, ts);
        self.subject_of.insert(seq, subject.to_vec());
        self.in_flight.remove(subject);
    }

    /// Moves the schedule of a subject to another time.
    pub(crate) fn update(&mut self, now_ns: i64, subject: &[u8], ts: i64) {
        let Some(schedule) = self.schedules.get_mut(subject) else {
            return;
        };
        self.wheel.remove(schedule.seq, schedule.ts);
        self.wheel.add(schedule.seq, ts);
        schedule.ts = ts;
        self.in_flight.remove(subject);
        self.reset_timer(now_ns);
    }

    /// Notes that the schedule of a subject was handed out.
    pub(crate) fn mark_in_flight(&mut self, subject: &[u8]) {
        if self.schedules.contains_key(subject) {
            self.in_flight.insert(subject.to_vec());
        }
    }

    /// Whether the schedule of a subject was handed out and has not come back.
    pub(crate) fn is_in_flight(&self, subject: &[u8]) -> bool {
        self.in_flight.contains(subject)
    }

    /// Forgets the schedule that message `seq` holds.
    pub(crate) fn remove(&mut self, seq: u64) {
        if let Some(subject) = self.subject_of.get(&seq).cloned() {
            self.remove_subject(&subject);
        }
    }

    /// Forgets the schedule of a subject.
    pub(crate) fn remove_subject(&mut self, subject: &[u8]) {
        if let Some(schedule) = self.schedules.remove(subject) {
            self.wheel.remove(schedule.seq, schedule.ts);
            self.subject_of.remove(&schedule.seq);
            self.in_flight.remove(subject);
        }
    }

    /// Nothing is in flight any more.
    pub(crate) fn clear_in_flight(&mut self) {
        self.in_flight.clear();
    }

    /// Sets the timer for the next schedule, unless it is set to an earlier time or schedules are being handed out.
    pub(crate) fn reset_timer(&mut self, now_ns: i64) {
        if self.running {
            return;
        }
        let next = self.wheel.next_expiration(i64::MAX);
        if next == i64::MAX {
            self.timer = None;
            return;
        }
        let deadline = now_ns.saturating_add(next.saturating_sub(now_ns).max(SOONEST_NS));
        if self.deadline > 0 && deadline > self.deadline {
            return;
        }
        self.deadline = deadline;
        self.timer = Some(deadline);
    }

    /// The bytes of `sched.db`; `stamp` is the first sequence that they know nothing of.
    pub(crate) fn encode(&self, stamp: u64) -> Vec<u8> {
        let entries = self.schedules.iter().map(|(subject, schedule)| ScheduleEntry {
            subject: subject.clone(),
            seq: schedule.seq,
            ts: schedule.ts,
        });
        schedule::encode(entries, stamp)
    }

    /// Reads `sched.db` and gives its stamp.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Self, u64), DecodeError> {
        let (entries, stamp) = schedule::decode(bytes)?;
        let mut scheduling = Self::default();
        for entry in entries {
            scheduling.init(entry.seq, &entry.subject, entry.ts);
        }
        Ok((scheduling, stamp))
    }
}
