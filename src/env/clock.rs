//! Time: the machine's clock, and one that moves only when told.
//!
//! Times are nanoseconds since the Unix epoch, as the store's records carry them. Virtual time starts where
//! Go's `testing/synctest` starts it, so that a case's times are the same in both worlds.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use super::platform;

/// Where virtual time starts: 2000-01-01T00:00:00Z.
pub const VIRTUAL_EPOCH_NS: i64 = 946_684_800_000_000_000;

/// Something that knows the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Nanoseconds since the Unix epoch.
    fn now_ns(&self) -> i64;

    /// The same, up to some milliseconds late where that is cheaper.
    fn coarse_now_ns(&self) -> i64 {
        self.now_ns()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealClock;

impl RealClock {
    /// The machine's clock.
    pub const fn new() -> Self {
        Self
    }
}

impl Clock for RealClock {
    #[inline]
    fn now_ns(&self) -> i64 {
        platform::now_ns()
    }

    #[inline]
    fn coarse_now_ns(&self) -> i64 {
        platform::coarse_now_ns()
    }
}

/// A clock that moves only when told.
#[derive(Debug)]
pub struct ManualClock {
    now_ns: AtomicI64,
}

impl ManualClock {
    /// A clock at [`VIRTUAL_EPOCH_NS`].
    pub const fn new() -> Self {
        Self::starting_at(VIRTUAL_EPOCH_NS)
    }

    /// A clock at a time of one's own.
    pub const fn starting_at(now_ns: i64) -> Self {
        Self { now_ns: AtomicI64::new(now_ns) }
    }

    /// Moves the clock forward (or back, by a negative span) and says the new time.
    pub fn advance(&self, span_ns: i64) -> i64 {
        self.now_ns.fetch_add(span_ns, Ordering::SeqCst).wrapping_add(span_ns)
    }

    /// Sets the clock.
    pub fn set(&self, now_ns: i64) {
        self.now_ns.store(now_ns, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now_ns(&self) -> i64 {
        self.now_ns.load(Ordering::SeqCst)
    }
}

/// The processor time that this process has used so far, in all its threads.
pub fn process_time_ns() -> i64 {
    platform::process_time_ns()
}

/// Measures how long something takes on the machine, for deadlines and reports, never for a store's decisions.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    started: Instant,
}

impl Stopwatch {
    /// Starts measuring.
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// How long ago it was started.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
