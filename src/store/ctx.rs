//! What every part of the store needs to act and none of them owns: the machine, the file store's configuration, the
//! names and keys, and the clock as the operation sees it.
//!
//! A block is handed the context with every call, so that it holds no reference back to its store. Work that Go would
//! start in a goroutine of its own is put in `deferred` and runs when the operation is over, which is when a settled Go
//! store would have run it.

use std::path::PathBuf;

use super::background::{Alarm, FileSync};
use super::config::FileStoreConfig;
use super::keys::KeyGen;
use super::state::LostStreamData;
use crate::env::Env;

/// How coarse the access time is, in nanoseconds (Go: `ats.TickInterval`).
pub(crate) const ACCESS_TICK_NS: i64 = 100_000_000;

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
    /// What runs when the operation is over.
    pub(crate) deferred: Vec<Deferred>,
    /// What the background was asked for.
    pub(crate) alarm: Alarm,
    /// What the background forces to disk.
    pub(crate) syncs: Vec<FileSync>,
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

impl Ctx {
    /// The time now, in Unix nanoseconds.
    pub(crate) fn now_ns(&self) -> i64 {
        self.env.clock.now_ns()
    }

    /// The time of the last tick of the access clock, in Unix nanoseconds (Go: `ats.AccessTime`).
    pub(crate) fn access_time_ns(&self) -> i64 {
        let since = self.now_ns().saturating_sub(self.access_base_ns);
        self.now_ns().saturating_sub(since.rem_euclid(ACCESS_TICK_NS))
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
