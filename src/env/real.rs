//! The machine's own file system.
//!
//! Directories are made with mode 0700 and files with 0600, as the Go store makes them, where the system has modes. Positional
//! reads and writes go through one open handle, so that a hot path never looks a path up. `platform` has what systems differ in.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{FsError, FsErrorKind, FsResult, Operation};
use super::file_system::{DirEntry, File, FileKind, FileSystem, Metadata, OpenMode};
use super::platform;

const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The machine's file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFs;

impl RealFs {
    /// The machine's file system.
    pub const fn new() -> Self {
        Self
    }

    /// When a file was changed last, in nanoseconds since the Unix epoch: whether work is older than what it was made from.
    pub fn modified_ns(&self, path: &Path) -> FsResult<i64> {
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
        let modified = modified.map_err(at(Operation::Metadata, path))?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }

    /// Writes what others are to read, such as a report or a manual page: the mode is what the machine gives new files, where a
    /// store's files are its owner's alone.
    pub fn publish(&self, path: &Path, bytes: &[u8]) -> FsResult<()> {
        fs::write(path, bytes).map_err(at(Operation::Write, path))
    }

    /// Creates a directory, and those above it, for what others are to read.
    pub fn publish_dir(&self, path: &Path) -> FsResult<()> {
        fs::create_dir_all(path).map_err(at(Operation::CreateDirAll, path))
    }
}

/// The name of this machine.
pub fn host_name() -> String {
    platform::host_name()
}

fn at(op: Operation, path: &Path) -> impl FnOnce(io::Error) -> FsError + '_ {
    move |error| FsError::from_io(op, path, &error)
}

fn kind_of(file_type: fs::FileType) -> FileKind {
    if file_type.is_dir() {
        FileKind::Dir
    } else if file_type.is_file() {
        FileKind::File
    } else {
        FileKind::Other
    }
}

fn open_std(path: &Path, mode: OpenMode) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options
        .read(true)
        .write(mode.writes())
        .create(matches!(mode, OpenMode::Create | OpenMode::Truncate))
        .create_new(mode == OpenMode::CreateNew)
        .truncate(mode == OpenMode::Truncate);
    platform::set_file_mode(&mut options, FILE_MODE);
    options.open(path)
}

/// Reads until `buffer` is full or the file ends, over interruptions.
fn read_full_at(file: &fs::File, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<usize> {
    let wanted = buffer.len();
    while !buffer.is_empty() {
        match platform::read_some_at(file, buffer, offset) {
            Ok(0) => break,
            Ok(count) => {
                let (_, rest) = buffer.split_at_mut(count.min(buffer.len()));
                buffer = rest;
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(wanted - buffer.len())
}

impl FileSystem for RealFs {
    fn create_dir_all(&self, path: &Path) -> FsResult<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        platform::set_dir_mode(&mut builder, DIR_MODE);
        builder.create(path).map_err(at(Operation::CreateDirAll, path))
    }

    fn metadata(&self, path: &Path) -> FsResult<Metadata> {
        let metadata = fs::metadata(path).map_err(at(Operation::Metadata, path))?;
        Ok(Metadata { kind: kind_of(metadata.file_type()), len: metadata.len(), mode: platform::mode_of(&metadata) })
    }

    fn read(&self, path: &Path) -> FsResult<Vec<u8>> {
        fs::read(path).map_err(at(Operation::Read, path))
    }

    fn read_into(&self, path: &Path, buffer: &mut Vec<u8>) -> FsResult<()> {
        let read = |buffer: &mut Vec<u8>| -> io::Result<()> {
            let file = fs::File::open(path)?;
            // As much as the file says it holds: what is no file of bytes may never end.
            let len = file.metadata()?.len();
            buffer.clear();
            buffer.reserve_exact(usize::try_from(len).map_err(io::Error::other)?);
            // Into the room as it is, without zeroing it first.
            file.take(len).read_to_end(buffer)?;
            Ok(())
        };
        read(buffer).map_err(at(Operation::Read, path))
    }

    fn read_range(&self, path: &Path, offset: u64, len: usize) -> FsResult<Vec<u8>> {
        let read = || -> io::Result<Vec<u8>> {
            let file = fs::File::open(path)?;
            // The file's own length bounds the buffer, whatever was asked for.
            let available = file.metadata()?.len().saturating_sub(offset);
            let len = usize::try_from(available).unwrap_or(usize::MAX).min(len);
            let mut bytes = vec![0; len];
            let count = read_full_at(&file, offset, &mut bytes)?;
            bytes.truncate(count);
            Ok(bytes)
        };
        read().map_err(at(Operation::Read, path))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> FsResult<()> {
        open_std(path, OpenMode::Truncate)
            .and_then(|file| platform::write_all_at(&file, bytes, 0))
            .map_err(at(Operation::Write, path))
    }

    fn open(&self, path: &Path, mode: OpenMode) -> FsResult<Box<dyn File>> {
        let file = open_std(path, mode).map_err(at(Operation::Open, path))?;
        Ok(Box::new(RealFile { path: path.to_path_buf(), file }))
    }

    fn rename(&self, source: &Path, target: &Path) -> FsResult<()> {
        fs::rename(source, target).map_err(at(Operation::Rename, source))
    }

    fn remove_file(&self, path: &Path) -> FsResult<()> {
        fs::remove_file(path).map_err(at(Operation::RemoveFile, path))
    }

    fn remove_dir(&self, path: &Path) -> FsResult<()> {
        fs::remove_dir(path).map_err(at(Operation::RemoveDir, path))
    }

    fn remove_dir_all(&self, path: &Path) -> FsResult<()> {
        let remove = || {
            if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
        };
        match remove() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result.map_err(at(Operation::RemoveDirAll, path)),
        }
    }

    fn read_dir(&self, path: &Path) -> FsResult<Vec<DirEntry>> {
        let list = || -> io::Result<Vec<DirEntry>> {
            let mut entries = Vec::new();
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                entries.push(DirEntry { name: entry.file_name(), kind: kind_of(entry.file_type()?) });
            }
            entries.sort();
            Ok(entries)
        };
        list().map_err(at(Operation::ReadDir, path))
    }

    fn create_temp(&self, dir: &Path, prefix: &str) -> FsResult<PathBuf> {
        /// Distinguishes the names of one process; the process id distinguishes processes.
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        const ATTEMPTS: usize = 10_000;
        for _ in 0..ATTEMPTS {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = dir.join(format!("{prefix}{}_{number}", std::process::id()));
            match open_std(&path, OpenMode::CreateNew) {
                Ok(_) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FsError::from_io(Operation::CreateTemp, dir, &error)),
            }
        }
        Err(FsError::new(Operation::CreateTemp, dir, FsErrorKind::AlreadyExists))
    }

    fn sync_dir(&self, path: &Path) -> FsResult<()> {
        platform::sync_dir(path).map_err(at(Operation::SyncDir, path))
    }

    fn set_permissions(&self, path: &Path, mode: u32) -> FsResult<()> {
        platform::set_mode(path, mode).map_err(at(Operation::SetPermissions, path))
    }

    fn make_link(&self, target: &Path, path: &Path) -> FsResult<()> {
        platform::make_link(target, path).map_err(at(Operation::Link, path))
    }

    fn read_link(&self, path: &Path) -> FsResult<PathBuf> {
        fs::read_link(path).map_err(at(Operation::Link, path))
    }
}

/// A file that the machine holds open.
#[derive(Debug)]
struct RealFile {
    path: PathBuf,
    file: fs::File,
}

impl File for RealFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize> {
        read_full_at(&self.file, offset, buffer).map_err(at(Operation::ReadAt, &self.path))
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> FsResult<()> {
        platform::write_all_at(&self.file, bytes, offset).map_err(at(Operation::WriteAt, &self.path))
    }

    fn set_len(&self, len: u64) -> FsResult<()> {
        self.file.set_len(len).map_err(at(Operation::SetLen, &self.path))
    }

    fn sync(&self) -> FsResult<()> {
        self.file.sync_all().map_err(at(Operation::Sync, &self.path))
    }

    fn len(&self) -> FsResult<u64> {
        let metadata = self.file.metadata().map_err(at(Operation::Metadata, &self.path))?;
        Ok(metadata.len())
    }
}
