//! Which messages expire when and which are to be published when: read from `thw.db` and `sched.db`, and caught up from
//! the messages that those files know nothing of.
//!
//! Each file carries the sequence up to which it is complete. From there on blocks that hold such messages are read, each
//! from its beginning, as Go does, so that an entry may be added twice; adding it again changes nothing.
//!
//! Carries 996, 997, 1205, 1206.

use super::Store;
use super::atomic::{remove_best_effort, write_with_optional_sync};
use super::block::{Block, MsgView};
use super::error::StoreError;
use super::scheduling::Scheduling;
use crate::env::FsError;
use crate::format::hash_wheel::HashWheel;
use crate::format::headers::message_ttl;
use crate::format::message_schedule::next_message_schedule;
use crate::format::schedule::MsgScheduling;

/// When messages expire (Go: `ttlStreamStateFile`).
const TTL_FILE: &str = "thw.db";
/// When messages are published (Go: `msgSchedulingStreamStateFile`).
const SCHEDULING_FILE: &str = "sched.db";

const SECOND_NS: i64 = 1_000_000_000;

impl Store {
    /// Brings the wheel of expirations back (Go: `recoverTTLState`, 996).
    pub(super) fn recover_ttl_state(&mut self) -> Result<(), StoreError> {
        let file = self.read_timer_file(TTL_FILE)?;
        let decoded = file.map(|bytes| HashWheel::decode(&bytes));
        if matches!(decoded, Some(Err(_))) {
            self.remove_timer_file(TTL_FILE);
        }
        let (mut wheel, stamp) = match decoded {
            Some(Ok(decoded)) => decoded,
            _ => (HashWheel::new(), 0),
        };
        self.scan_for_timers(
            stamp,
            |block| block.ttls,
            |message| {
                let ttl = message_ttl(message.hdr).unwrap_or_default();
                if ttl > 0 {
                    wheel.add(message.seq, message.ts.wrapping_add(ttl.wrapping_mul(SECOND_NS)));
                }
            },
        );
        self.ttls = Some(wheel);
        self.reset_age_check(0);
        Ok(())
    }

    /// Brings the schedules back (Go: `recoverMsgSchedulingState`, 997).
    pub(super) fn recover_scheduling_state(&mut self) -> Result<(), StoreError> {
        let file = self.read_timer_file(SCHEDULING_FILE)?;
        let decoded = file.map(|bytes| MsgScheduling::decode(&bytes));
        if matches!(decoded, Some(Err(_))) {
            self.remove_timer_file(SCHEDULING_FILE);
        }
        let (mut scheduling, stamp) = match decoded {
            Some(Ok((schedules, stamp))) => (Scheduling::recovered(schedules), stamp),
            _ => (Scheduling::default(), 0),
        };
        let now = self.ctx.now_ns();
        self.scan_for_timers(
            stamp,
            |block| block.schedules,
            |message| {
                if let Ok(Some(firing)) = next_message_schedule(message.hdr, message.ts, now) {
                    scheduling.init(message.seq, message.subject, firing.unix_ns());
                }
            },
        );
        scheduling.reset_timer(now);
        self.scheduling = Some(scheduling);
        Ok(())
    }

    /// Writes when messages expire (Go: `writeTTLState`, 1205).
    pub(super) fn write_ttl_state(&self) -> Result<(), StoreError> {
        match &self.ttls {
            Some(wheel) => self.write_timer_file(TTL_FILE, &wheel.encode(self.timers_stamp())),
            None => Ok(()),
        }
    }

    /// Writes when messages are published (Go: `writeMsgSchedulingState`, 1206).
    pub(super) fn write_scheduling_state(&self) -> Result<(), StoreError> {
        let Some(scheduling) = &self.scheduling else {
            return Ok(());
        };
        self.write_timer_file(SCHEDULING_FILE, &scheduling.schedules().encode(self.timers_stamp()))
    }

    /// The first sequence that the timer files know nothing of.
    fn timers_stamp(&self) -> u64 {
        self.state.last_seq.wrapping_add(1)
    }

    fn read_timer_file(&self, name: &str) -> Result<Option<Vec<u8>>, FsError> {
        match self.ctx.env.fs.read(&self.ctx.msgs_dir.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn remove_timer_file(&self, name: &str) {
        remove_best_effort(self.ctx.env.fs.as_ref(), &self.ctx.msgs_dir.join(name));
    }

    fn write_timer_file(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.ctx.msgs_dir.join(name);
        Ok(write_with_optional_sync(&self.ctx, &path, bytes)?)
    }

    /// Shows `found` the messages with headers from `stamp` on, in blocks that `holding` says hold what is looked for.
    fn scan_for_timers(&mut self, stamp: u64, holding: impl Fn(&Block) -> u64, mut found: impl FnMut(&MsgView<'_>)) {
        if self.state.msgs == 0 {
            return;
        }
        let last_seq = self.state.last_seq;
        let mut seq = stamp.max(self.state.first_seq);
        let mut current = None;
        while seq <= last_seq {
            let position = match current.or_else(|| self.select_block(seq)) {
                Some(position) => position,
                None => {
                    seq += 1;
                    continue;
                }
            };
            let Self { ctx, blocks, .. } = self;
            let Some(block) = blocks.get_mut(position) else {
                return;
            };
            if current.is_none() {
                current = Some(position);
                seq = block.first.seq;
            }
            if holding(block) == 0 {
                seq = block.last.seq.wrapping_add(1);
            }
            if seq > block.last.seq {
                block.try_force_expire_cache(ctx);
                current = None;
                continue;
            }
            // A message that is gone or cannot be read has no timer.
            if let Ok((message, _)) = block.fetch(ctx, seq)
                && !message.hdr.is_empty()
            {
                found(&message);
            }
            seq += 1;
        }
    }
}
