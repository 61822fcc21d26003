//! Removing single messages: on request, by a limit, or with their bytes overwritten.
//!
//! A removal on request leaves a tombstone in the last block, so that it survives a restart without `index.db`; one by a
//! limit does not, since the limit would remove the message again. The tombstone is written before anything is counted. A
//! block without messages goes, and what must be remembered of it moves to the last block.
//!
//! Carries 1046 to 1051 (`deleteFirstMsg`, `removeMsgViaLimits`, `RemoveMsg`, `EraseMsg`, `removeMsg`,
//! `removeMsgFromBlock`) and `removeMsgsInRange`.

use super::Store;
use super::block::{Block, EMPTY_RECORD};
use super::ctx::Ctx;
use super::error::StoreError;
use super::state::{MsgId, StoreEvent, Time};
use crate::format::hash_wheel::TaskNotFound;
use crate::format::headers::message_ttl;
use crate::format::record::record_len_raw;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// How to remove a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Removal {
    /// Overwrite its bytes (Go: `secure`).
    erase: bool,
    /// A limit asks for it, and would again after a restart (Go: `viaLimits`).
    by_limit: bool,
}

/// What is known of a message on its way out.
struct Leaving {
    id: MsgId,
    subject: Vec<u8>,
    /// The length of its record.
    len: u64,
    /// Seconds; 0 for none.
    ttl: i64,
}

/// Storage updates that are told as one (Go: `storeUpdateAgg`).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UpdateSum {
    pub(super) msgs: i64,
    pub(super) bytes: i64,
}

impl Store {
    /// Removes a message; false if it was removed before (Go: `RemoveMsg`).
    pub fn remove_msg(&mut self, seq: u64) -> Result<bool, StoreError> {
        let removed = self.remove_msg_keeping_bytes(seq);
        self.settle();
        removed
    }

    /// Removes a message and overwrites its bytes with noise; in an encrypted store the cipher does for the latter (Go:
    /// `EraseMsg`).
    pub fn erase_msg(&mut self, seq: u64) -> Result<bool, StoreError> {
        let removed = self.remove_seq(seq, Removal { erase: true, by_limit: false });
        self.settle();
        removed
    }

    /// Removes a message as its request would (Go: `removeMsg` neither secure nor via limits).
    pub(super) fn remove_msg_keeping_bytes(&mut self, seq: u64) -> Result<bool, StoreError> {
        self.remove_seq(seq, Removal { erase: false, by_limit: false })
    }

    /// Removes a message without a tombstone (Go: `removeMsgViaLimits`).
    pub(super) fn remove_msg_via_limits(&mut self, seq: u64) -> Result<bool, StoreError> {
        self.remove_seq(seq, Removal { erase: false, by_limit: true })
    }

    /// Removes the first message (Go: `deleteFirstMsg`).
    pub(super) fn delete_first_msg(&mut self) -> Result<bool, StoreError> {
        self.remove_msg_via_limits(self.state.first_seq)
    }

    fn remove_seq(&mut self, seq: u64, mut how: Removal) -> Result<bool, StoreError> {
        if seq == 0 {
            return Err(StoreError::MsgNotFound);
        }
        if self.closed {
            return Err(StoreError::Closed);
        }
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        if self.ctx.prf.is_some() {
            how.erase = false;
        }
        match self.select_block(seq) {
            Some(pos) => self.remove_from_block(pos, seq, how),
            None if seq <= self.state.last_seq => Err(StoreError::MsgNotFound),
            None => Err(StoreError::Eof),
        }
    }

    /// A block and the context, both borrowed from the store.
    pub(super) fn at(&mut self, pos: usize) -> Result<(&mut Ctx, &mut Block), StoreError> {
        let Self { ctx, blocks, .. } = self;
        Ok((ctx, blocks.get_mut(pos).ok_or(StoreError::NoMsgBlock)?))
    }

    /// Removes a message from the block that holds it (Go: `removeMsgFromBlock`).
    fn remove_from_block(&mut self, pos: usize, seq: u64, how: Removal) -> Result<bool, StoreError> {
        let (_, block) = self.at(pos)?;
        if block.closed || seq < block.first.seq || block.deleted.exists(seq) {
            return Ok(false);
        }
        let removed = self.remove_present(pos, seq, how);
        if let Err(error) = &removed {
            self.set_write_error(error);
        }
        removed
    }

    fn remove_present(&mut self, pos: usize, seq: u64, how: Removal) -> Result<bool, StoreError> {
        let is_last = self.is_last(pos);
        let (_, block) = self.at(pos)?;
        let index = block.index;
        let first_of_block = seq == block.first.seq;
        // The block holds no message once this one is gone.
        let empties = block.msgs == 1;
        let Some(leaving) = self.look_at(pos, seq)? else { return Ok(false) };
        let (ctx, block) = self.at(pos)?;
        block.make_left_subjects(ctx);

        // The last message of a block needs no tombstone of its own: removing the block writes one where it must.
        if !how.by_limit && !empties {
            let last = self.check_last_block(EMPTY_RECORD)?;
            let (ctx, block) = self.at(last)?;
            block.write_tombstone(ctx, seq, leaving.id.ts)?;
        }
        let (ctx, block) = self.at(pos)?;
        block.last_remove_ns = ctx.access_time_ns();
        if how.erase {
            block.erase_present(ctx, &leaving, is_last)?;
        }
        self.uncount(pos, &leaving)?;

        if first_of_block {
            let (ctx, block) = self.at(pos)?;
            block.select_next_first(ctx);
            let first = block.first;
            if !empties && seq == self.state.first_seq {
                self.state.first_seq = first.seq;
                self.state.first_time = Time::from_stored(first.ts);
            }
        } else if !empties {
            let (ctx, block) = self.at(pos)?;
            block.deleted.insert(seq);
            if !is_last && block.should_compact_inline() {
                block.compact(ctx)?;
            }
        }
        if how.erase {
            let (ctx, block) = self.at(pos)?;
            // A failure stays with the block, and whatever writes to it next reports it.
            let _stays_with_block = block.flush_pending(ctx);
        }
        if empties {
            let pos = self.position(index).ok_or(StoreError::NoMsgBlock)?;
            self.remove_block(pos)?;
            if seq == self.state.first_seq {
                self.select_next_first()?;
            }
        }
        self.push_update(-1, leaving.len.cast_signed().wrapping_neg(), seq, &leaving.subject);
        Ok(true)
    }

    /// Looks a message up; None if it turns out to be gone.
    fn look_at(&mut self, pos: usize, seq: u64) -> Result<Option<Leaving>, StoreError> {
        let (ctx, block) = self.at(pos)?;
        if !block.cache_loaded() {
            block.load_msgs(ctx)?;
        }
        match block.lookup(ctx, seq) {
            Ok(view) => Ok(Some(Leaving {
                id: MsgId { seq, ts: view.ts },
                subject: view.subject.to_vec(),
                len: record_len_raw(view.subject.len(), view.hdr.len(), view.msg.len()),
                // A TTL that makes no sense is none.
                ttl: message_ttl(view.hdr).unwrap_or(0),
            })),
            Err(StoreError::MsgNotFound | StoreError::DeletedMsg) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes a message off the numbers of the store, of its block and of its subject.
    fn uncount(&mut self, pos: usize, leaving: &Leaving) -> Result<(), StoreError> {
        let Leaving { id: MsgId { seq, ts }, subject, len, ttl } = leaving;
        self.state.msgs = self.state.msgs.saturating_sub(1);
        self.state.bytes = self.state.bytes.saturating_sub(*len);
        let (ctx, block) = self.at(pos)?;
        block.msgs = block.msgs.saturating_sub(1);
        block.bytes = block.bytes.saturating_sub(*len);
        block.no_compact = false;
        let counted = block.remove_seq_per_subject(ctx, subject, *seq);
        self.dirty += 1;
        if counted? {
            self.delete_markers.removed(*seq, subject);
        }
        self.remove_per_subject(subject);
        if let Some(ttls) = &mut self.ttls
            && *ttl > 0
        {
            let expires_ns = ts.wrapping_add(ttl.wrapping_mul(NANOS_PER_SECOND));
            // It is not there if TTLs were allowed after the message was stored.
            let _not_there: Result<(), TaskNotFound> = ttls.remove(*seq, expires_ns);
        }
        Ok(())
    }

    /// Removes the messages from `first` to `last`, whole blocks where that is allowed; their updates go to `sum` (Go:
    /// `removeMsgsInRange`).
    pub(super) fn remove_msgs_in_range(
        &mut self,
        first: u64,
        last: u64,
        sum: &mut UpdateSum,
    ) -> Result<(), StoreError> {
        let last = last.min(self.state.last_seq);
        if first > last {
            return Ok(());
        }
        let mut pos = self.search_blocks(|block| block.last.seq >= first);
        let mut purged = None;
        while let Some(block) = self.blocks.get(pos) {
            let (block_first, block_last) = (block.first.seq, block.last.seq);
            if block_first > last {
                break;
            }
            if block_first >= first && block_last <= last && !self.holds_tombs_of_others(pos)? {
                let index = block_index(self, pos);
                // A block that is still there is looked at once more, for what its file says; Go would purge it for ever.
                if purged == index {
                    pos += 1;
                    continue;
                }
                self.purge_into(pos, sum)?;
                purged = index;
                continue;
            }
            let how = Removal { erase: false, by_limit: true };
            let index = block_index(self, pos);
            for seq in first.max(block_first)..=last.min(block_last) {
                // Removing the last message of a block removes the block.
                let Some(pos) = index.and_then(|index| self.position(index)) else { break };
                self.remove_from_block(pos, seq, how)?;
            }
            pos += 1;
        }
        Ok(())
    }

    fn holds_tombs_of_others(&mut self, pos: usize) -> Result<bool, StoreError> {
        let first_seq = self.state.first_seq;
        let (ctx, block) = self.at(pos)?;
        Ok(block.num_prior_tombs(ctx, first_seq) > 0)
    }

    /// Removes a whole block; its update goes to `sum`.
    fn purge_into(&mut self, pos: usize, sum: &mut UpdateSum) -> Result<(), StoreError> {
        self.purge_block(pos)?;
        if self.updates_registered
            && let Some(StoreEvent::Update { msgs, bytes, .. }) = self.events.pop_back()
        {
            sum.msgs = sum.msgs.wrapping_add(msgs);
            sum.bytes = sum.bytes.wrapping_add(bytes);
        }
        Ok(())
    }
}

fn block_index(store: &Store, pos: usize) -> Option<u32> {
    store.blocks.get(pos).map(|block| block.index)
}

impl Block {
    /// Overwrites a message where it lies.
    fn erase_present(&mut self, ctx: &mut Ctx, leaving: &Leaving, is_last: bool) -> Result<(), StoreError> {
        // Writing the tombstone may have dropped the cache.
        if !self.cache_loaded() {
            self.load_msgs(ctx)?;
        }
        let first = self.cache.as_ref().map_or(0, |cache| cache.first_seq);
        let slot = usize::try_from(leaving.id.seq.wrapping_sub(first)).map_err(|_| StoreError::PartialCache)?;
        let at = self.slot_info(slot)?.at;
        let len = usize::try_from(leaving.len).map_err(|_| StoreError::MsgTooLarge)?;
        self.erase(ctx, leaving.id.seq, at, len, is_last)
    }
}
