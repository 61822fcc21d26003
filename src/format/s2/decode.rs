//! The block inside an S2 chunk, decoded.
//!
//! A block is its decoded length (uvarint of at most 5 bytes) and elements, told apart by the two low bits of their tag:
//! literals (00), copies with an 11-bit offset (01), a 16-bit offset (10) or a 32-bit offset (11). S2's own addition: a copy
//! (01) with offset 0 repeats the last offset, with up to three more bytes of length. Nothing is written past the target,
//! and every length is checked before bytes move. The small steps are always inlined: that is a quarter of the speed.

use super::block_len;
use crate::format::DecodeError;
use crate::format::varint::uvarint;

/// Bytes that move at once where there is room on both sides.
const STRIDE: usize = 16;

/// Decodes a block into `target`, which must have exactly the length that the block states.
pub fn decode_block(block: &[u8], target: &mut [u8]) -> Result<(), DecodeError> {
    let len = block_len(block).map_err(|why| DecodeError::new("s2 block length", 0, why))?;
    if len != target.len() {
        return Err(DecodeError::new("s2 block length", 0, "not the target's length"));
    }
    let (_, prefix) = uvarint(block);
    let prefix = prefix.unsigned_abs();
    let elements = block.get(prefix..).unwrap_or_default();
    let mut decoder = Decoder { source: elements, at: 0, target, written: 0, offset: 0 };
    decoder.run().map_err(|why| {
        let at = prefix + decoder.at.min(elements.len());
        DecodeError::new("s2 element", at, why)
    })
}

struct Decoder<'a> {
    source: &'a [u8],
    at: usize,
    target: &'a mut [u8],
    written: usize,
    /// The last copy's offset; 0 before the first.
    offset: usize,
}

const SHORT: &str = "ends after the block";

impl Decoder<'_> {
    fn run(&mut self) -> Result<(), &'static str> {
        while let Some(tag) = self.source.get(self.at).copied() {
            let high = usize::from(tag >> 2);
            match tag & 3 {
                0 => self.literal(high)?,
                1 => {
                    let low = self.little_endian(1, 1)?;
                    let offset = (usize::from(tag) & 0xe0) << 3 | low;
                    let (extra, len) = if offset == 0 {
                        self.repeat_len(high & 7)?
                    } else {
                        self.offset = offset;
                        (0, (high & 7) + 4)
                    };
                    self.at += 2 + extra;
                    self.copy(len)?;
                }
                2 => {
                    self.offset = self.little_endian(1, 2)?;
                    self.at += 3;
                    self.copy(high + 1)?;
                }
                _ => {
                    self.offset = self.little_endian(1, 4)?;
                    self.at += 5;
                    self.copy(high + 1)?;
                }
            }
        }
        if self.written == self.target.len() { Ok(()) } else { Err("elements end before the stated length") }
    }

    /// `len` bytes, 1 to 4, behind the tag as an integer.
    #[inline(always)]
    fn little_endian(&self, from: usize, len: usize) -> Result<usize, &'static str> {
        let rest = self.source.get(self.at + from..).ok_or(SHORT)?;
        if let Some(word) = rest.first_chunk::<4>() {
            let unused_bits = 32 - 8 * len as u32;
            return Ok((u32::from_le_bytes(*word) << unused_bits >> unused_bits) as usize);
        }
        let bytes = rest.get(..len).ok_or(SHORT)?;
        let join = |value, byte: &u8| value << 8 | usize::from(*byte);
        Ok(bytes.iter().rev().fold(0, join))
    }

    /// Extra bytes and length of a copy that repeats the last offset.
    #[inline(always)]
    fn repeat_len(&self, code: usize) -> Result<(usize, usize), &'static str> {
        Ok(match code {
            5 => (1, self.little_endian(2, 1)? + 8),
            6 => (2, self.little_endian(2, 2)? + (1 << 8) + 4),
            7 => (3, self.little_endian(2, 3)? + (1 << 16) + 4),
            code => (0, code + 4),
        })
    }

    #[inline(always)]
    fn literal(&mut self, high: usize) -> Result<(), &'static str> {
        let (prefix, len) = if high < 60 {
            (1, high + 1)
        } else {
            let extra = high - 59;
            (1 + extra, self.little_endian(1, extra)? + 1)
        };
        self.at += prefix;
        let (at, to) = (self.at, self.written);
        if len > self.target.len() - to || len > self.source.len() - at {
            return Err("literal longer than the source or the target");
        }
        self.at += len;
        self.written += len;
        if len <= STRIDE
            && let Some(source) = self.source.get(at..at + STRIDE)
            && let Some(target) = self.target.get_mut(to..to + STRIDE)
        {
            target.copy_from_slice(source);
            return Ok(());
        }
        let source = self.source.get(at..at + len).ok_or(SHORT)?;
        let target = self.target.get_mut(to..to + len).ok_or(SHORT)?;
        target.copy_from_slice(source);
        Ok(())
    }

    #[inline(always)]
    fn copy(&mut self, len: usize) -> Result<(), &'static str> {
        let (offset, to) = (self.offset, self.written);
        if offset == 0 || offset > to {
            return Err("copy from before the start");
        }
        if len > self.target.len() - to {
            return Err("copy longer than the target");
        }
        self.written = to + len;
        let from = to - offset;
        if offset >= STRIDE && len <= 4 * STRIDE && to + 4 * STRIDE <= self.target.len() {
            self.stride(from, to);
            let mut done = STRIDE;
            while done < len {
                self.stride(from + done, to + done);
                done += STRIDE;
            }
        } else if offset >= len {
            self.target.copy_within(from..from + len, to);
        } else {
            self.overlapping(from, offset, len);
        }
        Ok(())
    }

    /// Moves one stride forward; the two ranges do not overlap.
    #[inline(always)]
    fn stride(&mut self, from: usize, to: usize) {
        let chunk = self.target.get(from..).and_then(<[u8]>::first_chunk);
        let chunk: [u8; STRIDE] = chunk.copied().unwrap_or_default();
        if let Some(target) = self.target.get_mut(to..to + STRIDE) {
            target.copy_from_slice(&chunk);
        }
    }

    /// Repeats the last `offset` bytes, doubling what is there each time.
    fn overlapping(&mut self, from: usize, offset: usize, len: usize) {
        let to = from + offset;
        let mut done = 0;
        while done < len {
            let step = (offset + done).min(len - done);
            self.target.copy_within(from..from + step, to + done);
            done += step;
        }
    }
}
