//! The timing wheel of message TTLs, the file `thw.db`: Go's `server/thw`.
//!
//! ```text
//! version 1, count (u64), stamp (u64, little endian), then for each entry: expires (varint, ns), sequence (uvarint)
//! ```
//! 4,096 slots of a second each. A slot and the wheel remember the lowest expiration they have seen; removing an entry does
//! not raise it, only a pass over expired entries does. So the next expiration may name a time at which nothing is left, and
//! the store's timers follow it as Go's do. Go writes a slot's entries in random order; this encoder writes ascending
//! sequences. The stamp is the first sequence that the file knows nothing about.

use std::collections::BTreeMap;

use super::DecodeError;
use super::cursor::{Cursor, explain};
use super::dump::DumpPage;
use super::varint::{append_uvarint, append_varint};

/// The first byte of the file.
const VERSION: u8 = 1;
/// Version, count and stamp.
pub(super) const HEADER_LEN: usize = 1 + 8 + 8;
const TICK_NS: i64 = 1_000_000_000;
const NUM_SLOTS: i64 = 1 << 12;

/// No entry has such a sequence at such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such entry in the timing wheel")]
pub struct TaskNotFound;

/// A sequence and when it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HashWheelEntry {
    /// The sequence.
    pub seq: u64,
    /// When it expires, in nanoseconds since 1970.
    pub expires_ns: i64,
}

/// Sequences by the time at which they expire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashWheel {
    /// The slots that have entries, by position.
    slots: BTreeMap<i64, Slot>,
    lowest_ns: i64,
    count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot {
    entries: BTreeMap<u64, i64>,
    lowest_ns: i64,
}

impl HashWheel {
    /// A wheel without entries.
    pub const fn new() -> Self {
        Self { slots: BTreeMap::new(), lowest_ns: i64::MAX, count: 0 }
    }

    /// Adds a sequence, or changes its time within the same slot.
    pub fn add(&mut self, seq: u64, expires_ns: i64) {
        let empty = Slot { entries: BTreeMap::new(), lowest_ns: i64::MAX };
        let slot = self.slots.entry(position(expires_ns)).or_insert(empty);
        if slot.entries.insert(seq, expires_ns).is_none() {
            self.count += 1;
        }
        if expires_ns < slot.lowest_ns {
            slot.lowest_ns = expires_ns;
            self.lowest_ns = self.lowest_ns.min(expires_ns);
        }
    }

    /// Removes a sequence from the slot of this time.
    pub fn remove(&mut self, seq: u64, expires_ns: i64) -> Result<(), TaskNotFound> {
        let at = position(expires_ns);
        let slot = self.slots.get_mut(&at).ok_or(TaskNotFound)?;
        slot.entries.remove(&seq).ok_or(TaskNotFound)?;
        self.count -= 1;
        if slot.entries.is_empty() {
            self.slots.remove(&at);
        }
        Ok(())
    }

    /// Moves a sequence to another time; nothing changes if it is not there.
    pub fn update(&mut self, seq: u64, old_expires_ns: i64, new_expires_ns: i64) -> Result<(), TaskNotFound> {
        self.remove(seq, old_expires_ns)?;
        self.add(seq, new_expires_ns);
        Ok(())
    }

    /// The entries that have expired at `now_ns`, slot by slot. Nothing is removed; a pass ends with [`Self::settle`].
    pub fn due(&self, now_ns: i64) -> Vec<HashWheelEntry> {
        if self.lowest_ns > now_ns {
            return Vec::new();
        }
        let slots = self.slots.values().filter(|slot| slot.lowest_ns <= now_ns);
        let entries = slots.flat_map(|slot| slot.entries.iter());
        let expired = entries.filter(|(_, expires_ns)| **expires_ns <= now_ns);
        expired.map(|(seq, expires_ns)| HashWheelEntry { seq: *seq, expires_ns: *expires_ns }).collect()
    }

    /// Ends a pass over [`Self::due`]: the lowest expirations of the slots that were visited are computed anew.
    pub fn settle(&mut self, now_ns: i64) {
        if self.lowest_ns > now_ns {
            return;
        }
        for slot in self.slots.values_mut().filter(|slot| slot.lowest_ns <= now_ns) {
            slot.lowest_ns = slot.entries.values().copied().min().unwrap_or(i64::MAX);
        }
        self.lowest_ns = self.slots.values().map(|slot| slot.lowest_ns).min().unwrap_or(i64::MAX);
    }

    /// Offers every expired entry to `expire` and removes those for which it answers true.
    pub fn expire_tasks(&mut self, now_ns: i64, mut expire: impl FnMut(HashWheelEntry) -> bool) {
        for entry in self.due(now_ns) {
            if expire(entry) {
                // It came from the wheel a moment ago and nobody else could remove it.
                let _: Result<(), TaskNotFound> = self.remove(entry.seq, entry.expires_ns);
            }
        }
        self.settle(now_ns);
    }

    /// The lowest expiration seen, if it is before `before_ns`; it may belong to an entry removed since.
    pub const fn next_expiration(&self, before_ns: i64) -> Option<i64> {
        if self.lowest_ns < before_ns { Some(self.lowest_ns) } else { None }
    }

    /// How many entries there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The entries, slot by slot, ascending sequences in each.
    pub fn entries(&self) -> impl Iterator<Item = HashWheelEntry> + '_ {
        let entries = self.slots.values().flat_map(|slot| slot.entries.iter());
        entries.map(|(seq, expires_ns)| HashWheelEntry { seq: *seq, expires_ns: *expires_ns })
    }

    /// The file's content.
    pub fn encode(&self, stamp: u64) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&stamp.to_le_bytes());
        for entry in self.entries() {
            append_varint(&mut out, entry.expires_ns);
            append_uvarint(&mut out, entry.seq);
        }
        out
    }

    /// The wheel in a file, and its stamp; bytes behind the announced entries are not looked at.
    pub fn decode(bytes: &[u8]) -> Result<(Self, u64), DecodeError> {
        decode_at(&mut Cursor::new(bytes, None))
    }
}

impl Default for HashWheel {
    fn default() -> Self {
        Self::new()
    }
}

/// What the bytes of a `thw.db` mean.
pub fn dump(bytes: &[u8]) -> DumpPage {
    explain("timing wheel", bytes, decode_at)
}

/// Reads version, count and stamp, which `sched.db` begins with too.
pub(super) fn decode_header(cursor: &mut Cursor<'_>) -> Result<(u64, u64), DecodeError> {
    let Some(header) = cursor.rest().first_chunk::<HEADER_LEN>() else {
        return Err(cursor.error("header", "shorter than 17 bytes"));
    };
    let [version, c0, c1, c2, c3, c4, c5, c6, c7, s0, s1, s2, s3, s4, s5, s6, s7] = *header;
    if version != VERSION {
        return Err(cursor.error("version", "not 1"));
    }
    let count = u64::from_le_bytes([c0, c1, c2, c3, c4, c5, c6, c7]);
    let stamp = u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
    cursor.take(1, |_| format!("version {VERSION}"));
    cursor.take(8, |_| format!("entries {count}"));
    cursor.take(8, |_| format!("stamp {stamp}"));
    Ok((count, stamp))
}

fn decode_at(cursor: &mut Cursor<'_>) -> Result<(HashWheel, u64), DecodeError> {
    let (count, stamp) = decode_header(cursor)?;
    let mut wheel = HashWheel::new();
    for _ in 0..count {
        let expires_ns = cursor.i64("expires");
        let seq = cursor.u64("sequence");
        cursor.check()?;
        wheel.add(seq, expires_ns);
    }
    Ok((wheel, stamp))
}

/// The slot of a time. Times before 1970 count back from the last slot.
const fn position(expires_ns: i64) -> i64 {
    (expires_ns / TICK_NS) & (NUM_SLOTS - 1)
}

#[cfg(test)]
mod tests;
