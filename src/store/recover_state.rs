//! Recovery from `index.db`: the fast way, taken only when the file agrees with the blocks that are there.
//!
//! The file is believed when its hash matches, it decodes, the block that was written to last ends in the checksum it
//! names, no later block exists and none of its blocks is missing, and its numbers add up. Otherwise the caller reads the
//! blocks again; what was noticed to be lost stays noticed. A file that makes no sense is removed, an outdated one is not.
//!
//! Carries 993, 994, 995.

use std::collections::HashMap;

use super::Store;
use super::atomic::remove_best_effort;
use super::block::Block;
use super::error::StoreError;
use super::recover::block_index_of;
use super::state::{StreamState, SubjectInfo, Time};
use crate::format::stream_state::{
    BlockState, FullState, FullStateHead, LAST_BLOCK, SubjectEntry, SubjectSink, unframe,
};
use crate::index::subject_tree::{Inserter, SubjectTree};

/// The state of the whole stream (Go: `streamStreamStateFile`).
pub(crate) const STATE_FILE: &str = "index.db";

impl Store {
    /// Takes state, subjects and blocks from `index.db` (Go: `recoverFullState`, 995).
    pub(super) fn recover_full_state(&mut self) -> Result<(), StoreError> {
        self.recover_partial_purge()?;
        let file = self.ctx.env.fs.read(&self.ctx.msgs_dir.join(STATE_FILE))?;
        let (mut tree, mut len) = (SubjectTree::new(), 0);
        let mut subjects = Subjects { inserter: Inserter::new(&mut tree), len: &mut len };
        let full = match self.decode_state_file(&file, &mut subjects) {
            Err(StoreError::CorruptState) => return Err(self.distrust_state_file()),
            decoded => decoded?,
        };
        (self.subjects, self.subjects_len) = (tree, len);
        self.take_blocks(&full);
        self.state = stream_state(&full.head);
        self.check_last_block_of(&full)?;
        self.check_for_missing_blocks(full.last_block)?;
        if !full.tracking().agrees_with(&full.head) {
            return Err(self.distrust_state_file());
        }
        Ok(())
    }

    fn decode_state_file(&self, file: &[u8], subjects: &mut Subjects<'_>) -> Result<FullState, StoreError> {
        let (content, hash) = unframe(file).map_err(|_| StoreError::CorruptState)?;
        if self.hasher.hash(content) != hash {
            return Err(StoreError::CorruptState);
        }
        // A restored snapshot is plain even where the store is encrypted: it has no key file yet.
        let opened = match self.aead.as_ref().filter(|_| self.ctx.prf.is_some()) {
            Some(key) => {
                let plain = key.open(content);
                Some(plain.map_err(|_| StoreError::Unsealable { what: STATE_FILE })?)
            }
            None => None,
        };
        let full = FullState::decode_apart(opened.as_deref().unwrap_or(content), subjects);
        full.map_err(
            |error| if error.what == LAST_BLOCK { StoreError::EndlessLastBlock } else { StoreError::CorruptState },
        )
    }

    /// Removes the file, and gives the error that says why.
    fn distrust_state_file(&self) -> StoreError {
        remove_best_effort(self.ctx.env.fs.as_ref(), &self.ctx.msgs_dir.join(STATE_FILE));
        StoreError::CorruptState
    }

    fn take_blocks(&mut self, full: &FullState) {
        let no_track = self.no_track_subjects();
        for kept in full.kept_blocks() {
            let block = self.block_from(kept, no_track);
            self.add_block(block);
        }
        // Blocks that hold nothing were left out, which the next file must say.
        let kept = full.kept_blocks().count();
        self.dirty += full.blocks.len().saturating_sub(kept) as u64;
    }

    /// A block as the file describes it, taken for missing until its file is seen.
    fn block_from(&self, kept: &BlockState, no_track: bool) -> Block {
        let facts = &kept.facts;
        let mut block = Block::new(&self.ctx, facts.index, no_track);
        block.first.seq = facts.first_seq;
        block.first.ts = facts.first_ts;
        block.last.seq = facts.last_seq;
        block.last.ts = facts.last_ts;
        block.msgs = kept.msgs();
        block.bytes = facts.bytes;
        block.ttls = facts.ttls;
        block.schedules = facts.schedules;
        block.deleted = kept.deleted.clone();
        block.closed = true;
        block
    }

    /// The block that was written to last must be there and end as the file says.
    fn check_last_block_of(&mut self, full: &FullState) -> Result<(), StoreError> {
        if self.last_block != Some(full.last_block) {
            return Err(self.distrust_state_file());
        }
        let position = self.blocks.len().checked_sub(1).ok_or(StoreError::NoMsgBlock)?;
        let Self { ctx, blocks, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        let found = ctx.env.fs.metadata(&ctx.block_path(block.index));
        if found.is_err_and(|error| error.is_not_found()) {
            self.rebuild_missing_block(position);
            return Err(StoreError::PriorState);
        }
        if block.read_last_checksum(ctx) != Some(full.last_checksum) {
            return Err(StoreError::PriorState);
        }
        Ok(())
    }

    /// No block may be missing, and none may exist behind the last.
    fn check_for_missing_blocks(&mut self, last_index: u32) -> Result<(), StoreError> {
        // Go takes a directory that it cannot list for an empty one.
        let entries = self.ctx.env.fs.read_dir(&self.ctx.msgs_dir).unwrap_or_default();
        // The file may have them in any order.
        let positions: HashMap<u32, usize> =
            self.blocks.iter().enumerate().map(|(position, block)| (block.index, position)).collect();
        for index in entries.iter().filter_map(block_index_of) {
            if index > last_index {
                return Err(StoreError::PriorState);
            }
            if let Some(position) = positions.get(&index).copied()
                && let Some(block) = self.blocks.get_mut(position)
            {
                block.closed = false;
            }
        }
        let missing: Vec<usize> =
            self.blocks.iter().enumerate().filter_map(|(position, block)| block.closed.then_some(position)).collect();
        for position in &missing {
            self.rebuild_missing_block(*position);
        }
        if missing.is_empty() { Ok(()) } else { Err(StoreError::PriorState) }
    }

    /// Notes what a block held whose file is gone.
    fn rebuild_missing_block(&mut self, position: usize) {
        let Self { ctx, blocks, .. } = self;
        let rebuilt = blocks.get_mut(position).map(|block| block.rebuild_state(ctx));
        // An error leaves nothing to note: the blocks are about to be read again, and will show it again.
        if let Some(Ok((lost, _))) = rebuilt {
            self.add_lost(lost);
        }
    }
}

/// The subjects of the file on their way into the tree of the store.
struct Subjects<'a> {
    inserter: Inserter<'a, SubjectInfo>,
    /// Their length together.
    len: &'a mut usize,
}

impl SubjectSink for Subjects<'_> {
    fn reserve(&mut self, subjects: usize) {
        self.inserter.reserve(subjects);
    }

    fn add(&mut self, entry: SubjectEntry<'_>) {
        let SubjectEntry { subject, total, first_block, last_block } = entry;
        self.inserter.insert(subject.as_bytes(), SubjectInfo { total, first_block, last_block });
        *self.len += subject.len();
    }
}

/// The numbers of the file as the store keeps them.
fn stream_state(head: &FullStateHead) -> StreamState {
    StreamState {
        msgs: head.msgs,
        bytes: head.bytes,
        first_seq: head.first_seq,
        first_time: Time::from_stored(head.first_ts),
        last_seq: head.last_seq,
        last_time: Time::from_stored(head.last_ts),
        ..StreamState::default()
    }
}
