//! The end of a store: stopping it, which keeps everything, and deleting it.
//!
//! A stopped store answers nothing but that it is closed; its consumers are stopped with it. Deleting moves the directory
//! out of the way under a name with a leading dot before it is removed, so that a crash in between leaves nothing that
//! would be recovered as a stream.
//!
//! Carries 1195, 1196, 1207, 1208.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Store;
use super::consumer::CONSUMER_STOP_NS;
use super::ctx::Deferred;
use super::error::StoreError;
use super::meta::META_FILE;
use super::recover::PURGE_DIR;

impl Store {
    /// Stops the store and writes its state (Go: `Stop`, 1207).
    pub fn stop(&mut self) -> Result<(), StoreError> {
        let stopped = self.stop_with(false, true);
        self.settle();
        stopped
    }

    /// Whether the store was stopped or deleted.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Removes the store and everything in its directory, now or once the operation is over (Go: `Delete`, 1196).
    pub fn delete(&mut self, inline: bool) -> Result<(), StoreError> {
        let deleted = self.delete_all(inline);
        self.settle();
        deleted
    }

    fn delete_all(&mut self, inline: bool) -> Result<(), StoreError> {
        let dir = self.ctx.fcfg.store_dir.clone();
        let fs = self.ctx.env.fs.clone();
        if self.closed {
            // The store may have been closed before: whatever is left goes now, and is accounted for once.
            let _outcome_of_no_consequence = fs.remove_dir_all(&dir);
            if self.state.msgs > 0 {
                self.account_for_deletion();
            }
            self.forget_totals();
            return Err(StoreError::Closed);
        }
        let _purge_in_progress_of_no_consequence = fs.remove_dir_all(&dir.join(PURGE_DIR));
        let Self { ctx, blocks, .. } = self;
        for block in blocks {
            // What cannot be closed is about to be removed.
            let _outcome_of_no_consequence = block.dirty_close(ctx, false);
        }
        self.account_for_deletion();
        self.forget_totals();
        self.blocks.clear();
        self.stop_with(true, false)?;
        fs.remove_file(&dir.join(META_FILE))?;
        let hidden = hidden_beside(&dir);
        fs.rename(&dir, &hidden)?;
        if inline {
            fs.remove_dir_all(&hidden)?;
        } else {
            self.ctx.deferred.push(Deferred::RemoveDir(hidden));
        }
        Ok(())
    }

    fn account_for_deletion(&mut self) {
        let msgs = i64::try_from(self.state.msgs).unwrap_or(i64::MAX);
        let bytes = i64::try_from(self.state.bytes).unwrap_or(i64::MAX);
        self.push_update(-msgs, -bytes, 0, &[]);
    }

    fn forget_totals(&mut self) {
        self.state.msgs = 0;
        self.state.bytes = 0;
    }

    /// Go: `stop` (1208).
    fn stop_with(&mut self, delete: bool, write_state: bool) -> Result<(), StoreError> {
        if self.closed || self.closing {
            return Err(StoreError::Closed);
        }
        self.closing = true;
        self.state_write_due = None;
        if write_state {
            // What cannot be flushed stays unwritten, and the state that is written next does not count on it.
            let _outcome_kept_by_the_block = self.check_and_flush_last_block();
        }
        let Self { ctx, blocks, .. } = self;
        for block in blocks {
            let _outcome_kept_by_the_block = block.close(ctx);
        }
        self.cancel_sync_timer();
        self.cancel_age_check();
        if write_state {
            // Without the file the next start reads the blocks.
            let _outcome_of_no_consequence = self.force_write_full_state();
        }
        self.closed = true;
        // Go's access clock runs on while it waits for the flush loops of the consumers.
        let waits = if delete { 0 } else { CONSUMER_STOP_NS.saturating_mul(self.consumers_to_wait_for()) };
        self.ctx.access_stopped_ns = Some(self.ctx.access_time_in(waits));
        self.last_block = None;
        self.stop_consumers(delete);
        let bytes = i64::try_from(self.state.bytes).unwrap_or(i64::MAX);
        if bytes > 0 {
            self.push_update(0, -bytes, 0, &[]);
        }
        Ok(())
    }
}

/// The same name with a leading dot.
fn hidden_beside(dir: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(dir.file_name().unwrap_or_default());
    dir.with_file_name(name)
}
