//! The deadlines of a store, and running what is due.
//!
//! The owner of the store moves the clock to [`Store::next_deadline`] and calls [`Store::run_due`], which runs everything
//! due in the order of the deadlines; of those that fall together, the store's own timers come first, then blocks, then
//! consumers, as they were started. A closed store has no deadlines but those of blocks that were used since, and of
//! consumers that it does not stop, which write what they wait to write.
//!
//! Carries 1197, 1198.

use super::Store;
use super::error::StoreError;

/// Whose deadline it is. The order is the order in which equal deadlines run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    AgeCheck,
    Sync,
    StateWrite,
    Scheduling,
    /// Of the block at this position; indexes are not unique in a stopped store that still writes.
    BlockFlush(usize),
    BlockCache(usize),
    Consumer(usize),
}

impl Store {
    /// When something is due next, in Unix nanoseconds.
    pub fn next_deadline(&self) -> Option<i64> {
        self.next_timer().map(|(due, _)| due)
    }

    /// Runs everything that is due by now, in order.
    pub fn run_due(&mut self) {
        let now = self.ctx.now_ns();
        self.run_left_over();
        while let Some((_, timer)) = self.next_timer().filter(|(due, _)| *due <= now) {
            self.run_timer(timer);
            self.settle();
            self.run_left_over();
        }
        self.ctx.alarm.take_flush();
        self.note_next_deadline();
    }

    fn next_timer(&self) -> Option<(i64, Timer)> {
        let own = self.own_timers();
        let blocks = self.blocks.iter().enumerate().flat_map(|(position, block)| {
            [(block.flusher_due(), Timer::BlockFlush(position)), (block.cache_due(), Timer::BlockCache(position))]
        });
        let consumers =
            self.consumers.iter().enumerate().map(|(at, consumer)| (consumer.flush_due(), Timer::Consumer(at)));
        let own = own.into_iter().filter(|_| !self.closed);
        own.chain(blocks).chain(consumers).filter_map(|(due, timer)| Some((due?, timer))).min()
    }

    /// The timers that are neither a block's nor a consumer's.
    pub(super) fn own_timers(&self) -> [(Option<i64>, Timer); 4] {
        let scheduling = self.scheduling.as_ref().and_then(|schedules| schedules.due());
        // An age check that fired and was not set again is never due: see `Store::age_check`.
        let age_check = self.age_check.filter(|due| *due != i64::MAX);
        [
            (age_check, Timer::AgeCheck),
            (self.sync_due, Timer::Sync),
            (self.state_write_due, Timer::StateWrite),
            (scheduling, Timer::Scheduling),
        ]
    }

    fn run_timer(&mut self, timer: Timer) {
        match timer {
            Timer::AgeCheck => {
                self.age_check = Some(i64::MAX);
                self.expire_msgs();
            }
            Timer::Sync => {
                self.sync_due = None;
                self.sync_blocks();
            }
            Timer::StateWrite => {
                // Ticks that were missed do not come later.
                let (now, every) = (self.ctx.now_ns(), self.state_write_every_ns);
                let next = self.state_write_due.unwrap_or(now).saturating_add(every);
                self.state_write_due = Some(if next > now { next } else { now.saturating_add(every) });
                // Skipped or failed, the next tick tries again; the blocks have everything.
                let _outcome_of_no_consequence = self.write_full_state();
            }
            Timer::Scheduling => self.run_msg_scheduling(),
            Timer::BlockFlush(position) => self.run_block_flush(position),
            Timer::BlockCache(position) => {
                let Self { ctx, blocks, .. } = self;
                if let Some(block) = blocks.get_mut(position) {
                    block.run_cache_timer(ctx);
                }
            }
            Timer::Consumer(at) => {
                let Self { ctx, consumers, .. } = self;
                if let Some(consumer) = consumers.get_mut(at) {
                    consumer.run_flush(ctx);
                }
            }
        }
    }

    fn run_block_flush(&mut self, position: usize) {
        let is_last = self.is_last(position);
        let Self { ctx, blocks, .. } = self;
        if let Some(block) = blocks.get_mut(position) {
            // A failed write stays with the block, which gives it to the next writer.
            let _outcome_kept_by_the_block = block.run_flusher(ctx, is_last);
        }
    }

    /// Starts the regular sync; the first comes at random in the second half of the interval (Go: `setSyncTimer`, 1197).
    pub(super) fn start_sync_timer(&mut self) -> Result<(), StoreError> {
        let half = self.ctx.fcfg.sync_interval_ns / 2;
        if half <= 0 {
            return Err(StoreError::SyncIntervalTooShort);
        }
        let first = half.saturating_add(self.ctx.jitter_below(half)?);
        self.sync_due = Some(self.ctx.now_ns().saturating_add(first));
        Ok(())
    }

    /// Sets the next sync (Go: `setSyncTimer` with a timer at hand, 1197).
    pub(crate) fn set_sync_timer(&mut self) {
        let interval = self.ctx.fcfg.sync_interval_ns;
        self.sync_due = Some(self.ctx.now_ns().saturating_add(interval));
    }

    /// Stops the regular sync (Go: `cancelSyncTimer`, 1198).
    pub(super) fn cancel_sync_timer(&mut self) {
        self.sync_due = None;
    }
}
