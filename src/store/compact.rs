//! Removing every message below a sequence.
//!
//! Blocks before the one with the sequence go as a whole. Messages before it in that block get a tombstone each, unless
//! most of the block was in front of it: then the block is written anew from there on. The state file is removed first
//! and written anew afterwards.
//!
//! Carries 1172 and 1173 (`Compact`, `compact`, `compactLocked`).

use super::Store;
use super::atomic::write_atomically;
use super::block::{Block, COMPACT_MINIMUM};
use super::ctx::Ctx;
use super::error::StoreError;
use super::purge::minus;
use super::state::{MsgId, Time};
use crate::format::compress::encode_file;
use crate::format::record::record_len;

/// The name of the state file (Go: `streamStreamStateFile`).
pub(super) const STATE_FILE: &str = "index.db";

/// What a compaction removed.
#[derive(Default)]
struct Compacted {
    msgs: u64,
    bytes: u64,
    /// Blocks at the start of the list whose files are gone.
    blocks: usize,
    /// Removed messages that need tombstones.
    tombs: Vec<MsgId>,
}

impl Store {
    /// Removes every message below `seq` and says how many there were (Go: `Compact`).
    pub fn compact(&mut self, seq: u64) -> Result<u64, StoreError> {
        let purged = self.compact_to(seq);
        self.settle();
        purged
    }

    /// Go: `compact`.
    pub(super) fn compact_to(&mut self, seq: u64) -> Result<u64, StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        let compacted =
            if seq == 0 || seq > self.state.last_seq { self.purge_all(seq) } else { self.compact_below(seq) };
        let (purged, bytes) = self.keep_write_error(compacted)?;
        if purged > 0 {
            self.write_state_after_removal();
            self.push_update(minus(purged), minus(bytes), 0, &[]);
        }
        Ok(purged)
    }

    /// Go: `compactLocked`.
    fn compact_below(&mut self, seq: u64) -> Result<(u64, u64), StoreError> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        if self.state.first_seq > seq {
            return Ok((0, 0));
        }
        let Some(pos) = self.select_block(seq) else { return Ok((0, 0)) };
        let mut done = Compacted::default();
        for before in 0..pos {
            let (_, block) = self.at(before)?;
            done.msgs += block.msgs;
            done.bytes += block.bytes;
            self.discard_block(before)?;
            done.blocks += 1;
        }
        let (_, block) = self.at(pos)?;
        if block.first.seq == seq {
            let first = block.first;
            self.state.first_seq = first.seq;
            self.state.first_time = Time::from_unix_nano(first.ts);
        } else {
            self.compact_within(pos, seq, &mut done)?;
        }
        self.write_tombstones(&std::mem::take(&mut done.tombs))?;
        if done.blocks > 0 {
            self.blocks.drain(..done.blocks);
            self.last_block = self.blocks.last().map(|block| block.index);
        }
        let purged = done.msgs.min(self.state.msgs);
        self.state.msgs -= purged;
        if self.state.msgs == 0 {
            self.state.first_seq = self.state.last_seq.wrapping_add(1);
            self.state.first_time = Time::ZERO;
        }
        let bytes = done.bytes.min(self.state.bytes);
        self.state.bytes -= bytes;
        self.remove_state_file();
        self.dirty += 1;
        Ok((purged, bytes))
    }

    /// Appends tombstones to the last block and flushes once.
    pub(super) fn write_tombstones(&mut self, tombs: &[MsgId]) -> Result<(), StoreError> {
        if tombs.is_empty() {
            return Ok(());
        }
        for tomb in tombs {
            self.write_tombstone_no_flush(tomb.seq, tomb.ts)?;
        }
        match self.last_position() {
            Some(pos) => {
                let (ctx, block) = self.at(pos)?;
                block.flush_pending(ctx)
            }
            None => Ok(()),
        }
    }

    /// Removes `index.db`, which does not describe the blocks any more. Where there is none, or it cannot be removed,
    /// recovery finds out by its checksums.
    pub(super) fn remove_state_file(&mut self) {
        let _found_out_later = self.ctx.env.fs.remove_file(&self.ctx.msgs_dir.join(STATE_FILE));
    }

    /// Removes the messages below `seq` from the block that holds `seq`.
    fn compact_within(&mut self, pos: usize, seq: u64, done: &mut Compacted) -> Result<(), StoreError> {
        let is_last = self.is_last(pos);
        self.remove_below(pos, seq, done)?;
        let (ctx, block) = self.at(pos)?;
        if block.msgs == 0 {
            if is_last {
                block.need_sync = true;
            } else {
                block.dirty_close(ctx, true)?;
                done.blocks += 1;
            }
            self.state.first_seq = self.at(pos)?.1.last.seq.wrapping_add(1);
            self.state.first_time = Time::ZERO;
            return Ok(());
        }
        block.need_sync = true;
        // The search for the next first sequence starts behind this one.
        block.first.seq = if block.first.seq < seq { seq - 1 } else { block.first.seq - 1 };
        block.select_next_first(ctx);
        let first = block.first;
        self.state.first_seq = first.seq;
        self.state.first_time = Time::from_unix_nano(first.ts);
        let (ctx, block) = self.at(pos)?;
        if block.raw_bytes > COMPACT_MINIMUM
            && block.bytes.saturating_mul(2) < block.raw_bytes
            && block.drop_head(ctx)?
        {
            // What is not in the file needs no tombstone.
            done.tombs.clear();
        }
        Ok(())
    }

    fn remove_below(&mut self, pos: usize, seq: u64, done: &mut Compacted) -> Result<(), StoreError> {
        let (ctx, block) = self.at(pos)?;
        if !block.cache_loaded() {
            block.load_msgs(ctx)?;
        }
        for removed in block.first.seq..seq {
            let (ctx, block) = self.at(pos)?;
            let (id, len, subject) = match block.lookup(ctx, removed) {
                Ok(view) => (
                    MsgId { seq: view.seq, ts: view.ts },
                    record_len(view.subject, view.hdr, view.msg),
                    view.subject.to_vec(),
                ),
                Err(StoreError::DeletedMsg) => {
                    block.deleted.delete(removed);
                    continue;
                }
                // What cannot be read is passed over, as in Go.
                Err(_) => continue,
            };
            if block.msgs > 0 {
                block.msgs -= 1;
                let len = len.min(block.bytes);
                block.bytes -= len;
                done.bytes += len;
                done.msgs += 1;
            }
            if block.remove_seq_per_subject(ctx, &subject, removed)? {
                self.delete_markers.removed(removed, &subject);
            }
            self.remove_per_subject(&subject);
            done.tombs.push(id);
        }
        Ok(())
    }
}

impl Block {
    /// Writes the block anew from its first message on; false if there is nothing to write.
    fn drop_head(&mut self, ctx: &mut Ctx) -> Result<bool, StoreError> {
        let first = self.cache.as_ref().map_or(0, |cache| cache.first_seq);
        let slot = usize::try_from(self.first.seq.wrapping_sub(first)).map_err(|_| StoreError::PartialCache)?;
        let at = self.slot_info(slot)?.at;
        let kept = self.cache.as_ref().and_then(|cache| cache.buf.get(at..)).unwrap_or_default();
        if kept.is_empty() {
            return Ok(false);
        }
        let mut bytes = encode_file(self.compression, kept)?;
        self.file = None;
        self.apply_cipher(&mut bytes)?;
        let sync = ctx.sync_always;
        let path = self.path.as_ref().ok_or(StoreError::NoBlockData)?;
        write_atomically(ctx.env.fs.as_ref(), path, &bytes, sync)?;
        self.need_sync = !sync;
        self.subjects = None;
        self.clear_cache_and_offset(ctx);
        self.raw_bytes = bytes.len() as u64;
        Ok(true)
    }
}
