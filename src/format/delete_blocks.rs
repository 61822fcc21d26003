//! A stream's replicated state with its deleted sequences: Go's `EncodedStreamState` (1214) and `DecodeStreamState`.
//!
//! ```text
//! 42, version 1, messages, bytes, first, last, failed, number deleted, then while bytes are left:
//! 22 ..  an encoded sequence set                33, first, number  a run
//! ```
//! All varints. Go accepts a state that ends before the number deleted, and looks at no block if that number is 0. The number
//! itself is not kept. A third kind of block, a slice, exists in memory alone and cannot be encoded.

use super::DecodeError;
use super::cursor::{Cursor, explain};
use super::dump::DumpPage;
use super::sequence_set::{self, SequenceSet};
use super::varint::append_uvarint;

/// The first byte.
const MAGIC: u8 = 42;
const VERSION: u8 = 1;
const HEADER_LEN: usize = 2;
const RUN_LENGTH_MAGIC: u8 = 33;
const SEQUENCE_SET_MAGIC: u8 = 22;

/// The numbers at the start of the encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamStateHead {
    /// How many messages there are.
    pub msgs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The first sequence.
    pub first_seq: u64,
    /// The last sequence.
    pub last_seq: u64,
    /// How many proposals of the stream failed.
    pub failed: u64,
}

impl StreamStateHead {
    /// The interior deletes that the numbers imply, which is what the encoding announces.
    pub const fn num_deleted(&self) -> u64 {
        if self.last_seq <= self.first_seq {
            return 0;
        }
        // Go subtracts signed numbers and takes a negative result for none.
        let span = (self.last_seq - self.first_seq).wrapping_add(1) as i64;
        let deleted = span.wrapping_sub(self.msgs as i64);
        if deleted < 0 { 0 } else { deleted as u64 }
    }
}

/// A run of deleted sequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteRange {
    /// The first deleted sequence.
    pub first: u64,
    /// How many follow each other.
    pub num: u64,
}

/// Some deleted sequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeleteBlock {
    /// A set.
    Set(SequenceSet),
    /// A run.
    Range(DeleteRange),
    /// A list, in memory alone.
    Slice(Vec<u64>),
}

/// A block that can be encoded, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteBlockRef<'a> {
    /// A set.
    Set(&'a SequenceSet),
    /// A run.
    Range(DeleteRange),
}

/// What a message block contributes to [`collect_delete_blocks`].
#[derive(Clone, Copy, Debug)]
pub struct BlockSpan<'a> {
    /// The block's first sequence.
    pub first_seq: u64,
    /// The block's last sequence.
    pub last_seq: u64,
    /// How many messages it holds.
    pub msgs: u64,
    /// Its interior deletes.
    pub deleted: &'a SequenceSet,
}

/// A decoded replicated state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamReplicatedState {
    /// The numbers.
    pub head: StreamStateHead,
    /// The deleted sequences, in the order of the encoding.
    pub deleted: Vec<DeleteBlock>,
}

impl DeleteBlock {
    /// The first and last deleted sequence and how many there are.
    pub fn state(&self) -> (u64, u64, u64) {
        match self {
            Self::Set(set) => set.state(),
            Self::Range(range) => (range.first, range.first.wrapping_add(range.num.saturating_sub(1)), range.num),
            Self::Slice(list) => match (list.first(), list.last()) {
                (Some(first), Some(last)) => (*first, *last, list.len() as u64),
                _ => (0, 0, 0),
            },
        }
    }

    /// The deleted sequences. A run that would pass 2^64 has none, as in Go.
    pub fn sequences(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        match self {
            Self::Set(set) => Box::new(set.iter()),
            Self::Range(range) => Box::new(range.first..range.first.wrapping_add(range.num)),
            Self::Slice(list) => Box::new(list.iter().copied()),
        }
    }

    /// The block as something to encode; none for a slice.
    pub const fn to_encode(&self) -> Option<DeleteBlockRef<'_>> {
        match self {
            Self::Set(set) => Some(DeleteBlockRef::Set(set)),
            Self::Range(range) => Some(DeleteBlockRef::Range(*range)),
            Self::Slice(_) => None,
        }
    }
}

/// How many sequences all blocks delete together.
pub fn num_deleted(blocks: &[DeleteBlock]) -> u64 {
    blocks.iter().fold(0, |total: u64, block| total.wrapping_add(block.state().2))
}

impl StreamReplicatedState {
    /// The state in `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_at(&mut Cursor::new(bytes, None))
    }
}

/// Whether the bytes claim to be a replicated state.
pub const fn is_encoded_stream_state(bytes: &[u8]) -> bool {
    matches!(bytes, [MAGIC, VERSION, ..])
}

/// Encodes a state. The blocks are written if the numbers imply deletes.
pub fn encode_stream_state(head: &StreamStateHead, blocks: &[DeleteBlockRef<'_>]) -> Vec<u8> {
    let mut out = vec![MAGIC, VERSION];
    let num_deleted = head.num_deleted();
    for number in [head.msgs, head.bytes, head.first_seq, head.last_seq, head.failed, num_deleted] {
        append_uvarint(&mut out, number);
    }
    if num_deleted == 0 {
        return out;
    }
    for block in blocks {
        match block {
            DeleteBlockRef::Set(set) => set.encode_into(&mut out),
            DeleteBlockRef::Range(range) => {
                out.push(RUN_LENGTH_MAGIC);
                append_uvarint(&mut out, range.first);
                append_uvarint(&mut out, range.num);
            }
        }
    }
    out
}

/// The delete blocks of a stream from its message blocks: the gaps between them as runs, and each block's own deletes.
///
/// A gap that follows another with no message between is joined to it, unless a set came in between.
pub fn collect_delete_blocks<'a>(spans: impl IntoIterator<Item = BlockSpan<'a>>) -> Vec<DeleteBlockRef<'a>> {
    let mut blocks: Vec<DeleteBlockRef<'a>> = Vec::new();
    let mut previous_last = 0u64;
    let mut open_range = false;
    let mut messages_since_gap = false;
    for span in spans {
        if previous_last > 0 && previous_last.wrapping_add(1) != span.first_seq {
            let num = span.first_seq.wrapping_sub(previous_last).wrapping_sub(1);
            match blocks.last_mut() {
                Some(DeleteBlockRef::Range(range)) if open_range && !messages_since_gap => {
                    range.num = range.num.wrapping_add(num);
                }
                _ => {
                    blocks.push(DeleteBlockRef::Range(DeleteRange { first: previous_last.wrapping_add(1), num }));
                    open_range = true;
                    messages_since_gap = false;
                }
            }
        }
        if span.deleted.size() > 0 {
            blocks.push(DeleteBlockRef::Set(span.deleted));
            open_range = false;
        }
        previous_last = span.last_seq;
        messages_since_gap |= span.msgs > 0;
    }
    blocks
}

/// What the bytes of a replicated state mean.
pub fn dump(bytes: &[u8]) -> DumpPage {
    explain("replicated stream state", bytes, decode_at)
}

fn decode_at(cursor: &mut Cursor<'_>) -> Result<StreamReplicatedState, DecodeError> {
    if !is_encoded_stream_state(cursor.rest()) {
        return Err(cursor.error("stream state header", "not magic 42 and version 1"));
    }
    cursor.take(HEADER_LEN, |_| format!("stream state magic {MAGIC} version {VERSION}"));
    let head = StreamStateHead {
        msgs: cursor.u64("messages"),
        bytes: cursor.u64("bytes"),
        first_seq: cursor.u64("first"),
        last_seq: cursor.u64("last"),
        failed: cursor.u64("failed"),
    };
    cursor.check()?;
    let mut deleted = Vec::new();
    if cursor.u64("number deleted") == 0 {
        return Ok(StreamReplicatedState { head, deleted });
    }
    while let Some(kind) = cursor.rest().first() {
        deleted.push(match *kind {
            SEQUENCE_SET_MAGIC => DeleteBlock::Set(decode_set(cursor)?),
            RUN_LENGTH_MAGIC => {
                cursor.take(1, |_| format!("run magic {RUN_LENGTH_MAGIC}"));
                let range = DeleteRange { first: cursor.u64("run first"), num: cursor.u64("run number") };
                cursor.check()?;
                DeleteBlock::Range(range)
            }
            _ => return Err(cursor.error("delete block", "neither a set nor a run")),
        });
    }
    Ok(StreamReplicatedState { head, deleted })
}

/// Reads an encoded sequence set where the cursor stands.
pub(super) fn decode_set(cursor: &mut Cursor<'_>) -> Result<SequenceSet, DecodeError> {
    let at = cursor.at();
    let (set, len) = SequenceSet::decode(cursor.rest()).map_err(|error| DecodeError { at: at + error.at, ..error })?;
    cursor.skip_explained(len, |page, bytes, at| {
        // It decoded a moment ago; a line that stops would show if it did not now.
        if let Err(error) = sequence_set::dump_lines(page, bytes, at) {
            page.stop(error);
        }
    });
    Ok(set)
}

#[cfg(test)]
mod tests;
