//! Reading a block's file and counting it again from its records.
//!
//! A block whose file cannot be read to its end is cut where the damage begins; what lay behind is reported as lost,
//! as far as the numbers known before allow.
//!
//! Carries 977, 987 to 990, 998, 1107, 1109, 1123, 1124, 1159, 1160.

use super::super::ctx::Ctx;
use super::super::error::StoreError;
use super::super::state::{LostStreamData, MsgId};
use super::Block;
use super::cache::MAX_BLOCK_SPAN;
use crate::env::OpenMode;
use crate::format::checksum::{CHECKSUM_LEN, Hasher64};
use crate::format::compress::{CompressionInfo, DECODED_LIMIT, StoreCompression, decompress};
use crate::format::index_info::{IndexInfo, removes_file};
use crate::format::record::{RecordView, Records, TOMBSTONE_BIT};

/// So many lost sequences are told one by one at the most. A block of the largest size holds far fewer messages, but what an
/// `index.db` says of one is anybody's word, and Go would list all of it.
const MAX_LOST: u64 = 1 << 24;

/// What counting a block again gives: what was lost, and the sequences of the tombstones in it.
pub(crate) type Rebuilt = (Option<LostStreamData>, Vec<u64>);

/// The plain bytes of a block's file, for whoever is about to load it.
#[derive(Debug)]
pub(crate) struct JustRead {
    /// The length of the file.
    pub(super) raw_bytes: u64,
    /// Its content, decrypted and decompressed.
    pub(super) plain: Vec<u8>,
}

impl Block {
    /// The bytes of the file as they lie (Go: `loadBlock`, 1124).
    pub(crate) fn load_block(&mut self, ctx: &Ctx) -> Result<Vec<u8>, StoreError> {
        let buf = if let Some(file) = &self.file {
            let len = usize::try_from(file.len()?).map_err(|_| StoreError::MsgBlockTooBig)?;
            let mut buf = ctx.spare.take_buf();
            buf.resize(len, 0);
            file.read_exact_at(0, &mut buf)?;
            buf
        } else {
            let path = self.path.as_ref().ok_or(StoreError::NoBlockData)?;
            let mut buf = ctx.spare.take_buf();
            match ctx.env.fs.read_into(path, &mut buf) {
                Err(error) if error.is_not_found() => return Err(StoreError::NoBlockData),
                read => read?,
            }
            buf
        };
        self.raw_bytes = buf.len() as u64;
        Ok(buf)
    }

    /// Reads the file and undoes encryption and compression. The keystream stays where it is: what is appended next goes on
    /// from there.
    pub(crate) fn load_plain(&mut self, ctx: &Ctx) -> Result<Vec<u8>, StoreError> {
        let mut buf = self.load_block(ctx)?;
        self.apply_cipher_apart(&mut buf)?;
        Ok(self.decode(buf)?.0)
    }

    /// Undoes encryption and compression of a file's bytes.
    pub(super) fn decrypt_and_decompress(&mut self, mut buf: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        self.apply_cipher(&mut buf)?;
        Ok(self.decode(buf)?.0)
    }

    /// Undoes the compression, and says which it was (Go: `msgBlock.decode`).
    pub(crate) fn decode(&self, buf: Vec<u8>) -> Result<(Vec<u8>, StoreCompression), StoreError> {
        decode_file(&self.hasher, buf)
    }

    /// Counts the block again from its file (Go: `rebuildStateLocked`, 989).
    pub(crate) fn rebuild_state(&mut self, ctx: &mut Ctx) -> Result<Rebuilt, StoreError> {
        let rebuilt = self.rebuild_state_and_keep(ctx);
        self.just_read = None;
        rebuilt
    }

    /// [`Self::rebuild_state`] for a caller that loads the block next: what was read and found whole is not read again.
    pub(crate) fn rebuild_state_and_keep(&mut self, ctx: &mut Ctx) -> Result<Rebuilt, StoreError> {
        self.just_read = None;
        self.clear_cache_and_offset(ctx);
        let buf = match self.load_block(ctx) {
            Ok(buf) if !buf.is_empty() => buf,
            Ok(_) | Err(StoreError::NoBlockData) => return Ok((self.lose_everything(), Vec::new())),
            Err(error) => return Err(error),
        };
        let raw_bytes = self.raw_bytes;
        let plain = self.decrypt_and_decompress(buf)?;
        let rebuilt = self.rebuild_from_buf(ctx, &plain, true)?;
        if rebuilt.0.is_none() {
            self.just_read = Some(JustRead { raw_bytes, plain });
        }
        Ok(rebuilt)
    }

    /// The file is gone or empty: every message that was counted is lost.
    fn lose_everything(&mut self) -> Option<LostStreamData> {
        if self.msgs == 0 {
            return None;
        }
        let mut lost = LostStreamData { msgs: Vec::new(), bytes: self.bytes };
        let span = self.last.seq.saturating_sub(self.first.seq);
        if span <= MAX_LOST {
            lost.msgs.extend((self.first.seq..=self.last.seq).filter(|seq| !self.deleted.exists(*seq)));
        }
        self.msgs = 0;
        self.bytes = 0;
        self.raw_bytes = 0;
        self.subjects = None;
        self.deleted.clear();
        self.first.seq = self.last.seq.wrapping_add(1);
        Some(lost)
    }

    /// Counts the block again from plain bytes; with `allow_truncate` damage cuts the file there and is no error (Go:
    /// `rebuildStateFromBufLocked`, 990).
    pub(crate) fn rebuild_from_buf(
        &mut self,
        ctx: &Ctx,
        buf: &[u8],
        allow_truncate: bool,
    ) -> Result<Rebuilt, StoreError> {
        let last_before = self.last.seq;
        self.msgs = 0;
        self.bytes = 0;
        self.subjects = None;
        self.last = MsgId::default();
        self.raw_bytes = buf.len() as u64;
        let mut walk = Rebuild::default();
        let mut damage = None;
        let hasher = self.hasher.clone();
        for (at, record) in Records::checked(buf, &hasher) {
            match record {
                Ok(record) => self.rebuild_record(&mut walk, &record)?,
                Err(fault) => damage = Some((at, fault)),
            }
        }
        let Some((at, fault)) = damage else {
            self.settle_empty(&walk);
            return Ok((None, walk.tombstones));
        };
        let outcome = if allow_truncate {
            self.cut_file(ctx, at)
        } else {
            Err(StoreError::BadMsg { block: self.index, why: fault.at(at).why })
        };
        // What was counted before and is not there any more, as far as the last sequence tells.
        let lost = LostStreamData {
            msgs: (self.last.seq.saturating_add(1)..=last_before)
                .take(usize::try_from(MAX_LOST).unwrap_or(usize::MAX))
                .collect(),
            bytes: (buf.len() - at) as u64,
        };
        self.settle_empty(&walk);
        outcome?;
        Ok((Some(lost), walk.tombstones))
    }

    /// Counts a record.
    fn rebuild_record(&mut self, walk: &mut Rebuild, record: &RecordView<'_>) -> Result<(), StoreError> {
        self.last_checksum = record.checksum;
        let header = &record.header;
        let (seq, ts) = (header.sequence(), header.timestamp);
        if header.is_tombstone() {
            // The erased bit stays, as in Go: such a tombstone is for no message.
            let seq = header.raw_sequence & !TOMBSTONE_BIT;
            walk.tombstones.push(seq);
            if walk.last_tombstone.seq == 0 || seq > walk.last_tombstone.seq {
                walk.last_tombstone = MsgId { seq, ts };
            }
            return Ok(());
        }
        // Removed records behind the first sequence count as deleted; those before it are just not there.
        if seq == 0 || header.is_erased() || seq < self.first.seq {
            if seq >= self.first.seq {
                self.advance(walk, seq, ts)?;
                if self.msgs == 0 {
                    self.first = MsgId { seq: seq.wrapping_add(1), ts: 0 };
                } else if seq != 0 {
                    self.deleted.insert(seq);
                }
            }
            return Ok(());
        }
        if !walk.first_seen {
            walk.first_seen = true;
            self.first = MsgId { seq, ts };
        }
        if seq > walk.last {
            if !self.deleted.exists(seq) {
                self.msgs += 1;
                self.bytes += u64::from(header.len());
            }
            self.advance(walk, seq, ts)?;
        }
        Ok(())
    }

    /// Moves the last sequence up; what it jumps over is deleted.
    fn advance(&mut self, walk: &mut Rebuild, seq: u64, ts: i64) -> Result<(), StoreError> {
        if seq <= walk.last {
            return Ok(());
        }
        if walk.last > 0 && self.msgs != 0 {
            if seq - walk.last > MAX_BLOCK_SPAN {
                return Err(StoreError::CorruptState);
            }
            for hole in walk.last + 1..seq {
                self.deleted.insert(hole);
            }
        }
        walk.last = seq;
        self.last = MsgId { seq, ts };
        Ok(())
    }

    /// The bounds of a block in which nothing was found.
    fn settle_empty(&mut self, walk: &Rebuild) {
        if self.msgs != 0 {
            return;
        }
        if self.first.seq > 0 {
            self.last.seq = self.first.seq - 1;
        } else if walk.last_tombstone.seq > 0 {
            self.first = MsgId { seq: walk.last_tombstone.seq.wrapping_add(1), ts: 0 };
            if self.last.seq == 0 {
                self.last = walk.last_tombstone;
            }
        }
    }

    /// Cuts the file at an offset of its plain bytes. For a compressed file that is Go's behaviour too.
    fn cut_file(&mut self, ctx: &Ctx, at: usize) -> Result<(), StoreError> {
        let opened;
        let file = match (&self.file, &self.path) {
            (Some(file), _) => file,
            (None, Some(path)) => match ctx.env.fs.open(path, OpenMode::ReadWrite) {
                Ok(file) => {
                    opened = file;
                    &opened
                }
                // A file that cannot be opened is left as it is.
                Err(_) => return Ok(()),
            },
            (None, None) => return Ok(()),
        };
        self.recompressing = false;
        file.set_len(at as u64)?;
        if at >= CHECKSUM_LEN {
            let mut checksum = [0; CHECKSUM_LEN];
            file.read_exact_at((at - CHECKSUM_LEN) as u64, &mut checksum)?;
            self.last_checksum = checksum;
        }
        Ok(file.sync()?)
    }

    /// The checksum at the end of the file; zeros for a file without one, nothing when it cannot be read (Go:
    /// `lastChecksum`, 998).
    pub(crate) fn read_last_checksum(&mut self, ctx: &mut Ctx) -> Option<[u8; CHECKSUM_LEN]> {
        let path = self.path.clone()?;
        let len = ctx.env.fs.metadata(&path).ok()?.len;
        self.raw_bytes = len;
        if len < CHECKSUM_LEN as u64 {
            return Some([0; CHECKSUM_LEN]);
        }
        self.check_and_load_encryption(ctx).ok()?;
        if self.encrypted() {
            let mut buf = self.load_block(ctx).ok()?;
            self.apply_cipher(&mut buf).ok()?;
            return buf.last_chunk().copied();
        }
        let bytes = ctx.env.fs.read_range(&path, len - CHECKSUM_LEN as u64, CHECKSUM_LEN).ok()?;
        bytes.try_into().ok()
    }

    /// Reads the last checksum unless it is known (Go: `ensureLastChecksumLoaded`, 977).
    pub(crate) fn ensure_last_checksum(&mut self, ctx: &mut Ctx) {
        if self.last_checksum == [0; CHECKSUM_LEN]
            && let Some(checksum) = self.read_last_checksum(ctx)
        {
            self.last_checksum = checksum;
        }
    }

    /// Takes the raw size from the file unless it is known (Go: `ensureRawBytesLoaded`, 1109).
    pub(crate) fn ensure_raw_bytes(&mut self, ctx: &Ctx) -> Result<(), StoreError> {
        if self.raw_bytes > 0 {
            return Ok(());
        }
        let path = self.path.as_ref().ok_or(StoreError::NoBlockData)?;
        self.raw_bytes = ctx.env.fs.metadata(path)?.len;
        Ok(())
    }

    /// Takes the block's numbers from an index file of older releases; one that does not hold together is removed (Go:
    /// `readIndexInfo`, 1160).
    pub(crate) fn read_index_info(&mut self, ctx: &Ctx) -> Result<(), StoreError> {
        let path = ctx.msgs_dir.join(format!("{}.idx", self.index));
        let sealed = ctx.env.fs.read(&path)?;
        // Go seals these with the block's own key and the nonce of its key file, which is not kept in the file.
        let plain = match &self.key {
            Some(key) => {
                let framed = [key.nonce.as_slice(), &sealed].concat();
                key.box_key()?.open(&framed)?
            }
            None => sealed,
        };
        match IndexInfo::decode(&plain) {
            Ok(index) => {
                self.msgs = index.msgs;
                self.bytes = index.bytes;
                self.first = MsgId { seq: index.first_seq, ts: index.first_ts };
                self.last = MsgId { seq: index.last_seq, ts: index.last_ts };
                self.last_checksum = index.last_checksum;
                self.deleted = index.deleted;
                Ok(())
            }
            Err(error) => {
                if removes_file(&error) {
                    drop(ctx.env.fs.remove_file(&path));
                }
                Err(error.into())
            }
        }
    }
}

/// Where a walk over the records stands.
#[derive(Default)]
struct Rebuild {
    last: u64,
    first_seen: bool,
    tombstones: Vec<u64>,
    last_tombstone: MsgId,
}

/// Undoes the compression of a file's bytes, and says which it was.
pub(super) fn decode_file(hasher: &Hasher64, buf: Vec<u8>) -> Result<(Vec<u8>, StoreCompression), StoreError> {
    /// The first record of a plain block reads as compression metadata only if it is at least this long.
    const SHORTEST_LOOKALIKE: usize = 24_145_251;
    let Some((info, head)) = CompressionInfo::decode(&buf)? else {
        return Ok((buf, StoreCompression::None));
    };
    let body = buf.get(head..).unwrap_or_default();
    let error = match decompress(info.algorithm, body, DECODED_LIMIT) {
        Ok(plain) => return Ok((plain, info.algorithm)),
        Err(error) => error,
    };
    let plain_after_all = buf.len() >= SHORTEST_LOOKALIKE && crate::format::record::message(&buf, Some(hasher)).is_ok();
    if plain_after_all {
        return Ok((buf, StoreCompression::None));
    }
    Err(error.into())
}
