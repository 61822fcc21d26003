//! The edits of vectors: one change of valid bytes, as text and as an act, and the checksums that can be made right again.
//!
//! ```text
//! none | cut 17 | replace 4..8: 00ff | insert 4: 00 | remove 4..8 | append: 00 | move 0..36 to 72 | copy 0..36 to 36
//! mend: record 36 | record 36 of block 2 | chunk 10 | index
//! ```
//! Offsets are those of the base. `record 36` makes right the checksum of the record that begins at byte 36 of what the edit
//! left (of block 1 unless said), `chunk 10` that of the plain S2 chunk there; with `index` the edit is made to the body of an `index.db`, and the hash at its end belongs to what the edit left.

use std::fmt;
use std::ops::Range;

use crate::format::checksum::{CHECKSUM_LEN, Hasher64};
use crate::format::record::RecordView;
use crate::format::s2;
use crate::harness::case::Fault;

/// The stream of every case that does not name one.
const STREAM: &str = "TEST";

/// One change of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// None: the base itself.
    None,
    /// Only the first bytes are kept.
    Cut(usize),
    /// A part is replaced by these bytes; of no length, they are inserted.
    Replace(Range<usize>, Vec<u8>),
    /// Bytes follow the end.
    Append(Vec<u8>),
    /// A part is taken away and put before another byte.
    Move(Range<usize>, usize),
    /// A part is put before a byte a second time.
    Copy(Range<usize>, usize),
}

/// A checksum that is made right again, because it is not the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    /// That of the record of block 1 that begins here.
    Record(usize),
    /// That of the record of another block.
    RecordOf(usize, u32),
    /// That of the plain S2 chunk that begins here.
    Chunk(usize),
    /// The hash at the end of `index.db`.
    Index,
}

impl Edit {
    /// Reads an edit.
    pub fn parse(text: &str) -> Result<Edit, Fault> {
        let fault = || Fault::new("an edit such as `cut 17` or `replace 4..8: 00ff`", format!("`{text}`"));
        let (head, hex) = match text.split_once(':') {
            Some((head, hex)) => (head, Some(hex::decode(hex.trim()).map_err(|_| fault())?)),
            None => (text, None),
        };
        let words: Vec<&str> = head.split_whitespace().collect();
        Ok(match (words.as_slice(), hex) {
            (["none"], None) => Edit::None,
            (["cut", at], None) => Edit::Cut(number(at)?),
            (["replace", part], Some(bytes)) => Edit::Replace(range(part)?, bytes),
            (["insert", at], Some(bytes)) => Edit::Replace(number(at)?..number(at)?, bytes),
            (["remove", part], None) => Edit::Replace(range(part)?, Vec::new()),
            (["append"], Some(bytes)) => Edit::Append(bytes),
            (["move", part, "to", at], None) => Edit::Move(range(part)?, number(at)?),
            (["copy", part, "to", at], None) => Edit::Copy(range(part)?, number(at)?),
            _ => return Err(fault()),
        })
    }

    /// The bytes of `base` with this edit.
    pub fn apply(&self, base: &[u8]) -> Result<Vec<u8>, Fault> {
        let fault = || Fault::new(format!("an edit inside the {} bytes of the base", base.len()), format!("`{self}`"));
        let upto = |at: usize| base.get(..at).map(<[u8]>::to_vec).ok_or_else(fault);
        let from = |at: usize| base.get(at..).ok_or_else(fault);
        Ok(match self {
            Edit::None => base.to_vec(),
            Edit::Cut(at) if *at < base.len() => upto(*at)?,
            Edit::Cut(_) => return Err(fault()),
            Edit::Replace(part, bytes) => [&upto(part.start)?, bytes.as_slice(), from(part.end)?].concat(),
            Edit::Append(bytes) => [base, bytes.as_slice()].concat(),
            Edit::Copy(part, at) => [&upto(*at)?, base.get(part.clone()).ok_or_else(fault)?, from(*at)?].concat(),
            Edit::Move(part, at) => {
                let moved = base.get(part.clone()).ok_or_else(fault)?;
                let (early, late) = if *at <= part.start { (*at, part.clone()) } else { (part.start, part.end..*at) };
                match *at <= part.start {
                    true => {
                        [&upto(early)?, moved, base.get(early..late.start).ok_or_else(fault)?, from(late.end)?].concat()
                    }
                    false => {
                        [&upto(early)?, base.get(late.clone()).ok_or_else(fault)?, moved, from(late.end)?].concat()
                    }
                }
            }
        })
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Edit::None => f.write_str("none"),
            Edit::Cut(at) => write!(f, "cut {at}"),
            Edit::Replace(part, bytes) if part.is_empty() => write!(f, "insert {}: {}", part.start, hex::encode(bytes)),
            Edit::Replace(part, bytes) if bytes.is_empty() => write!(f, "remove {}..{}", part.start, part.end),
            Edit::Replace(part, bytes) => write!(f, "replace {}..{}: {}", part.start, part.end, hex::encode(bytes)),
            Edit::Append(bytes) => write!(f, "append: {}", hex::encode(bytes)),
            Edit::Move(part, at) => write!(f, "move {}..{} to {at}", part.start, part.end),
            Edit::Copy(part, at) => write!(f, "copy {}..{} to {at}", part.start, part.end),
        }
    }
}

impl Mend {
    /// Reads which checksum is made right.
    pub fn parse(text: &str) -> Result<Mend, Fault> {
        match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["record", at] => Ok(Mend::Record(number(at)?)),
            ["record", at, "of", "block", index] => {
                let index = index.parse().map_err(|_| Fault::new("the number of a block", format!("`{index}`")))?;
                Ok(Mend::RecordOf(number(at)?, index))
            }
            ["chunk", at] => Ok(Mend::Chunk(number(at)?)),
            ["index"] => Ok(Mend::Index),
            _ => Err(Fault::new("`record AT`, `chunk AT` or `index`", format!("`{text}`"))),
        }
    }

    /// The bytes of `base` with `edit` and with this checksum right.
    pub fn apply(self, base: &[u8], edit: &Edit) -> Result<Vec<u8>, Fault> {
        match self {
            Mend::Record(at) => mend_record(edit.apply(base)?, at, 1),
            Mend::RecordOf(at, index) => mend_record(edit.apply(base)?, at, index),
            Mend::Chunk(at) => {
                let mut bytes = edit.apply(base)?;
                let fault = || Fault::new("a plain chunk", format!("none at byte {at}"));
                let chunk = bytes.get_mut(at..).ok_or_else(fault)?;
                let [1, a, b, c, rest @ ..] = chunk else { return Err(fault()) };
                let len = usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16;
                let (crc, payload) =
                    rest.get_mut(..len).and_then(|data| data.split_first_chunk_mut::<4>()).ok_or_else(fault)?;
                *crc = s2::masked_crc(payload).to_le_bytes();
                Ok(bytes)
            }
            Mend::Index => {
                let fault = || Fault::new("an index.db with a hash at its end", format!("{} bytes", base.len()));
                let (body, _) = base.split_last_chunk::<CHECKSUM_LEN>().ok_or_else(fault)?;
                let mut bytes = edit.apply(body)?;
                let hash = Hasher64::for_stream(STREAM).hash(&bytes);
                bytes.extend_from_slice(&hash);
                Ok(bytes)
            }
        }
    }
}

impl fmt::Display for Mend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mend::Record(at) => write!(f, "record {at}"),
            Mend::RecordOf(at, index) => write!(f, "record {at} of block {index}"),
            Mend::Chunk(at) => write!(f, "chunk {at}"),
            Mend::Index => f.write_str("index"),
        }
    }
}

/// The bytes with the checksum of the record at `at` made right, as in block `index`.
fn mend_record(mut bytes: Vec<u8>, at: usize, index: u32) -> Result<Vec<u8>, Fault> {
    let fault = || Fault::new("a record whose checksum can be mended", format!("none at byte {at}"));
    let record = bytes.get(at..).and_then(RecordView::parse).ok_or_else(fault)?;
    let checksum = record.computed_checksum(&Hasher64::for_block(STREAM, index));
    let end = at + record.header.len() as usize;
    let place = end.checked_sub(CHECKSUM_LEN).and_then(|start| bytes.get_mut(start..end));
    place.ok_or_else(fault)?.copy_from_slice(&checksum);
    Ok(bytes)
}

fn number(text: &str) -> Result<usize, Fault> {
    text.parse().map_err(|_| Fault::new("an offset", format!("`{text}`")))
}

/// `A..B` with A at most B.
pub(super) fn range(text: &str) -> Result<Range<usize>, Fault> {
    let fault = || Fault::new("A..B with A at most B", format!("`{text}`"));
    let (from, to) = text.split_once("..").ok_or_else(fault)?;
    let range = number(from)?..number(to)?;
    if range.start <= range.end { Ok(range) } else { Err(fault()) }
}
