//! Recovery from the blocks themselves, when `index.db` is missing or not to be trusted, and the cleaning up after a
//! process that died in the middle of a purge.
//!
//! Blocks are read in the order of their indexes. A block whose key is lost is removed, for its bytes can never be read
//! again; a block without a single sequence is removed, too. Tombstones are gathered and applied when all blocks are known.
//!
//! Carries 978, 999, 1000, 1170.

use std::path::{Path, PathBuf};

use super::Store;
use super::atomic::remove_best_effort;
use super::block::Block;
use super::error::StoreError;
use super::state::Time;
use crate::env::{DirEntry, FsError};
use crate::format::checksum::CHECKSUM_LEN;

/// The directory that blocks are moved to for their removal (Go: `purgeDir`).
pub(crate) const PURGE_DIR: &str = "__msgs__";
/// The directory in which a purge prepares the block that stays (Go: `newMsgDir`).
pub(crate) const NEW_MSGS_DIR: &str = "__new_msgs__";

const BLOCK_SUFFIX: &str = ".blk";
const KEY_SUFFIX: &str = ".key";

impl Store {
    /// Reads all blocks (Go: `recoverMsgs`, 1000).
    pub(super) fn recover_msgs(&mut self) -> Result<(), StoreError> {
        self.recover_partial_purge()?;
        let entries = self.ctx.env.fs.read_dir(&self.ctx.msgs_dir);
        let entries = entries.map_err(|_| StoreError::NotReadable)?;
        let mut indexes: Vec<u32> = entries.iter().filter_map(block_index_of).collect();
        indexes.sort_unstable();
        indexes.dedup();
        for index in indexes {
            if self.recover_msg_block(index)? {
                self.account_recovered_block(index)?;
            }
        }
        match self.blocks.last() {
            Some(last) => self.last_block = Some(last.index),
            None => {
                // After a failed start from `index.db` the new block follows the last one it named.
                self.new_block_for_write()?;
            }
        }
        self.remove_lost_blocks()?;
        self.remove_orphaned_keys(&entries);
        Ok(())
    }

    /// Reads a block and adds it to the list; says whether it is there (Go: `recoverMsgBlock`, 978).
    fn recover_msg_block(&mut self, index: u32) -> Result<bool, StoreError> {
        let no_track = self.no_track_subjects();
        let ctx = &mut self.ctx;
        let mut block = Block::new(ctx, index, no_track);
        block.raw_bytes = ctx.env.fs.metadata(&ctx.block_path(index))?.len;
        match block.load_encryption(ctx) {
            Err(StoreError::BadKeySize | StoreError::KeyInvalid) => {
                block.dirty_close(ctx, true)?;
                return Ok(false);
            }
            loaded => loaded?,
        }
        let on_disk = end_of_block(&mut block, ctx)?;
        let indexed = block.read_index_info(ctx).is_ok()
            && (block.raw_bytes == 0 && block.msgs == 0 || block.last_checksum == on_disk);
        if !indexed {
            let (lost, tombs) = block.rebuild_state_and_keep(ctx)?;
            self.add_lost(lost);
            self.tombs.extend(tombs);
        }
        let tracked = block.msgs > 0 && !block.no_track;
        self.add_block(block);
        let position = self.position(index).ok_or(StoreError::NoMsgBlock)?;
        if tracked {
            self.populate_subjects(position)?;
        }
        let Self { ctx, blocks, .. } = self;
        if let Some(block) = blocks.get_mut(position) {
            block.just_read = None;
            if tracked {
                block.try_force_expire_cache(ctx);
            }
            if !indexed {
                block.close_file()?;
            }
        }
        Ok(true)
    }

    /// Adds the numbers of a recovered block to those of the stream.
    fn account_recovered_block(&mut self, index: u32) -> Result<(), StoreError> {
        let position = self.position(index).ok_or(StoreError::NoMsgBlock)?;
        let Self { ctx, blocks, state, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        if block.first.seq == 0 {
            block.dirty_close(ctx, true)?;
            self.remove_block_from_list(position);
            return Ok(());
        }
        // As long as the stream is empty, only tombstones move its sequences, and they may lie in any block.
        if state.msgs == 0 {
            state.first_seq = 0;
            state.last_seq = 0;
            state.first_time = Time::ZERO;
            state.last_time = Time::ZERO;
        }
        state.add_block(block);
        if block.msgs == 0 {
            block.first.seq = state.last_seq.wrapping_add(1);
            block.first.ts = 0;
            block.last.seq = state.last_seq;
            block.last.ts = state.last_time.unix_nano();
        }
        Ok(())
    }

    /// Where something was lost, blocks without any bytes are of no use.
    fn remove_lost_blocks(&mut self) -> Result<(), StoreError> {
        if self.lost.is_none() {
            return Ok(());
        }
        let empty: Vec<u32> = self
            .blocks
            .iter()
            .filter(|block| block.msgs == 0 && block.raw_bytes == 0)
            .map(|block| block.index)
            .filter(|index| Some(*index) != self.last_block)
            .collect();
        for index in empty {
            if let Some(position) = self.position(index) {
                self.force_remove_block(position)?;
            }
        }
        Ok(())
    }

    /// Removes key files that belong to no block.
    fn remove_orphaned_keys(&self, entries: &[DirEntry]) {
        for name in entries.iter().filter_map(DirEntry::name_str) {
            let Some(stem) = name.strip_suffix(KEY_SUFFIX) else {
                continue;
            };
            let belongs = leading_number(stem)
                .filter(|(_, rest)| rest.is_empty())
                .is_some_and(|(index, _)| self.position(index).is_some());
            if !belongs {
                remove_best_effort(self.ctx.env.fs.as_ref(), &self.ctx.msgs_dir.join(name));
            }
        }
    }

    /// Finishes or undoes a purge that was interrupted (Go: `recoverPartialPurge`, 1170).
    pub(super) fn recover_partial_purge(&self) -> Result<(), StoreError> {
        let fs = &self.ctx.env.fs;
        let new_dir = self.store_path(NEW_MSGS_DIR);
        match fs.read_dir(&new_dir) {
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
            Ok(entries) => {
                let has_block = |entry: &DirEntry| entry.name_str().is_some_and(|name| name.ends_with(BLOCK_SUFFIX));
                if !entries.iter().any(has_block) {
                    return self.undo_purge(&new_dir, &entries);
                }
                // The block that stays is complete: the old ones can go.
                fs.remove_dir_all(&self.ctx.msgs_dir)?;
                fs.rename(&new_dir, &self.ctx.msgs_dir)?;
            }
        }
        let purge_dir = self.store_path(PURGE_DIR);
        if fs.exists(&purge_dir).unwrap_or_default() {
            remove_tree_best_effort(self, &purge_dir);
        }
        Ok(())
    }

    /// Undoes a purge that had not got as far as its block. A block whose new key already exists must go, or it would be
    /// taken for plain text.
    fn undo_purge(&self, new_dir: &Path, entries: &[DirEntry]) -> Result<(), StoreError> {
        for name in entries.iter().filter_map(DirEntry::name_str) {
            let Some((index, rest)) = leading_number(name) else {
                continue;
            };
            if !rest.starts_with(KEY_SUFFIX) {
                continue;
            }
            match self.ctx.env.fs.remove_file(&self.ctx.block_path(index)) {
                Err(error) if error.is_not_found() => {}
                removed => removed?,
            }
        }
        remove_tree_best_effort(self, new_dir);
        Ok(())
    }

    /// Removes index files of releases before 2.10 (Go: `cleanupOldMeta`, 999).
    pub(super) fn clean_up_old_meta(&self) {
        const OLD_SUFFIXES: [&str; 2] = [".idx", ".fss"];
        let fs = &self.ctx.env.fs;
        let entries: Result<Vec<DirEntry>, FsError> = fs.read_dir(&self.ctx.msgs_dir);
        for entry in entries.unwrap_or_default() {
            let Some(name) = entry.name_str() else {
                continue;
            };
            if OLD_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
                remove_best_effort(fs.as_ref(), &self.ctx.msgs_dir.join(name));
            }
        }
    }

    /// A path in the store's directory.
    pub(super) fn store_path(&self, name: &str) -> PathBuf {
        self.ctx.fcfg.store_dir.join(name)
    }
}

/// The index in the name of a block's file.
pub(super) fn block_index_of(entry: &DirEntry) -> Option<u32> {
    let name = entry.name_str()?;
    if !name.ends_with(BLOCK_SUFFIX) {
        return None;
    }
    let (index, rest) = leading_number(name)?;
    rest.starts_with(BLOCK_SUFFIX).then_some(index)
}

/// The decimal number that a name begins with, and what follows it.
fn leading_number(name: &str) -> Option<(u32, &str)> {
    let end = name.find(|character: char| !character.is_ascii_digit()).unwrap_or(name.len());
    let (digits, rest) = name.split_at_checked(end)?;
    Some((digits.parse().ok()?, rest))
}

/// The last checksum in the block's file, zeros where it is too short for one.
fn end_of_block(block: &mut Block, ctx: &mut super::ctx::Ctx) -> Result<[u8; CHECKSUM_LEN], StoreError> {
    if block.raw_bytes < CHECKSUM_LEN as u64 {
        return Ok([0; CHECKSUM_LEN]);
    }
    if block.encrypted() {
        // Only an index file of an old release is compared with this, and it matters little if the file cannot be read.
        return Ok(block.read_last_checksum(ctx).unwrap_or_default());
    }
    let at = block.raw_bytes - CHECKSUM_LEN as u64;
    let bytes = ctx.env.fs.read_range(&ctx.block_path(block.index), at, CHECKSUM_LEN)?;
    bytes.try_into().map_err(|_| StoreError::NoBlockData)
}

/// Removes a tree of which it does not matter whether it can be removed now: the next start tries again.
fn remove_tree_best_effort(store: &Store, path: &Path) {
    let _outcome_of_no_consequence = store.ctx.env.fs.remove_dir_all(path);
}
