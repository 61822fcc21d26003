//! A message record, the unit of a block.
//!
//! ```text
//! 0  length u32, HEADER_BIT set when headers are present    4  sequence u64, with ERASED_BIT or TOMBSTONE_BIT
//! 12 timestamp i64 (Unix ns)   20 subject length u16        22 subject
//!    [header length u32, headers]   message   8 bytes checksum          all integers little-endian
//! ```
//! The checksum covers sequence, timestamp, subject, headers and message, and neither of the lengths. Go reads records in
//! several ways that check different things; each has its primitive here: [`Records`] for rebuildStateFromBufLocked (990),
//! indexCacheBuf (1114) and compactWithFloor (1054), [`message`] for msgFromBufEx (1138), [`RawHeaders`] for tombsLocked
//! (1175) and numPriorTombsLocked (1176). Sizes: 1153, 1154, 1155. Nothing here allocates for each record.

use super::DecodeError;
use super::checksum::{CHECKSUM_LEN, Checksum, Hasher64};

/// The length of the fixed part before the subject.
pub const HEADER_LEN: usize = SUBJECT_LEN_AT + 2;
/// The length of a record without subject, headers and message: a tombstone or a skipped sequence.
pub const EMPTY_RECORD_LEN: usize = HEADER_LEN + CHECKSUM_LEN;
/// In the length: the record has headers.
pub const HEADER_BIT: u32 = 1 << 31;
/// In the sequence: the message was erased or skipped.
pub const ERASED_BIT: u64 = 1 << 63;
/// In the sequence: the record says that the sequence was removed.
pub const TOMBSTONE_BIT: u64 = 1 << 62;
/// A record length above this is taken for corruption.
pub const BAD_RECORD_LEN: u32 = 32 * 1024 * 1024;

const SEQUENCE_AT: usize = 4;
const TIMESTAMP_AT: usize = SEQUENCE_AT + 8;
const SUBJECT_LEN_AT: usize = TIMESTAMP_AT + 8;
/// The length of the field for the headers' length, in a record that has any.
pub const HEADERS_LEN_LEN: usize = 4;

/// The size of a record in a block, from the lengths of its parts.
pub const fn record_len_raw(subject_len: usize, headers_len: usize, message_len: usize) -> u64 {
    let headers = if headers_len == 0 { 0 } else { HEADERS_LEN_LEN + headers_len };
    (EMPTY_RECORD_LEN + subject_len + headers + message_len) as u64
}

/// The size of a record in a block.
pub const fn record_len(subject: &[u8], headers: &[u8], message: &[u8]) -> u64 {
    record_len_raw(subject.len(), headers.len(), message.len())
}

/// The largest size that a record with a payload of at most `max_payload` bytes can have.
pub const fn record_len_estimate(subject_len: usize, max_payload: usize) -> u64 {
    (EMPTY_RECORD_LEN + subject_len + HEADERS_LEN_LEN + max_payload) as u64
}

/// Whether a record of this size cannot be stored (isFileStoreMsgTooLarge).
pub const fn is_too_large(record_len: u64) -> bool {
    record_len & (HEADER_BIT as u64) != 0 || record_len > BAD_RECORD_LEN as u64
}

/// Appends a record and answers its checksum. `sequence` carries the erased or tombstone bit where there is one.
pub fn encode_record(
    out: &mut Vec<u8>,
    hasher: &Hasher64,
    sequence: u64,
    timestamp: i64,
    subject: &[u8],
    headers: &[u8],
    message: &[u8],
) -> Checksum {
    let len = record_len(subject, headers, message);
    out.reserve(len as usize);
    let has_headers = !headers.is_empty();
    let header = RecordHeader {
        raw_len: len as u32 | if has_headers { HEADER_BIT } else { 0 },
        raw_sequence: sequence,
        timestamp,
        subject_len: subject.len() as u16,
    };
    let at = out.len();
    out.extend_from_slice(&header.to_bytes());
    out.extend_from_slice(subject);
    if has_headers {
        out.extend_from_slice(&(headers.len() as u32).to_le_bytes());
        out.extend_from_slice(headers);
    }
    out.extend_from_slice(message);
    let hashed = header.hashed_bytes();
    let checksum = if has_headers {
        hasher.hash_parts(&[&hashed, subject, headers, message])
    } else {
        hasher.hash_behind(&hashed, out.get(at + HEADER_LEN..).unwrap_or_default())
    };
    out.extend_from_slice(&checksum);
    checksum
}

/// Appends the record that says that `sequence` was removed.
pub fn encode_tombstone(out: &mut Vec<u8>, hasher: &Hasher64, sequence: u64, timestamp: i64) -> Checksum {
    encode_record(out, hasher, sequence | TOMBSTONE_BIT, timestamp, b"", b"", b"")
}

/// Appends the record of a sequence that never had a message (skipMsg, 1036).
pub fn encode_skip(out: &mut Vec<u8>, hasher: &Hasher64, sequence: u64, timestamp: i64) -> Checksum {
    encode_record(out, hasher, sequence | ERASED_BIT, timestamp, b"", b"", b"")
}

/// Appends what takes the place of an erased message (eraseMsg, 1064): a record of the same length, time 0, no subject, and
/// `noise` for a message, which must be [`EMPTY_RECORD_LEN`] shorter than the record that was there.
pub fn encode_erased(out: &mut Vec<u8>, hasher: &Hasher64, sequence: u64, noise: &[u8]) -> Checksum {
    encode_record(out, hasher, sequence | ERASED_BIT, 0, b"", b"", noise)
}

/// The fixed part of a record, as it lies in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// The length field with its header bit.
    pub raw_len: u32,
    /// The sequence field with its bits.
    pub raw_sequence: u64,
    /// The timestamp in Unix nanoseconds.
    pub timestamp: i64,
    /// The length of the subject.
    pub subject_len: u16,
}

impl RecordHeader {
    /// Reads the fixed part at the start of `bytes`; nothing if that is shorter than [`HEADER_LEN`].
    #[inline]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let fixed = bytes.first_chunk::<HEADER_LEN>()?;
        let (len, rest) = fixed.split_first_chunk::<4>()?;
        let (sequence, rest) = rest.split_first_chunk::<8>()?;
        let (timestamp, rest) = rest.split_first_chunk::<8>()?;
        let (subject_len, _) = rest.split_first_chunk::<2>()?;
        Some(Self {
            raw_len: u32::from_le_bytes(*len),
            raw_sequence: u64::from_le_bytes(*sequence),
            timestamp: i64::from_le_bytes(*timestamp),
            subject_len: u16::from_le_bytes(*subject_len),
        })
    }

    /// The length of the whole record, without the header bit.
    #[inline]
    pub const fn len(&self) -> u32 {
        self.raw_len & !HEADER_BIT
    }

    /// Whether the length field says that there is no record.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the record has headers.
    #[inline]
    pub const fn has_headers(&self) -> bool {
        self.raw_len & HEADER_BIT != 0
    }

    /// The sequence without its bits.
    #[inline]
    pub const fn sequence(&self) -> u64 {
        self.raw_sequence & !(ERASED_BIT | TOMBSTONE_BIT)
    }

    /// Whether the erased bit is set.
    #[inline]
    pub const fn is_erased(&self) -> bool {
        self.raw_sequence & ERASED_BIT != 0
    }

    /// Whether the tombstone bit is set.
    #[inline]
    pub const fn is_tombstone(&self) -> bool {
        self.raw_sequence & TOMBSTONE_BIT != 0
    }

    /// The check that every strict reader of Go's makes before it looks inside: the lengths agree with each other and with
    /// the `available` bytes from the record's start.
    #[inline]
    pub const fn is_sane(&self, available: usize) -> bool {
        let len = self.len() as usize;
        let prefix = HEADER_LEN + self.subject_len as usize + self.headers_len_len();
        len >= prefix + CHECKSUM_LEN && len <= available && len <= BAD_RECORD_LEN as usize
    }

    /// How many bytes the headers' length takes.
    const fn headers_len_len(&self) -> usize {
        if self.has_headers() { HEADERS_LEN_LEN } else { 0 }
    }

    fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut out = [0; HEADER_LEN];
        let (len, rest) = out.split_at_mut(SEQUENCE_AT);
        let (hashed, subject_len) = rest.split_at_mut(SUBJECT_LEN_AT - SEQUENCE_AT);
        len.copy_from_slice(&self.raw_len.to_le_bytes());
        hashed.copy_from_slice(&self.hashed_bytes());
        subject_len.copy_from_slice(&self.subject_len.to_le_bytes());
        out
    }

    /// The 16 bytes of the fixed part that the checksum covers.
    #[inline]
    fn hashed_bytes(self) -> [u8; 16] {
        (u128::from(self.timestamp as u64) << 64 | u128::from(self.raw_sequence)).to_le_bytes()
    }
}

/// A record whose lengths are sane, over the block's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordView<'a> {
    /// The fixed part.
    pub header: RecordHeader,
    /// The subject.
    pub subject: &'a [u8],
    /// Headers and message, without the headers' length.
    pub body: &'a [u8],
    /// What the field for the headers' length says; 0 when the record has none. It may exceed the body.
    pub headers_len: u32,
    /// The checksum that the record carries.
    pub checksum: Checksum,
    /// From the subject to the message, with the headers' length.
    data: &'a [u8],
}

impl<'a> RecordView<'a> {
    /// Reads the record at the start of `bytes`, if its fixed part is there and sane.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let header = RecordHeader::parse(bytes)?;
        Self::with_header(header, bytes)
    }

    #[inline]
    fn with_header(header: RecordHeader, bytes: &'a [u8]) -> Option<Self> {
        if !header.is_sane(bytes.len()) {
            return None;
        }
        let record = bytes.get(HEADER_LEN..header.len() as usize)?;
        let (data, checksum) = record.split_last_chunk::<CHECKSUM_LEN>()?;
        let (subject, mut body) = data.split_at_checked(usize::from(header.subject_len))?;
        let mut headers_len = 0;
        if header.has_headers() {
            let (len, rest) = body.split_first_chunk::<HEADERS_LEN_LEN>()?;
            headers_len = u32::from_le_bytes(*len);
            body = rest;
        }
        Some(Self { header, subject, body, headers_len, checksum: *checksum, data })
    }

    /// The checksum that the record should carry.
    #[inline]
    pub fn computed_checksum(&self, hasher: &Hasher64) -> Checksum {
        let hashed = self.header.hashed_bytes();
        if self.header.has_headers() {
            return hasher.hash_parts(&[&hashed, self.subject, self.body]);
        }
        hasher.hash_behind(&hashed, self.data)
    }

    /// Whether the record carries the checksum of its content.
    #[inline]
    pub fn verify(&self, hasher: &Hasher64) -> bool {
        self.computed_checksum(hasher) == self.checksum
    }

    /// Headers and message apart; nothing if the headers' length exceeds the body.
    #[inline]
    pub fn split(&self) -> Option<(&'a [u8], &'a [u8])> {
        self.body.split_at_checked(self.headers_len as usize)
    }
}

/// A message as a reader gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The sequence; 0 for an erased message. A tombstone keeps its bit.
    pub sequence: u64,
    /// The timestamp in Unix nanoseconds.
    pub timestamp: i64,
    /// The subject.
    pub subject: &'a [u8],
    /// The headers; empty without any.
    pub headers: &'a [u8],
    /// The message.
    pub message: &'a [u8],
}

/// Reads the message at the start of `bytes` as msgFromBufEx does; the checksum is checked where a hasher is given.
pub fn message<'a>(bytes: &'a [u8], hasher: Option<&Hasher64>) -> Result<Message<'a>, DecodeError> {
    if bytes.len() < EMPTY_RECORD_LEN {
        return Err(DecodeError::new("record", 0, "record too short"));
    }
    let Some(record) = RecordView::parse(bytes) else {
        return Err(DecodeError::new("record length", 0, INSANE));
    };
    if hasher.is_some_and(|hasher| !record.verify(hasher)) {
        let at = record.header.len() as usize - CHECKSUM_LEN;
        return Err(DecodeError::new("record checksum", at, BAD_CHECKSUM));
    }
    let Some((headers, message)) = record.split() else {
        let at = HEADER_LEN + record.subject.len();
        return Err(DecodeError::new("header length", at, "headers longer than the record"));
    };
    let erased = record.header.is_erased();
    Ok(Message {
        sequence: if erased { 0 } else { record.header.raw_sequence },
        timestamp: record.header.timestamp,
        subject: record.subject,
        headers,
        message,
    })
}

const INSANE: &str = "lengths that disagree with each other or with the bytes";
const BAD_CHECKSUM: &str = "invalid checksum";

/// Why a strict walk stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFault {
    /// Fewer bytes than a fixed part are left.
    Overrun,
    /// The lengths disagree.
    Insane,
    /// The checksum differs; only a walk with a hasher finds that.
    Checksum,
}

impl RecordFault {
    /// The fault at `offset` as a decode error.
    pub const fn at(self, offset: usize) -> DecodeError {
        match self {
            Self::Overrun => {
                DecodeError::new("record header", offset, "fewer than 22 bytes before the end of the block")
            }
            Self::Insane => DecodeError::new("record length", offset, INSANE),
            Self::Checksum => DecodeError::new("record checksum", offset, BAD_CHECKSUM),
        }
    }
}

/// A strict walk over a block's records: (offset, record), or once (offset, fault), after which it ends.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
    offset: usize,
    hasher: Option<&'a Hasher64>,
}

impl<'a> Records<'a> {
    /// A walk that leaves checksums alone, as indexCacheBuf does.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0, hasher: None }
    }

    /// A walk that checks every checksum, as rebuildStateFromBufLocked does.
    pub const fn checked(bytes: &'a [u8], hasher: &'a Hasher64) -> Self {
        Self { bytes, offset: 0, hasher: Some(hasher) }
    }

    /// Where the next record begins.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    #[inline]
    fn read(&self, rest: &'a [u8]) -> Result<RecordView<'a>, RecordFault> {
        let header = RecordHeader::parse(rest).ok_or(RecordFault::Overrun)?;
        let record = RecordView::with_header(header, rest).ok_or(RecordFault::Insane)?;
        if self.hasher.is_some_and(|hasher| !record.verify(hasher)) {
            return Err(RecordFault::Checksum);
        }
        Ok(record)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = (usize, Result<RecordView<'a>, RecordFault>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.offset..).filter(|rest| !rest.is_empty())?;
        let offset = self.offset;
        let item = self.read(rest);
        self.offset = match &item {
            Ok(record) => offset + record.header.len() as usize,
            Err(_) => self.bytes.len(),
        };
        Some((offset, item))
    }
}

/// A loose walk over the fixed parts alone, for bytes that a strict walk has accepted before: it trusts the lengths, and
/// ends where no fixed part is left or a length is 0.
#[derive(Clone, Debug)]
pub struct RawHeaders<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> RawHeaders<'a> {
    /// A walk over a block's bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }
}

impl Iterator for RawHeaders<'_> {
    type Item = (usize, RecordHeader);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let header = self.bytes.get(self.offset..).and_then(RecordHeader::parse)?;
        let offset = self.offset;
        self.offset = if header.is_empty() { self.bytes.len() } else { offset.saturating_add(header.len() as usize) };
        Some((offset, header))
    }
}

/// The tombstones of a block as (sequence, timestamp), in the order in which they were written (tombsLocked).
pub fn tombstones(bytes: &[u8]) -> impl Iterator<Item = (u64, i64)> {
    RawHeaders::new(bytes)
        .filter(|(_, header)| header.is_tombstone())
        .map(|(_, header)| (header.raw_sequence & !TOMBSTONE_BIT, header.timestamp))
}

#[cfg(test)]
mod tests;
