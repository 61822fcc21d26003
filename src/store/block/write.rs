//! Writing to a block: records, tombstones and skipped sequences, the flush of the cache to the file, the background
//! flush, and the rewriting of a whole file.
//!
//! The first failed write stays with the block: nothing is written to it again until the store is opened anew.
//!
//! Carries 1036, 1057 to 1063, 1088 to 1092, 1100, 1105, 1106, 1115 to 1117, 1185, 1186, 1194.

use std::sync::PoisonError;

use super::super::ctx::{Ctx, Deferred};
use super::super::error::StoreError;
use super::super::state::{LostStreamData, MsgId};
use super::Block;
use super::cache::{SLOT_CHECKED, SLOT_DELETED};
use super::recompress::temporary_path;
use crate::env::OpenMode;
use crate::format::cipher::KeystreamAhead;
use crate::format::compress::{StoreCompression, encode_file};
use crate::format::record::{EMPTY_RECORD_LEN, ERASED_BIT, TOMBSTONE_BIT, encode_record};

/// A background flush waits for more as long as less than this is pending (Go: `coalesceMinimum`).
const COALESCE_MINIMUM: usize = 16 * 1024;
/// And at most so long (Go: `maxFlushWait`).
const MAX_FLUSH_WAIT_MS: i64 = 8;
/// A writer that is so far ahead of a background thread flushes itself: what is pending is still in the processor's cache
/// then, and the two do not fight over the store.
const WRITER_FLUSHES: usize = 64 * 1024;
const MS: i64 = 1_000_000;

/// The background flush of a block (Go: `flushLoop`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flusher {
    /// Somebody wrote since the last look.
    kicked: bool,
    /// It waits for more to come.
    waiting: Option<FlushWait>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FlushWait {
    due_ns: i64,
    step_ms: i64,
    waited_ms: i64,
    pending: usize,
}

/// A flush that came to nothing.
#[derive(Debug)]
pub(crate) struct Unflushed {
    /// The messages that are lost with it.
    lost: Option<LostStreamData>,
    /// Why; it stays with the block.
    pub(crate) error: StoreError,
}

impl From<StoreError> for Unflushed {
    fn from(error: StoreError) -> Self {
        Self { lost: None, error }
    }
}

impl Block {
    /// Appends a record; `seq` carries the bits of tombstones and erased slots (Go: `writeMsgRecordLocked`, 1092). With
    /// `flush` it goes to the file at once in a store that flushes in place, else `kick` wakes the background flush.
    #[expect(clippy::too_many_arguments, reason = "a record has this many parts")]
    pub(crate) fn write_record(
        &mut self,
        ctx: &mut Ctx,
        seq: u64,
        ts: i64,
        subject: &[u8],
        hdr: &[u8],
        msg: &[u8],
        flush: bool,
        kick: bool,
    ) -> Result<(), StoreError> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let written = self.append_record(ctx, seq, ts, subject, hdr, msg, flush, kick);
        if let Err(error) = &written
            && self.write_error.is_none()
            && !error.is_read_error()
        {
            self.write_error = Some(error.clone());
        }
        written
    }

    #[expect(clippy::too_many_arguments, reason = "a record has this many parts")]
    fn append_record(
        &mut self,
        ctx: &mut Ctx,
        seq: u64,
        ts: i64,
        subject: &[u8],
        hdr: &[u8],
        msg: &[u8],
        flush: bool,
        kick: bool,
    ) -> Result<(), StoreError> {
        if self.file.is_none() {
            self.enable_for_writing(ctx, flush && kick)?;
        }
        if !subject.is_empty() && !self.no_track {
            self.ensure_subjects(ctx)?;
            self.last_subject_ns = ctx.access_time_ns();
            self.count_subject(subject, seq);
        }
        self.set_up_write_cache(ctx)?;
        let cache = self.cache.as_mut().ok_or(StoreError::NoCache)?;
        let at = cache.buf.len();
        self.last_checksum = encode_record(&mut cache.buf, &self.hasher, seq, ts, subject, hdr, msg);
        let record_len = (cache.buf.len() - at) as u64;
        self.last_write_ns = ts;
        if seq & TOMBSTONE_BIT == 0 {
            self.index_written(seq, ts, record_len, at)?;
        } else {
            let removed = seq & !TOMBSTONE_BIT;
            // An empty block takes over the sequence, so that it can stand for the end of the stream.
            if self.msgs == 0 && removed > self.last.seq {
                self.last = MsgId { seq: removed, ts };
                self.first = MsgId { seq: removed.wrapping_add(1), ts: 0 };
            }
            self.raw_bytes += record_len;
        }
        if flush && ctx.flush_in_place {
            self.flush_pending(ctx)?;
        } else if kick {
            self.kick_flusher(ctx);
        }
        Ok(())
    }

    /// Numbers and index for a record that was just appended (Go: `updateAccounting`, 1100, and what follows it).
    fn index_written(&mut self, seq: u64, ts: i64, record_len: u64, at: usize) -> Result<(), StoreError> {
        let last = self.last.seq;
        let erased = seq & ERASED_BIT != 0;
        let seq = seq & !ERASED_BIT;
        if (self.first.seq == 0 || self.first.ts == 0) && seq >= self.first.seq {
            self.first = MsgId { seq, ts };
        }
        self.last = MsgId { seq, ts };
        self.raw_bytes += record_len;
        if !erased {
            self.bytes += record_len;
            self.msgs += 1;
        }
        let at = u32::try_from(at).map_err(|_| StoreError::MsgBlockTooBig)?;
        let cache = self.cache.as_mut().ok_or(StoreError::NoCache)?;
        if !cache.slots.is_empty() {
            for _ in last.saturating_add(1)..seq {
                cache.slots.push(SLOT_DELETED);
            }
        }
        cache.slots.push(at | SLOT_CHECKED);
        if cache.slots.len() == 1 {
            cache.first_seq = seq;
        }
        Ok(())
    }

    /// Makes sure that there is a cache to append to (Go: `setupWriteCache`, 1029).
    pub(crate) fn set_up_write_cache(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        if self.cache.is_some() {
            return Ok(());
        }
        let present = self.file.is_some()
            || match &self.path {
                Some(path) => ctx.env.fs.exists(path).unwrap_or(false),
                None => false,
            };
        if present {
            return self.load_msgs(ctx);
        }
        self.cache = Some(ctx.spare.take_cache());
        self.last_load_ns = ctx.access_time_ns();
        self.start_cache_timer(ctx);
        Ok(())
    }

    /// Appends a tombstone for a sequence removed elsewhere (Go: `writeTombstone`, 1089).
    pub(crate) fn write_tombstone(&mut self, ctx: &mut Ctx, seq: u64, ts: i64) -> Result<(), StoreError> {
        self.write_record(ctx, seq | TOMBSTONE_BIT, ts, &[], &[], &[], true, true)
    }

    /// Appends a tombstone and leaves the flush to the caller (Go: `writeTombstoneNoFlush`, 1090).
    pub(crate) fn write_tombstone_no_flush(&mut self, ctx: &mut Ctx, seq: u64, ts: i64) -> Result<(), StoreError> {
        self.write_record(ctx, seq | TOMBSTONE_BIT, ts, &[], &[], &[], false, false)
    }

    /// Marks a sequence as used without a message (Go: `msgBlock.skipMsg`, 1036).
    pub(crate) fn skip(&mut self, ctx: &mut Ctx, seq: u64, ts: i64, is_last: bool) -> Result<(), StoreError> {
        if let Some(error) = &self.write_error {
            return Err(error.clone());
        }
        let needs_record = if self.msgs == 0 {
            self.last = MsgId { seq, ts };
            self.first = MsgId { seq: seq.wrapping_add(1), ts: 0 };
            is_last
        } else {
            self.deleted.insert(seq);
            true
        };
        if needs_record {
            self.write_record(ctx, seq | ERASED_BIT, ts, &[], &[], &[], true, true)
        } else {
            self.kick_flusher(ctx);
            Ok(())
        }
    }

    /// Opens the file for writing; a store that does not flush in place gets its background flush (Go:
    /// `enableForWriting`, 1088).
    pub(crate) fn enable_for_writing(&mut self, ctx: &Ctx, flush_in_place: bool) -> Result<(), StoreError> {
        if self.file.is_some() {
            return Ok(());
        }
        let path = self.path.as_ref().ok_or(StoreError::NoMsgBlock)?;
        self.recompressing = false;
        self.file = Some(ctx.env.fs.open(path, OpenMode::Create)?);
        if !flush_in_place {
            self.spin_up_flusher();
        }
        Ok(())
    }

    /// Writes what the cache holds beyond the file (Go: `flushPendingMsgsLocked`, 1117). When the file refuses, the block
    /// is closed and counted again from what is in it, and what that lost is reported.
    pub(crate) fn flush_pending(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        let flushed = self.flush_pending_alone(ctx);
        if let Err(Unflushed { lost: lost @ Some(_), .. }) = &flushed {
            ctx.deferred.push(Deferred::RebuildState(lost.clone()));
        }
        flushed.map_err(|unflushed| unflushed.error)
    }

    /// As [`Self::flush_pending`], where the caller decides what becomes of messages that are lost.
    pub(crate) fn flush_pending_alone(&mut self, ctx: &mut Ctx) -> Result<(), Unflushed> {
        if let Some(error) = &self.write_error {
            return Err(error.clone().into());
        }
        if self.pending_write_size() == 0 {
            return Ok(());
        }
        self.check_and_load_encryption(ctx)?;
        if let Err(error) = self.write_pending() {
            self.dirty_close(ctx, false)?;
            let lost = self.rebuild_state(ctx).ok().and_then(|(lost, _)| lost);
            self.write_error = Some(error.clone());
            return Err(Unflushed { lost, error });
        }
        if self.sync_always {
            if let Some(file) = &self.file
                && let Err(error) = file.sync()
            {
                let error = StoreError::from(error);
                self.write_error = Some(error.clone());
                return Err(error.into());
            }
        } else {
            self.need_sync = true;
        }
        let access = ctx.access_time_ns();
        if access < self.last_load_ns || access - self.last_load_ns <= ctx.fcfg.cache_expire_ns {
            self.start_cache_timer(ctx);
        } else {
            self.try_expire_cache(ctx);
        }
        Ok(())
    }

    fn write_pending(&mut self) -> Result<(), StoreError> {
        let (Some(cache), Some(file)) = (&self.cache, &self.file) else {
            return Ok(());
        };
        let offset = cache.written as u64;
        let pending = cache.buf.get(cache.written..).unwrap_or_default();
        if let Some(key) = &self.key {
            let mut sealed = pending.to_vec();
            let stream = match &mut self.stream {
                Some(stream) => stream,
                none => none.insert(KeystreamAhead::new(key.block_stream()?)),
            };
            stream.apply_at(self.stream_at, &mut sealed)?;
            self.stream_at += sealed.len() as u64;
            file.write_at(offset, &sealed)?;
        } else {
            file.write_at(offset, pending)?;
        }
        if let Some(cache) = &mut self.cache {
            cache.written = cache.buf.len();
        }
        Ok(())
    }

    /// Replaces the file by `buf`, plain records, compressed if configured and allowed (Go: `atomicOverwriteFile`, 1106).
    pub(crate) fn overwrite_file(&mut self, ctx: &mut Ctx, buf: &[u8], allow_compress: bool) -> Result<(), StoreError> {
        let reopen = self.file.take().is_some();
        let replaced = self.replace_file(ctx, buf, allow_compress);
        if reopen {
            let reopened = self.enable_for_writing(ctx, ctx.flush_in_place);
            replaced?;
            return reopened;
        }
        replaced
    }

    fn replace_file(&mut self, ctx: &Ctx, buf: &[u8], allow_compress: bool) -> Result<(), StoreError> {
        let path = self.path.clone().ok_or(StoreError::NoMsgBlock)?;
        self.recompressing = false;
        // The background may be at a temporary file of the same name.
        let gate = ctx.rewriting.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = temporary_path(&path);
        let fs = &ctx.env.fs;
        let file = fs.open(&temporary, OpenMode::Truncate)?;
        let algorithm = if allow_compress { ctx.fcfg.compression } else { StoreCompression::None };
        let mut write = || -> Result<usize, StoreError> {
            let mut out = encode_file(algorithm, buf)?;
            self.apply_cipher(&mut out)?;
            file.write_at(0, &out)?;
            file.sync()?;
            Ok(out.len())
        };
        let written = write();
        drop((file, gate));
        let len = match written {
            Ok(len) => len,
            Err(error) => {
                // The failure that matters is the first one; the leftover is found again by name.
                drop(fs.remove_file(&temporary));
                return Err(error);
            }
        };
        fs.rename(&temporary, &path)?;
        self.compression = algorithm;
        self.raw_bytes = len as u64;
        Ok(())
    }

    /// Rewrites the file if it is not in the configured form (Go: `recompressOnDiskIfNeeded`, 1105).
    pub(crate) fn recompress_if_needed(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        if self.closed {
            return Ok(());
        }
        let path = self.path.clone().ok_or(StoreError::NoMsgBlock)?;
        let mut buf = ctx.env.fs.read(&path)?;
        self.apply_cipher(&mut buf)?;
        let (decoded, on_disk) = self.decode(buf)?;
        if on_disk == ctx.fcfg.compression {
            return Ok(());
        }
        self.overwrite_file(ctx, &decoded, true)
    }

    /// Forces the file to disk; a missing one needs none (Go: `syncFile`).
    pub(crate) fn sync_file(&self, ctx: &Ctx) -> Result<(), StoreError> {
        if let Some(file) = &self.file {
            return Ok(file.sync()?);
        }
        let Some(path) = &self.path else {
            return Ok(());
        };
        match ctx.env.fs.sync_file(path) {
            Err(error) if !error.is_not_found() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Closes the block without flushing; with `remove` its files go too (Go: `dirtyCloseWithRemove`, 1186).
    pub(crate) fn dirty_close(&mut self, ctx: &Ctx, remove: bool) -> Result<(), StoreError> {
        self.cache_due = None;
        self.clear_cache_and_offset(ctx);
        self.stop_flusher();
        self.file = None;
        if !remove {
            return Ok(());
        }
        self.closed = true;
        self.recompressing = false;
        self.subjects = None;
        // A block whose file could not be removed keeps the name of it, and may yet be asked for what lies there.
        for path in [&mut self.path, &mut self.key_path] {
            match path.as_ref().map(|path| ctx.env.fs.remove(path)) {
                Some(Err(error)) if !error.is_not_found() => return Err(error.into()),
                _ => *path = None,
            }
        }
        Ok(())
    }

    /// Flushes and closes the block (Go: `msgBlock.close`, 1194). A flush that fails stays as the block's write error.
    pub(crate) fn close(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        if self.closed {
            return Ok(());
        }
        self.cache_due = None;
        self.subjects = None;
        let flushed = self.flush_pending(ctx);
        self.clear_cache_and_offset(ctx);
        self.cache_due = None;
        self.stop_flusher();
        self.file = None;
        self.closed = true;
        flushed
    }

    /// Starts the background flush (Go: `spinUpFlushLoop`, 1057).
    pub(crate) fn spin_up_flusher(&mut self) {
        if self.flusher.is_none() && !self.closed {
            self.flusher = Some(Flusher::default());
        }
    }

    /// Ends the background flush.
    pub(crate) fn stop_flusher(&mut self) {
        self.flusher = None;
    }

    fn kick_flusher(&mut self, ctx: &Ctx) {
        if let Some(flusher) = &mut self.flusher {
            flusher.kicked = true;
            // One that waits looks again when its wait is over, which is a deadline.
            if flusher.waiting.is_none() {
                ctx.alarm.ask_for_flush();
            }
            if ctx.alarm.has_background && self.pending_write_size() >= WRITER_FLUSHES {
                ctx.alarm.ask_writer_to_flush();
            }
        }
    }

    /// The clock was set back: the wait ends as much earlier.
    pub(crate) fn turn_flusher_back(&mut self, by_ns: i64) {
        if let Some(Flusher { waiting: Some(wait), .. }) = &mut self.flusher {
            wait.due_ns = wait.due_ns.saturating_sub(by_ns);
        }
    }

    /// When the background flush wants to be run next, in Unix nanoseconds.
    pub(crate) fn flusher_due(&self) -> Option<i64> {
        let flusher = self.flusher.as_ref()?;
        match flusher.waiting {
            Some(wait) => Some(wait.due_ns),
            None if flusher.kicked => Some(i64::MIN),
            None => None,
        }
    }

    /// Lets the background flush do what is due (Go: `flushLoop`, 1063). It ends with a block that is not the last.
    pub(crate) fn run_flusher(&mut self, ctx: &mut Ctx, is_last: bool) -> Result<(), StoreError> {
        let now = ctx.now_ns();
        let pending = self.pending_write_size();
        let Some(flusher) = &mut self.flusher else {
            return Ok(());
        };
        let wait = match flusher.waiting {
            Some(wait) if wait.due_ns > now => return Ok(()),
            Some(wait) => {
                let waited_ms = wait.waited_ms + wait.step_ms;
                let enough = waited_ms > MAX_FLUSH_WAIT_MS || pending <= wait.pending || pending >= COALESCE_MINIMUM;
                (!enough).then(|| FlushWait {
                    due_ns: now + wait.step_ms * 2 * MS,
                    step_ms: wait.step_ms * 2,
                    waited_ms,
                    pending,
                })
            }
            None if !flusher.kicked => return Ok(()),
            None => {
                flusher.kicked = false;
                (pending != 0 && pending < COALESCE_MINIMUM).then_some(FlushWait {
                    due_ns: now + MS,
                    step_ms: 1,
                    waited_ms: 0,
                    pending,
                })
            }
        };
        flusher.waiting = wait;
        if wait.is_some() {
            return Ok(());
        }
        let flushed = self.flush_pending(ctx);
        if !is_last && self.close_file().is_ok() {
            self.stop_flusher();
        }
        flushed
    }
}

/// The length of a record without subject, headers and payload, as the store counts it.
pub(crate) const EMPTY_RECORD: u64 = EMPTY_RECORD_LEN as u64;
