//! What every part of the store needs to act and none of them owns: the machine, the file store's configuration, the
//! names and keys, and the clock as the operation sees it.
//!
//! A block is handed the context with every call, so that it holds no reference back to its store. Work that Go would
//! start in a goroutine of its own is put in `deferred` and runs when the operation is over, which is when a settled Go
//! store would have run it.

use std::cell::Cell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::background::{Alarm, FileSync};
use super::block::Cache;
use super::config::{FileStoreConfig, MAX_BLOCK_SIZE};
use super::keys::KeyGen;
use super::state::LostStreamData;
use crate::env::Env;

/// How coarse the access time is, in nanoseconds (Go: `ats.TickInterval`).
pub(crate) const ACCESS_TICK_NS: i64 = 100_000_000;

/// Stands for no such time: whoever wants to know asks the clock.
const NOT_ASKED: i64 = i64::MIN;

/// What every part of the store is handed.
pub(crate) struct Ctx {
    /// File system, clock and entropy.
    pub(crate) env: Env,
    /// The file store's configuration, defaults filled in.
    pub(crate) fcfg: FileStoreConfig,
    /// The stream's name: the key of every checksum.
    pub(crate) name: String,
    /// `StoreDir/msgs`.
    pub(crate) msgs_dir: PathBuf,
    /// Derives keys; present in an encrypted store (Go: `prf`).
    pub(crate) prf: Option<KeyGen>,
    /// Derives the keys in use before the last change (Go: `oldprf`).
    pub(crate) old_prf: Option<KeyGen>,
    /// Flush in place: every write goes to its file before the operation ends (Go: `fip`).
    pub(crate) flush_in_place: bool,
    /// Whether every data write is followed by a sync (Go: `syncAlways`).
    pub(crate) sync_always: bool,
    /// When the store was opened: the access time advances from here in ticks.
    pub(crate) access_base_ns: i64,
    /// The last access time there is: with the last store, Go stops the clock.
    pub(crate) access_stopped_ns: Option<i64>,
    /// What runs when the operation is over.
    pub(crate) deferred: DeferredQueue,
    /// What the background was asked for.
    pub(crate) alarm: Alarm,
    /// What the background forces to disk.
    pub(crate) syncs: Vec<FileSync>,
    /// Held by whoever writes a block's file anew, beside the old one.
    pub(crate) rewriting: Arc<Mutex<()>>,
    /// The time as the operation under way sees it. See [`Ctx::begin`].
    pub(crate) time: OperationTime,
    /// The room of a cache that was dropped, for the next one.
    pub(crate) spare: Spare,
    /// The room that the subjects of the last block took: those of the next are likely to take as much.
    pub(crate) subjects_room: Cell<(usize, usize)>,
}

/// The parts of at most one cache that was dropped, kept for their room.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    buf: Mutex<Vec<u8>>,
    slots: Mutex<Vec<u32>>,
}

impl Spare {
    /// The room of a cache that nobody needs any more.
    pub(crate) fn put(&self, cache: Cache) {
        // More than two blocks' worth would be too much to keep for nothing.
        const MOST_KEPT: usize = 2 * MAX_BLOCK_SIZE as usize;
        if cache.buf.capacity() <= MOST_KEPT && cache.slots.capacity() <= MOST_KEPT / size_of::<u32>() {
            *self.buf.lock().unwrap_or_else(PoisonError::into_inner) = cache.buf;
            *self.slots.lock().unwrap_or_else(PoisonError::into_inner) = cache.slots;
        }
    }

    /// A buffer of any length and content, to be written over.
    pub(crate) fn take_buf(&self) -> Vec<u8> {
        std::mem::take(&mut *self.buf.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An empty list of slots.
    pub(crate) fn take_slots(&self) -> Vec<u32> {
        let mut slots = std::mem::take(&mut *self.slots.lock().unwrap_or_else(PoisonError::into_inner));
        slots.clear();
        slots
    }

    /// An empty cache.
    pub(crate) fn take_cache(&self) -> Cache {
        let mut buf = self.take_buf();
        buf.clear();
        Cache { buf, slots: self.take_slots(), ..Cache::default() }
    }

    /// Gives the room back to the machine.
    pub(crate) fn clear(&self) {
        drop((self.take_buf(), self.take_slots()));
    }
}

/// The time of an operation that asks the clock once, until it is over.
#[derive(Debug)]
pub(crate) struct OperationTime(AtomicI64);

impl Default for OperationTime {
    fn default() -> Self {
        Self(AtomicI64::new(NOT_ASKED))
    }
}

/// Work that Go hands to a goroutine of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deferred {
    /// Recompress the block with this index if its file is not in the configured form.
    Recompress(u32),
    /// Add up the state again from the blocks, with what was found lost.
    RebuildState(Option<LostStreamData>),
    /// Raise the hint of the first block of the subjects that a filter takes, after a search found nothing before it.
    RaiseFirstBlock {
        /// The filter.
        filter: Vec<u8>,
        /// Whether it has wildcards.
        wildcard: bool,
        /// The index that the hint must not lie below.
        index: u32,
    },
    /// Remove a directory tree that was renamed out of the way.
    RemoveDir(PathBuf),
}

impl Deferred {
    /// Whether the operation that left it is over only when it has run: the totals, and what is known of subjects.
    pub(crate) fn belongs_to_operation(&self) -> bool {
        matches!(self, Self::RebuildState(_) | Self::RaiseFirstBlock { .. })
    }
}

/// Deferred work, in the order in which it was left. A store that writers keep busy may have much of it waiting for the
/// background, so that asking for what must run at once, which every operation does, looks at none of it.
#[derive(Debug, Default)]
pub(crate) struct DeferredQueue {
    waiting: VecDeque<Deferred>,
    /// How many belong to the operation that left them.
    of_operation: usize,
}

impl DeferredQueue {
    /// Leaves something.
    pub(crate) fn push(&mut self, deferred: Deferred) {
        self.of_operation += usize::from(deferred.belongs_to_operation());
        self.waiting.push_back(deferred);
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What was left first.
    pub(crate) fn pop(&mut self) -> Option<Deferred> {
        self.remove(0)
    }

    /// What was left first of that which belongs to its operation.
    pub(crate) fn pop_of_operation(&mut self) -> Option<Deferred> {
        if self.of_operation == 0 {
            return None;
        }
        self.waiting.iter().position(Deferred::belongs_to_operation).and_then(|position| self.remove(position))
    }

    /// What was left first of all but recompressions.
    pub(crate) fn pop_but_recompressions(&mut self) -> Option<Deferred> {
        let position = self.waiting.iter().position(|deferred| !matches!(deferred, Deferred::Recompress(_)))?;
        self.remove(position)
    }

    /// The first of the blocks whose files are to be recompressed.
    pub(crate) fn pop_recompression(&mut self) -> Option<u32> {
        let position = self.waiting.iter().position(|deferred| matches!(deferred, Deferred::Recompress(_)))?;
        match self.remove(position) {
            Some(Deferred::Recompress(index)) => Some(index),
            _ => None,
        }
    }

    fn remove(&mut self, position: usize) -> Option<Deferred> {
        let deferred = self.waiting.remove(position)?;
        self.of_operation -= usize::from(deferred.belongs_to_operation());
        Some(deferred)
    }
}

impl Ctx {
    /// The time now, in Unix nanoseconds.
    #[inline]
    pub(crate) fn now_ns(&self) -> i64 {
        let known = self.time.0.load(Ordering::Relaxed);
        if known != NOT_ASKED { known } else { self.env.clock.now_ns() }
    }

    /// Begins an operation of which every part sees the same time, and says which. [`Store::settle`](super::Store) ends it.
    #[inline]
    pub(crate) fn begin(&self) -> i64 {
        let now = self.env.clock.now_ns();
        self.time.0.store(now, Ordering::Relaxed);
        now
    }

    /// The operation is over.
    #[inline]
    pub(crate) fn forget_time(&self) {
        self.time.0.store(NOT_ASKED, Ordering::Relaxed);
    }

    /// The time of the last tick of the access clock, in Unix nanoseconds (Go: `ats.AccessTime`).
    pub(crate) fn access_time_ns(&self) -> i64 {
        self.access_time_in(0)
    }

    /// The same, this many nanoseconds from now.
    pub(crate) fn access_time_in(&self, span_ns: i64) -> i64 {
        if let Some(stopped) = self.access_stopped_ns {
            return stopped;
        }
        let known = self.time.0.load(Ordering::Relaxed);
        let now = if known != NOT_ASKED { known } else { self.env.clock.coarse_now_ns() };
        let now = now.saturating_add(span_ns);
        let since = now.saturating_sub(self.access_base_ns);
        now.saturating_sub(since.rem_euclid(ACCESS_TICK_NS))
    }

    /// The path of the block's file.
    pub(crate) fn block_path(&self, index: u32) -> PathBuf {
        self.msgs_dir.join(format!("{index}.blk"))
    }

    /// The path of the block's key.
    pub(crate) fn key_path(&self, index: u32) -> PathBuf {
        self.msgs_dir.join(format!("{index}.key"))
    }
}
