//! Compression of whole blocks.
//!
//! ```text
//! 0 "cmp"   3 algorithm u8   4 original size uvarint   S2 stream of all bytes but the last 8   the last 8 bytes, plain
//! ```
//! The last 8 bytes are the last record's checksum, which recovery reads without decompressing. Go never compares the original
//! size with what decodes, so neither do we. Go: StoreCompression (956, 957, 958, 1258, 1259), CompressionInfo (1256, 1257).

use super::checksum::CHECKSUM_LEN;
use super::varint::{append_uvarint, uvarint};
use super::{DecodeError, go_json, s2};

/// How a store compresses blocks, by Go's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StoreCompression {
    /// Not at all.
    #[default]
    None = 0,
    /// As an S2 stream.
    S2 = 1,
}

/// A text or number that names no compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown compression algorithm")]
pub struct UnknownCompression;

impl StoreCompression {
    /// The compression with Go's number `value`.
    pub const fn from_number(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::None),
            1 => Some(Self::S2),
            _ => None,
        }
    }

    /// Go's text for the compression with the number `value`, known or not.
    pub const fn text_for(value: u8) -> &'static str {
        match Self::from_number(value) {
            Some(compression) => compression.as_str(),
            None => "Unknown StoreCompression",
        }
    }

    /// Go's text for the compression.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::S2 => "S2",
        }
    }

    /// The name in JSON.
    pub const fn json_name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::S2 => "s2",
        }
    }

    /// The compression with the name `name` in JSON.
    pub fn from_json_name(name: &str) -> Result<Self, UnknownCompression> {
        match name {
            "none" => Ok(Self::None),
            "s2" => Ok(Self::S2),
            _ => Err(UnknownCompression),
        }
    }

    /// The JSON that stands for the compression with Go's number `value` (MarshalJSON).
    pub fn to_json(value: u8) -> Result<String, UnknownCompression> {
        let compression = Self::from_number(value).ok_or(UnknownCompression)?;
        Ok(format!("\"{}\"", compression.json_name()))
    }

    /// Reads JSON (UnmarshalJSON): `null` names no compression, and a text that is no JSON string is no compression either.
    pub fn from_json(json: &[u8]) -> Result<Self, UnknownCompression> {
        let value = go_json::parse(json).map_err(|_| UnknownCompression)?;
        let name = value.as_text().map_err(|_| UnknownCompression)?;
        Self::from_json_name(name.unwrap_or_default())
    }
}

impl std::fmt::Display for StoreCompression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a compressed block begins with.
pub const MAGIC: [u8; 3] = *b"cmp";
const ALGORITHM_AT: usize = MAGIC.len();
const ORIGINAL_SIZE_AT: usize = ALGORITHM_AT + 1;

/// What a block decodes to at most: Go's blocks stay below 8 MiB and one record of 32 MiB. Go itself has no limit.
pub const DECODED_LIMIT: usize = 256 << 20;

/// The head of a compressed block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompressionInfo {
    /// The algorithm.
    pub algorithm: StoreCompression,
    /// The size that the block had before.
    pub original_size: u64,
}

impl CompressionInfo {
    /// Appends the head (MarshalMetadata).
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&MAGIC);
        out.push(self.algorithm as u8);
        append_uvarint(out, self.original_size);
    }

    /// The head and its length, or nothing if the block is not compressed (UnmarshalMetadata).
    pub fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, DecodeError> {
        let Some((head, _)) = bytes.split_first_chunk::<ORIGINAL_SIZE_AT>() else {
            return Ok(None);
        };
        let [c, m, p, algorithm] = *head;
        let is_s2 = algorithm == StoreCompression::S2 as u8;
        if [c, m, p] != MAGIC || !is_s2 || bytes.len() <= ORIGINAL_SIZE_AT {
            return Ok(None);
        }
        let (original_size, read) = uvarint(bytes.get(ORIGINAL_SIZE_AT..).unwrap_or_default());
        let Some(read) = usize::try_from(read).ok().filter(|read| *read > 0) else {
            let why = "metadata incomplete";
            return Err(DecodeError::new("original size", ORIGINAL_SIZE_AT, why));
        };
        let info = Self { algorithm: StoreCompression::S2, original_size };
        Ok(Some((info, ORIGINAL_SIZE_AT + read)))
    }
}

const TOO_SHORT: DecodeError = DecodeError::new("block", 0, "shorter than the checksum at its end");

/// Compresses a block's bytes, without a head; `None` gives them back (StoreCompression.Compress).
pub fn compress(compression: StoreCompression, block: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let (body, checksum) = block.split_last_chunk::<CHECKSUM_LEN>().ok_or(TOO_SHORT)?;
    let mut out = match compression {
        StoreCompression::None => body.to_vec(),
        StoreCompression::S2 => s2::encode_stream(body),
    };
    out.extend_from_slice(checksum);
    Ok(out)
}

/// Undoes [`compress`] (StoreCompression.Decompress), up to `limit` decoded bytes.
pub fn decompress(compression: StoreCompression, block: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let (body, checksum) = block.split_last_chunk::<CHECKSUM_LEN>().ok_or(TOO_SHORT)?;
    let mut out = match compression {
        StoreCompression::None => body.to_vec(),
        StoreCompression::S2 => s2::decode_stream(body, limit.saturating_sub(CHECKSUM_LEN))?,
    };
    out.extend_from_slice(checksum);
    Ok(out)
}

/// The file of a compressed block: head, stream, last checksum. The bytes themselves without compression.
pub fn encode_file(compression: StoreCompression, block: &[u8]) -> Result<Vec<u8>, DecodeError> {
    if compression == StoreCompression::None {
        return Ok(block.to_vec());
    }
    let (body, checksum) = block.split_last_chunk::<CHECKSUM_LEN>().ok_or(TOO_SHORT)?;
    let mut out = Vec::with_capacity(block.len() / 2 + 64);
    let info = CompressionInfo { algorithm: compression, original_size: block.len() as u64 };
    info.encode_into(&mut out);
    s2::encode_stream_into(&mut out, body);
    out.extend_from_slice(checksum);
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a test may stop at the first surprise"
    )]

    use proptest::prelude::*;

    use super::*;

    /// Recorded from Go; the file says how.
    const VECTORS: &str = include_str!("../../tests/data/format/compress.txt");

    fn check_unmarshal(bytes: &str, expected: &[&str]) {
        let bytes = hex::decode(bytes.trim_matches('"')).unwrap();
        let found = match CompressionInfo::decode(&bytes) {
            Ok(Some((info, read))) => {
                let number = info.algorithm as u8;
                format!("{number} {} {read} false", info.original_size)
            }
            Ok(None) => "0 0 0 false".to_owned(),
            Err(_) => "1 0 0 true".to_owned(),
        };
        assert_eq!(found, expected.join(" "), "{bytes:x?}");
    }

    #[test]
    fn names_and_heads_equal_gos() {
        for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["name", number, text @ .., json, failed] => {
                    let number = number.parse().unwrap();
                    assert_eq!(StoreCompression::text_for(number), text.join(" "));
                    let found = StoreCompression::to_json(number);
                    assert_eq!(found.is_err().to_string(), *failed);
                    assert_eq!(found.unwrap_or_default(), *json);
                }
                ["json", json, number, failed] => {
                    let found = StoreCompression::from_json(&hex::decode(json).unwrap());
                    assert_eq!(found.is_err().to_string(), *failed, "{line}");
                    let found = found.map_or(77, |compression| compression as u8);
                    assert_eq!(found.to_string(), *number, "{line}");
                }
                ["marshal", size, expected] => {
                    let mut out = Vec::new();
                    let info =
                        CompressionInfo { algorithm: StoreCompression::S2, original_size: size.parse().unwrap() };
                    info.encode_into(&mut out);
                    assert_eq!(hex::encode(out), *expected);
                }
                ["unmarshal", bytes, expected @ ..] => check_unmarshal(bytes, expected),
                _ => panic!("{line}"),
            }
        }
    }

    #[test]
    fn a_block_of_go_decompresses_to_the_same_messages() {
        let file = include_bytes!("../../tests/data/go-files/s2/1.blk");
        let (info, head) = CompressionInfo::decode(file).unwrap().unwrap();
        let block = decompress(info.algorithm, &file[head..], DECODED_LIMIT).unwrap();
        assert_eq!(block.len() as u64, info.original_size);
        let plain = include_bytes!("../../tests/data/go-files/plain/1.blk");
        // The stores ran one after the other, so only times, noise and checksums differ.
        assert_eq!(block.len(), plain.len());
        assert_eq!(block[22..30], plain[22..30]);
    }

    #[test]
    fn a_block_shorter_than_a_checksum_is_refused() {
        for compression in [StoreCompression::None, StoreCompression::S2] {
            assert_eq!(compress(compression, &[0; 7]), Err(TOO_SHORT));
            assert_eq!(decompress(compression, &[0; 7], 100), Err(TOO_SHORT));
        }
    }

    #[test]
    fn the_limit_counts_decoded_bytes() {
        let packed = compress(StoreCompression::S2, &[7; 5000]).unwrap();
        assert!(packed.len() < 200, "{}", packed.len());
        let whole = decompress(StoreCompression::S2, &packed, 5000);
        assert_eq!(whole.unwrap(), vec![7; 5000]);
        let error = decompress(StoreCompression::S2, &packed, 4999).unwrap_err();
        assert_eq!(error.why, "decodes to more than the limit");
    }

    proptest! {
        #[test]
        fn blocks_round_trip(s2: bool, bytes in proptest::collection::vec(0u8..4, 8..3000)) {
            let compression = if s2 { StoreCompression::S2 } else { StoreCompression::None };
            let packed = compress(compression, &bytes).unwrap();
            let again = decompress(compression, &packed, bytes.len()).unwrap();
            prop_assert_eq!(&again, &bytes);
            let file = encode_file(compression, &bytes).unwrap();
            let head = CompressionInfo::decode(&file).unwrap().map_or(0, |(_, head)| head);
            prop_assert_eq!(&file[head..], &packed);
        }
    }
}
