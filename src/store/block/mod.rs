//! A message block: its numbers, its cache, its file and its keys (Go: `msgBlock`).
//!
//! `first` and `last` bound the sequences of the block; a block is empty when `first = last + 1`. `deleted` holds the
//! removed sequences between them. `bytes` counts the records that can be loaded, `raw_bytes` the whole file as far as it
//! decides when to roll. The acts of a block are cut over the files beside this one; all take the [`Ctx`] of their store.
//!
//! Carries 974, 1056, 1066, 1093, 1094, 1098, 1099, 1157, 1158.

mod cache;
mod compact;
mod encryption;
mod matching;
mod rebuild;
mod recompress;
mod subjects;
mod write;

use std::path::PathBuf;

pub(crate) use cache::{Cache, MsgView};
pub(crate) use compact::COMPACT_MINIMUM;
pub(crate) use matching::{ALL_SUBJECTS, Filter, Found, Search};
pub use recompress::{Recompressed, Recompression};
pub(crate) use write::EMPTY_RECORD;

use super::ctx::Ctx;
use super::error::StoreError;
use super::state::{MsgId, SubjectState};
use crate::env::File;
use crate::format::checksum::Hasher64;
use crate::format::cipher::KeystreamAhead;
use crate::format::compress::StoreCompression;
use crate::format::key::AssetKey;
use crate::format::sequence_set::SequenceSet;
use crate::index::subject_tree::SubjectTree;

/// A message block.
pub(crate) struct Block {
    pub(crate) index: u32,
    pub(crate) first: MsgId,
    pub(crate) last: MsgId,
    /// Messages that can be loaded.
    pub(crate) msgs: u64,
    /// The bytes of their records.
    pub(crate) bytes: u64,
    /// All bytes of the block, removed records and tombstones included (Go: `rbytes`).
    pub(crate) raw_bytes: u64,
    /// `bytes` after the last compaction, 0 before the first (Go: `cbytes`).
    pub(crate) compacted_bytes: u64,
    /// Removed sequences between first and last (Go: `dmap`).
    pub(crate) deleted: SequenceSet,
    /// The subjects of the block, when loaded (Go: `fss`).
    pub(crate) subjects: Option<SubjectTree<SubjectState>>,
    /// The cache was loaded for a reader of messages and the subjects were left out, see [`Block::make_left_subjects`].
    pub(crate) subjects_left: bool,
    /// A removal may have left the first or last message of a subject to be worked out; else nobody needs to look for one.
    pub(crate) subjects_stale: bool,
    /// Subjects are not tracked (Go: `noTrack`).
    pub(crate) no_track: bool,
    /// Messages with a TTL, with a schedule.
    pub(crate) ttls: u64,
    pub(crate) schedules: u64,
    pub(crate) cache: Option<Cache>,
    /// The content of the file between two steps of recovery, see [`Block::rebuild_state_and_keep`].
    pub(crate) just_read: Option<rebuild::JustRead>,
    /// How often the cache was loaded (Go: `cloads`).
    pub(crate) cache_loads: u64,
    /// When the cache timer is due (Go: `ctmr`). One that fired and was not set again is kept as the end of time: Go
    /// still has the timer, and forgets the subjects of a block only with a timer at hand.
    pub(crate) cache_due: Option<i64>,
    /// The file, open for writing (Go: `mfd`).
    pub(crate) file: Option<Box<dyn File>>,
    /// Empty once the file was removed (Go: `mfn`).
    pub(crate) path: Option<PathBuf>,
    /// The block's key file, when this process wrote it (Go: `kfn`).
    pub(crate) key_path: Option<PathBuf>,
    /// The keystream, kept where the last write ended, because starting one costs more than a small write.
    pub(crate) stream: Option<KeystreamAhead>,
    /// The key of the block's keystream; present once loaded or made (Go: `seed`, `nonce`, `aek`, `bek`).
    pub(crate) key: Option<AssetKey>,
    /// Where the keystream goes on: behind the bytes that were last run through it (Go: `bek` is a running stream). It is
    /// the end of the file unless the file was compressed behind the back of the cache.
    pub(crate) stream_at: u64,
    /// The form the file had when it was last written whole (Go: `cmp`).
    pub(crate) compression: StoreCompression,
    pub(crate) hasher: Hasher64,
    /// The checksum of the last record (Go: `lchk`); zeros when not known.
    pub(crate) last_checksum: [u8; 8],
    /// Last write, load, removal and subject access, in Unix nanoseconds (Go: `lwts`, `llts`, `lrts`, `lsts`).
    pub(crate) last_write_ns: i64,
    pub(crate) last_load_ns: i64,
    pub(crate) last_remove_ns: i64,
    pub(crate) last_subject_ns: i64,
    /// The last sequence looked up in order (Go: `llseq`).
    pub(crate) last_lookup: u64,
    /// Behind the last sequence that a search by subject found here: where one that walks the stream asks next.
    pub(crate) next_of_walk: u64,
    /// The background flush, when one runs (Go: `flusher`, `fch`, `qch`).
    pub(crate) flusher: Option<write::Flusher>,
    /// The background is about to replace the file; false again as soon as somebody else changes it.
    pub(crate) recompressing: bool,
    pub(crate) write_error: Option<StoreError>,
    pub(crate) need_sync: bool,
    pub(crate) need_key_sync: bool,
    pub(crate) sync_always: bool,
    pub(crate) no_compact: bool,
    pub(crate) closed: bool,
    pub(crate) loading: bool,
}

impl Block {
    /// A block with this index, its file not yet looked at (Go: `initMsgBlock`, 974).
    pub(crate) fn new(ctx: &Ctx, index: u32, no_track: bool) -> Self {
        Self {
            index,
            first: MsgId::default(),
            last: MsgId::default(),
            msgs: 0,
            bytes: 0,
            raw_bytes: 0,
            compacted_bytes: 0,
            deleted: SequenceSet::default(),
            subjects: None,
            subjects_left: false,
            subjects_stale: false,
            no_track,
            ttls: 0,
            schedules: 0,
            cache: None,
            just_read: None,
            cache_loads: 0,
            cache_due: None,
            file: None,
            path: Some(ctx.block_path(index)),
            key_path: None,
            stream: None,
            key: None,
            stream_at: 0,
            compression: StoreCompression::None,
            hasher: Hasher64::for_block(&ctx.name, index),
            last_checksum: [0; 8],
            last_write_ns: 0,
            last_load_ns: 0,
            last_remove_ns: 0,
            last_subject_ns: 0,
            last_lookup: 0,
            next_of_walk: 0,
            flusher: None,
            recompressing: false,
            write_error: None,
            need_sync: false,
            need_key_sync: false,
            sync_always: ctx.fcfg.sync_always,
            no_compact: false,
            closed: false,
            loading: false,
        }
    }

    /// Bytes in the cache that are not in the file yet (Go: `pendingWriteSize`, 1093, 1094).
    pub(crate) fn pending_write_size(&self) -> usize {
        match &self.cache {
            Some(cache) if !self.closed && self.file.is_some() => cache.buf.len().saturating_sub(cache.written),
            _ => 0,
        }
    }

    /// Closes the file, which must have no unwritten bytes (Go: `closeFDs`, 1095 to 1097).
    pub(crate) fn close_file(&mut self) -> Result<(), StoreError> {
        if self.pending_write_size() > 0 {
            return Err(StoreError::PendingData);
        }
        self.file = None;
        Ok(())
    }

    /// Nanoseconds since anybody used the block (Go: `sinceLastActivity`, 1157).
    pub(crate) fn since_last_activity_ns(&self, ctx: &Ctx) -> i64 {
        if self.closed {
            return 0;
        }
        let last = self.last_write_ns.max(self.last_remove_ns).max(self.last_load_ns).max(self.last_subject_ns);
        ctx.now_ns().saturating_sub(last)
    }

    /// Nanoseconds since the block was written to or removed from (Go: `sinceLastWriteActivity`, 1158).
    pub(crate) fn since_last_write_ns(&self, ctx: &Ctx) -> i64 {
        if self.closed {
            return 0;
        }
        ctx.now_ns().saturating_sub(self.last_write_ns.max(self.last_remove_ns))
    }
}
