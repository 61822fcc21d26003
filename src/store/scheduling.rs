//! Scheduled messages: the timer of the schedules, and what is published when it fires.
//!
//! A schedule that fired stays, marked in flight, until the message that it asked for was stored or its subject is scheduled
//! anew, so that it is not published twice. (Go: `MsgScheduling` of scheduler.go.)

use super::Store;
use super::state::{Message, StoreEvent};
use crate::format::headers::{
    MESSAGE_TTL, MSG_ID, ROLLUP, SCHEDULE_NEXT, SCHEDULE_NEXT_PURGE, SCHEDULE_ROLLUP, SCHEDULE_SOURCE, SCHEDULE_TARGET,
    SCHEDULER, add_header, header_or_empty, remove_header, remove_headers_with_prefix,
};
use crate::format::message_schedule::{next_of_due, schedule_ttl};
use crate::format::schedule::{MsgScheduling, TimerChange};

/// The schedules of a store.
#[derive(Debug, Default)]
pub(crate) struct Scheduling {
    schedules: MsgScheduling,
    /// When schedules are looked at next (Go: `timer`).
    due: Option<i64>,
}

/// Where the messages with schedules are.
pub(super) trait Messages {
    /// The message at a sequence, if it is there.
    fn message(&mut self, seq: u64) -> Option<Message>;
    /// The last message of a subject, if there is one.
    fn last_message(&mut self, subject: &[u8]) -> Option<Message>;
}

impl Messages for Store {
    fn message(&mut self, seq: u64) -> Option<Message> {
        self.msg_for_seq(seq).ok()
    }

    fn last_message(&mut self, subject: &[u8]) -> Option<Message> {
        self.load_last(subject).ok()
    }
}

/// What becomes of a schedule that is due.
enum Outcome {
    /// Its message is gone, or makes no sense.
    Forget,
    /// It was published already.
    Wait,
    /// It is published now.
    Publish { subject: Vec<u8>, event: StoreEvent },
}

impl Scheduling {
    /// The schedules that a file held, their timer not set.
    pub(crate) fn recovered(schedules: MsgScheduling) -> Self {
        Self { schedules, due: None }
    }

    /// The schedules themselves.
    pub(crate) fn schedules(&self) -> &MsgScheduling {
        &self.schedules
    }

    /// When schedules are looked at next.
    pub(crate) fn due(&self) -> Option<i64> {
        self.due
    }

    /// Schedules the subject, in place of what it had before.
    pub(crate) fn add(&mut self, seq: u64, subject: &[u8], ts: i64, now: i64) {
        self.init(seq, subject, ts);
        self.reset_timer(now);
    }

    /// [`Self::add`] without a look at the timer, for recovery.
    pub(crate) fn init(&mut self, seq: u64, subject: &[u8], ts: i64) {
        self.schedules.add(seq, subject, ts);
    }

    /// Moves the schedule of a subject, if it has one.
    pub(crate) fn update(&mut self, subject: &[u8], ts: i64, now: i64) {
        if self.schedules.update(subject, ts) {
            self.reset_timer(now);
        }
    }

    /// Forgets the schedule that a message holds.
    pub(crate) fn remove(&mut self, seq: u64) {
        self.schedules.remove(seq);
    }

    /// Forgets the schedule of a subject.
    pub(crate) fn remove_subject(&mut self, subject: &[u8]) {
        self.schedules.remove_subject(subject);
    }

    /// Everything in flight may be published again.
    pub(crate) fn clear_in_flight(&mut self) {
        self.schedules.clear_in_flight();
    }

    /// Sets the timer to the next schedule, but never later than it was set (Go: `resetTimer`).
    pub(crate) fn reset_timer(&mut self, now: i64) {
        match self.schedules.reset_timer(now) {
            TimerChange::Keep => {}
            TimerChange::Clear => self.due = None,
            TimerChange::Set(due) => self.due = Some(due),
        }
    }

    /// The timer is gone if it was due; only [`Self::reset_timer`] sets it again.
    pub(super) fn note_fired(&mut self, now: i64) {
        self.due = self.due.filter(|due| *due > now);
    }

    /// Looks at every schedule that is due and gives the messages to publish, in the order of the messages that ask for
    /// them; then sets the timer (Go: `getScheduledMessages`).
    pub(super) fn run(&mut self, now: i64, messages: &mut impl Messages) -> Vec<StoreEvent> {
        self.schedules.begin_run();
        let mut published = Vec::new();
        for entry in self.schedules.due(now) {
            match self.outcome(entry.seq, entry.expires_ns, now, messages) {
                Outcome::Forget => {
                    self.schedules.remove(entry.seq);
                    self.schedules.drop_due(entry);
                }
                Outcome::Wait => {}
                Outcome::Publish { subject, event } => {
                    self.schedules.mark_in_flight(&subject);
                    published.push((entry.seq, event));
                }
            }
        }
        self.schedules.settle(now);
        self.schedules.end_run();
        self.reset_timer(now);
        published.sort_by_key(|(seq, _)| *seq);
        published.into_iter().map(|(_, event)| event).collect()
    }

    fn outcome(&self, seq: u64, ts: i64, now: i64, messages: &mut impl Messages) -> Outcome {
        let Some(message) = messages.message(seq) else { return Outcome::Forget };
        if self.schedules.is_in_flight(&message.subject) {
            return Outcome::Wait;
        }
        match publication(&message, ts, now, messages) {
            Some(event) => Outcome::Publish { subject: message.subject, event },
            None => Outcome::Forget,
        }
    }
}

/// What a schedule that is due publishes; None when its headers make no sense.
fn publication(scheduled: &Message, ts: i64, now: i64, messages: &mut impl Messages) -> Option<StoreEvent> {
    let next = next_of_due(&scheduled.hdr, ts, now).ok()?;
    let ttl = schedule_ttl(&scheduled.hdr).ok()?;
    let target = header_or_empty(SCHEDULE_TARGET, &scheduled.hdr);
    if target.is_empty() {
        return None;
    }
    let rollup = header_or_empty(SCHEDULE_ROLLUP, &scheduled.hdr);
    let source = header_or_empty(SCHEDULE_SOURCE, &scheduled.hdr);
    let sourced = if source.is_empty() { None } else { messages.last_message(source) };
    let content = sourced.as_ref().unwrap_or(scheduled);

    // Headers that schedule, and those that would keep the message from being stored, do not travel.
    let mut hdr = remove_headers_with_prefix(content.hdr.clone(), "Nats-Schedule");
    hdr = remove_headers_with_prefix(hdr, "Nats-Expected-");
    for key in [MSG_ID, MESSAGE_TTL, ROLLUP] {
        hdr = remove_header(hdr, key);
    }
    hdr = add_header(&hdr, SCHEDULER, &scheduled.subject);
    let next = if next.repeats { next.rfc3339_nano() } else { SCHEDULE_NEXT_PURGE.to_owned() };
    hdr = add_header(&hdr, SCHEDULE_NEXT, next.as_bytes());
    if !ttl.is_empty() {
        hdr = add_header(&hdr, MESSAGE_TTL, ttl);
    }
    if !rollup.is_empty() {
        hdr = add_header(&hdr, ROLLUP, rollup);
    }
    Some(StoreEvent::Process { subject: target.to_vec(), hdr, msg: content.msg.clone() })
}
