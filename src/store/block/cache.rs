//! The cache of a block: its bytes as they are after decryption and decompression, and where each sequence lies in them.
//!
//! Writes go through the same buffer: what lies behind `written` is not in the file yet. A slot holds the offset of a
//! record, [`SLOT_DELETED`] for a sequence without one, and [`SLOT_CHECKED`] once its checksum was verified.
//!
//! Carries 1029, 1055, 1069 to 1077, 1114, 1118 to 1132, 1136 to 1138.

use super::super::ctx::{ACCESS_TICK_NS, Ctx, Deferred};
use super::super::error::StoreError;
use super::super::state::Message;
use super::Block;
use super::subjects::count;
use crate::format::checksum::Hasher64;
use crate::format::headers::{MESSAGE_TTL, SCHEDULE_PATTERN, slice_header};
use crate::format::record::{self, HEADER_LEN, HEADERS_LEN_LEN, RecordHeader, RecordView};
use crate::index::subject_tree::SubjectTree;

/// The checksum of the slot's record was verified (Go: `cbit`).
pub(super) const SLOT_CHECKED: u32 = 1 << 31;
/// The slot's sequence has no record (Go: `dbit`).
pub(super) const SLOT_DELETED: u32 = 1 << 30;
/// How many sequences a block may span before its index is taken for damage. Go would ask for four bytes a sequence;
/// no block that a store wrote comes near.
pub(super) const MAX_BLOCK_SPAN: u64 = 1 << 28;
/// A timer that fired and was not set again.
const FIRED: i64 = i64::MAX;

/// The bytes of a block in memory.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    /// The records, plain.
    pub(crate) buf: Vec<u8>,
    /// The offset of each sequence's record from `first_seq` on.
    pub(crate) slots: Vec<u32>,
    /// The sequence of the first slot, 0 before there is one (Go: `fseq`).
    pub(crate) first_seq: u64,
    /// How many bytes of `buf` are in the file (Go: `wp`).
    pub(crate) written: usize,
}

/// Where a record lies in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Its offset.
    pub(crate) at: usize,
    /// Its length, up to the next record that is indexed.
    pub(crate) len: usize,
    /// Whether its checksum was verified.
    pub(crate) checked: bool,
}

/// A message as it lies in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MsgView<'a> {
    pub(crate) seq: u64,
    pub(crate) ts: i64,
    pub(crate) subject: &'a [u8],
    pub(crate) hdr: &'a [u8],
    pub(crate) msg: &'a [u8],
}

impl MsgView<'_> {
    /// Copies the message over `message`, whose room is used again.
    pub(crate) fn copy_to(self, message: &mut Message) {
        let copy = |source: &[u8], target: &mut Vec<u8>| {
            target.clear();
            target.extend_from_slice(source);
        };
        (message.seq, message.ts) = (self.seq, self.ts);
        copy(self.subject, &mut message.subject);
        copy(self.hdr, &mut message.hdr);
        copy(self.msg, &mut message.msg);
    }
}

/// How long the parts of a message are, for a second view of one that was read already.
struct Parts {
    ts: i64,
    subject: usize,
    hdr: usize,
    msg: usize,
}

impl Parts {
    fn of(view: &MsgView<'_>) -> Self {
        Self { ts: view.ts, subject: view.subject.len(), hdr: view.hdr.len(), msg: view.msg.len() }
    }

    /// The message of the record at the start of `bytes`.
    fn view<'a>(&self, seq: u64, bytes: &'a [u8]) -> Option<MsgView<'a>> {
        let (_, rest) = bytes.split_at_checked(HEADER_LEN)?;
        let (subject, rest) = rest.split_at_checked(self.subject)?;
        let has_headers = RecordHeader::parse(bytes)?.has_headers();
        let (_, rest) = rest.split_at_checked(if has_headers { HEADERS_LEN_LEN } else { 0 })?;
        let (hdr, rest) = rest.split_at_checked(self.hdr)?;
        Some(MsgView { seq, ts: self.ts, subject, hdr, msg: rest.get(..self.msg)? })
    }
}

/// Reads the message at the start of `bytes`; with a hasher its checksum must hold (Go: `msgFromBufEx`, 1138). The
/// sequence of an erased record reads as 0.
fn message_at<'a>(block: u32, bytes: &'a [u8], hasher: Option<&Hasher64>) -> Result<MsgView<'a>, StoreError> {
    let message = record::message(bytes, hasher).map_err(|error| StoreError::BadMsg { block, why: error.why })?;
    Ok(MsgView {
        seq: message.sequence,
        ts: message.timestamp,
        subject: message.subject,
        hdr: message.headers,
        msg: message.message,
    })
}

impl Block {
    /// Whether the cache covers the block as its numbers say (Go: `cacheAlreadyLoaded`, 1120).
    pub(crate) fn cache_loaded(&self) -> bool {
        let Some(cache) = &self.cache else {
            return false;
        };
        if cache.first_seq == 0 || cache.buf.is_empty() {
            return false;
        }
        let entries =
            self.msgs.wrapping_add(self.deleted.size()).wrapping_add(self.first.seq.wrapping_sub(cache.first_seq));
        entries == cache.slots.len() as u64
    }

    /// Whether subjects are tracked but not loaded (Go: `fssNotLoaded`, 1122).
    pub(crate) fn subjects_not_loaded(&mut self, ctx: &Ctx) -> bool {
        self.make_left_subjects(ctx);
        self.subjects.is_none() && !self.no_track
    }

    /// Loads the block into the cache unless it is there, and its subjects on the way (Go: `loadMsgsWithLock`, 1125).
    pub(crate) fn load_msgs(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        self.load_msgs_with(ctx, false)
    }

    /// [`Self::load_msgs`]; the subjects may be left until somebody asks for them.
    fn load_msgs_with(&mut self, ctx: &mut Ctx, leave_subjects: bool) -> Result<(), StoreError> {
        self.check_and_load_encryption(ctx)?;
        if self.loading {
            return Ok(());
        }
        self.loading = true;
        let loaded = self.load_msgs_unguarded(ctx, leave_subjects);
        self.loading = false;
        loaded
    }

    fn load_msgs_unguarded(&mut self, ctx: &mut Ctx, leave_subjects: bool) -> Result<(), StoreError> {
        // Flushing and rebuilding change what is to be loaded; a store that never comes to rest is refused.
        const MAX_TRIES: usize = 8;
        for _ in 0..MAX_TRIES {
            if self.cache_loaded() {
                return Ok(());
            }
            self.last_load_ns = ctx.access_time_ns();
            if self.pending_write_size() > 0 {
                self.flush_pending(ctx)?;
                continue;
            }
            let buf = match self.just_read.take() {
                Some(read) => {
                    self.raw_bytes = read.raw_bytes;
                    read.plain
                }
                None => self.load_plain_or_rebuild(ctx)?,
            };
            let len = buf.len();
            match self.index_cache_buf(ctx, buf, leave_subjects) {
                Ok(()) => {
                    if len > 0 {
                        self.cache_loads += 1;
                        self.start_cache_timer(ctx);
                    }
                    return Ok(());
                }
                Err(StoreError::CorruptState) => {
                    let (lost, _) = self.rebuild_state(ctx)?;
                    ctx.deferred.push(Deferred::RebuildState(lost));
                }
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::NoCache)
    }

    /// Reads the file; when it is gone, the block is counted again.
    fn load_plain_or_rebuild(&mut self, ctx: &mut Ctx) -> Result<Vec<u8>, StoreError> {
        let buf = match self.load_block(ctx) {
            Ok(buf) => buf,
            Err(error) => {
                if error == StoreError::NoBlockData
                    && let Ok((lost @ Some(_), _)) = self.rebuild_state(ctx)
                {
                    ctx.deferred.push(Deferred::RebuildState(lost));
                }
                return Err(error);
            }
        };
        self.decrypt_and_decompress(buf)
    }

    /// Makes the cache from the plain bytes of the block (Go: `indexCacheBuf`, 1114). [`StoreError::CorruptState`] when
    /// they and the block's numbers disagree.
    pub(crate) fn index_cache_buf(&mut self, ctx: &Ctx, buf: Vec<u8>, leave_subjects: bool) -> Result<(), StoreError> {
        let (first, last) = (self.first.seq, self.last.seq);
        if first > last.wrapping_add(1) {
            return Err(StoreError::CorruptState);
        }
        let span = last.wrapping_sub(first).wrapping_add(1);
        if span > MAX_BLOCK_SPAN {
            return Err(StoreError::CorruptState);
        }
        self.drop_cache(ctx);
        let wants_subjects = self.subjects_not_loaded(ctx);
        let fill_subjects = wants_subjects && !leave_subjects;
        if fill_subjects {
            self.subjects = Some(SubjectTree::with_room(ctx.subjects_room.get()));
        }
        self.last_subject_ns = ctx.access_time_ns();
        self.ttls = 0;
        self.schedules = 0;

        let mut slots = ctx.spare.take_slots();
        // Room for what the bytes can hold, whatever span the numbers claim.
        slots.reserve(usize::try_from(span).unwrap_or(0).min(buf.len() / HEADER_LEN));
        let mut indexer = Indexer { slots, ttls: 0, schedules: 0, seen_first: 0, seen_last: 0, fill_subjects };
        let mut at = 0;
        while at < buf.len() {
            let record = buf.get(at..).and_then(RecordView::parse).ok_or(StoreError::CorruptState)?;
            self.index_record(&mut indexer, &record, at)?;
            at += record.header.len() as usize;
        }
        if indexer.slots.len() as u64 != span
            || (indexer.seen_first > 0 && indexer.seen_first != first)
            || (indexer.seen_last > 0 && indexer.seen_last != last)
        {
            return Err(StoreError::CorruptState);
        }
        if fill_subjects && let Some(subjects) = &mut self.subjects {
            subjects.shrink();
            ctx.subjects_room.set(subjects.room());
        }
        self.ttls = indexer.ttls;
        self.schedules = indexer.schedules;
        self.cache = Some(Cache { written: buf.len(), buf, slots: indexer.slots, first_seq: first });
        self.subjects_left = wants_subjects && leave_subjects;
        Ok(())
    }

    fn index_record(&mut self, indexer: &mut Indexer, record: &RecordView<'_>, at: usize) -> Result<(), StoreError> {
        let first = self.first.seq;
        let header = &record.header;
        if header.is_tombstone() {
            return Ok(());
        }
        let erased = header.is_erased();
        let seq = header.sequence();
        // Corruption can leave sequences out of order: a record behind its successor is not indexed.
        if seq <= indexer.seen_last || seq < first {
            return Ok(());
        }
        indexer.seen_last = seq;
        if indexer.seen_first == 0 {
            indexer.seen_first = seq;
            if seq != first {
                return Err(StoreError::CorruptState);
            }
        }
        if seq - first > MAX_BLOCK_SPAN {
            return Err(StoreError::CorruptState);
        }
        for hole in first + indexer.slots.len() as u64..seq {
            indexer.slots.push(SLOT_DELETED);
            if hole != 0 {
                self.deleted.insert(hole);
            }
        }
        indexer.slots.push(u32::try_from(at).map_err(|_| StoreError::CorruptState)?);
        let deleted = self.deleted.exists(seq);
        if erased && seq != 0 && !deleted {
            return Err(StoreError::CorruptState);
        }
        if indexer.fill_subjects && !record.subject.is_empty() && !erased && !deleted {
            self.count_subject(record.subject, seq);
        }
        if header.has_headers()
            && let Some((hdr, _)) = record.split()
        {
            let present = |name| slice_header(name, hdr).is_some_and(|value| !value.is_empty());
            indexer.ttls += u64::from(present(MESSAGE_TTL));
            indexer.schedules += u64::from(present(SCHEDULE_PATTERN));
        }
        Ok(())
    }

    /// Counts a message of the subject at the end of the block.
    pub(super) fn count_subject(&mut self, subject: &[u8], seq: u64) {
        if let Some(subjects) = &mut self.subjects {
            count(subjects, subject, seq);
        }
    }

    /// Where the record of slot number `slot` lies (Go: `slotInfo`, 1055).
    pub(crate) fn slot_info(&self, slot: usize) -> Result<Slot, StoreError> {
        let cache = self.cache.as_ref().ok_or(StoreError::NoCache)?;
        let entry = *cache.slots.get(slot).ok_or(StoreError::PartialCache)?;
        if entry == SLOT_DELETED {
            return Err(StoreError::DeletedMsg);
        }
        let at = (entry & !SLOT_CHECKED) as usize;
        let next = cache
            .slots
            .get(slot + 1..)
            .unwrap_or_default()
            .iter()
            .map(|next| next & !SLOT_CHECKED)
            .find(|next| *next != SLOT_DELETED)
            .map_or(cache.buf.len(), |next| next as usize);
        let len = next.saturating_sub(at);
        if len < HEADER_LEN {
            return Err(StoreError::BadMsg { block: self.index, why: "length too short for its slot" });
        }
        Ok(Slot { at, len, checked: entry & SLOT_CHECKED != 0 })
    }

    /// The message of `seq` from the cache, which must be loaded (Go: `cacheLookupEx`, 1132).
    pub(crate) fn lookup(&mut self, ctx: &mut Ctx, seq: u64) -> Result<MsgView<'_>, StoreError> {
        let (first, last) = (self.first.seq, self.last.seq);
        if last == first.wrapping_sub(1) || seq < first || seq > last {
            return Err(StoreError::MsgNotFound);
        }
        if self.last_lookup == 0
            || seq < self.last_lookup
            || seq == self.last_lookup.wrapping_add(1)
            || seq == self.last_lookup.wrapping_sub(1)
        {
            self.last_lookup = seq;
        }
        if self.deleted.exists(seq) {
            self.last_load_ns = ctx.access_time_ns();
            return Err(StoreError::DeletedMsg);
        }
        let usable = self
            .cache
            .as_ref()
            .is_some_and(|cache| cache.first_seq != 0 && !cache.slots.is_empty() && !cache.buf.is_empty());
        if !usable {
            if self.cache.is_some() {
                self.try_force_expire_cache(ctx);
            }
            return Err(StoreError::NoCache);
        }
        let cache_first = self.cache.as_ref().map_or(0, |cache| cache.first_seq);
        let number = seq
            .checked_sub(cache_first)
            .and_then(|number| usize::try_from(number).ok())
            .ok_or(StoreError::PartialCache)?;
        let slot = self.indexed_at(number)?;
        self.last_load_ns = ctx.access_time_ns();
        if slot.checked && self.sequence_at(&slot) == Some(seq) {
            return self.view_of(&slot);
        }
        let found = self.view_of(&slot)?;
        let (found, parts) = (found.seq, Parts::of(&found));
        if found == 0 {
            return Err(StoreError::DeletedMsg);
        }
        if found != seq {
            self.clear_cache_and_offset(ctx);
            return Err(StoreError::CacheMismatch { expected: seq, found });
        }
        let cache = self.cache.as_mut().ok_or(StoreError::NoCache)?;
        if !slot.checked
            && let Some(entry) = cache.slots.get_mut(number)
        {
            *entry |= SLOT_CHECKED;
        }
        parts.view(seq, cache.buf.get(slot.at..).unwrap_or_default()).ok_or(StoreError::PartialCache)
    }

    /// The slot without its length, which a lookup does not need: the record says how long it is.
    fn indexed_at(&self, number: usize) -> Result<Slot, StoreError> {
        let cache = self.cache.as_ref().ok_or(StoreError::NoCache)?;
        let entry = *cache.slots.get(number).ok_or(StoreError::PartialCache)?;
        if entry == SLOT_DELETED {
            return Err(StoreError::DeletedMsg);
        }
        Ok(Slot { at: (entry & !SLOT_CHECKED) as usize, len: 0, checked: entry & SLOT_CHECKED != 0 })
    }

    /// What the record of the slot has for its sequence, with the bits of erased records and tombstones.
    fn sequence_at(&self, slot: &Slot) -> Option<u64> {
        let bytes = self.cache.as_ref()?.buf.get(slot.at..)?;
        Some(RecordHeader::parse(bytes)?.raw_sequence)
    }

    fn view_of(&self, slot: &Slot) -> Result<MsgView<'_>, StoreError> {
        let cache = self.cache.as_ref().ok_or(StoreError::NoCache)?;
        let bytes = cache.buf.get(slot.at..).filter(|bytes| !bytes.is_empty()).ok_or(StoreError::PartialCache)?;
        let hasher = (!slot.checked).then_some(&self.hasher);
        message_at(self.index, bytes, hasher)
    }

    /// The message of `seq`, loading the block when needed, and whether a reader that walks the block is at its end
    /// (Go: `fetchMsgEx`, 1128).
    pub(crate) fn fetch(&mut self, ctx: &mut Ctx, seq: u64) -> Result<(MsgView<'_>, bool), StoreError> {
        let (first, last) = (self.first.seq, self.last.seq);
        if seq < first || seq > last {
            return Err(StoreError::MsgNotFound);
        }
        if self.deleted.exists(seq) {
            if self.last_lookup == 0
                || seq < self.last_lookup
                || seq == self.last_lookup.wrapping_add(1)
                || seq == self.last_lookup.wrapping_sub(1)
            {
                self.last_lookup = seq;
            }
            return Err(StoreError::DeletedMsg);
        }
        if !self.cache_loaded() {
            // Whoever keeps the time itself sees what is in memory, and finds there what Go has.
            self.load_msgs_with(ctx, ctx.alarm.has_background)?;
        }
        let before = self.last_lookup;
        let walked = (seq == last && before == seq.wrapping_sub(1)) || (seq == first && before == seq.wrapping_add(1));
        Ok((self.lookup(ctx, seq)?, walked))
    }

    /// Sets the cache timer to its full span (Go: `startCacheExpireTimer`, 1070).
    pub(crate) fn start_cache_timer(&mut self, ctx: &Ctx) {
        self.set_cache_timer(ctx, ctx.fcfg.cache_expire_ns + ACCESS_TICK_NS);
    }

    /// When the cache timer fires next.
    pub(crate) fn cache_due(&self) -> Option<i64> {
        self.cache_due.filter(|due| *due != FIRED)
    }

    /// The clock was set back: the cache timer comes as much earlier.
    pub(crate) fn turn_cache_timer_back(&mut self, by_ns: i64) {
        if let Some(due) = self.cache_due() {
            self.cache_due = Some(due.saturating_sub(by_ns));
        }
    }

    /// The cache timer fires: drops the cache when nobody used it for long (Go: `tryExpireCache`).
    pub(crate) fn run_cache_timer(&mut self, ctx: &Ctx) {
        self.cache_due = Some(FIRED);
        self.try_expire_cache(ctx);
    }

    /// Sets the cache timer, to its full span for 0 (Go: `resetCacheExpireTimer`, 1069).
    fn set_cache_timer(&mut self, ctx: &Ctx, after_ns: i64) {
        if after_ns == 0 {
            return self.start_cache_timer(ctx);
        }
        let due = ctx.now_ns().saturating_add(after_ns);
        self.cache_due = Some(due);
        ctx.alarm.set(due);
    }

    /// Drops the cache and the memory of walks (Go: `clearCacheAndOffset`, 1071).
    pub(crate) fn clear_cache_and_offset(&mut self, ctx: &Ctx) {
        self.last_lookup = 0;
        self.clear_cache(ctx);
    }

    /// Drops the cache, and the subjects too when nobody used them for long (Go: `clearCache`, 1072).
    pub(crate) fn clear_cache(&mut self, ctx: &Ctx) {
        if self.cache_due.is_some() {
            let idle = self.since_last_activity_ns(ctx);
            if self.subjects.is_none() || idle > ctx.fcfg.subject_state_expire_ns {
                self.subjects = None;
                self.cache_due = None;
            } else {
                self.set_cache_timer(ctx, ctx.fcfg.subject_state_expire_ns - idle);
            }
        }
        self.drop_cache(ctx);
    }

    /// Drops the cache and keeps its room for the next one.
    pub(super) fn drop_cache(&mut self, ctx: &Ctx) {
        self.subjects_left = false;
        if let Some(cache) = self.cache.take() {
            ctx.spare.put(cache);
        }
    }

    /// Drops the cache whatever its age, unless it holds unwritten bytes (Go: `tryForceExpireCacheLocked`, 1075).
    pub(crate) fn try_force_expire_cache(&mut self, ctx: &Ctx) {
        let kept = self.last_load_ns;
        self.last_load_ns = 0;
        self.try_expire_cache(ctx);
        self.last_load_ns = kept;
    }

    /// Drops the write cache of a block that will not be written to any more (Go: `tryExpireWriteCache`, 1076).
    pub(crate) fn try_expire_write_cache(&mut self, ctx: &Ctx) {
        if self.cache.is_none() {
            return;
        }
        let kept = self.last_write_ns;
        self.last_write_ns = 0;
        self.try_expire_cache(ctx);
        self.last_write_ns = kept;
        if self.last_load_ns == 0 && self.cache.is_none() {
            self.last_write_ns = 0;
        }
    }

    /// Drops the cache when nobody used it for the configured time, else sets its timer (Go: `expireCacheLocked`).
    pub(crate) fn try_expire_cache(&mut self, ctx: &Ctx) {
        let Some(cache) = &self.cache else {
            if self.subjects.is_none() {
                self.cache_due = None;
            } else {
                self.expire_if_idle(ctx);
            }
            return;
        };
        if cache.buf.len() > cache.written {
            self.set_cache_timer(ctx, ctx.fcfg.cache_expire_ns);
            return;
        }
        self.expire_if_idle(ctx);
    }

    fn expire_if_idle(&mut self, ctx: &Ctx) {
        let used = self.last_load_ns.max(self.last_write_ns);
        let idle = ctx.access_time_ns().saturating_sub(used);
        let expire = ctx.fcfg.cache_expire_ns;
        if idle <= expire.saturating_add(ACCESS_TICK_NS) {
            let left = expire - idle;
            self.set_cache_timer(ctx, if left <= 0 { ACCESS_TICK_NS } else { left });
            return;
        }
        self.clear_cache(ctx);
    }
}

/// What indexing a block adds up.
struct Indexer {
    slots: Vec<u32>,
    ttls: u64,
    schedules: u64,
    seen_first: u64,
    seen_last: u64,
    fill_subjects: bool,
}
