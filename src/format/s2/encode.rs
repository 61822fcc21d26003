//! The block inside an S2 chunk, encoded to the very bytes that Go writes.
//!
//! Any choice of matches decodes to the same bytes, but Go rolls, compacts and loads blocks by their size on disk, so a
//! store that compresses otherwise behaves otherwise. These are the choices of klauspost/compress's assembler (amd64 and
//! arm64, v1.18 to v1.20; builds without it choose others): one pass, greedy, three probes a step, and a step that grows with
//! the distance from the last match. Shorter blocks have smaller tables, shorter hashes and bolder steps. A block that would
//! not become about 1/32 shorter is not encoded at all.

/// Bits of the largest table of places.
const TABLE_BITS: u32 = 14;
/// Fewer bytes than this are not encoded.
const MIN_LEN: usize = 32;
/// Matches are not looked for in the last bytes, so that eight bytes can always be read at once.
const MARGIN: usize = 8;
/// A block has to become shorter by this and a 32nd of its length.
const MIN_SAVING: usize = 9;
/// The shortest match.
const MATCH_LEN: usize = 4;

/// Encodes one block with its length.
pub fn encode_block(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    crate::format::varint::append_uvarint(&mut out, bytes.len() as u64);
    let prefix = out.len();
    if !Encoder::new().encode(bytes, &mut out) {
        out.truncate(prefix);
        emit_literal(&mut out, bytes);
    }
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

    /// Appends the elements of a block of at most 4 MiB. If it says no, what it appended is of no use.
    pub(super) fn encode(&mut self, source: &[u8], out: &mut Vec<u8>) -> bool {
        let table = self.table.as_mut_slice();
        let encoded = match source.len() {
            ..MIN_LEN => None,
            MIN_LEN..512 => Pass::<8, 4, 4>::new(table, source, out).run(3, false),
            512..0x1000 => Pass::<10, 5, 4>::new(table, source, out).run(3, true),
            0x1000..0x4000 => Pass::<12, 5, 5>::new(table, source, out).run(3, true),
            _ => Pass::<TABLE_BITS, 6, 6>::new(table, source, out).run(4, true),
        };
        encoded.is_some()
    }
}

/// One block under way: a table of `BITS` bits by a hash of `HASHED` bytes, and `1 << SKIP_LOG` bytes without a match until
/// the step grows by one.
struct Pass<'a, const BITS: u32, const SKIP_LOG: usize, const HASHED: u32> {
    table: &'a mut [u32],
    source: &'a [u8],
    out: &'a mut Vec<u8>,
    /// What may be appended in all stays below this length of `out`.
    limit: usize,
    /// No match begins from here on.
    end: usize,
    /// The source is written up to here.
    emitted: usize,
    /// The offset of the last match.
    repeat: usize,
}

/// Where a search ended.
enum Found {
    /// The last offset matches from here on.
    Repeat(usize),
    /// What lies at the first place was seen at the second.
    Match(usize, usize),
}

impl<'a, const BITS: u32, const SKIP_LOG: usize, const HASHED: u32> Pass<'a, BITS, SKIP_LOG, HASHED> {
    fn new(table: &'a mut [u32], source: &'a [u8], out: &'a mut Vec<u8>) -> Self {
        let table = table.get_mut(..1 << BITS).unwrap_or_default();
        table.fill(0);
        let limit = out.len() + source.len() - MIN_SAVING - source.len() / 32;
        Self { table, source, out, limit, end: source.len() - MARGIN, emitted: 0, repeat: 1 }
    }

    /// Appends the whole block, or nothing of use if it does not become short enough. A literal is thought to need a head of
    /// `head` bytes. Repeats may be written as copies where those are shorter (`short_copies`).
    fn run(mut self, head: usize, short_copies: bool) -> Option<()> {
        let mut at = 1;
        loop {
            at = match self.search(at) {
                None => break,
                Some(Found::Repeat(at)) => self.repeated(at, head, short_copies)?,
                Some(Found::Match(at, from)) => match self.matched(at, from, head, short_copies)? {
                    Some(next) => next,
                    None => break,
                },
            };
        }
        self.literal(self.source.len(), head)
    }

    /// The next match from `at` on.
    #[inline(always)]
    fn search(&mut self, mut at: usize) -> Option<Found> {
        loop {
            let next = at + ((at - self.emitted) >> SKIP_LOG) + 4;
            if next >= self.end {
                return None;
            }
            let here = load64(self.source, at);
            let (slot0, slot1, slot2) = (Self::hash(here), Self::hash(here >> 8), Self::hash(here >> 16));
            // Both are read before either is written: the slots may be one.
            let (seen0, seen1) = (self.place(slot0), self.place(slot1));
            self.note(slot0, at);
            self.note(slot1, at + 1);
            if load32(self.source, at + 1 - self.repeat) == (here >> 8) as u32 {
                return Some(Found::Repeat(at + 1));
            }
            if load32(self.source, seen0) == here as u32 {
                return Some(Found::Match(at, seen0));
            }
            let seen2 = self.place(slot2);
            self.note(slot2, at + 2);
            if load32(self.source, seen1) == (here >> 8) as u32 {
                return Some(Found::Match(at + 1, seen1));
            }
            if load32(self.source, seen2) == (here >> 16) as u32 {
                return Some(Found::Match(at + 2, seen2));
            }
            at = next;
        }
    }

    /// Writes the match at the last offset that `at` is part of, and gives where it ends.
    fn repeated(&mut self, at: usize, head: usize, short_copies: bool) -> Option<usize> {
        let first = self.emitted == 0;
        let (start, _) = self.extend_back(at, at - self.repeat);
        self.literal(start, head)?;
        let from = at + MATCH_LEN;
        let end = from + match_len(self.source, from - self.repeat, from);
        if first {
            emit_copy(self.out, self.repeat, end - start, short_copies);
        } else {
            emit_repeat(self.out, self.repeat, end - start, short_copies);
        }
        self.emitted = end;
        Some(end)
    }

    /// Writes the match at `at`, and those that follow at once, and gives where the search goes on if it does.
    #[inline(always)]
    fn matched(&mut self, at: usize, from: usize, head: usize, short_copies: bool) -> Option<Option<usize>> {
        let (mut at, mut from) = self.extend_back(at, from);
        self.literal(at, head)?;
        loop {
            self.repeat = at - from;
            let len = MATCH_LEN + match_len(self.source, from + MATCH_LEN, at + MATCH_LEN);
            at += len;
            self.emitted = at;
            emit_copy(self.out, self.repeat, len, short_copies);
            if at >= self.end {
                return Some(None);
            }
            if self.out.len() >= self.limit {
                return None;
            }
            let before = load64(self.source, at - 2);
            let (slot, slot_before) = (Self::hash(before >> 16), Self::hash(before));
            from = self.place(slot);
            self.note(slot_before, at - 2);
            self.note(slot, at);
            if load32(self.source, from) != (before >> 16) as u32 {
                return Some(Some(at + 1));
            }
        }
    }

    /// A match begins earlier if the bytes before both places are the same and not yet written.
    #[inline(always)]
    fn extend_back(&self, mut at: usize, mut from: usize) -> (usize, usize) {
        while at > self.emitted && from > 0 && self.source.get(at - 1) == self.source.get(from - 1) {
            at -= 1;
            from -= 1;
        }
        (at, from)
    }

    /// Writes what was not yet written before `end`, if there is room for it.
    #[inline(always)]
    fn literal(&mut self, end: usize, head: usize) -> Option<()> {
        if self.out.len() + (end - self.emitted) + head >= self.limit {
            return None;
        }
        emit_literal(self.out, self.source.get(self.emitted..end).unwrap_or_default());
        Some(())
    }

    #[inline(always)]
    fn place(&self, slot: usize) -> usize {
        self.table.get(slot).map_or(0, |place| *place as usize)
    }

    #[inline(always)]
    fn note(&mut self, slot: usize, at: usize) {
        if let Some(place) = self.table.get_mut(slot) {
            *place = at as u32;
        }
    }

    #[inline(always)]
    fn hash(bytes: u64) -> usize {
        let prime = match HASHED {
            4 => 2_654_435_761,
            5 => 889_523_592_379,
            _ => 227_718_039_650_203,
        };
        ((bytes << (64 - 8 * HASHED)).wrapping_mul(prime) >> (64 - BITS)) as usize
    }
}

#[inline(always)]
fn load64(bytes: &[u8], at: usize) -> u64 {
    let chunk = bytes.get(at..).and_then(<[u8]>::first_chunk);
    chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[inline(always)]
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

/// A copy of `len` bytes, at least 4, at the last offset, which is `offset`.
fn emit_repeat(out: &mut Vec<u8>, offset: usize, len: usize, short_copies: bool) {
    match len {
        9..12 if short_copies && offset < 1 << 11 => emit_short_copy(out, offset, len),
        ..9 => out.extend([((len - 4) as u8) << 2 | 1, 0]),
        _ => emit_long_repeat(out, len),
    }
}

/// A repeat whose length does not fit its tag.
fn emit_long_repeat(out: &mut Vec<u8>, len: usize) {
    let extra = |bias: usize| ((len - bias) as u32).to_le_bytes();
    match len {
        ..0x108 => {
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

/// A copy of 4 to 11 bytes from less than 2048 bytes back.
fn emit_short_copy(out: &mut Vec<u8>, offset: usize, len: usize) {
    let [a, b, ..] = (offset as u32).to_le_bytes();
    out.extend([b << 5 | ((len - 4) as u8) << 2 | 1, a]);
}

/// A copy of at least 4 bytes at a new offset. What is left behind the first element goes into a repeat.
fn emit_copy(out: &mut Vec<u8>, offset: usize, len: usize, short_copies: bool) {
    let [a, b, c, d] = (offset as u32).to_le_bytes();
    let tag = |len: usize| ((len - 1) as u8) << 2;
    if offset >= 1 << 16 {
        let first = len.min(64);
        out.extend([tag(first) | 3, a, b, c, d]);
        match len - first {
            0 => {}
            rest @ 1..4 => out.extend([tag(rest) | 3, a, b, c, d]),
            rest => emit_repeat(out, offset, rest, short_copies),
        }
    } else if len > 64 && offset < 1 << 11 {
        emit_short_copy(out, offset, 8);
        emit_long_repeat(out, len - 8);
    } else if len > 64 {
        out.extend([tag(60) | 2, a, b]);
        emit_repeat(out, offset, len - 60, short_copies);
    } else if len >= 12 || offset >= 1 << 11 {
        out.extend([tag(len) | 2, a, b]);
    } else {
        emit_short_copy(out, offset, len);
    }
}
