//! What every act does with the blocks: find one by a sequence, roll to a new one, append to the last, drop one, and add the
//! numbers of all of them up.
//!
//! `last_block` names the block that is written to. Removing a block may write a tombstone to the last one, so that the
//! end of the stream and removed sequences survive a restart; the order of those writes is part of the format.
//!
//! Carries 979 to 984, 1002, 1031, 1040, 1049, 1056, 1068, 1086, 1101 to 1104, 1111, 1112, 1178, 1179, 1182 to 1184, 1189, 1193.

use std::path::Path;

use super::Store;
use super::block::{Block, EMPTY_RECORD};
use super::ctx::Deferred;
use super::error::StoreError;
use super::state::{LostStreamData, MsgId, StoreEvent, SubjectInfo, Time};
use crate::env::OpenMode;
use crate::format::compress::StoreCompression;
use crate::format::message_schedule::has_schedule;
use crate::format::record::{is_too_large, record_len};
use crate::index::subject_tree::{Inserter, SubjectTree};

/// The block that was written to and was removed without a successor.
#[derive(Debug)]
pub(super) struct RemovedBlock {
    /// How long its file was, in bytes.
    used: u64,
    /// What became of the last attempt to write to it.
    write_error: Option<StoreError>,
}

impl RemovedBlock {
    /// What flushing it comes to.
    pub(super) fn outcome(&self) -> Result<(), StoreError> {
        self.write_error.clone().map_or(Ok(()), Err)
    }
}

impl Store {
    /// The block at a position that was just looked up.
    pub(crate) fn block_mut(&mut self, position: usize) -> Result<&mut Block, StoreError> {
        self.blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)
    }

    /// Whether subjects are of no interest to this stream (Go: `noTrackSubjects`, 973).
    pub(crate) fn no_track_subjects(&self) -> bool {
        self.subjects.is_empty() && !self.config.has_subjects()
    }

    /// Removes a block and its files (Go: `forceRemoveMsgBlock`, 1183).
    pub(crate) fn force_remove_block(&mut self, position: usize) -> Result<(), StoreError> {
        let Self { ctx, blocks, .. } = self;
        if let Some(block) = blocks.get_mut(position) {
            block.dirty_close(ctx, true)?;
        }
        self.remove_block_from_list(position);
        Ok(())
    }

    /// Removes a block that holds no message any more, unless tombstones in it are still needed; says whether it went. The
    /// end of the stream moves to another block first (Go: `removeMsgBlock`, 1182).
    pub(crate) fn remove_block(&mut self, position: usize) -> Result<bool, StoreError> {
        let (index, last) = {
            let block = self.block_mut(position)?;
            (block.index, block.last)
        };
        if self.is_last(position) {
            self.new_block_for_write().map_err(|_| StoreError::LastBlockMissing)?;
            self.write_tombstone(last.seq, last.ts)?;
        } else if last.seq == self.state.last_seq {
            self.write_tombstone(last.seq, last.ts)?;
        }
        let position = self.position(index).ok_or(StoreError::NoMsgBlock)?;
        let first_seq = self.state.first_seq;
        let Self { ctx, blocks, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        if block.num_prior_tombs(ctx, first_seq) > 0 {
            return Ok(false);
        }
        self.force_remove_block(position)?;
        Ok(true)
    }

    /// Removes a whole block with its messages (Go: `purgeMsgBlock`, 1184).
    pub(crate) fn purge_block(&mut self, position: usize) -> Result<(), StoreError> {
        let Self { ctx, blocks, subjects, subjects_len, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        let index = block.index;
        block.ensure_subjects(ctx)?;
        if let Some(tree) = &block.subjects {
            tree.iter_fast(|subject, state| {
                take_off(subjects, subjects_len, subject, state.msgs);
                true
            });
        }
        self.drop_schedules_of(position)?;
        let (msgs, bytes) = {
            let block = self.block_mut(position)?;
            (block.msgs, block.bytes)
        };
        let (msgs, bytes) = (msgs.min(self.state.msgs), bytes.min(self.state.bytes));
        self.state.msgs -= msgs;
        self.state.bytes -= bytes;
        self.remove_block(position)?;
        if let Some(position) = self.position(index) {
            let Self { ctx, blocks, .. } = self;
            if let Some(block) = blocks.get_mut(position) {
                block.try_force_expire_cache(ctx);
            }
        }
        self.select_next_first()?;
        self.push_update(-(msgs as i64), -(bytes as i64), 0, &[]);
        Ok(())
    }

    /// Forgets the schedules of a block's messages.
    fn drop_schedules_of(&mut self, position: usize) -> Result<(), StoreError> {
        let Self { ctx, blocks, scheduling, .. } = self;
        let (Some(scheduling), Some(block)) = (scheduling, blocks.get_mut(position)) else {
            return Ok(());
        };
        if block.schedules == 0 {
            return Ok(());
        }
        if !block.cache_loaded() {
            block.load_msgs(ctx)?;
        }
        let now = ctx.now_ns();
        for seq in block.first.seq..=block.last.seq {
            match block.lookup(ctx, seq) {
                Ok(view) => {
                    if has_schedule(view.hdr, now) {
                        scheduling.remove(seq);
                    }
                }
                Err(StoreError::DeletedMsg) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Queues a storage update for whoever registered for them.
    pub(crate) fn push_update(&mut self, msgs: i64, bytes: i64, seq: u64, subject: &[u8]) {
        if self.updates_registered {
            self.events.push_back(StoreEvent::Update { msgs, bytes, seq, subject: subject.to_vec() });
        }
    }

    /// Rolls to a new block (Go: `newMsgBlockForWrite`, 1031). The one before is flushed, closed and, in a store that
    /// compresses, compressed once the operation is over.
    pub(crate) fn new_block_for_write(&mut self) -> Result<usize, StoreError> {
        let mut index = 1;
        if let Some(previous) = self.last_block {
            index = previous + 1;
            if let Some(position) = self.position(previous) {
                self.finish_block(position)?;
            }
        }
        let no_track = self.no_track_subjects();
        let (first, last) = (self.state.last_seq.wrapping_add(1), self.state.last_seq);
        let ctx = &mut self.ctx;
        let mut block = Block::new(ctx, index, no_track);
        block.set_up_write_cache(ctx)?;
        block.subjects = Some(SubjectTree::new());
        block.last_load_ns = 0;
        block.last_write_ns = ctx.access_time_ns();
        block.first.seq = first;
        block.last.seq = last;
        match ctx.env.fs.open(&ctx.block_path(index), OpenMode::Create) {
            Ok(file) => block.file = Some(file),
            Err(error) if error.is_permission_denied() => return Err(error.into()),
            Err(error) => {
                // What stands in the way is removed where that is possible; the failure told is the first one.
                let _told_is_the_first = block.dirty_close(ctx, true);
                return Err(StoreError::NoNewBlock(error));
            }
        }
        if ctx.prf.is_some() {
            block.generate_keys(ctx)?;
        }
        if !ctx.flush_in_place {
            block.spin_up_flusher();
        }
        self.add_block(block);
        self.position(index).ok_or(StoreError::NoMsgBlock)
    }

    /// Ends the writing to a block.
    fn finish_block(&mut self, position: usize) -> Result<(), StoreError> {
        let Self { ctx, blocks, .. } = self;
        let Some(block) = blocks.get_mut(position) else {
            return Ok(());
        };
        block.stop_flusher();
        if let Some(error) = &block.write_error {
            return Err(error.clone());
        }
        // Messages that are lost here stay counted, as in Go.
        block.flush_pending_alone(ctx).map_err(|unflushed| unflushed.error)?;
        block.file = None;
        block.try_expire_write_cache(ctx);
        if ctx.fcfg.compression != StoreCompression::None {
            ctx.deferred.push(Deferred::Recompress(block.index));
        }
        Ok(())
    }

    /// The block to append a record of this length to, a new one if the last has no room (Go: `checkLastBlock`, 1101).
    pub(crate) fn check_last_block(&mut self, record_len: u64) -> Result<usize, StoreError> {
        if let Some(position) = self.last_position() {
            let used = self.blocks.get(position).map_or(0, |block| block.raw_bytes);
            if used == 0 || used + record_len <= self.ctx.fcfg.block_size {
                return Ok(position);
            }
        } else if let Some(removed) = &mut self.removed_last
            && (removed.used == 0 || removed.used + record_len <= self.ctx.fcfg.block_size)
        {
            // Go writes to the block that it removed, whose file has no name any more.
            let opened = self.ctx.env.fs.open(Path::new(""), OpenMode::Create);
            removed.write_error = opened.err().map(StoreError::BlockGone);
            if let Some(error) = &removed.write_error {
                return Err(error.clone());
            }
        }
        self.new_block_for_write()
    }

    /// Appends a message to the last block, and gives the length of its record (Go: `writeMsgRecord`, 1102).
    pub(crate) fn write_msg_record(
        &mut self,
        seq: u64,
        ts: i64,
        subject: &[u8],
        hdr: &[u8],
        msg: &[u8],
    ) -> Result<u64, StoreError> {
        let len = record_len(subject, hdr, msg);
        if is_too_large(len) {
            return Err(StoreError::MsgTooLarge);
        }
        let position = self.check_last_block(len)?;
        self.dirty += 1;
        let Self { ctx, blocks, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        let flush = ctx.flush_in_place;
        block.write_record(ctx, seq, ts, subject, hdr, msg, flush, true)?;
        Ok(len)
    }

    /// Appends a tombstone to the last block (Go: `writeTombstone`, 1103).
    pub(crate) fn write_tombstone(&mut self, seq: u64, ts: i64) -> Result<(), StoreError> {
        let position = self.check_last_block(EMPTY_RECORD)?;
        let Self { ctx, blocks, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        block.write_tombstone(ctx, seq, ts)
    }

    /// Appends a tombstone to the last block and leaves the flush to the caller (Go: `writeTombstoneNoFlush`, 1104).
    pub(crate) fn write_tombstone_no_flush(&mut self, seq: u64, ts: i64) -> Result<(), StoreError> {
        let position = self.check_last_block(EMPTY_RECORD)?;
        let Self { ctx, blocks, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        block.write_tombstone_no_flush(ctx, seq, ts)
    }

    /// The block that holds `seq`, if the stream does (Go: `selectMsgBlockWithIndex`, 1112).
    pub(crate) fn select_block(&self, seq: u64) -> Option<usize> {
        /// Up to so many blocks Go walks the list, above it searches; the two differ where sequences overlap.
        const LINEAR_UP_TO: usize = 32;
        if seq < self.state.first_seq || seq > self.state.last_seq || self.state.msgs == 0 {
            return None;
        }
        if self.blocks.len() <= LINEAR_UP_TO {
            return self.blocks.iter().position(|block| seq <= block.last.seq);
        }
        let (mut low, mut high) = (0, self.blocks.len() - 1);
        while low <= high {
            let middle = (low + high) / 2;
            let block = self.blocks.get(middle)?;
            if seq > block.last.seq {
                low = middle + 1;
            } else if seq >= block.first.seq {
                return Some(middle);
            } else {
                // In the gap in front of a block, the block itself is meant.
                match middle.checked_sub(1) {
                    Some(before) if self.blocks.get(before).is_some_and(|before| seq <= before.last.seq) => {
                        high = before
                    }
                    _ => return Some(middle),
                }
            }
        }
        None
    }

    /// Drops empty blocks at the start of the list and takes the first sequence from what follows (Go: `selectNextFirst`,
    /// 1068).
    pub(crate) fn select_next_first(&mut self) -> Result<(), StoreError> {
        while self.blocks.len() > 1 && self.blocks.first().is_some_and(|block| block.msgs == 0) {
            self.force_remove_block(0)?;
        }
        let first = match self.blocks.first() {
            Some(block) => block.first,
            None => MsgId { seq: self.state.last_seq.wrapping_add(1), ts: 0 },
        };
        self.state.first_seq = first.seq;
        self.state.first_time = Time::from_stored(first.ts);
        self.first_moved = true;
        Ok(())
    }

    /// Counts the first block again, for a removal that found nothing where the numbers said that something is (Go:
    /// `rebuildFirst`, 1040).
    pub(crate) fn rebuild_first(&mut self) -> Result<(), StoreError> {
        let Self { ctx, blocks, .. } = self;
        let Some(block) = blocks.first_mut() else {
            return Ok(());
        };
        let lost = match block.rebuild_state(ctx) {
            Ok((lost, _)) => lost,
            // Go goes on with the numbers as the failed attempt left them.
            Err(_) => None,
        };
        if block.msgs == 0 {
            let used = block.raw_bytes;
            let is_last = self.is_last(0);
            self.force_remove_block(0)?;
            self.removed_last = is_last.then_some(RemovedBlock { used, write_error: None });
        }
        self.select_next_first()?;
        self.rebuild_totals(lost);
        Ok(())
    }

    /// Adds the numbers of the blocks up anew (Go: `rebuildStateLocked`, 984).
    pub(crate) fn rebuild_totals(&mut self, lost: Option<LostStreamData>) {
        self.add_lost(lost);
        let state = &mut self.state;
        state.msgs = 0;
        state.bytes = 0;
        state.first_seq = 0;
        state.last_seq = 0;
        for block in &self.blocks {
            state.add_block(block);
        }
    }

    /// Remembers what was lost (Go: `addLostData`, 980).
    pub(crate) fn add_lost(&mut self, lost: Option<LostStreamData>) {
        let Some(lost) = lost else {
            return;
        };
        let Some(known) = &mut self.lost else {
            self.lost = Some(lost);
            return;
        };
        let before = known.msgs.len();
        for seq in lost.msgs {
            if !known.msgs.contains(&seq) {
                known.msgs.push(seq);
            }
        }
        if known.msgs.len() > before {
            known.msgs.sort_unstable();
            known.bytes += lost.bytes;
        }
    }

    /// A lost message that turns out to have been removed is not lost (Go: `removeFromLostData`, 982).
    pub(crate) fn remove_from_lost(&mut self, seq: u64) {
        let Some(lost) = &mut self.lost else {
            return;
        };
        if let Some(at) = lost.msgs.iter().position(|known| *known == seq) {
            lost.msgs.remove(at);
            if lost.msgs.is_empty() {
                self.lost = None;
            }
        }
    }

    /// Takes one message off a subject, and gives how many are left (Go: `removePerSubject`, 1049).
    pub(crate) fn remove_per_subject(&mut self, subject: &[u8]) -> u64 {
        take_off(&mut self.subjects, &mut self.subjects_len, subject, 1)
    }

    /// Forgets all subjects of the stream.
    pub(crate) fn clear_subjects(&mut self) {
        self.subjects = SubjectTree::new();
        self.subjects_len = 0;
    }

    /// Works the subjects out anew from the blocks (Go: `resetGlobalPerSubjectInfo`, 1189).
    pub(crate) fn reset_subjects(&mut self) -> Result<(), StoreError> {
        self.clear_subjects();
        if self.no_track_subjects() {
            return Ok(());
        }
        for position in 0..self.blocks.len() {
            self.populate_subjects(position)?;
        }
        Ok(())
    }

    /// Adds the subjects of a block to those of the stream (Go: `populateGlobalPerSubjectInfo`, 1193).
    pub(crate) fn populate_subjects(&mut self, position: usize) -> Result<(), StoreError> {
        let Self { ctx, blocks, subjects, subjects_len, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        block.ensure_subjects(ctx)?;
        let index = block.index;
        let Some(tree) = &block.subjects else {
            return Ok(());
        };
        let mut inserter = Inserter::new(subjects);
        tree.iter_fast(|subject, state| {
            if subject.is_empty() {
                return true;
            }
            let known = |info: &mut SubjectInfo| {
                info.total += state.msgs;
                info.last_block = info.last_block.max(index);
            };
            let new = SubjectInfo { total: state.msgs, first_block: index, last_block: index };
            if !inserter.update_or_insert(subject, known, new) {
                *subjects_len += subject.len();
            }
            true
        });
        Ok(())
    }

    /// Keeps a failure that must stop all further writes (Go: `setWriteErr`).
    pub(crate) fn set_write_error(&mut self, error: &StoreError) {
        let missing = matches!(error, StoreError::Fs(error) if error.is_not_found());
        if self.write_error.is_none() && !missing && *error != StoreError::Closed && !error.is_read_error() {
            self.write_error = Some(error.clone());
        }
    }

    /// The result of a write; a failure stays with the store.
    pub(crate) fn keep_write_error<T>(&mut self, written: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &written {
            self.set_write_error(error);
        }
        written
    }

    /// Flushes the last block (Go: `checkAndFlushLastBlock`, 1086).
    pub(crate) fn check_and_flush_last_block(&mut self) -> Result<(), StoreError> {
        let Some(position) = self.last_position() else {
            // A block that was removed keeps the error of the write that found it so.
            return self.removed_last.as_ref().map_or(Ok(()), RemovedBlock::outcome);
        };
        let Self { ctx, blocks, .. } = self;
        match blocks.get_mut(position) {
            // Messages that are lost here stay counted, as in Go.
            Some(block) => block.flush_pending_alone(ctx).map_err(|unflushed| unflushed.error),
            None => Ok(()),
        }
    }

    /// Runs what the operation left for later: what goroutines of Go's do before a settled store answers again. Their
    /// failures stay with the block they concern, as in Go, and show when it is used next.
    pub(crate) fn settle(&mut self) {
        if self.ctx.alarm.has_background {
            self.settle_totals();
            return self.ctx.forget_time();
        }
        loop {
            self.run_left_over();
            if !self.ctx.alarm.take_flush() {
                return self.ctx.forget_time();
            }
            self.run_ready_flushers();
        }
    }

    pub(super) fn run_deferred(&mut self, deferred: Deferred) {
        match deferred {
            Deferred::RebuildState(lost) => self.rebuild_totals(lost),
            Deferred::RemoveDir(path) => drop(self.ctx.env.fs.remove_dir_all(&path)),
            Deferred::RaiseFirstBlock { filter, wildcard, index } => self.raise_first_block(&filter, wildcard, index),
            Deferred::Recompress(index) => {
                let position = self.position(index);
                let is_last = position.is_some_and(|position| self.is_last(position));
                let Self { ctx, blocks, .. } = self;
                // A truncation may have made it the block that is written to again; its turn comes when it is full. One that
                // failed leaves the file open.
                if let Some(block) = position.and_then(|position| blocks.get_mut(position))
                    && (!is_last || block.file.is_none())
                {
                    block.file = None;
                    drop(block.recompress_if_needed(ctx));
                }
            }
        }
    }

    /// Lets background flushes act that were woken or whose wait is over.
    pub(crate) fn run_ready_flushers(&mut self) {
        let now = self.ctx.now_ns();
        let last = self.last_position();
        let Self { ctx, blocks, .. } = self;
        for (position, block) in blocks.iter_mut().enumerate() {
            if block.flusher_due().is_some_and(|due| due <= now) {
                drop(block.run_flusher(ctx, Some(position) == last));
            }
        }
    }
}

/// Takes `count` messages off a subject, and gives how many are left.
fn take_off(subjects: &mut SubjectTree<SubjectInfo>, subjects_len: &mut usize, subject: &[u8], count: u64) -> u64 {
    if subject.is_empty() || count == 0 {
        return 0;
    }
    let Some(info) = subjects.find_mut(subject) else {
        return 0;
    };
    if info.total <= count {
        subjects.remove(subject);
        *subjects_len = subjects_len.saturating_sub(subject.len());
        return 0;
    }
    info.total -= count;
    info.total
}
