//! The file system as the store sees it: a trait that is object safe, with paths in and typed errors out.
//!
//! Semantics follow Go's `os` package where the store depends on them: `remove_dir_all` of a missing path
//! succeeds, `write` truncates, a read at the end of a file is short rather than an error. Reads never
//! allocate more than the file holds. An open [`File`] stays valid after its path is renamed or removed,
//! and it takes `&self`, so that a reader and a writer may share it.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::error::{FsError, FsErrorKind, FsResult, Operation};

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// Anything else, say a symbolic link in a listing or a socket.
    Other,
}

/// What a file system says of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What the path names, links followed.
    pub kind: FileKind,
    /// The length in bytes; of no meaning for a directory.
    pub len: u64,
    /// The permission bits (the lower nine and the sticky ones).
    pub mode: u32,
}

impl Metadata {
    /// Whether the path names a directory.
    pub fn is_dir(&self) -> bool {
        self.kind == FileKind::Dir
    }

    /// Whether the path names a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }
}

/// One entry of a directory listing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirEntry {
    /// The name within its directory.
    pub name: OsString,
    /// What it names; links are not followed.
    pub kind: FileKind,
}

impl DirEntry {
    /// The name as text, where it is text; the store's own names always are.
    pub fn name_str(&self) -> Option<&str> {
        self.name.to_str()
    }

    /// Whether the entry is a directory.
    pub fn is_dir(&self) -> bool {
        self.kind == FileKind::Dir
    }

    /// Whether the entry is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }
}

/// How to open a file. Files that are created get mode 0600.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpenMode {
    /// For reading; it must exist.
    Read,
    /// For reading and writing; it must exist.
    ReadWrite,
    /// For reading and writing; created when missing, its content kept.
    Create,
    /// For reading and writing; created when missing, its content dropped.
    Truncate,
    /// For reading and writing; it must not exist.
    CreateNew,
}

impl OpenMode {
    /// Whether the file may be written to.
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Read)
    }

    /// Whether a missing file is created.
    pub const fn creates(self) -> bool {
        matches!(self, Self::Create | Self::Truncate | Self::CreateNew)
    }
}

/// An open file.
pub trait File: Send + Sync + fmt::Debug {
    /// The path it was opened by.
    fn path(&self) -> &Path;

    /// Reads at `offset` into `buffer` and says how many bytes; fewer than asked only at the file's end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize>;

    /// Writes all of `bytes` at `offset`, filling a gap with zeros. After an error any prefix of it may be there.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> FsResult<()>;

    /// Cuts the file to `len` bytes or extends it with zeros.
    fn set_len(&self, len: u64) -> FsResult<()>;

    /// Forces data and length to disk.
    fn sync(&self) -> FsResult<()>;

    /// The length in bytes.
    fn len(&self) -> FsResult<u64>;

    /// Whether the file holds nothing.
    fn is_empty(&self) -> FsResult<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills `buffer` from `offset`; a file that ends before is an error.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<()> {
        let wanted = buffer.len();
        if self.read_at(offset, buffer)? == wanted {
            return Ok(());
        }
        Err(FsError::new(Operation::ReadAt, self.path(), FsErrorKind::UnexpectedEof))
    }
}

/// A file system.
pub trait FileSystem: Send + Sync + fmt::Debug {
    /// Makes a directory of mode 0700, and its missing parents; an existing one is fine.
    fn create_dir_all(&self, path: &Path) -> FsResult<()>;

    /// What `path` names.
    fn metadata(&self, path: &Path) -> FsResult<Metadata>;

    /// Reads a whole file.
    fn read(&self, path: &Path) -> FsResult<Vec<u8>>;

    /// Reads a whole file over `buffer`, whose room is used again; what an error leaves in it means nothing.
    fn read_into(&self, path: &Path, buffer: &mut Vec<u8>) -> FsResult<()> {
        *buffer = self.read(path)?;
        Ok(())
    }

    /// Reads up to `len` bytes at `offset`; fewer only at the file's end.
    fn read_range(&self, path: &Path, offset: u64, len: usize) -> FsResult<Vec<u8>>;

    /// Replaces a file's content, creating it with mode 0600.
    fn write(&self, path: &Path, bytes: &[u8]) -> FsResult<()>;

    /// Opens a file.
    fn open(&self, path: &Path, mode: OpenMode) -> FsResult<Box<dyn File>>;

    /// Renames `source` to `target`, replacing a file that is there.
    fn rename(&self, source: &Path, target: &Path) -> FsResult<()>;

    /// Removes a file.
    fn remove_file(&self, path: &Path) -> FsResult<()>;

    /// Removes an empty directory.
    fn remove_dir(&self, path: &Path) -> FsResult<()>;

    /// Removes a file, or a directory with nothing in it, as Go's `os.Remove`.
    fn remove(&self, path: &Path) -> FsResult<()> {
        match self.remove_file(path) {
            Err(error) if !error.is_not_found() => self.remove_dir(path).map_err(|_| error),
            result => result,
        }
    }

    /// Removes a file or a whole tree; a missing path is fine, as for Go's `os.RemoveAll`.
    fn remove_dir_all(&self, path: &Path) -> FsResult<()>;

    /// Lists a directory, sorted by name.
    fn read_dir(&self, path: &Path) -> FsResult<Vec<DirEntry>>;

    /// Creates an empty file of a fresh name that starts with `prefix` (Go: `os.CreateTemp`).
    fn create_temp(&self, dir: &Path, prefix: &str) -> FsResult<PathBuf>;

    /// Forces the entries of a directory to disk, so that renames and creations survive a crash.
    fn sync_dir(&self, path: &Path) -> FsResult<()>;

    /// Sets the permission bits.
    fn set_permissions(&self, path: &Path, mode: u32) -> FsResult<()>;

    /// Makes `path` a symbolic link that says `target`; something that is there already is an error. Only the harness makes links.
    fn make_link(&self, _target: &Path, path: &Path) -> FsResult<()> {
        Err(FsError::new(Operation::Link, path, FsErrorKind::InvalidInput).with_message("no links on this file system"))
    }

    /// What the symbolic link at `path` says.
    fn read_link(&self, path: &Path) -> FsResult<PathBuf> {
        Err(FsError::new(Operation::Link, path, FsErrorKind::InvalidInput).with_message("no links on this file system"))
    }

    /// Whether `path` names anything; an error is anything but its absence.
    fn exists(&self, path: &Path) -> FsResult<bool> {
        match self.metadata(path) {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Forces a file to disk by its path.
    fn sync_file(&self, path: &Path) -> FsResult<()> {
        self.open(path, OpenMode::ReadWrite)?.sync()
    }

    /// Cuts or extends a file by its path (Go: `os.Truncate`).
    fn truncate(&self, path: &Path, len: u64) -> FsResult<()> {
        self.open(path, OpenMode::ReadWrite)?.set_len(len)
    }
}
