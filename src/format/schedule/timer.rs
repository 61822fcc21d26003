//! When the timer of the schedules fires: Go's `resetTimer`, as a deadline instead of a running timer.
//!
//! A timer never fires sooner than 250 ms from when it was set, and is not moved to a later time. Clearing it keeps the
//! deadline that it had, so a later schedule may then find the timer "already set"; Go does the same.

const MIN_DELAY_NS: i64 = 250_000_000;

/// What becomes of the store's timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerChange {
    /// It stays as it is.
    Keep,
    /// It stops.
    Clear,
    /// It fires at this time, in nanoseconds since 1970.
    Set(i64),
}

/// What is remembered between resets.
#[derive(Clone, Debug, Default)]
pub(super) struct Timer {
    running: bool,
    deadline_ns: i64,
}

impl Timer {
    pub(super) fn begin_run(&mut self) {
        self.running = true;
    }

    pub(super) fn end_run(&mut self) {
        *self = Self::default();
    }

    pub(super) fn reset(&mut self, next_ns: Option<i64>, now_ns: i64) -> TimerChange {
        if self.running {
            return TimerChange::Keep;
        }
        let Some(next_ns) = next_ns else { return TimerChange::Clear };
        let delay_ns = next_ns.saturating_sub(now_ns).max(MIN_DELAY_NS);
        let deadline_ns = now_ns.wrapping_add(delay_ns);
        if self.deadline_ns > 0 && deadline_ns > self.deadline_ns {
            return TimerChange::Keep;
        }
        self.deadline_ns = deadline_ns;
        TimerChange::Set(deadline_ns)
    }
}
