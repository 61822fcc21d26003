//! What the owner of a store needs to run its timers and its left-over work on a thread in real time.
//!
//! Such an owner takes over ([`Store::leave_to_background`]): flushes, the recompression of full blocks, the removal of
//! purged directories and the writes of consumers then wait for [`Store::run_due`] instead of running at the end of the
//! operation, as they wait for a goroutine in Go, and files that the regular sync forces to disk are handed out as
//! [`FileSync`]s, so that nobody waits for a disk. [`Store::background_due`] says in constant time when the thread is needed:
//! it may be too early, never too late. What an operation itself must leave in order (the totals) is never left.

use std::cell::Cell;
use std::path::PathBuf;

use super::Store;
use super::atomic::sync_file_and_dir;
use super::block::{Recompressed, Recompression};
use super::ctx::{Ctx, DeferredQueue};
use super::error::StoreError;
use crate::env::{FileSystem, FsResult};

/// What was asked of the background since it last looked.
#[derive(Debug)]
pub(crate) struct Alarm {
    /// No timer of a block or a consumer is due before.
    due_ns: Cell<i64>,
    /// A block has something to flush.
    flush: Cell<bool>,
    /// The writer is so far ahead that it flushes itself.
    writer_flushes: Cell<bool>,
    /// A block's file is being brought into its other form.
    recompressing: bool,
    /// Somebody else runs what operations leave.
    pub(crate) has_background: bool,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self {
            due_ns: Cell::new(i64::MIN),
            flush: Cell::new(false),
            writer_flushes: Cell::new(false),
            recompressing: false,
            has_background: false,
        }
    }

    /// A timer was set.
    pub(crate) fn set(&self, due_ns: i64) {
        self.due_ns.set(self.due_ns.get().min(due_ns));
    }

    /// A block wants its background flush to look.
    pub(crate) fn ask_for_flush(&self) {
        self.flush.set(true);
    }

    /// The operation under way is to flush the last block when it is over.
    pub(crate) fn ask_writer_to_flush(&self) {
        self.writer_flushes.set(true);
    }

    /// Whether a flush was asked for since the last time.
    pub(crate) fn take_flush(&self) -> bool {
        self.flush.take()
    }
}

/// What is to be forced to disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSync {
    /// A file.
    File(PathBuf),
    /// A file and the directory that names it.
    FileAndDir(PathBuf),
    /// A directory.
    Dir(PathBuf),
}

impl FileSync {
    /// Forces it to disk; a file that is gone needs it no more.
    pub fn run(&self, fs: &dyn FileSystem) -> FsResult<()> {
        match self {
            Self::File(path) => match fs.sync_file(path) {
                Err(error) if error.is_not_found() => Ok(()),
                synced => synced,
            },
            Self::FileAndDir(path) => sync_file_and_dir(fs, path),
            Self::Dir(path) => fs.sync_dir(path),
        }
    }
}

impl Ctx {
    /// Forces something to disk, or has the background do it.
    pub(crate) fn sync(&mut self, what: FileSync) -> FsResult<()> {
        if self.alarm.has_background {
            self.syncs.push(what);
            return Ok(());
        }
        what.run(self.env.fs.as_ref())
    }
}

impl Store {
    /// From now on what an operation leaves for later waits for [`Self::run_due`], or again runs at its end; then what was
    /// left so far runs now.
    pub fn leave_to_background(&mut self, leave: bool) {
        self.ctx.alarm.has_background = leave;
        if !leave {
            self.ctx.alarm.ask_for_flush();
            self.settle();
            let synced = self.take_syncs().iter().try_for_each(|sync| sync.run(self.ctx.env.fs.as_ref()));
            if let Err(error) = synced {
                self.set_write_error(&error.into());
            }
        }
    }

    /// When [`Self::run_due`] is needed at the earliest, in Unix nanoseconds, flushes aside. Constant time; a timer that was
    /// moved on or stopped shows only after the next [`Self::run_due`].
    pub fn background_due(&self) -> i64 {
        if self.closed {
            return i64::MAX;
        }
        let own = self.own_timers().into_iter().filter_map(|(due, _)| due);
        own.fold(self.ctx.alarm.due_ns.get(), i64::min)
    }

    /// Whether something was left for a background flush since the last [`Self::run_due`].
    pub fn wants_flush(&self) -> bool {
        self.ctx.alarm.flush.get()
    }

    /// Whether there are events to take.
    pub fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// The clock was set back by so much: timers that measure a span come as much earlier. Those that wait for a time of
    /// day (ages, TTLs, schedules) stay.
    pub fn turn_timers_back(&mut self, by_ns: i64) {
        let back = |due: &mut Option<i64>| *due = due.map(|due| due.saturating_sub(by_ns));
        back(&mut self.sync_due);
        back(&mut self.state_write_due);
        for block in &mut self.blocks {
            block.turn_cache_timer_back(by_ns);
            block.turn_flusher_back(by_ns);
        }
        self.ctx.alarm.set(i64::MIN);
    }

    /// What is to be forced to disk since the last call. Whoever takes it runs it and tells a failure to
    /// [`Self::sync_failed`].
    pub fn take_syncs(&mut self) -> Vec<FileSync> {
        std::mem::take(&mut self.ctx.syncs)
    }

    /// A sync that was handed out failed, which stops all further writes.
    pub fn sync_failed(&mut self, error: StoreError) {
        self.set_write_error(&error);
    }

    /// The first failure that keeps something from being written, of the store or else of a block.
    pub fn failed_write(&self) -> Option<&StoreError> {
        let of_blocks = || self.blocks.iter().find_map(|block| block.write_error.as_ref());
        self.write_error.as_ref().or_else(of_blocks)
    }

    /// The next full block whose file somebody is to bring into its other form without holding the store meanwhile; what
    /// came of it goes to [`Self::finish_recompression`], and until then the store is not to be stopped.
    pub fn take_recompression(&mut self) -> Option<Recompression> {
        let Self { ctx, blocks, .. } = self;
        let mut job = None;
        while job.is_none()
            && let Some(index) = ctx.deferred.pop_recompression()
        {
            let block = blocks.iter_mut().rfind(|block| block.index == index);
            job = block.and_then(|block| block.recompression(ctx));
        }
        ctx.alarm.recompressing = job.is_some();
        job
    }

    /// Whether a recompression was taken and is not finished.
    pub fn is_recompressing(&self) -> bool {
        self.ctx.alarm.recompressing
    }

    /// What came of a recompression: the new file takes the place of the old one, unless the block was changed meanwhile.
    pub fn finish_recompression(&mut self, job: &Recompression, done: &Recompressed) {
        self.ctx.alarm.recompressing = false;
        match self.blocks.iter_mut().rfind(|block| block.index == job.index) {
            Some(block) => block.finish_recompression(job, done),
            None => job.discard(done),
        }
    }

    /// Runs what operations left: all of it, or what the background does not do without the store.
    pub(super) fn run_left_over(&mut self) {
        let has_background = self.ctx.alarm.has_background;
        let next = |deferred: &mut DeferredQueue| {
            if has_background { deferred.pop_but_recompressions() } else { deferred.pop() }
        };
        while let Some(deferred) = next(&mut self.ctx.deferred) {
            self.run_deferred(deferred);
        }
    }

    /// Runs what must not be left, and leaves the rest to the background.
    pub(super) fn settle_totals(&mut self) {
        self.run_totals();
        if self.ctx.alarm.writer_flushes.take() {
            let last = self.last_position();
            let Self { ctx, blocks, .. } = self;
            if let Some(block) = last.and_then(|position| blocks.get_mut(position)) {
                // As in the background, a failed write stays with the block, which gives it to the next writer.
                let _outcome_kept_by_the_block = block.flush_pending(ctx);
            }
            self.run_totals();
        }
        if !self.ctx.deferred.is_empty() {
            self.ctx.alarm.set(i64::MIN);
        }
    }

    /// Runs what must not be left.
    fn run_totals(&mut self) {
        while let Some(deferred) = self.ctx.deferred.pop_of_operation() {
            self.run_deferred(deferred);
        }
    }

    /// Notes when something is due next, exactly, until a timer is set.
    pub(super) fn note_next_deadline(&self) {
        let due = if self.ctx.deferred.is_empty() { self.next_deadline().unwrap_or(i64::MAX) } else { i64::MIN };
        self.ctx.alarm.due_ns.set(due);
    }
}
