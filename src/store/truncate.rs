//! Removing every message above a sequence.
//!
//! A new block is begun before anything goes: it takes the tombstones of blocks that go and that are still needed, and one
//! for the last sequence if no message is there. Without any it goes again, and the cut block is the last one. Cutting is
//! the last step, so that a crash leaves more than was asked for, never less.
//!
//! Carries 1177 (`Truncate`).

use super::Store;
use super::error::StoreError;
use super::purge::minus;
use super::state::Time;

/// What is known of the cut, and what it removed.
struct Cut {
    seq: u64,
    /// The time of the last sequence.
    last_ts: i64,
    /// There is a message at `seq`.
    has_message: bool,
    /// The block that holds `seq`, by index.
    selected: Option<u32>,
    /// The block begun for tombstones.
    tombs_block: u32,
    msgs: u64,
    bytes: u64,
}

impl Store {
    /// Removes every message above `seq`, which becomes the last sequence (Go: `Truncate`).
    pub fn truncate(&mut self, seq: u64) -> Result<(), StoreError> {
        let truncated = self.truncate_to(seq);
        self.settle();
        truncated
    }

    fn truncate_to(&mut self, seq: u64) -> Result<(), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if seq == 0 {
            return self.reset();
        }
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let cut = self.cut_at(seq);
        let (purged, bytes) = self.keep_write_error(cut)?;
        if purged > 0 {
            self.write_state_after_removal();
        }
        self.push_update(minus(purged), minus(bytes), 0, &[]);
        Ok(())
    }

    fn cut_at(&mut self, seq: u64) -> Result<(u64, u64), StoreError> {
        self.remove_state_file();
        let mut cut = self.look_at_cut(seq)?;
        let last_time = Time::from_unix_nano(cut.last_ts);
        self.state.last_seq = seq;
        self.state.last_time = last_time;
        let pos = self.new_block_for_write()?;
        cut.tombs_block = self.at(pos)?.1.index;

        // A block that begins above the cut goes as a whole.
        let selected_goes = match cut.selected.and_then(|index| self.position(index)) {
            Some(pos) => self.at(pos)?.1.first.seq > seq,
            None => false,
        };
        if !cut.has_message || selected_goes {
            self.write_tombstone(seq, cut.last_ts)?;
        }
        while let Some(pos) = self.last_before_tombs(&cut) {
            let index = self.at(pos)?.1.index;
            if Some(index) == cut.selected {
                break;
            }
            self.remove_above_cut(pos, &mut cut)?;
        }
        let tombs_pos = self.position(cut.tombs_block).ok_or(StoreError::NoMsgBlock)?;
        let (ctx, block) = self.at(tombs_pos)?;
        let has_tombs = !block.tombs(ctx).is_empty();
        if let Some(pos) = cut.selected.and_then(|index| self.position(index)) {
            if selected_goes {
                self.remove_above_cut(pos, &mut cut)?;
            } else {
                self.cut_block(pos, has_tombs, &mut cut)?;
            }
        }
        if !has_tombs {
            self.last_block = cut.selected;
            let pos = self.position(cut.tombs_block).ok_or(StoreError::NoMsgBlock)?;
            self.force_remove_block(pos)?;
        }
        self.state.last_seq = seq;
        self.state.last_time = last_time;
        let (purged, bytes) = (cut.msgs.min(self.state.msgs), cut.bytes.min(self.state.bytes));
        self.state.msgs -= purged;
        self.state.bytes -= bytes;
        self.reset_subjects()?;
        self.dirty += 1;
        Ok((purged, bytes))
    }

    /// Looks at what is at `seq`.
    fn look_at_cut(&mut self, seq: u64) -> Result<Cut, StoreError> {
        let mut cut = Cut {
            seq,
            last_ts: self.state.last_time.unix_nano(),
            has_message: false,
            selected: None,
            tombs_block: 0,
            msgs: 0,
            bytes: 0,
        };
        if let Some(pos) = self.select_block(seq) {
            let (ctx, block) = self.at(pos)?;
            cut.selected = Some(block.index);
            cut.last_ts = block.last.ts;
            match block.fetch(ctx, seq) {
                Ok((view, _)) => {
                    cut.has_message = true;
                    cut.last_ts = view.ts;
                }
                Err(StoreError::MsgNotFound | StoreError::DeletedMsg) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(cut)
    }

    /// The last block that was there before the one for tombstones, of which there may be more than one by now.
    fn last_before_tombs(&self, cut: &Cut) -> Option<usize> {
        let candidates = self.blocks.len().checked_sub(1)?;
        self.blocks.iter().take(candidates).rposition(|block| block.index < cut.tombs_block)
    }

    /// Removes a whole block and keeps its tombstones of messages below the cut.
    fn remove_above_cut(&mut self, pos: usize, cut: &mut Cut) -> Result<(), StoreError> {
        let (ctx, block) = self.at(pos)?;
        cut.msgs += block.msgs;
        cut.bytes += block.bytes;
        let index = block.index;
        for tomb in block.tombs(ctx) {
            if tomb.seq < cut.seq {
                self.write_tombstone(tomb.seq, tomb.ts)?;
            }
        }
        let pos = self.position(index).ok_or(StoreError::NoMsgBlock)?;
        self.force_remove_block(pos)
    }

    /// Cuts the block that holds the new last sequence.
    fn cut_block(&mut self, pos: usize, has_tombs: bool, cut: &mut Cut) -> Result<(), StoreError> {
        let (ctx, block) = self.at(pos)?;
        block.enable_for_writing(ctx, ctx.flush_in_place)?;
        let (msgs, bytes) = block.truncate(ctx, cut.seq, cut.last_ts)?;
        cut.msgs += msgs;
        cut.bytes += bytes;
        if has_tombs {
            // It is not the last block any more.
            block.stop_flusher();
            block.file = None;
            // A block that stays as it is can be read as well; whoever overwrites it next tries again.
            let _tried_again_later = block.recompress_if_needed(ctx);
        }
        Ok(())
    }
}
