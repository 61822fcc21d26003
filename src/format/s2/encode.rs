//! The block inside an S2 chunk, encoded: one pass, greedy, with a table of the places where six bytes were seen last.
//!
//! The step between probes grows with the distance from the last match, so that bytes that do not compress cost little. A
//! match that goes on at the last offset is written as a repeat, which Snappy does not know. What it chooses is its own: any
//! reader of S2 decodes it to the same bytes.

/// Bits of the table of places.
const TABLE_BITS: u32 = 14;
/// Fewer bytes than this are written as one literal.
const MIN_LEN: usize = 32;
/// Matches are not looked for in the last bytes, so that eight bytes can always be read at once.
const MARGIN: usize = 16;
/// How many fruitless probes double the step.
const SKIP_LOG: usize = 6;

/// Encodes one block with its length.
pub fn encode_block(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    crate::format::varint::append_uvarint(&mut out, bytes.len() as u64);
    Encoder::new().encode(bytes, &mut out);
    out
}

/// An encoder with its table, for one block after the other.
#[derive(Debug)]
pub(super) struct Encoder {
    table: Box<[u32; 1 << TABLE_BITS]>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self { table: Box::new([0; 1 << TABLE_BITS]) }
    }

    /// Appends the elements of a block of at most 4 MiB.
    pub(super) fn encode(&mut self, source: &[u8], out: &mut Vec<u8>) {
        if source.len() < MIN_LEN {
            emit_literal(out, source);
            return;
        }
        self.table.fill(0);
        let end = source.len() - MARGIN;
        let mut literal_from = 0;
        let mut repeat = 0;
        let mut at = 1;
        while let Some((from, found)) = self.find(source, at, literal_from, repeat, end) {
            let (mut from, mut found) = (from, found);
            while from > literal_from && found > 0 && source.get(from - 1) == source.get(found - 1) {
                from -= 1;
                found -= 1;
            }
            let len = match_len(source, found, from);
            emit_literal(out, source.get(literal_from..from).unwrap_or_default());
            let offset = from - found;
            if offset == repeat {
                emit_repeat(out, len);
            } else {
                emit_copy(out, offset, len);
                repeat = offset;
            }
            at = from + len;
            literal_from = at;
            if at >= end {
                break;
            }
            self.note(source, at - 2);
        }
        emit_literal(out, source.get(literal_from..).unwrap_or_default());
    }

    /// The next match from `at` on: where it begins and where its bytes were before.
    #[inline]
    fn find(
        &mut self,
        source: &[u8],
        mut at: usize,
        literal_from: usize,
        repeat: usize,
        end: usize,
    ) -> Option<(usize, usize)> {
        while at < end {
            let here = load64(source, at);
            let candidate = self.swap(here, at);
            let next_candidate = self.swap(here >> 8, at + 1);
            if repeat > 0 && at > repeat && load32(source, at + 1 - repeat) == (here >> 8) as u32 {
                return Some((at + 1, at + 1 - repeat));
            }
            if load32(source, candidate) == here as u32 && candidate < at {
                return Some((at, candidate));
            }
            if load32(source, next_candidate) == (here >> 8) as u32 && next_candidate < at + 1 {
                return Some((at + 1, next_candidate));
            }
            at += 2 + ((at - literal_from) >> SKIP_LOG);
        }
        None
    }

    /// The place where the six low bytes were seen last, which is now `at`.
    #[inline]
    fn swap(&mut self, bytes: u64, at: usize) -> usize {
        let slot = self.table.get_mut(hash6(bytes));
        slot.map_or(0, |slot| std::mem::replace(slot, at as u32) as usize)
    }

    #[inline]
    fn note(&mut self, source: &[u8], at: usize) {
        self.swap(load64(source, at), at);
    }
}

#[inline]
fn hash6(bytes: u64) -> usize {
    ((bytes << 16).wrapping_mul(227_718_039_650_203) >> (64 - TABLE_BITS)) as usize
}

#[inline]
fn load64(bytes: &[u8], at: usize) -> u64 {
    let chunk = bytes.get(at..).and_then(<[u8]>::first_chunk);
    chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[inline]
fn load32(bytes: &[u8], at: usize) -> u32 {
    let chunk = bytes.get(at..).and_then(<[u8]>::first_chunk);
    chunk.map_or(0, |chunk| u32::from_le_bytes(*chunk))
}

/// How many bytes from `a` on equal those from `b` on; `a` lies before `b`.
#[inline]
fn match_len(source: &[u8], a: usize, b: usize) -> usize {
    let (Some(left), Some(right)) = (source.get(a..), source.get(b..)) else {
        return 0;
    };
    let (left_words, _) = left.as_chunks::<8>();
    let (right_words, _) = right.as_chunks::<8>();
    let mut len = 0;
    for (x, y) in left_words.iter().zip(right_words) {
        let difference = u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
        if difference != 0 {
            return len + (difference.trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    let tail = left.iter().zip(right).skip(len);
    len + tail.take_while(|(x, y)| x == y).count()
}

fn emit_literal(out: &mut Vec<u8>, literal: &[u8]) {
    let Some(last) = literal.len().checked_sub(1) else {
        return;
    };
    let [a, b, c, _] = (last as u32).to_le_bytes();
    match last {
        0..60 => out.push(a << 2),
        60..0x100 => out.extend([60 << 2, a]),
        0x100..0x1_0000 => out.extend([61 << 2, a, b]),
        _ => out.extend([62 << 2, a, b, c]),
    }
    out.extend_from_slice(literal);
}

/// A copy at the last offset, of at least 4 bytes.
fn emit_repeat(out: &mut Vec<u8>, len: usize) {
    let extra = |bias: usize| ((len - bias) as u32).to_le_bytes();
    match len {
        0..=8 => out.extend([((len - 4) as u8) << 2 | 1, 0]),
        9..0x108 => {
            let [a, ..] = extra(8);
            out.extend([5 << 2 | 1, 0, a]);
        }
        0x108..0x1_0104 => {
            let [a, b, ..] = extra(0x104);
            out.extend([6 << 2 | 1, 0, a, b]);
        }
        _ => {
            let [a, b, c, _] = extra(0x1_0004);
            out.extend([7 << 2 | 1, 0, a, b, c]);
        }
    }
}

/// A copy of at least 4 bytes at a new offset.
fn emit_copy(out: &mut Vec<u8>, offset: usize, len: usize) {
    let [a, b, c, d] = (offset as u32).to_le_bytes();
    let first = if offset < 1 << 11 && len < 12 {
        out.extend([b << 5 | ((len - 4) as u8) << 2 | 1, a]);
        len
    } else {
        // What is left behind the first copy goes into a repeat, which takes no fewer than 4 bytes.
        let first = if len <= 64 { len } else { 60 };
        let tag = ((first - 1) as u8) << 2;
        if offset < 1 << 16 {
            out.extend([tag | 2, a, b]);
        } else {
            out.extend([tag | 3, a, b, c, d]);
        }
        first
    };
    if len > first {
        emit_repeat(out, len - first);
    }
}
