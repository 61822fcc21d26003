//! Which messages the store asked to have removed or replaced by a delete marker, and has not seen removed yet.
//!
//! In a store with delete markers the age check removes nothing itself: it asks, and asks again after a while. What was
//! asked counts as gone when the next message of the subject is judged to be the last one. (Go: `SDMMeta` of sdm.go.)

use std::collections::HashMap;

/// How long the store waits before it asks again.
const ASK_AGAIN_NS: i64 = 2_000_000_000;

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct DeleteMarkers {
    totals: HashMap<Vec<u8>, u64>,
    pending: HashMap<u64, Pending>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    /// The message was the last one of its subject.
    last: bool,
    asked_ns: i64,
}

impl DeleteMarkers {
    /// Whether to ask for the removal of a message now, and then whether it is the last one of its subject, of which
    /// there are `total` (Go: `shouldProcessSdmLocked`).
    pub(super) fn ask(&mut self, seq: u64, subject: &[u8], total: u64, now: i64) -> Option<bool> {
        let asked = self.totals.get(subject).copied().unwrap_or(0);
        if let Some(pending) = self.pending.get_mut(&seq) {
            if now.saturating_sub(pending.asked_ns) < ASK_AGAIN_NS {
                return None;
            }
            // The subject may have got messages since, and then a marker would take them along.
            if pending.last && total.wrapping_sub(asked) > 0 {
                pending.last = false;
            }
            pending.asked_ns = now;
            return Some(pending.last);
        }
        if total == 0 {
            return Some(false);
        }
        let last = total.wrapping_sub(asked) == 1;
        self.pending.insert(seq, Pending { last, asked_ns: now });
        *self.totals.entry(subject.to_vec()).or_default() += 1;
        Some(last)
    }

    /// A message was removed (Go: `removeSeqAndSubject`).
    pub(crate) fn removed(&mut self, seq: u64, subject: &[u8]) {
        if self.pending.remove(&seq).is_none() {
            return;
        }
        if let Some(total) = self.totals.get_mut(subject) {
            *total -= 1;
            if *total == 0 {
                self.totals.remove(subject);
            }
        }
    }

    /// Every message was removed (Go: `empty`).
    pub(crate) fn clear(&mut self) {
        self.totals.clear();
        self.pending.clear();
    }
}
