//! The content of a file in memory, with what was synced kept apart from what was only written.
//!
//! A sync copies just the range that changed since the last one, so that a store that syncs after every
//! append does not copy its block each time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::{FsError, FsErrorKind, FsResult, Operation};
use super::file_system::File;

/// The most a file may hold; beyond it the disk counts as full, whatever offset a caller computes.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// A file's content and permission bits.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) data: Vec<u8>,
    pub(super) synced: Vec<u8>,
    /// The bytes that `synced` may have otherwise, from the first (inclusive) to the last (exclusive).
    dirty: Option<(usize, usize)>,
    pub(super) mode: u32,
}

impl Content {
    /// A file that was never synced.
    pub(super) const fn new(mode: u32) -> Self {
        Self { data: Vec::new(), synced: Vec::new(), dirty: None, mode }
    }

    /// A file that lies on the disk as it is.
    pub(super) fn durable(data: Vec<u8>, mode: u32) -> Self {
        Self { synced: data.clone(), data, dirty: None, mode }
    }

    fn mark(&mut self, from: usize, to: usize) {
        self.dirty = Some(match self.dirty {
            Some((first, last)) => (first.min(from), last.max(to)),
            None => (from, to),
        });
    }

    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), FsErrorKind> {
        let start = checked_len(offset, 0)?;
        let end = checked_len(offset, bytes.len())?;
        if bytes.is_empty() {
            return Ok(());
        }
        if start > self.data.len() {
            self.set_len(offset)?;
        }
        let overwritten = (self.data.len() - start).min(bytes.len());
        let (over, appended) = bytes.split_at(overwritten);
        if let Some(place) = self.data.get_mut(start..start + overwritten) {
            place.copy_from_slice(over);
        }
        self.data.extend_from_slice(appended);
        self.mark(start, end);
        Ok(())
    }

    pub(super) fn set_len(&mut self, len: u64) -> Result<(), FsErrorKind> {
        let old = self.data.len();
        let len = checked_len(len, 0)?;
        self.data.resize(len, 0);
        if len > old {
            self.mark(old, len);
        }
        Ok(())
    }

    pub(super) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let available = usize::try_from(offset).ok().and_then(|start| self.data.get(start..)).unwrap_or_default();
        let count = available.len().min(buffer.len());
        if let (Some(target), Some(source)) = (buffer.get_mut(..count), available.get(..count)) {
            target.copy_from_slice(source);
        }
        count
    }

    pub(super) fn sync(&mut self) {
        self.synced.resize(self.data.len(), 0);
        if let Some((first, last)) = self.dirty.take() {
            let last = last.min(self.data.len());
            if let (Some(target), Some(source)) = (self.synced.get_mut(first..last), self.data.get(first..last)) {
                target.copy_from_slice(source);
            }
        }
    }
}

fn checked_len(offset: u64, len: usize) -> Result<usize, FsErrorKind> {
    let end = offset.checked_add(len as u64).filter(|end| *end <= MAX_FILE_BYTES).ok_or(FsErrorKind::NoSpace)?;
    usize::try_from(end).map_err(|_| FsErrorKind::NoSpace)
}

/// A file as the tree and the open handles share it.
pub(super) type Shared = Arc<Mutex<Content>>;

/// No operation leaves a content half changed, so a lock that a panic poisoned is still good.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open file in memory.
#[derive(Debug)]
pub(super) struct MemFile {
    pub(super) path: PathBuf,
    pub(super) content: Shared,
    pub(super) writes: bool,
}

impl MemFile {
    fn refuse_unless_writable(&self, op: Operation) -> FsResult<()> {
        if self.writes {
            return Ok(());
        }
        Err(FsError::new(op, &self.path, FsErrorKind::PermissionDenied).with_message("opened for reading"))
    }

    fn error(&self, op: Operation) -> impl FnOnce(FsErrorKind) -> FsError + '_ {
        move |kind| FsError::new(op, &self.path, kind)
    }
}

impl File for MemFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize> {
        Ok(lock(&self.content).read_at(offset, buffer))
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> FsResult<()> {
        self.refuse_unless_writable(Operation::WriteAt)?;
        lock(&self.content).write_at(offset, bytes).map_err(self.error(Operation::WriteAt))
    }

    fn set_len(&self, len: u64) -> FsResult<()> {
        self.refuse_unless_writable(Operation::SetLen)?;
        lock(&self.content).set_len(len).map_err(self.error(Operation::SetLen))
    }

    fn sync(&self) -> FsResult<()> {
        lock(&self.content).sync();
        Ok(())
    }

    fn len(&self) -> FsResult<u64> {
        Ok(lock(&self.content).data.len() as u64)
    }
}
