//! Taking bytes out of a block: compaction, truncation, the erasing of a record, and the tombstones that must survive.
//!
//! A tombstone stands for a message removed from an earlier block; compaction keeps it as long as that block, or the gap,
//! still needs it.
//!
//! Carries 1051 to 1054, 1064, 1065, 1067, 1174 to 1176.

use super::super::atomic::write_atomically_with_temporary;
use super::super::ctx::Ctx;
use super::super::error::StoreError;
use super::super::state::MsgId;
use super::Block;
use crate::format::checksum::CHECKSUM_LEN;
use crate::format::compress::{StoreCompression, encode_file};
use crate::format::record::{EMPTY_RECORD_LEN, RawHeaders, Records, encode_erased, record_len_raw, tombstones};

/// Blocks smaller than this are not compacted as messages are removed (Go: `compactMinimum`).
pub(crate) const COMPACT_MINIMUM: u64 = 2 * 1024 * 1024;

impl Block {
    /// Whether a removal should compact the block at once (Go: `shouldCompactInline`, 1051).
    pub(crate) fn should_compact_inline(&self) -> bool {
        self.raw_bytes > COMPACT_MINIMUM
            && self.bytes.saturating_mul(2) < self.raw_bytes
            && (self.compacted_bytes == 0 || self.bytes.saturating_mul(2) < self.compacted_bytes)
    }

    /// Whether the next sync should compact the block (Go: `shouldCompactSync`, 1052).
    pub(crate) fn should_compact_sync(&self) -> bool {
        self.bytes.saturating_mul(2) < self.raw_bytes && !self.no_compact
    }

    /// Rewrites the block without what was removed (Go: `msgBlock.compact`, 1053).
    pub(crate) fn compact(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        self.compact_with_floor(ctx, 0, &|_| true)
    }

    /// Rewrites the block without what was removed, keeping tombstones of sequences from `floor` on that are still
    /// `needed` (Go: `compactWithFloor`, 1054).
    pub(crate) fn compact_with_floor(
        &mut self,
        ctx: &mut Ctx,
        floor: u64,
        needed: &dyn Fn(u64) -> bool,
    ) -> Result<(), StoreError> {
        let was_loaded = self.cache_loaded();
        if !was_loaded {
            self.load_msgs(ctx)?;
        }
        let (first, last) = (self.first.seq, self.last.seq);
        let kept = self.keep_live(floor, needed)?;
        let mut out = if kept.buf.is_empty() { Vec::new() } else { encode_file(self.compression, &kept.buf)? };
        self.apply_cipher_apart(&mut out)?;
        self.close_file().ok();
        self.recompressing = false;
        let path = self.path.clone().ok_or(StoreError::NoMsgBlock)?;
        let temporary = ctx.msgs_dir.join(format!("{}.new", self.index));
        let fs = ctx.env.fs.as_ref();
        write_atomically_with_temporary(fs, &temporary, &path, &out, self.sync_always)?;
        if let Some(seq) = kept.first {
            self.first.seq = seq;
        }
        if kept.msgs > 0 {
            self.last = kept.last;
        }
        self.need_sync = !self.sync_always;
        if out.len() as u64 == self.raw_bytes {
            self.no_compact = true;
        } else {
            self.raw_bytes = out.len() as u64;
        }
        self.compacted_bytes = self.bytes;
        for seq in first..self.first.seq {
            self.deleted.delete(seq);
        }
        for seq in (self.last.seq.saturating_add(1)..=last).rev() {
            self.deleted.delete(seq);
        }
        if kept.msgs == 0 {
            self.last = MsgId { seq: first.wrapping_sub(1), ts: 0 };
            self.deleted.clear();
        }
        self.clear_cache_and_offset(ctx);
        if was_loaded {
            self.load_msgs(ctx)?;
        }
        Ok(())
    }

    /// The records that compaction keeps.
    fn keep_live(&self, floor: u64, needed: &dyn Fn(u64) -> bool) -> Result<Kept, StoreError> {
        let cache = self.cache.as_ref().ok_or(StoreError::NoCache)?;
        let first = self.first.seq;
        let mut kept = Kept { buf: Vec::with_capacity(usize::try_from(self.bytes).unwrap_or(0)), ..Kept::default() };
        for (at, record) in Records::new(&cache.buf) {
            let record = record.map_err(|fault| StoreError::BadBlock { block: self.index, why: fault.at(at).why })?;
            let header = &record.header;
            let raw = header.raw_sequence;
            if raw == 0 || header.is_erased() || raw < first || self.deleted.exists(raw) {
                continue;
            }
            let bytes = cache.buf.get(at..at + header.len() as usize).unwrap_or_default();
            let seq = header.sequence();
            if header.is_tombstone() {
                if seq < first && seq >= floor && needed(seq) {
                    kept.buf.extend_from_slice(bytes);
                }
                continue;
            }
            kept.buf.extend_from_slice(bytes);
            kept.msgs += 1;
            kept.first.get_or_insert(seq);
            if seq >= kept.last.seq {
                kept.last = MsgId { seq, ts: header.timestamp };
            }
        }
        Ok(kept)
    }

    /// Overwrites the record of `seq`, `len` bytes at `at` of the cache, with noise that reads as removed (Go: `eraseMsg`,
    /// 1064).
    pub(crate) fn erase(
        &mut self,
        ctx: &mut Ctx,
        seq: u64,
        at: usize,
        len: usize,
        is_last: bool,
    ) -> Result<(), StoreError> {
        let mut noise = vec![0; len.saturating_sub(EMPTY_RECORD_LEN)];
        ctx.env.entropy.fill(&mut noise)?;
        let mut record = Vec::with_capacity(len);
        encode_erased(&mut record, &self.hasher, seq, &noise);
        let Some(cache) = &mut self.cache else {
            return Err(StoreError::NoCache);
        };
        if let Some(target) = cache.buf.get_mut(at..at.saturating_add(len))
            && target.len() == record.len()
        {
            target.copy_from_slice(&record);
        }
        // What is not in the file yet goes there later, already erased.
        if cache.written > at {
            let buf = cache.buf.clone();
            self.overwrite_file(ctx, &buf, !is_last)?;
        }
        Ok(())
    }

    /// Cuts the block behind `seq`, and gives the messages and bytes that went (Go: `msgBlock.truncate`, 1065).
    pub(crate) fn truncate(&mut self, ctx: &mut Ctx, seq: u64, ts: i64) -> Result<(u64, u64), StoreError> {
        self.load_msgs(ctx)?;
        let cache_first = self.cache.as_ref().map_or(0, |cache| cache.first_seq);
        let number = seq
            .checked_sub(cache_first)
            .and_then(|number| usize::try_from(number).ok())
            .ok_or(StoreError::PartialCache)?;
        let slot = self.slot_info(number)?;
        let end = slot.at + slot.len;
        self.flush_pending(ctx)?;
        let gone = self.count_behind(ctx, seq);
        self.cut_behind(ctx, end)?;
        self.last = MsgId { seq, ts };
        self.clear_cache_and_offset(ctx);
        self.reset_subjects(ctx)?;
        self.load_msgs(ctx)?;
        Ok(gone)
    }

    /// Takes the messages behind `seq` off the block's numbers.
    fn count_behind(&mut self, ctx: &mut Ctx, seq: u64) -> (u64, u64) {
        let (mut msgs, mut bytes) = (0, 0);
        let mut check_deleted = !self.deleted.is_empty();
        for behind in (seq.saturating_add(1)..=self.last.seq).rev() {
            if check_deleted && self.deleted.delete(behind) {
                check_deleted = !self.deleted.is_empty();
                continue;
            }
            let Ok(view) = self.lookup(ctx, behind) else {
                continue;
            };
            let size = record_len_raw(view.subject.len(), view.hdr.len(), view.msg.len());
            if self.msgs > 0 {
                let size = size.min(self.bytes);
                self.msgs -= 1;
                self.bytes -= size;
                self.raw_bytes = self.raw_bytes.wrapping_sub(size);
                msgs += 1;
                bytes += size;
            }
        }
        (msgs, bytes)
    }

    /// Cuts the file behind `end` of its plain bytes.
    fn cut_behind(&mut self, ctx: &mut Ctx, end: usize) -> Result<(), StoreError> {
        if self.compression != StoreCompression::None || self.encrypted() {
            let buf = self.load_block(ctx)?;
            let mut buf = self.decrypt_and_decompress(buf)?;
            if end > buf.len() {
                return Err(StoreError::BadBlock { block: self.index, why: "shorter than its index says" });
            }
            buf.truncate(end);
            if let Some(checksum) = buf.last_chunk() {
                self.last_checksum = *checksum;
            }
            return self.overwrite_file(ctx, &buf, false);
        }
        let Some(file) = &self.file else {
            return Err(StoreError::NoMsgBlock);
        };
        file.set_len(end as u64)?;
        file.sync()?;
        let mut checksum = [0; CHECKSUM_LEN];
        file.read_exact_at(end.saturating_sub(CHECKSUM_LEN) as u64, &mut checksum)?;
        self.last_checksum = checksum;
        Ok(())
    }

    /// Moves the first sequence to the next message there is (Go: `msgBlock.selectNextFirst`, 1067).
    pub(crate) fn select_next_first(&mut self, ctx: &mut Ctx) {
        let last = self.last.seq;
        let mut seq = self.first.seq.wrapping_add(1);
        while seq <= last && self.deleted.delete(seq) {
            seq += 1;
        }
        self.first.seq = seq;
        self.first.ts = 0;
        if seq > last {
            return;
        }
        if let Ok(view) = self.lookup(ctx, seq) {
            self.first.ts = view.ts;
        } else if let Ok((view, _)) = self.fetch(ctx, seq) {
            self.first.ts = view.ts;
        }
    }

    /// The tombstones in the block (Go: `tombsLocked`, 1175).
    pub(crate) fn tombs(&mut self, ctx: &mut Ctx) -> Vec<MsgId> {
        if !self.cache_loaded() && self.load_msgs(ctx).is_err() {
            return Vec::new();
        }
        let Some(cache) = &self.cache else {
            return Vec::new();
        };
        tombstones(&cache.buf).map(|(seq, ts)| MsgId { seq, ts }).collect()
    }

    /// How many tombstones in the block stand for messages of earlier blocks that the stream has not left behind (Go:
    /// `numPriorTombsLocked`, 1176).
    pub(crate) fn num_prior_tombs(&mut self, ctx: &mut Ctx, stream_first_seq: u64) -> usize {
        if !self.cache_loaded() && self.load_msgs(ctx).is_err() {
            return 0;
        }
        let Some(cache) = &self.cache else {
            return 0;
        };
        let (mut first, mut tombs) = (0, 0);
        for (_, header) in RawHeaders::new(&cache.buf) {
            let seq = header.sequence();
            if header.is_tombstone() {
                if seq >= stream_first_seq && (first == 0 || seq < first) {
                    tombs += 1;
                }
            } else if seq != 0 && !header.is_erased() && first == 0 {
                first = seq;
            }
        }
        tombs
    }
}

/// What compaction keeps.
#[derive(Default)]
struct Kept {
    buf: Vec<u8>,
    first: Option<u64>,
    last: MsgId,
    msgs: u64,
}
