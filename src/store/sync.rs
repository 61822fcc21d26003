//! The regular sync: files go to disk, idle ones are closed, and blocks that are mostly deletes are compacted.
//!
//! Whatever a block fails with becomes the store's failure, and the other blocks go on. The last block is never
//! compacted. A compaction drops tombstones that no block has a use for; a block of nothing else goes. A store with a
//! failed write is not synced and not looked at again.
//!
//! Carries 1110 (`syncBlocks`) and 1216, 1217 (`interiorDeletes`, `deleteMap`).

use super::Store;
use super::background::FileSync;
use super::compact::STATE_FILE;
use super::error::StoreError;
use crate::format::sequence_set::SequenceSet;

/// A file that was not written to for so long is closed (Go: `closeFDsIdle`).
const CLOSE_IDLE_NS: i64 = 30_000_000_000;

/// The deletes within blocks, as they were at one moment (Go: `interiorDeletes`).
struct InteriorDeletes {
    /// Each with the last sequence of its block; ascending, without overlaps.
    sets: Vec<(u64, SequenceSet)>,
}

impl InteriorDeletes {
    /// Whether a block notes the sequence as deleted.
    fn exists(&self, seq: u64) -> bool {
        let owner = self.sets.partition_point(|(last, _)| *last < seq);
        self.sets.get(owner).is_some_and(|(_, set)| set.exists(seq))
    }
}

/// What a pass over the blocks came upon.
struct Pass {
    first_moved: bool,
    first_seq: u64,
    deletes: Option<InteriorDeletes>,
    compacted: bool,
    sync_dir: bool,
}

impl Store {
    /// Syncs what was written since the last time, and sets the timer again (Go: `syncBlocks`).
    pub(crate) fn sync_blocks(&mut self) {
        if self.closed || self.write_error.is_some() {
            return;
        }
        let mut pass = Pass {
            first_moved: std::mem::take(&mut self.first_moved),
            first_seq: self.state.first_seq,
            deletes: None,
            compacted: false,
            sync_dir: false,
        };
        let last = self.last_block;
        let indexes: Vec<u32> = self.blocks.iter().map(|block| block.index).collect();
        for index in indexes {
            if let Err(error) = self.sync_block(index, Some(index) == last, &mut pass) {
                self.set_write_error(&error);
            }
        }
        if pass.sync_dir
            && let Err(error) = self.ctx.sync(FileSync::Dir(self.ctx.msgs_dir.clone()))
        {
            self.set_write_error(&error.into());
        }
        self.ctx.spare.clear();
        self.set_sync_timer();
        if pass.compacted {
            self.dirty += 1;
        }
        if !self.ctx.fcfg.sync_always {
            let synced = self.ctx.sync(FileSync::File(self.ctx.msgs_dir.join(STATE_FILE)));
            if let Err(error) = synced {
                self.set_write_error(&error.into());
            }
        }
        self.settle();
    }

    fn sync_block(&mut self, index: u32, is_last: bool, pass: &mut Pass) -> Result<(), StoreError> {
        let Some(pos) = self.position(index) else { return Ok(()) };
        let (ctx, block) = self.at(pos)?;
        if block.closed {
            return Ok(());
        }
        if let Some(error) = &block.write_error {
            return Err(error.clone());
        }
        if block.file.is_some() && block.since_last_write_ns(ctx) > CLOSE_IDLE_NS && block.pending_write_size() == 0 {
            block.dirty_close(ctx, false)?;
        }
        // With a new first sequence there may be tombstones to drop.
        if pass.first_moved {
            block.no_compact = false;
        }
        let compacts = !is_last && block.ensure_raw_bytes(ctx).is_ok() && block.should_compact_sync();
        pass.compacted |= compacts;
        block.flush_pending_alone(ctx).map_err(|unflushed| unflushed.error)?;
        let mut needs_sync = std::mem::take(&mut block.need_sync);
        let key_path = if std::mem::take(&mut block.need_key_sync) { block.key_path.clone() } else { None };
        if compacts {
            needs_sync = self.compact_for_sync(pos, pass)?;
        }
        if let Some(path) = key_path {
            self.ctx.sync(FileSync::FileAndDir(path))?;
        }
        if needs_sync && let Some(pos) = self.position(index) {
            let (ctx, block) = self.at(pos)?;
            let synced = match &block.path {
                Some(path) if ctx.alarm.has_background => Ok(ctx.sync(FileSync::File(path.clone()))?),
                _ => block.sync_file(ctx),
            };
            block.need_sync = synced.is_err();
            synced?;
        }
        Ok(())
    }

    /// Compacts a block, removes it if nothing is left, and says whether it needs a sync.
    fn compact_for_sync(&mut self, pos: usize, pass: &mut Pass) -> Result<bool, StoreError> {
        if pass.deletes.is_none() {
            pass.deletes = Some(self.interior_deletes());
        }
        let Some(deletes) = &pass.deletes else { return Ok(false) };
        let (ctx, block) = self.at(pos)?;
        block.compact_with_floor(ctx, pass.first_seq, &|seq| deletes.exists(seq))?;
        let (empty, needs_sync) = (block.raw_bytes == 0, block.need_sync);
        pass.sync_dir |= needs_sync || empty;
        if empty {
            self.remove_block(pos)?;
            return Ok(false);
        }
        Ok(needs_sync)
    }

    /// Go: `deleteMap`.
    fn interior_deletes(&self) -> InteriorDeletes {
        let blocks = self.blocks.iter().filter(|block| !block.closed && block.deleted.size() > 0);
        InteriorDeletes { sets: blocks.map(|block| (block.last.seq, block.deleted.clone())).collect() }
    }
}
