//! The state of a stream, the file `index.db`: what Go's `_writeFullState` (1204) writes and `recoverFullState` (995) reads.
//!
//! ```text
//! file = body, hash                              without encryption
//!      = nonce, sealed body, hash                with it; the hash covers everything before it in both
//! body = 11, version, messages, bytes, first, first time, last, last time, number of subjects, subject*, number of blocks,
//!        block*, index of the last block, last checksum (8 bytes)
//! subject = length, bytes, total, first block, [last block: version 4, or total > 1]
//! block = index, bytes, first, first time, last, last time, number deleted, [ttls: 2], [schedules: 3], [sequence set]
//! ```
//! Numbers are varints; times in blocks are relative to the stream's first time. A time of 0 is Go's zero time. Every refusal
//! is Go's `errCorruptState` before any state is taken over, so the file is removed and nothing of it is kept. Hashing and
//! sealing are the caller's.

mod frame;
#[cfg(test)]
mod tests;
mod tracking;

pub use frame::{HASH_LEN, MIN_FILE_LEN, frame, split_sealed, unframe};
pub use tracking::Tracking;

use super::DecodeError;
use super::cursor::{Cursor, explain};
use super::delete_blocks::decode_set;
use super::dump::{DumpPage, quoted};
use super::sequence_set::SequenceSet;
use super::varint::{append_uvarint, append_varint};

/// The first byte of the body.
const MAGIC: u8 = 11;
/// The oldest version that is read.
pub const MIN_VERSION: u8 = 1;
/// The version that is written.
pub const VERSION: u8 = 4;
const HEADER_LEN: usize = 2;
const VERSION_WITH_TTLS: u8 = 2;
const VERSION_WITH_SCHEDULES: u8 = 3;
const VERSION_WITH_EVERY_LAST_BLOCK: u8 = 4;
const CHECKSUM_LEN: usize = 8;

/// The stream's own numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FullStateHead {
    /// How many messages there are.
    pub msgs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The first sequence.
    pub first_seq: u64,
    /// The first message's time in nanoseconds since 1970, 0 for Go's zero time. Times of blocks are stored relative to it.
    pub first_ts: i64,
    /// The last sequence.
    pub last_seq: u64,
    /// The last message's time.
    pub last_ts: i64,
}

/// Where the messages of a subject are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectState {
    /// The subject.
    pub subject: String,
    /// How many messages it has.
    pub total: u64,
    /// The index of the first block that may hold one.
    pub first_block: u32,
    /// The index of the last block that may hold one.
    pub last_block: u32,
}

/// A subject as it lies in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectEntry<'a> {
    /// The subject.
    pub subject: &'a str,
    /// How many messages it has.
    pub total: u64,
    /// The index of the first block that may hold one.
    pub first_block: u32,
    /// The index of the last block that may hold one.
    pub last_block: u32,
}

/// Where the subjects of a body go while it is decoded.
pub trait SubjectSink {
    /// About so many follow.
    fn reserve(&mut self, subjects: usize);

    /// The next one, in the order of the file.
    fn add(&mut self, entry: SubjectEntry<'_>);
}

impl SubjectSink for Vec<SubjectState> {
    fn reserve(&mut self, subjects: usize) {
        self.reserve_exact(subjects);
    }

    fn add(&mut self, entry: SubjectEntry<'_>) {
        let SubjectEntry { subject, total, first_block, last_block } = entry;
        self.push(SubjectState { subject: subject.to_owned(), total, first_block, last_block });
    }
}

/// The numbers of a message block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockFacts {
    /// The index, which is in the file's name.
    pub index: u32,
    /// The bytes of its messages.
    pub bytes: u64,
    /// Its first sequence.
    pub first_seq: u64,
    /// Its first message's time.
    pub first_ts: i64,
    /// Its last sequence.
    pub last_seq: u64,
    /// Its last message's time.
    pub last_ts: i64,
    /// How many of its messages have a time to live.
    pub ttls: u64,
    /// How many of its messages are schedules.
    pub schedules: u64,
}

/// A message block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockState {
    /// Its numbers.
    pub facts: BlockFacts,
    /// How many interior deletes are announced; decoded sets are believed, so this need not be their size.
    pub num_deleted: u64,
    /// Its interior deletes.
    pub deleted: SequenceSet,
}

impl BlockState {
    /// How many messages the block holds.
    pub const fn msgs(&self) -> u64 {
        self.facts.last_seq.wrapping_sub(self.facts.first_seq).wrapping_add(1).saturating_sub(self.num_deleted)
    }
}

/// The body of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FullState {
    /// The version, 1 to 4.
    pub version: u8,
    /// The stream's own numbers.
    pub head: FullStateHead,
    /// The subjects in the order of the file.
    pub subjects: Vec<SubjectState>,
    /// The blocks in the order of the file.
    pub blocks: Vec<BlockState>,
    /// The index of the block that was last when this was written.
    pub last_block: u32,
    /// The checksum of the last record in it.
    pub last_checksum: [u8; CHECKSUM_LEN],
}

impl FullState {
    /// The body in its version.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = FullStateWriter::with_version(self.version, &self.head, self.subjects.len() as u64);
        for subject in &self.subjects {
            writer.subject(subject.subject.as_bytes(), subject.total, subject.first_block, subject.last_block);
        }
        writer.blocks(self.blocks.len() as u64);
        for block in &self.blocks {
            writer.block_announcing(&block.facts, block.num_deleted, &block.deleted);
        }
        writer.finish(self.last_block, self.last_checksum)
    }

    /// The state in a body; bytes behind it are not looked at.
    ///
    /// Go crashes on a body that ends exactly before the index of the last block; that is refused here.
    pub fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        let mut subjects = Vec::new();
        let decoded = Self::decode_apart(body, &mut subjects)?;
        Ok(Self { subjects, ..decoded })
    }

    /// [`Self::decode`] with the subjects given to `subjects` one by one, of which a store has no need of a list; the state
    /// has none. What was given before an error means nothing.
    pub fn decode_apart(body: &[u8], subjects: &mut impl SubjectSink) -> Result<Self, DecodeError> {
        decode_at(&mut Cursor::new(body, None), subjects)
    }

    /// The blocks that recovery keeps: those with messages, and the last one.
    pub fn kept_blocks(&self) -> impl Iterator<Item = &BlockState> {
        let last = self.blocks.len().saturating_sub(1);
        self.blocks
            .iter()
            .enumerate()
            .filter(move |(at, block)| block.msgs() > 0 || *at == last)
            .map(|(_, block)| block)
    }

    /// The numbers of the kept blocks taken together, to hold against [`Self::head`].
    pub fn tracking(&self) -> Tracking {
        let mut tracking = Tracking::default();
        for block in self.kept_blocks() {
            tracking.add(&block.facts, block.msgs());
        }
        tracking
    }
}

/// Writes a body piece by piece, so that a store need not gather a [`FullState`] first.
///
/// The order is: every subject, [`Self::blocks`], every block, [`Self::finish`].
#[derive(Clone, Debug)]
pub struct FullStateWriter {
    out: Vec<u8>,
    version: u8,
    base_ts: i64,
}

impl FullStateWriter {
    /// Begins a body of the newest version.
    pub fn new(head: &FullStateHead, num_subjects: u64) -> Self {
        Self::with_version(VERSION, head, num_subjects)
    }

    fn with_version(version: u8, head: &FullStateHead, num_subjects: u64) -> Self {
        let mut out = vec![MAGIC, version];
        append_uvarint(&mut out, head.msgs);
        append_uvarint(&mut out, head.bytes);
        append_uvarint(&mut out, head.first_seq);
        append_varint(&mut out, head.first_ts);
        append_uvarint(&mut out, head.last_seq);
        append_varint(&mut out, head.last_ts);
        append_uvarint(&mut out, num_subjects);
        Self { out, version, base_ts: head.first_ts }
    }

    /// Adds a subject.
    pub fn subject(&mut self, subject: &[u8], total: u64, first_block: u32, last_block: u32) {
        append_uvarint(&mut self.out, subject.len() as u64);
        self.out.extend_from_slice(subject);
        append_uvarint(&mut self.out, total);
        append_uvarint(&mut self.out, u64::from(first_block));
        if total > 1 || self.version >= VERSION_WITH_EVERY_LAST_BLOCK {
            append_uvarint(&mut self.out, u64::from(last_block));
        }
    }

    /// Ends the subjects and announces how many blocks follow.
    pub fn blocks(&mut self, num_blocks: u64) {
        append_uvarint(&mut self.out, num_blocks);
    }

    /// Adds a block.
    pub fn block(&mut self, facts: &BlockFacts, deleted: &SequenceSet) {
        self.block_announcing(facts, deleted.size(), deleted);
    }

    fn block_announcing(&mut self, facts: &BlockFacts, num_deleted: u64, deleted: &SequenceSet) {
        let out = &mut self.out;
        append_uvarint(out, u64::from(facts.index));
        append_uvarint(out, facts.bytes);
        append_uvarint(out, facts.first_seq);
        append_varint(out, facts.first_ts.wrapping_sub(self.base_ts));
        append_uvarint(out, facts.last_seq);
        append_varint(out, facts.last_ts.wrapping_sub(self.base_ts));
        append_uvarint(out, num_deleted);
        if self.version >= VERSION_WITH_TTLS {
            append_uvarint(out, facts.ttls);
        }
        if self.version >= VERSION_WITH_SCHEDULES {
            append_uvarint(out, facts.schedules);
        }
        if num_deleted > 0 {
            deleted.encode_into(out);
        }
    }

    /// Ends the body with the last block's index and the checksum of its last record.
    pub fn finish(mut self, last_block: u32, last_checksum: [u8; CHECKSUM_LEN]) -> Vec<u8> {
        append_uvarint(&mut self.out, u64::from(last_block));
        self.out.extend_from_slice(&last_checksum);
        self.out
    }
}

/// What the bytes of a body mean.
pub fn dump(body: &[u8]) -> DumpPage {
    explain("stream state", body, |cursor| decode_at(cursor, &mut Vec::new()))
}

/// What the bytes of a whole file mean, if it is not encrypted: the body and the hash behind it.
pub fn dump_file(file: &[u8]) -> DumpPage {
    match unframe(file) {
        Ok((body, hash)) => {
            let mut page = dump(body);
            page.bytes = file.to_vec();
            page.line(body.len(), HASH_LEN, format!("hash {}", hex::encode(hash)));
            page
        }
        Err(error) => {
            let mut page = DumpPage::new("stream state", file);
            page.stop(error);
            page
        }
    }
}

/// Whether Go believes a subject that it finds in the file.
fn is_believed_subject(subject: &str) -> bool {
    if !subject.is_ascii() && subject.contains(char::REPLACEMENT_CHARACTER) {
        return false;
    }
    let (mut token_len, mut before) = (0, b'.');
    for byte in subject.bytes() {
        match byte {
            b'\0' | b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => return false,
            // A token must not be empty, and a full wildcard must be the last.
            b'.' if token_len == 0 || (token_len == 1 && before == b'>') => return false,
            b'.' => token_len = 0,
            _ => token_len += 1,
        }
        before = byte;
    }
    token_len > 0
}

/// What an error is about when the index of the last block cannot be decoded, which Go does not survive.
pub const LAST_BLOCK: &str = "index of the last block";

fn decode_at(cursor: &mut Cursor<'_>, subjects: &mut impl SubjectSink) -> Result<FullState, DecodeError> {
    let version = match cursor.rest() {
        [MAGIC, version @ MIN_VERSION..=VERSION, ..] => *version,
        [MAGIC, _, ..] => return Err(DecodeError::new("stream state version", 1, "not 1 to 4")),
        [_, _, ..] => return Err(DecodeError::new("stream state magic", 0, "not 11")),
        _ => return Err(DecodeError::new("stream state header", 0, "shorter than 2 bytes")),
    };
    cursor.take(HEADER_LEN, |_| format!("stream state magic {MAGIC} version {version}"));
    let head = FullStateHead {
        msgs: cursor.u64("messages"),
        bytes: cursor.u64("bytes"),
        first_seq: cursor.u64("first"),
        first_ts: cursor.i64("first time"),
        last_seq: cursor.u64("last"),
        last_ts: cursor.i64("last time"),
    };
    let num_subjects = announced(cursor, "number of subjects")?;
    // No more room than a claim that is true could need, whatever the file claims.
    const SHORTEST_SUBJECT: usize = 4;
    let most = (cursor.rest().len() / SHORTEST_SUBJECT).min(1 << 17);
    subjects.reserve(usize::try_from(num_subjects).unwrap_or(usize::MAX).min(most));
    for _ in 0..num_subjects {
        if let Some(entry) = decode_subject(cursor, version)? {
            subjects.add(entry);
        }
    }
    let num_blocks = announced(cursor, "number of blocks")?;
    let mut blocks = Vec::new();
    for _ in 0..num_blocks {
        blocks.push(decode_block(cursor, version, head.first_ts)?);
    }
    cursor.check()?;
    let last_block = cursor.u64("last block") as u32;
    cursor.check().map_err(|error| DecodeError { what: LAST_BLOCK, ..error })?;
    let checksum = cursor.take(CHECKSUM_LEN, |bytes| format!("last checksum {}", hex::encode(bytes)));
    let last_checksum = checksum.and_then(|bytes| bytes.first_chunk().copied());
    let last_checksum = last_checksum.ok_or(cursor.error("last checksum", "fewer than 8 bytes"))?;
    Ok(FullState { version, head, subjects: Vec::new(), blocks, last_block, last_checksum })
}

/// A number of things that take a byte at least, so it cannot exceed what is left.
fn announced(cursor: &mut Cursor<'_>, what: &'static str) -> Result<u64, DecodeError> {
    let at = cursor.at();
    let number = cursor.u64(what);
    cursor.check()?;
    if number > cursor.rest().len() as u64 {
        return Err(DecodeError::new(what, at, "more than the bytes hold"));
    }
    Ok(number)
}

/// A subject; none for an empty one, which has no fields.
fn decode_subject<'a>(cursor: &mut Cursor<'a>, version: u8) -> Result<Option<SubjectEntry<'a>>, DecodeError> {
    let len = announced(cursor, "subject length")?;
    if len == 0 {
        return Ok(None);
    }
    let at = cursor.at();
    let bytes = cursor.take(len as usize, |bytes| format!("subject {}", quoted(bytes))).unwrap_or_default();
    let subject = std::str::from_utf8(bytes).ok().filter(|subject| is_believed_subject(subject));
    let subject = subject.ok_or(DecodeError::new("subject", at, "not a subject"))?;
    let total = cursor.u64("total");
    let first_block = cursor.u64("first block") as u32;
    let mut last_block = first_block;
    if total > 1 || version >= VERSION_WITH_EVERY_LAST_BLOCK {
        last_block = cursor.u64("last block") as u32;
    }
    Ok(Some(SubjectEntry { subject, total, first_block, last_block }))
}

fn decode_block(cursor: &mut Cursor<'_>, version: u8, base_ts: i64) -> Result<BlockState, DecodeError> {
    let mut facts = BlockFacts {
        index: cursor.u64("block index") as u32,
        bytes: cursor.u64("block bytes"),
        first_seq: cursor.u64("block first"),
        first_ts: cursor.i64("block first time +").wrapping_add(base_ts),
        last_seq: cursor.u64("block last"),
        last_ts: cursor.i64("block last time +").wrapping_add(base_ts),
        ..BlockFacts::default()
    };
    let num_deleted = cursor.u64("block number deleted");
    if version >= VERSION_WITH_TTLS {
        facts.ttls = cursor.u64("block ttls");
    }
    if version >= VERSION_WITH_SCHEDULES {
        facts.schedules = cursor.u64("block schedules");
    }
    cursor.check()?;
    let deleted = if num_deleted > 0 { decode_set(cursor)? } else { SequenceSet::new() };
    Ok(BlockState { facts, num_deleted, deleted })
}
