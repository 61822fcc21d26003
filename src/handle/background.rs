//! The thread of a shared store, and when it sleeps.
//!
//! It runs what is due, then sleeps until the next deadline. An operation wakes it only for what comes before: so a timer
//! that is moved on, as most are, costs nothing. A flush that is asked for wakes a sleeping thread once; after that the
//! thread looks again every millisecond for a while, and as long as writers keep it busy none of them makes a system call.
//! It never runs twice within a millisecond unless it is woken, so no clock and no timer can make it spin. When the clock is
//! set back, timers that measure a span come as much earlier. Files are forced to disk, and callbacks run, without the lock.
//!
//! Takes the place of 1057 to 1063, 1110, 1199, 1224 as goroutines.

use std::hint;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use super::{Core, Inner};
use crate::env::{Clock, FsResult, Stopwatch};

/// How soon the thread looks again while writers are busy (Go: the first wait of `flushLoop`).
const LINGER_NS: i64 = 1_000_000;
/// How often it looks and finds nothing to flush before it sleeps (Go: `maxFlushWait`).
const LINGER_ROUNDS: u32 = 8;
/// How many full blocks it compresses before it looks at what else is due: writers may fill them as fast.
const RECOMPRESSIONS: u32 = 32;
/// The shortest and the longest sleep.
const MIN_SLEEP_NS: i64 = 1_000_000;
const MAX_SLEEP_NS: i64 = 3_600_000_000_000;
/// How often it looks for a gap between operations, and how often it comes back for that before it sleeps on the lock.
const LOCK_TRIES: u32 = 50;
const LOCK_ROUNDS: u32 = 8;
/// A clock that falls behind by less was not set back.
const SET_BACK_NS: i64 = 50_000_000;

/// What the thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sleep {
    /// It is awake, or woken already.
    Awake,
    /// It wakes by itself at that time; it lingers if that is soon enough for a flush.
    Until { due_ns: i64, lingers: bool },
}

impl Inner {
    /// Whether the thread must be woken for what the operation left; if so it counts as woken.
    pub(super) fn wakes_background(&mut self) -> bool {
        let Sleep::Until { due_ns, lingers } = self.sleep else { return false };
        let wakes = self.store.background_due() < due_ns || (!lingers && self.store.wants_flush());
        if wakes {
            self.sleep = Sleep::Awake;
        }
        wakes
    }
}

/// The body of the thread. A panic, unless it is that of a closure, leaves the store marked as broken.
pub(super) fn run(core: &Core, watch: ClockWatch) {
    let _set_by_this_thread_alone = core.background.set(thread::current());
    if catch_unwind(AssertUnwindSafe(|| rounds(core, watch))).is_err() {
        core.inner.lock().unwrap_or_else(PoisonError::into_inner).broken = true;
        core.recompressed.notify_all();
    }
}

/// Runs what is due until the store is stopped, or poisoned by somebody else.
fn rounds(core: &Core, mut watch: ClockWatch) {
    let clock = core.env.clock.as_ref();
    let mut linger_rounds = 0;
    let Ok(mut inner) = core.inner.lock() else { return };
    while !inner.stopping && !inner.store.is_closed() {
        inner.sleep = Sleep::Awake;
        if let Some(by_ns) = watch.look(clock) {
            inner.store.turn_timers_back(by_ns);
        }
        if inner.store.wants_flush() {
            linger_rounds = LINGER_ROUNDS;
        } else {
            linger_rounds = linger_rounds.saturating_sub(1);
        }
        if inner.store.wants_flush() || inner.store.background_due() <= watch.now_ns() {
            let Some(held) = recompress_unlocked(core, inner) else { return };
            inner = held;
            if inner.stopping {
                return;
            }
            inner.store.run_due();
        }
        let Some(held) = run_unlocked(core, inner) else { return };
        inner = held;
        if inner.stopping {
            return;
        }
        let (sleep, span) = sleep(&inner, watch.now_ns(), linger_rounds > 0);
        inner.sleep = sleep;
        drop(inner);
        thread::park_timeout(span);
        let Some(held) = lock(core) else { return };
        inner = held;
    }
}

/// Takes the lock; nothing when it is poisoned. A thread that sleeps on a lock is woken by every operation that ends until it
/// gets it, which costs writers that follow one another closely as much as their work, so it leaves a busy store alone for a
/// while. Such writers flush what is pending themselves.
fn lock(core: &Core) -> Option<MutexGuard<'_, Inner>> {
    for _ in 0..LOCK_ROUNDS {
        for _ in 0..LOCK_TRIES {
            match core.inner.try_lock() {
                Ok(inner) => return Some(inner),
                Err(TryLockError::Poisoned(_)) => return None,
                Err(TryLockError::WouldBlock) => hint::spin_loop(),
            }
        }
        thread::park_timeout(Duration::from_nanos(LINGER_NS.unsigned_abs()));
    }
    core.inner.lock().ok()
}

/// Brings the files of full blocks into the configured form, without the lock, until none is left, it was enough for one
/// round, or the store is to stop.
fn recompress_unlocked<'a>(core: &'a Core, mut inner: MutexGuard<'a, Inner>) -> Option<MutexGuard<'a, Inner>> {
    for _ in 0..RECOMPRESSIONS {
        let job = if inner.stopping { None } else { inner.store.take_recompression() };
        let Some(job) = job else { break };
        let gate = job.begin();
        drop(inner);
        let done = job.run();
        drop(gate);
        inner = lock(core)?;
        inner.store.finish_recompression(&job, &done);
        core.recompressed.notify_all();
    }
    Some(inner)
}

/// Forces to disk what the sync left and lets callbacks run, without the lock, until neither has anything to do.
fn run_unlocked<'a>(core: &'a Core, mut inner: MutexGuard<'a, Inner>) -> Option<MutexGuard<'a, Inner>> {
    loop {
        let syncs = inner.store.take_syncs();
        let has_events = core.callbacks.queue_events(&mut inner.store);
        if syncs.is_empty() && !has_events {
            return Some(inner);
        }
        drop(inner);
        let synced: Vec<FsResult<()>> = syncs.iter().map(|sync| sync.run(core.env.fs.as_ref())).collect();
        // A closure that panics has not harmed the store; the panic hook has told of it.
        while catch_unwind(AssertUnwindSafe(|| core.callbacks.deliver())).is_err() {}
        inner = lock(core)?;
        for error in synced.into_iter().filter_map(Result::err) {
            inner.store.sync_failed(error.into());
        }
    }
}

/// How long to sleep.
fn sleep(inner: &Inner, now: i64, lingers: bool) -> (Sleep, Duration) {
    let most = if lingers { LINGER_NS } else { MAX_SLEEP_NS };
    // What was asked for while callbacks ran is not waited for.
    let due = if inner.store.wants_flush() { now } else { inner.store.background_due() };
    let span = due.saturating_sub(now).min(most).max(MIN_SLEEP_NS);
    let lingers = span <= LINGER_NS;
    (Sleep::Until { due_ns: now.saturating_add(span), lingers }, Duration::from_nanos(span.unsigned_abs()))
}

/// The time as the thread knows it: that of the clock at the last look, from which on a watch counts that cannot be set back.
/// So a span up to a timer is right even if the clock was set back since the look, which the next one finds out.
pub(super) struct ClockWatch {
    watch: Stopwatch,
    looked_ns: i64,
}

impl ClockWatch {
    /// A first look, before any timer is set.
    pub(super) fn new(clock: &dyn Clock) -> Self {
        Self { watch: Stopwatch::start(), looked_ns: clock.now_ns() }
    }

    fn now_ns(&self) -> i64 {
        self.looked_ns.saturating_add(i64::try_from(self.watch.elapsed().as_nanos()).unwrap_or(i64::MAX))
    }

    /// Looks at the clock, and says by how much it was set back since the last time.
    fn look(&mut self, clock: &dyn Clock) -> Option<i64> {
        let expected = self.now_ns();
        *self = Self::new(clock);
        let behind = expected.saturating_sub(self.looked_ns);
        (behind > SET_BACK_NS).then_some(behind)
    }
}
