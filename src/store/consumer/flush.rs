//! When a consumer's state is written: at once if the last write is a tenth of a second ago, otherwise when it is.
//!
//! An update while a write is waited for asks for one more after it. This is Go's flush loop with its channel of one place
//! and its timer, told as a state: [`Flusher`]. A flush that cannot encode the state ends the loop for good, as in Go; what
//! was not written then is written when the consumer stops.
//!
//! Carries 1220 to 1224, 1250.

use super::super::ctx::Ctx;
use super::super::error::StoreError;
use super::Consumer;

/// The shortest time between two writes.
const MIN_WRITE_INTERVAL_NS: i64 = 100_000_000;

/// Where the flush loop stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flusher {
    /// Nothing to write.
    Idle,
    /// A write was asked for and the background has not looked yet.
    Asked,
    /// A write is due; with `again`, another update came meanwhile.
    Waiting {
        /// When it is due.
        due_ns: i64,
        /// Whether another write follows.
        again: bool,
    },
    /// The loop has ended.
    Ended,
}

impl Consumer {
    /// Whether the flush loop runs (Go: `inFlusher`, 1223).
    pub(super) fn has_flusher(&self) -> bool {
        let flusher = self.files.as_ref().map(|files| files.flusher);
        !self.closed && flusher.is_some_and(|flusher| flusher != Flusher::Ended)
    }

    /// When the state is to be written, if that is being waited for.
    pub(crate) fn flush_due(&self) -> Option<i64> {
        match self.files.as_ref()?.flusher {
            Flusher::Asked => Some(i64::MIN),
            Flusher::Waiting { due_ns, .. } => Some(due_ns),
            Flusher::Idle | Flusher::Ended => None,
        }
    }

    /// The state changed and is to be written (Go: `kickFlusher`, 1220).
    pub(super) fn kick(&mut self, ctx: &Ctx) {
        let Some(files) = &mut self.files else {
            return;
        };
        files.dirty = true;
        match &mut files.flusher {
            Flusher::Idle => self.flush_when_due(ctx, ctx.alarm.has_background),
            Flusher::Waiting { again, .. } => *again = true,
            Flusher::Asked | Flusher::Ended => {}
        }
    }

    /// Writes what was waited for (Go: `flushLoop`, 1224).
    pub(crate) fn run_flush(&mut self, ctx: &Ctx) {
        let flusher = self.files.as_ref().map(|files| files.flusher);
        if flusher == Some(Flusher::Asked) {
            return self.flush_when_due(ctx, false);
        }
        let again = matches!(flusher, Some(Flusher::Waiting { again: true, .. }));
        self.flush_now(ctx);
        let idle = self.files.as_ref().map(|files| files.flusher) == Some(Flusher::Idle);
        if again && idle {
            self.flush_when_due(ctx, false);
        }
    }

    /// Writes now, or has the background write, if the last write is long enough ago, otherwise waits until it is.
    fn flush_when_due(&mut self, ctx: &Ctx, in_background: bool) {
        let Some(files) = &mut self.files else {
            return;
        };
        let now = ctx.now_ns();
        // A write in the future was before the clock was set back.
        let last = files.last_write_ns.filter(|last| *last <= now);
        match last.map(|last| last.saturating_add(MIN_WRITE_INTERVAL_NS)) {
            Some(due_ns) if due_ns > now => {
                files.flusher = Flusher::Waiting { due_ns, again: false };
                ctx.alarm.set(due_ns);
            }
            _ if in_background => {
                files.flusher = Flusher::Asked;
                ctx.alarm.set(i64::MIN);
            }
            _ => self.flush_now(ctx),
        }
    }

    fn flush_now(&mut self, ctx: &Ctx) {
        let encoded = self.encode_state(ctx);
        let Ok(bytes) = encoded else {
            self.abandon_flushing();
            return;
        };
        // A write that failed leaves the state dirty, to be written with the next update or when the consumer stops.
        let written = self.write_state(ctx, bytes);
        if let Some(files) = &mut self.files {
            files.flusher = Flusher::Idle;
            if written.is_ok() {
                files.last_write_ns = Some(ctx.now_ns());
            }
        }
    }

    /// Ends the loop and gives what is still to be written, sealed.
    pub(super) fn end_flushing(&mut self, ctx: &Ctx) -> Result<Option<Vec<u8>>, StoreError> {
        self.abandon_flushing();
        if !self.files.as_ref().is_some_and(|files| files.dirty) {
            return Ok(None);
        }
        // A state that cannot be read back cannot be written; the file keeps what it has.
        let Ok(bytes) = self.encode_state(ctx) else {
            return Ok(None);
        };
        self.seal_state(ctx, bytes).map(Some)
    }

    /// Ends the loop.
    pub(super) fn abandon_flushing(&mut self) {
        if let Some(files) = &mut self.files {
            files.flusher = Flusher::Ended;
        }
    }
}
