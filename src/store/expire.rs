//! What time removes: messages above the greatest age, messages whose TTL is over, and what schedules publish.
//!
//! One timer serves ages and TTLs; it never fires more often than four times a second and is never pushed back once it aims
//! at a time. A timer that fired and was not set again still exists, as Go's does: `Store::age_check` tells of both. With delete
//! markers the store does not remove: it asks for a marker or for a removal, and asks again.
//!
//! Carries 1078 to 1085 (`startAgeChk`, `resetAgeChk`, `cancelAgeChk`, `expireMsgs`, `shouldProcessSdm`,
//! `shouldProcessSdmLocked`, `handleRemovalOrSdm`, `runMsgScheduling`).

use super::Store;
use super::error::StoreError;
use super::state::{Message, StoreEvent};
use crate::format::hash_wheel::{HashWheelEntry, TaskNotFound};
use crate::format::headers::{delete_marker, is_delete_marker, message_ttl};

const NANOS_PER_SECOND: i64 = 1_000_000_000;
/// How soon the age check runs again when there are messages and nobody knows when the next one is due.
const SOON_NS: i64 = 2 * NANOS_PER_SECOND;
/// How often the age check runs at the most.
const MIN_FIRE_NS: i64 = 250_000_000;
/// Every subject (Go: `fwcs`).
const ALL_SUBJECTS: &[u8] = b">";

impl Store {
    /// Sets the timer to the greatest age unless there is one (Go: `startAgeChk`).
    pub(crate) fn start_age_check(&mut self) {
        if self.age_check.is_none() && (self.config.max_age_ns != 0 || self.ttls.is_some()) {
            self.age_check = Some(self.ctx.now_ns().saturating_add(self.config.max_age_ns));
        }
    }

    /// Sets the timer to when the next message is due, which `delta` may tell (Go: `resetAgeChk`).
    pub(crate) fn reset_age_check(&mut self, delta: i64) {
        // While messages expire the timer stays; it is set when that is over.
        if self.age_check_running {
            return;
        }
        let max_age = self.config.max_age_ns;
        let next_ttl = self.ttls.as_ref().and_then(|ttls| ttls.next_expiration(i64::MAX));
        if max_age <= 0 && next_ttl.is_none() {
            self.age_check = None;
            return;
        }
        let now = self.ctx.now_ns();
        let mut fire_in = max_age;
        // Messages are there and may be removed by proposals: look again soon.
        if delta == 0 && self.state.msgs > 0 {
            fire_in = fire_in.min(SOON_NS);
        }
        if let Some(next) = next_ttl {
            let until = next.saturating_sub(now);
            if fire_in == 0 || until < fire_in {
                fire_in = until;
            }
        }
        if delta > 0 && (fire_in == 0 || delta < fire_in) {
            fire_in = delta;
        }
        let fire_in = fire_in.max(MIN_FIRE_NS);
        let expires = self.ctx.access_time_ns().saturating_add(fire_in);
        if self.age_check_time > 0 && expires > self.age_check_time {
            return;
        }
        self.age_check_time = expires;
        self.age_check = Some(now.saturating_add(fire_in));
    }

    /// Removes the timer (Go: `cancelAgeChk`).
    pub(crate) fn cancel_age_check(&mut self) {
        if self.age_check.is_some() {
            self.age_check = None;
            self.age_check_time = 0;
        }
    }

    /// Removes what is too old, or asks for it. Whoever calls this because the timer fired marks it as fired before (Go:
    /// `expireMsgs`).
    pub(crate) fn expire_msgs(&mut self) {
        let marker_ttl = self.config.subject_delete_marker_ttl_ns / NANOS_PER_SECOND;
        let markers = marker_ttl > 0;
        if markers && !(self.removes_registered && self.process_registered) {
            self.reset_age_check(0);
            return;
        }
        self.age_check_running = true;
        let age_delta = self.expire_by_age(markers, marker_ttl);

        let now = self.ctx.now_ns();
        let mut due: Vec<HashWheelEntry> = Vec::new();
        let mut next_ttl = None;
        if let Some(ttls) = &mut self.ttls {
            // What is due stays in the wheel until it is gone: a removal may fail, or be asked for only.
            due = ttls.due(now);
            ttls.settle(now);
            next_ttl = ttls.next_expiration(i64::MAX);
        }
        if markers {
            due.sort_by_key(|entry| entry.seq);
        }
        for HashWheelEntry { seq, expires_ns } in due {
            let gone = if markers { self.ask_for_removal(seq, marker_ttl) } else { self.remove_expired(seq) };
            if gone {
                // The removal may be in the state file already; the wheel without the entry is not.
                if let Some(ttls) = &mut self.ttls {
                    let _gone_already: Result<(), TaskNotFound> = ttls.remove(seq, expires_ns);
                }
                self.dirty += 1;
            }
        }

        self.age_check_running = false;
        self.age_check_time = 0;
        if self.state.msgs == 0 && next_ttl.is_none() {
            self.cancel_age_check();
        } else {
            self.reset_age_check(age_delta);
        }
        self.settle();
    }

    /// Removes what is above the greatest age, and says how long the next message has left, 0 if there is none.
    fn expire_by_age(&mut self, markers: bool, marker_ttl: i64) -> i64 {
        let max_age = self.config.max_age_ns;
        if max_age <= 0 {
            return 0;
        }
        let mut seq = 0;
        loop {
            let oldest_kept = self.ctx.access_time_ns().saturating_sub(max_age);
            let Ok((message, found)) = self.next_msg(ALL_SUBJECTS, true, seq) else { return 0 };
            if message.ts > oldest_kept {
                return message.ts.saturating_sub(oldest_kept);
            }
            seq = found.wrapping_add(1);
            // A negative TTL says that the message never expires.
            if !message.hdr.is_empty() && message_ttl(&message.hdr).is_ok_and(|ttl| ttl < 0) {
                continue;
            }
            if markers {
                self.ask_for(&message, marker_ttl);
            } else {
                // A failure stays with the store, and the next check tries again.
                let _stays_with_store = self.remove_msg_via_limits(message.seq);
            }
        }
    }

    /// Removes a message whose TTL is over; true if it was not there any more.
    fn remove_expired(&mut self, seq: u64) -> bool {
        matches!(self.remove_msg_keeping_bytes(seq), Ok(false) | Err(StoreError::MsgNotFound | StoreError::Eof))
    }

    /// Asks for the removal of a message whose TTL is over; true if it is not there any more.
    fn ask_for_removal(&mut self, seq: u64, marker_ttl: i64) -> bool {
        let Ok(message) = self.msg_for_seq(seq) else { return true };
        self.ask_for(&message, marker_ttl);
        false
    }

    /// Asks for a delete marker in place of the last message of a subject, for the removal of any other (Go:
    /// `shouldProcessSdm` and `handleRemovalOrSdm`).
    fn ask_for(&mut self, message: &Message, marker_ttl: i64) {
        let total = self.subjects.find(&message.subject).map_or(0, |info| info.total);
        let now = self.ctx.now_ns();
        let Some(last) = self.delete_markers.ask(message.seq, &message.subject, total, now) else { return };
        self.events.push_back(if last && !is_delete_marker(&message.hdr) {
            StoreEvent::Process {
                subject: message.subject.clone(),
                hdr: delete_marker(marker_ttl.unsigned_abs()),
                msg: Vec::new(),
            }
        } else {
            StoreEvent::Remove { seq: message.seq }
        });
    }

    /// Forgets what is in flight, so that it is published again (Go: `ResetState`).
    pub fn reset_state(&mut self) {
        if let Some(scheduling) = &mut self.scheduling {
            scheduling.clear_in_flight();
        }
    }

    /// Has what schedules ask for published (Go: `runMsgScheduling`).
    pub(crate) fn run_msg_scheduling(&mut self) {
        let now = self.ctx.now_ns();
        let Some(mut scheduling) = self.scheduling.take() else { return };
        scheduling.note_fired(now);
        if !self.process_registered {
            scheduling.reset_timer(now);
            self.scheduling = Some(scheduling);
            return;
        }
        let messages = scheduling.run(now, self);
        self.events.extend(messages);
        self.scheduling = Some(scheduling);
        self.settle();
    }
}
