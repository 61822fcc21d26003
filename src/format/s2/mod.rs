//! The S2 framed stream, hand-written to accept exactly what Go's klauspost/compress/s2 accepts.
//!
//! ```text
//! chunk: type u8, length u24, payload          stream: ff 06 00 00 "S2sTwO" (or "sNaPpY"), then chunks
//! 00 compressed: masked CRC-32C u32, block     01 uncompressed: masked CRC-32C u32, bytes
//! 80..fd skippable (99 is the index), fe padding: ignored     02..7f: refused
//! ```
//! A stream of 0 bytes is an empty stream. The CRC is taken over the decoded bytes, rotated and offset. Compressed bytes are
//! no criterion of conformance, as Go's own builds choose different matches; ours are those of most of them. What decodes stays below the caller's limit, and a
//! chunk costs at most 4 MiB before it is refused. The block inside a chunk is [`decode`] and [`encode`].

mod decode;
mod encode;

use super::DecodeError;
use super::varint::{append_uvarint, uvarint};

pub use decode::decode_block;
pub use encode::encode_block;

/// The stream identifier that Go writes.
pub const STREAM_HEADER: [u8; 10] = *b"\xff\x06\x00\x00S2sTwO";

/// The largest block that a writer makes.
pub const WRITE_BLOCK_LEN: usize = 1 << 20;
/// The largest block that a reader takes.
pub const MAX_BLOCK_LEN: usize = 4 << 20;
/// The largest block after the Snappy identifier.
const MAX_SNAPPY_BLOCK_LEN: usize = 1 << 16;
/// The largest chunk that a reader takes: the worst encoding of the largest block, and its CRC.
const MAX_CHUNK_LEN: usize = MAX_BLOCK_LEN + 4 + 4 + CRC_LEN;

const CHUNK_HEADER_LEN: usize = 4;
const CRC_LEN: usize = 4;
const COMPRESSED: u8 = 0x00;
const UNCOMPRESSED: u8 = 0x01;
const STREAM_IDENTIFIER: u8 = 0xff;
const FIRST_SKIPPABLE: u8 = 0x80;

/// What a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// A stream identifier.
    Identifier {
        /// Whether it is Snappy's, which allows smaller blocks.
        snappy: bool,
    },
    /// A compressed block.
    Compressed {
        /// The masked CRC of the decoded bytes.
        crc: u32,
        /// The length of the decoded bytes.
        decoded_len: usize,
        /// The block, with its length.
        block: &'a [u8],
    },
    /// Plain bytes.
    Uncompressed {
        /// The masked CRC of the bytes.
        crc: u32,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// Padding, an index, or anything else that readers pass over.
    Skipped {
        /// The chunk's type.
        kind: u8,
    },
}

/// The chunks of a stream with offset and length, as far as they are well formed; one error ends the walk.
#[derive(Clone, Debug)]
pub struct Chunks<'a> {
    bytes: &'a [u8],
    at: usize,
    identified: bool,
    snappy: bool,
}

impl<'a> Chunks<'a> {
    /// A walk over a stream.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, identified: false, snappy: false }
    }

    fn read(&mut self) -> Result<(usize, usize, Chunk<'a>), DecodeError> {
        let start = self.at;
        let fail = |what, at, why| Err(DecodeError::new(what, start + at, why));
        let rest = self.bytes.get(start..).unwrap_or_default();
        let Some(([kind, a, b, c], rest)) = rest.split_first_chunk::<CHUNK_HEADER_LEN>() else {
            return fail("s2 chunk header", 0, "fewer than 4 bytes");
        };
        if !self.identified && *kind != STREAM_IDENTIFIER {
            return fail("s2 chunk type", 0, "no stream identifier at the start");
        }
        self.identified = true;
        let len = usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16;
        let is_data = *kind == COMPRESSED || *kind == UNCOMPRESSED;
        if is_data && !(CRC_LEN..=MAX_CHUNK_LEN).contains(&len) {
            return fail("s2 chunk length", 1, "not the length of a block");
        }
        if !is_data && *kind < FIRST_SKIPPABLE {
            return fail("s2 chunk type", 0, "reserved and not skippable");
        }
        if *kind == STREAM_IDENTIFIER && len != STREAM_HEADER.len() - CHUNK_HEADER_LEN {
            return fail("s2 chunk length", 1, "a stream identifier has 6 bytes");
        }
        let Some(payload) = rest.get(..len) else {
            return fail("s2 chunk", CHUNK_HEADER_LEN, "ends after the stream");
        };
        let chunk = match *kind {
            COMPRESSED | UNCOMPRESSED => self.data(*kind, start, payload)?,
            STREAM_IDENTIFIER => {
                self.snappy = match payload {
                    b"S2sTwO" => false,
                    b"sNaPpY" => true,
                    _ => return fail("s2 stream identifier", 4, "neither S2's nor Snappy's"),
                };
                Chunk::Identifier { snappy: self.snappy }
            }
            kind => Chunk::Skipped { kind },
        };
        self.at = start + CHUNK_HEADER_LEN + len;
        Ok((start, self.at - start, chunk))
    }

    fn data(&self, kind: u8, start: usize, payload: &'a [u8]) -> Result<Chunk<'a>, DecodeError> {
        let (crc, bytes) = payload.split_first_chunk::<CRC_LEN>().unwrap_or((&[0; CRC_LEN], &[]));
        let crc = u32::from_le_bytes(*crc);
        let at = start + CHUNK_HEADER_LEN + CRC_LEN;
        let decoded_len = if kind == COMPRESSED {
            block_len(bytes).map_err(|why| DecodeError::new("s2 block length", at, why))?
        } else {
            bytes.len()
        };
        let limit = if self.snappy { MAX_SNAPPY_BLOCK_LEN } else { MAX_BLOCK_LEN };
        if decoded_len > limit {
            return Err(DecodeError::new("s2 block length", at, "above the limit"));
        }
        Ok(if kind == COMPRESSED {
            Chunk::Compressed { crc, decoded_len, block: bytes }
        } else {
            Chunk::Uncompressed { crc, bytes }
        })
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<(usize, usize, Chunk<'a>), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let item = self.read();
        if item.is_err() {
            self.at = self.bytes.len();
        }
        Some(item)
    }
}

/// The decoded length that a block states.
fn block_len(block: &[u8]) -> Result<usize, &'static str> {
    let (len, read) = uvarint(block);
    if !(1..=5).contains(&read) || len > u64::from(u32::MAX) {
        return Err("not a 32-bit length");
    }
    usize::try_from(len).map_err(|_| "above the limit")
}

/// Decodes a whole stream, or refuses it as Go does; also if it would decode to more than `limit` bytes, which Go would try
/// to hold.
pub fn decode_stream(bytes: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let (out, fault) = decode_stream_up_to_fault(bytes, limit);
    fault.map_or(Ok(out), Err)
}

/// Decodes a stream up to its first fault, and says which that is.
pub fn decode_stream_up_to_fault(bytes: &[u8], limit: usize) -> (Vec<u8>, Option<DecodeError>) {
    let mut out = Vec::new();
    for chunk in Chunks::new(bytes) {
        let start = out.len();
        if let Err(fault) = chunk.and_then(|(at, _, chunk)| decode_chunk(&mut out, at, &chunk, limit)) {
            out.truncate(start);
            return (out, Some(fault));
        }
    }
    (out, None)
}

/// Decodes the chunk at `at` behind what `out` holds.
fn decode_chunk(out: &mut Vec<u8>, at: usize, chunk: &Chunk<'_>, limit: usize) -> Result<(), DecodeError> {
    let data_at = at + CHUNK_HEADER_LEN + CRC_LEN;
    let too_large = DecodeError::new("s2 stream", at, "decodes to more than the limit");
    let start = out.len();
    let crc = match chunk {
        Chunk::Identifier { .. } | Chunk::Skipped { .. } => return Ok(()),
        Chunk::Uncompressed { crc, bytes } => {
            if bytes.len() > limit - start {
                return Err(too_large);
            }
            out.extend_from_slice(bytes);
            crc
        }
        Chunk::Compressed { crc, decoded_len, block } => {
            if *decoded_len > limit - start {
                return Err(too_large);
            }
            out.resize(start + decoded_len, 0);
            let target = out.get_mut(start..).unwrap_or_default();
            decode_block(block, target).map_err(|error| DecodeError { at: data_at + error.at, ..error })?;
            crc
        }
    };
    if masked_crc(out.get(start..).unwrap_or_default()) != *crc {
        return Err(DecodeError::new("s2 chunk CRC", at + 4, "differs"));
    }
    Ok(())
}

/// Encodes a whole stream. No bytes make no stream.
pub fn encode_stream(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    encode_stream_into(&mut out, bytes);
    out
}

/// Encodes a whole stream behind what `out` holds.
pub fn encode_stream_into(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    out.extend_from_slice(&STREAM_HEADER);
    let mut encoder = encode::Encoder::new();
    for block in bytes.chunks(WRITE_BLOCK_LEN) {
        encode_chunk(out, &mut encoder, block);
    }
}

/// Encodes a stream whose bytes come piece by piece, and holds back no more of them than a block.
#[derive(Debug)]
pub struct StreamEncoder {
    encoder: encode::Encoder,
    pending: Vec<u8>,
    out: Vec<u8>,
}

impl StreamEncoder {
    /// A stream of no bytes yet.
    pub fn new() -> Self {
        Self { encoder: encode::Encoder::new(), pending: Vec::new(), out: Vec::new() }
    }

    /// Adds bytes to the stream.
    pub fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = WRITE_BLOCK_LEN - self.pending.len();
            let (head, rest) = bytes.split_at(room.min(bytes.len()));
            self.pending.extend_from_slice(head);
            if self.pending.len() == WRITE_BLOCK_LEN {
                self.encode_pending();
            }
            bytes = rest;
        }
    }

    /// The whole stream.
    pub fn finish(mut self) -> Vec<u8> {
        if !self.pending.is_empty() {
            self.encode_pending();
        }
        self.out
    }

    /// The stream as far as its blocks were full.
    pub fn abandon(self) -> Vec<u8> {
        self.out
    }

    fn encode_pending(&mut self) {
        if self.out.is_empty() {
            self.out.extend_from_slice(&STREAM_HEADER);
        }
        encode_chunk(&mut self.out, &mut self.encoder, &self.pending);
        self.pending.clear();
    }
}

impl Default for StreamEncoder {
    fn default() -> Self {
        Self::new()
    }
}

fn encode_chunk(out: &mut Vec<u8>, encoder: &mut encode::Encoder, block: &[u8]) {
    let start = out.len();
    let body = start + CHUNK_HEADER_LEN + CRC_LEN;
    out.resize(body, 0);
    append_uvarint(out, block.len() as u64);
    let mut kind = COMPRESSED;
    if !encoder.encode(block, out) {
        kind = UNCOMPRESSED;
        out.truncate(body);
        out.extend_from_slice(block);
    }
    let [a, b, c, _] = ((out.len() - start - CHUNK_HEADER_LEN) as u32).to_le_bytes();
    let crc = masked_crc(block).to_le_bytes();
    let header = [kind, a, b, c].into_iter().chain(crc);
    for (slot, byte) in out.iter_mut().skip(start).zip(header) {
        *slot = byte;
    }
}

/// The masked CRC-32C of a chunk's decoded bytes.
pub fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests;
