//! The index of a message block as servers before 2.10 left it, the file `N.idx`: what Go's `readIndexInfo` (1160) reads.
//!
//! ```text
//! 22, version 1 or 2, messages, bytes, first, first time, last, last time, number deleted, checksum (8 bytes), deletes
//! deletes = an encoded sequence set (version 2) or that many sequences relative to the first (version 1)
//! ```
//! Numbers are varints whose high bit is ignored. Nothing writes this file any more. Go removes a file that it refuses, save
//! one whose sequence set is bad; [`removes_file`] tells them apart.

use super::DecodeError;
use super::cursor::{Cursor, explain};
use super::delete_blocks::decode_set;
use super::dump::DumpPage;
use super::sequence_set::SequenceSet;

/// The first byte of the file.
const MAGIC: u8 = 22;
const VERSION_1: u8 = 1;
const VERSION_2: u8 = 2;
const HEADER_LEN: usize = 2;
const CHECKSUM_LEN: usize = 8;
/// The bit that marks erased messages elsewhere.
const ERASED_BIT: u64 = 1 << 63;

/// What an index says about its block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexInfo {
    /// How many messages the block holds.
    pub msgs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Its first sequence.
    pub first_seq: u64,
    /// Its first message's time.
    pub first_ts: i64,
    /// Its last sequence.
    pub last_seq: u64,
    /// Its last message's time.
    pub last_ts: i64,
    /// The checksum of its last record.
    pub last_checksum: [u8; CHECKSUM_LEN],
    /// Its interior deletes.
    pub deleted: SequenceSet,
}

impl IndexInfo {
    /// The index in a file's content, decrypted if it was encrypted.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_at(&mut Cursor::new(bytes, None))
    }
}

/// Whether Go removes a file that is refused for this reason.
pub fn removes_file(error: &DecodeError) -> bool {
    !error.what.starts_with("sequence set")
}

/// Go's `checkNewHeader` (1159): magic 22 and version 1 or 2.
pub fn check_header(bytes: &[u8]) -> Result<u8, DecodeError> {
    match bytes {
        [MAGIC, version @ (VERSION_1 | VERSION_2), ..] => Ok(*version),
        _ => Err(DecodeError::new("block index header", 0, "not magic 22 and version 1 or 2")),
    }
}

/// What the bytes of a block index mean.
pub fn dump(bytes: &[u8]) -> DumpPage {
    explain("block index", bytes, decode_at)
}

fn decode_at(cursor: &mut Cursor<'_>) -> Result<IndexInfo, DecodeError> {
    let version = check_header(cursor.rest())?;
    cursor.take(HEADER_LEN, |_| format!("block index magic {MAGIC} version {version}"));
    let mut info = IndexInfo {
        msgs: cursor.u64("messages") & !ERASED_BIT,
        bytes: cursor.u64("bytes") & !ERASED_BIT,
        first_seq: cursor.u64("first") & !ERASED_BIT,
        first_ts: cursor.i64("first time"),
        last_seq: cursor.u64("last") & !ERASED_BIT,
        last_ts: cursor.i64("last time"),
        ..IndexInfo::default()
    };
    let num_deleted = cursor.u64("number deleted") & !ERASED_BIT;
    cursor.check()?;
    let checksum = cursor.rest().first_chunk().copied();
    info.last_checksum = checksum.ok_or(cursor.error("last checksum", "fewer than 8 bytes"))?;
    if info.msgs != info.last_seq.wrapping_sub(info.first_seq).wrapping_add(1).wrapping_sub(num_deleted) {
        return Err(cursor.error("number deleted", "not what messages and sequences leave"));
    }
    cursor.take(CHECKSUM_LEN, |bytes| format!("last checksum {}", hex::encode(bytes)));
    if num_deleted > 0 && version == VERSION_2 {
        info.deleted = decode_set(cursor)?;
    } else {
        for _ in 0..num_deleted {
            let seq = cursor.u64("deleted first +") & !ERASED_BIT;
            // Go takes a zero, read or not, for the end.
            if seq == 0 {
                break;
            }
            info.deleted.insert(seq.wrapping_add(info.first_seq));
        }
    }
    Ok(info)
}

#[cfg(test)]
mod tests;
