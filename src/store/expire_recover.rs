//! What became too old while the store was closed goes when it is opened, before anybody looks.
//!
//! Blocks that are old as a whole go without being read; at most one is walked. Nothing is reported, and no tombstone is
//! written except one for the end of a stream that loses its last block. With delete markers nothing goes here: it must
//! be asked for.
//!
//! Carries 1009 (`expireMsgsOnRecover`).

use super::Store;
use super::error::StoreError;
use super::state::MsgId;
use crate::format::record::record_len;

/// What was removed.
#[derive(Default)]
struct Expired {
    msgs: u64,
    bytes: u64,
    blocks: usize,
    /// When the first message was stored that stays.
    next_ts: i64,
    /// The end of the stream, when its block went.
    last: MsgId,
}

impl Store {
    /// Removes what is above the greatest age (Go: `expireMsgsOnRecover`).
    pub(crate) fn expire_msgs_on_recover(&mut self) -> Result<(), StoreError> {
        if self.state.msgs == 0 || self.config.subject_delete_marker_ttl_ns > 0 {
            return Ok(());
        }
        let oldest_kept = self.ctx.now_ns().wrapping_sub(self.config.max_age_ns);
        let mut expired = Expired::default();
        for pos in 0..self.blocks.len() {
            let (_, block) = self.at(pos)?;
            if oldest_kept < block.first.ts {
                expired.next_ts = block.first.ts;
                break;
            }
            if block.last.ts > oldest_kept {
                self.expire_within(pos, oldest_kept, &mut expired)?;
                break;
            }
            expired.msgs += block.msgs;
            expired.bytes += block.bytes;
            self.remove_expired_block(pos, &mut expired)?;
        }
        if expired.next_ts > 0 {
            self.reset_age_check(expired.next_ts.wrapping_sub(oldest_kept));
        }
        if expired.blocks > 0 {
            self.blocks.drain(..expired.blocks);
            self.last_block = self.blocks.last().map(|block| block.index);
        }
        self.state.msgs = self.state.msgs.saturating_sub(expired.msgs);
        self.state.bytes = self.state.bytes.saturating_sub(expired.bytes);
        self.select_next_first()?;
        if self.last_block.is_none() && expired.last.seq != 0 {
            self.new_block_for_write()?;
            self.write_tombstone(expired.last.seq, expired.last.ts)?;
            self.clear_subjects();
        }
        if expired.msgs > 0 {
            self.dirty += 1;
        }
        Ok(())
    }

    /// Removes the file of a block and takes what is left in it off the subjects; the block stays in the list for now.
    fn remove_expired_block(&mut self, pos: usize, expired: &mut Expired) -> Result<(), StoreError> {
        let is_last = self.is_last(pos);
        let (_, block) = self.at(pos)?;
        if is_last {
            expired.last = block.last;
        }
        self.discard_block(pos)?;
        expired.blocks += 1;
        Ok(())
    }

    /// Takes a block's messages off the subjects and removes its file; the block stays in the list.
    pub(super) fn discard_block(&mut self, pos: usize) -> Result<(), StoreError> {
        let (ctx, block) = self.at(pos)?;
        block.ensure_subjects(ctx)?;
        let mut counts = Vec::new();
        if let Some(subjects) = &block.subjects {
            subjects.iter_ordered(|subject, state| {
                counts.push((subject.to_vec(), state.msgs));
                true
            });
        }
        for (subject, msgs) in counts {
            for _ in 0..msgs {
                self.remove_per_subject(&subject);
            }
        }
        let (ctx, block) = self.at(pos)?;
        block.dirty_close(ctx, true)
    }

    /// Removes messages at the start of a block.
    fn expire_within(&mut self, pos: usize, oldest_kept: i64, expired: &mut Expired) -> Result<(), StoreError> {
        let (ctx, block) = self.at(pos)?;
        block.load_msgs(ctx)?;
        let mut next_first_open = false;
        for seq in block.first.seq..=block.last.seq {
            let (ctx, block) = self.at(pos)?;
            let (ts, len, subject) = match block.lookup(ctx, seq) {
                Ok(view) if oldest_kept < view.ts => {
                    let ts = view.ts;
                    block.first = MsgId { seq, ts };
                    next_first_open = false;
                    expired.next_ts = ts;
                    break;
                }
                Ok(view) => (view.ts, record_len(view.subject, view.hdr, view.msg), view.subject.to_vec()),
                Err(StoreError::DeletedMsg) => {
                    block.deleted.delete(seq);
                    block.first.seq = seq;
                    next_first_open = true;
                    continue;
                }
                Err(_) => {
                    // The walk ends at what cannot be read, as Go's does; a reader will find out.
                    block.first.seq = seq;
                    next_first_open = true;
                    break;
                }
            };
            debug_assert!(ts <= oldest_kept, "only expired messages get here");
            if block.msgs > 0 {
                block.first.seq = seq;
                next_first_open = true;
                let len = len.min(block.bytes);
                block.bytes -= len;
                block.msgs -= 1;
                expired.bytes += len;
                expired.msgs += 1;
            }
            if block.remove_seq_per_subject(ctx, &subject, seq)? {
                self.delete_markers.removed(seq, &subject);
            }
            self.remove_per_subject(&subject);
        }
        let (ctx, block) = self.at(pos)?;
        if next_first_open {
            block.select_next_first(ctx);
        }
        if block.msgs == 0 {
            self.remove_expired_block(pos, expired)?;
        }
        Ok(())
    }
}
