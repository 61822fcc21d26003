//! A block file, from its bytes to its records: decrypted, decompressed, walked.
//!
//! ```text
//! file = records                                         plain
//!      | "cmp" head, S2 stream, last checksum            compressed (see compress)
//!      | either of them xored with the block's keystream encrypted (see cipher, key)
//! ```
//! Whether a file is compressed is read off its bytes; whether it is encrypted is for the caller to know. Go: msgBlock.decode
//! with its way out for a plain block that looks compressed, decompressIfNeeded (1107), encryptOrDecryptIfNeeded (1108),
//! lastChecksum (998). [`dump`] explains a block and never fails.

use std::borrow::Cow;

use super::DecodeError;
use super::checksum::{CHECKSUM_LEN, Checksum, Hasher64};
use super::cipher::{BlockStream, CipherError};
use super::compress::{CompressionInfo, StoreCompression, decompress};
use super::record;

mod dump;

pub use dump::{DUMP_LIMIT, dump};

/// The length of a record without headers whose first bytes read `cmp` and S2's number. A plain block that begins with one
/// is told from a compressed block by the attempt to decompress it.
const LEN_THAT_READS_CMP: usize = 24_145_251;

/// A block's records, and how they lay in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedBlock<'a> {
    /// The records, one after the other.
    pub records: Cow<'a, [u8]>,
    /// How the file was compressed.
    pub compression: StoreCompression,
}

/// The records of a file that is not encrypted, decompressed where they need be, up to `limit` bytes.
pub fn decode<'a>(file: &'a [u8], hasher: &Hasher64, limit: usize) -> Result<DecodedBlock<'a>, DecodeError> {
    let plain = DecodedBlock { records: Cow::Borrowed(file), compression: StoreCompression::None };
    let Some((info, head)) = CompressionInfo::decode(file)? else {
        return Ok(plain);
    };
    let body = file.get(head..).unwrap_or_default();
    match decompress(info.algorithm, body, limit) {
        Ok(records) => Ok(DecodedBlock { records: Cow::Owned(records), compression: info.algorithm }),
        Err(_) if file.len() >= LEN_THAT_READS_CMP && record::message(file, Some(hasher)).is_ok() => Ok(plain),
        Err(error) => Err(DecodeError { at: head + error.at, ..error }),
    }
}

/// Why a block cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Its bytes are refused.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Its keystream does not reach its end.
    #[error(transparent)]
    Cipher(#[from] CipherError),
}

/// The records of a file, decrypted with the block's keystream where one is given.
pub fn decode_encrypted(
    file: Vec<u8>,
    stream: Option<&mut BlockStream>,
    hasher: &Hasher64,
    limit: usize,
) -> Result<DecodedBlock<'static>, BlockError> {
    let mut file = file;
    if let Some(stream) = stream {
        stream.apply_at(0, &mut file)?;
    }
    let (records, compression) = {
        let decoded = decode(&file, hasher, limit)?;
        let owned = match decoded.records {
            Cow::Owned(records) => Some(records),
            Cow::Borrowed(_) => None,
        };
        (owned, decoded.compression)
    };
    Ok(DecodedBlock { records: Cow::Owned(records.unwrap_or(file)), compression })
}

/// The checksum of the last record, which closes a file, compressed or not, that is not encrypted.
pub fn last_checksum(file: &[u8]) -> Option<Checksum> {
    file.last_chunk::<CHECKSUM_LEN>().copied()
}

#[cfg(test)]
mod tests;
