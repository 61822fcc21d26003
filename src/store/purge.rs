//! Removing everything: the blocks are moved away as a whole directory, and a new block remembers where the stream ends.
//!
//! The order of the steps is what makes a crash harmless: the new block with its tombstone is written in the old
//! directory, moved (its key first) into a new one, and only then do the directories change places. Recovery goes on from
//! wherever a crash left them. The old directory is removed when the operation is over.
//!
//! Carries 1168 to 1170 (`Purge`, `purge`, `purgeLocked`) and 1174 (`reset`).

use std::path::PathBuf;

use super::Store;
use super::ctx::Deferred;
use super::error::StoreError;
use super::state::Time;

/// Where the blocks are moved to before they are removed (Go: `purgeDir`).
const PURGE_DIR: &str = "__msgs__";
/// Where the new block waits for its place (Go: `newMsgDir`).
const NEW_MSGS_DIR: &str = "__new_msgs__";

impl Store {
    /// Removes all messages and says how many there were (Go: `Purge`).
    pub fn purge(&mut self) -> Result<u64, StoreError> {
        let purged = self.purge_to(0);
        self.settle();
        purged
    }

    /// Removes all messages; the next sequence is `first_seq` if that is further on (Go: `purge`).
    pub(crate) fn purge_to(&mut self, first_seq: u64) -> Result<u64, StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        let purged = self.purge_all(first_seq);
        let (purged, bytes) = self.keep_write_error(purged)?;
        if purged > 0 {
            self.write_state_after_removal();
        }
        self.push_update(minus(purged), minus(bytes), 0, &[]);
        Ok(purged)
    }

    /// Writes `index.db` after a removal that made the one before invalid. A failure is not the operation's: the messages
    /// are gone, and the next state write tries again.
    pub(super) fn write_state_after_removal(&mut self) {
        let _tried_again_later = self.force_write_full_state();
    }

    /// Go: `purgeLocked`.
    pub(super) fn purge_all(&mut self, first_seq: u64) -> Result<(u64, u64), StoreError> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let counts = (self.state.msgs, self.state.bytes);
        self.state.first_seq = self.state.last_seq.wrapping_add(1);
        self.state.first_time = Time::ZERO;
        self.state.msgs = 0;
        self.state.bytes = 0;
        let Self { ctx, blocks, .. } = self;
        for block in blocks {
            // The file is about to go, so that failing to close it is of no consequence.
            let _goes_anyway = block.dirty_close(ctx, false);
            block.closed = true;
        }
        if first_seq > self.state.first_seq {
            self.state.first_seq = first_seq;
            self.state.last_seq = first_seq - 1;
        }
        let pos = self.new_block_for_write()?;
        let state = &self.state;
        let (first, last, last_ts) = (state.first_seq, state.last_seq, state.last_time.unix_nano());
        let (_, block) = self.at(pos)?;
        block.first.seq = first;
        block.last.seq = last;
        block.last.ts = last_ts;
        let index = block.index;
        if last > 0 {
            self.write_tombstone(last, last_ts)?;
        }
        let pos = self.position(index).ok_or(StoreError::NoMsgBlock)?;
        let (ctx, block) = self.at(pos)?;
        block.flush_pending(ctx)?;
        block.close_file()?;

        let block = self.blocks.remove(pos);
        self.blocks.clear();
        self.last_block = None;
        self.clear_subjects();
        self.delete_markers.clear();
        self.dirty += 1;
        self.add_block(block);

        self.swap_directories(index)?;
        let pos = self.position(index).ok_or(StoreError::NoMsgBlock)?;
        let (ctx, block) = self.at(pos)?;
        block.enable_for_writing(ctx, ctx.flush_in_place)?;
        Ok(counts)
    }

    /// Puts a directory with nothing but the block `index` in the place of the blocks' directory.
    fn swap_directories(&mut self, index: u32) -> Result<(), StoreError> {
        let ctx = &mut self.ctx;
        let fs = &ctx.env.fs;
        let msgs_dir = &ctx.msgs_dir;
        let new_dir = ctx.fcfg.store_dir.join(NEW_MSGS_DIR);
        let purge_dir = ctx.fcfg.store_dir.join(PURGE_DIR);
        for left_over in [&new_dir, &purge_dir] {
            if fs.exists(left_over)? {
                fs.remove_dir_all(left_over)?;
            }
        }
        fs.create_dir_all(&new_dir)?;
        // The block comes last: recovery takes it for the sign that its key is there.
        for path in [ctx.key_path(index), ctx.block_path(index)] {
            let target: PathBuf = match path.file_name() {
                Some(name) => new_dir.join(name),
                None => continue,
            };
            match fs.rename(&path, &target) {
                Ok(()) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
        }
        fs.rename(msgs_dir, &purge_dir)?;
        fs.rename(&new_dir, msgs_dir)?;
        ctx.deferred.push(Deferred::RemoveDir(purge_dir));
        Ok(())
    }

    /// Removes all messages and begins again at sequence 1 (Go: `reset`).
    pub(super) fn reset(&mut self) -> Result<(), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        let (mut purged, mut bytes) = (0, 0);
        let Self { ctx, blocks, .. } = self;
        for block in blocks {
            purged += block.msgs;
            bytes += block.bytes;
            block.dirty_close(ctx, true)?;
        }
        let now = self.ctx.now_ns();
        self.state.first_seq = 0;
        self.state.first_time = Time::ZERO;
        self.state.last_seq = 0;
        self.state.last_time = Time::from_unix_nano(now);
        self.state.msgs = 0;
        self.state.bytes = 0;
        self.blocks.clear();
        self.last_block = None;
        self.clear_subjects();
        self.delete_markers.clear();
        if purged > 0 {
            self.dirty += 1;
        }
        self.push_update(minus(purged), minus(bytes), 0, &[]);
        Ok(())
    }
}

/// A count as the change that taking it away is.
pub(super) const fn minus(count: u64) -> i64 {
    count.cast_signed().wrapping_neg()
}
