//! What a replica sends and applies: the state of the stream with its deleted sequences.
//!
//! The deletes travel as blocks: the sets of deletes within message blocks, and the gaps between those as runs. Applying
//! them skips every block that is the same here, so that a replica in step does no work.
//!
//! Carries 1213 to 1215 (`EncodedStreamState`, `deleteBlocks`) and 1218 to 1220 (`SyncDeleted`, `pruneDeleteBlock`,
//! `deleteBlockContentsEqual`).

use super::Store;
use super::error::StoreError;
use super::remove::UpdateSum;
use crate::format::delete_blocks::{
    BlockSpan, DeleteBlock, DeleteBlockRef, StreamReplicatedState, StreamStateHead, collect_delete_blocks,
    encode_stream_state,
};

impl Store {
    /// The state for replicas, in which `failed` proposals are noted (Go: `EncodedStreamState`).
    pub fn encoded_stream_state(&self, failed: u64) -> Vec<u8> {
        let head = StreamStateHead {
            msgs: self.state.msgs,
            bytes: self.state.bytes,
            first_seq: self.state.first_seq,
            last_seq: self.state.last_seq,
            failed,
        };
        let blocks = if head.num_deleted() > 0 { self.delete_blocks() } else { Vec::new() };
        encode_stream_state(&head, &blocks)
    }

    /// Go: `deleteBlocks`.
    fn delete_blocks(&self) -> Vec<DeleteBlockRef<'_>> {
        collect_delete_blocks(self.blocks.iter().map(|block| BlockSpan {
            first_seq: block.first.seq,
            last_seq: block.last.seq,
            msgs: block.msgs,
            deleted: &block.deleted,
        }))
    }

    /// Removes what an encoded state says is deleted (Go: `DecodeStreamState` and `SyncDeleted`).
    pub fn sync_deleted_from(&mut self, state: &[u8]) -> Result<(), StoreError> {
        let state = StreamReplicatedState::decode(state)?;
        self.sync_deleted(&state.deleted)
    }

    /// Removes what the blocks say is deleted, as far as this stream goes (Go: `SyncDeleted`).
    pub fn sync_deleted(&mut self, blocks: &[DeleteBlock]) -> Result<(), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if blocks.is_empty() {
            return Ok(());
        }
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        // The removal of whole blocks is told once, at the end.
        let mut sum = UpdateSum::default();
        let synced = self.apply_deletes(blocks, &mut sum);
        if sum.msgs != 0 || sum.bytes != 0 {
            self.push_update(sum.msgs, sum.bytes, 0, &[]);
        }
        self.settle();
        synced
    }

    fn apply_deletes(&mut self, blocks: &[DeleteBlock], sum: &mut UpdateSum) -> Result<(), StoreError> {
        let last_seq = self.state.last_seq;
        let mine: Vec<DeleteBlock> = self.delete_blocks().into_iter().map(owned).collect();
        let mut mine = mine.as_slice();
        for block in blocks {
            let (first, last, _) = block.state();
            if first > last_seq {
                break;
            }
            if prune(block, &mut mine) {
                continue;
            }
            match block {
                DeleteBlock::Range(_) => self.remove_msgs_in_range(first, last, sum)?,
                DeleteBlock::Set(_) | DeleteBlock::Slice(_) => {
                    for seq in block.sequences() {
                        match self.remove_msg_via_limits(seq) {
                            Ok(_) | Err(StoreError::Eof | StoreError::MsgNotFound) => {}
                            Err(error) => return Err(error),
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn owned(block: DeleteBlockRef<'_>) -> DeleteBlock {
    match block {
        DeleteBlockRef::Set(set) => DeleteBlock::Set(set.clone()),
        DeleteBlockRef::Range(range) => DeleteBlock::Range(range),
    }
}

/// Whether the next of `blocks` that does not lie before `wanted` deletes the same; `blocks` moves on (Go:
/// `pruneDeleteBlock`).
fn prune(wanted: &DeleteBlock, blocks: &mut &[DeleteBlock]) -> bool {
    let (first, last, num) = wanted.state();
    while let Some((candidate, behind)) = blocks.split_first() {
        let state = candidate.state();
        if state.1 < first {
            *blocks = behind;
            continue;
        }
        // Only for a block without holes do first, last and number say it all.
        let dense = num == last.wrapping_sub(first).wrapping_add(1);
        if state == (first, last, num) && (dense || same_contents(wanted, candidate)) {
            *blocks = behind;
            return true;
        }
        return false;
    }
    false
}

/// Whether two blocks of the same first, last and number delete the same; false where no set helps (Go:
/// `deleteBlockContentsEqual`).
fn same_contents(a: &DeleteBlock, b: &DeleteBlock) -> bool {
    let (set, other) = match (a, b) {
        (DeleteBlock::Set(a), DeleteBlock::Set(b)) => return a.iter().eq(b.iter()),
        (other, DeleteBlock::Set(set)) | (DeleteBlock::Set(set), other) => (set, other),
        _ => return false,
    };
    other.sequences().all(|seq| set.exists(seq))
}
