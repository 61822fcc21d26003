//! The one error of every file-system operation: which operation, on which path, and which kind of failure.
//!
//! Kinds are closed and comparable, because the store decides by kind (a missing file is often expected, a
//! full disk or a refused permission stops it) and the harness compares errors by class, never by text.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result of a file-system operation.
pub type FsResult<T> = Result<T, FsError>;

/// A file-system operation, as errors and fault rules name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Make a directory and its missing parents.
    CreateDirAll,
    /// Ask what a path is.
    Metadata,
    /// Read a file, whole or a range of it.
    Read,
    /// Replace a file's content.
    Write,
    /// Open a file.
    Open,
    /// Read through an open file.
    ReadAt,
    /// Write through an open file.
    WriteAt,
    /// Change a file's length.
    SetLen,
    /// Force a file to disk.
    Sync,
    /// Force a directory's entries to disk.
    SyncDir,
    /// Rename a file or directory.
    Rename,
    /// Remove a file.
    RemoveFile,
    /// Remove an empty directory.
    RemoveDir,
    /// Remove a whole tree.
    RemoveDirAll,
    /// List a directory.
    ReadDir,
    /// Create a file of a fresh name.
    CreateTemp,
    /// Change permissions.
    SetPermissions,
    /// Make or read a symbolic link.
    Link,
}

impl Operation {
    /// Whether the operation changes what a later run can see.
    pub const fn is_mutation(self) -> bool {
        !matches!(self, Self::Metadata | Self::Read | Self::Open | Self::ReadAt | Self::ReadDir)
    }

    /// The operation in words, for messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateDirAll => "create directory",
            Self::Metadata => "stat",
            Self::Read => "read",
            Self::Write => "write",
            Self::Open => "open",
            Self::ReadAt => "read at",
            Self::WriteAt => "write at",
            Self::SetLen => "set length of",
            Self::Sync => "sync",
            Self::SyncDir => "sync directory",
            Self::Rename => "rename",
            Self::RemoveFile => "remove",
            Self::RemoveDir => "remove directory",
            Self::RemoveDirAll => "remove tree",
            Self::ReadDir => "list",
            Self::CreateTemp => "create temporary file in",
            Self::SetPermissions => "set permissions of",
            Self::Link => "link",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kind of a failure: what a caller may decide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FsErrorKind {
    /// Nothing has that path.
    NotFound,
    /// Something has that path already.
    AlreadyExists,
    /// The caller may not do that.
    PermissionDenied,
    /// A component of the path is not a directory.
    NotADirectory,
    /// A directory stands where a file was expected.
    IsADirectory,
    /// The directory still holds something.
    DirectoryNotEmpty,
    /// The disk or a quota is full.
    NoSpace,
    /// The file system cannot be written to.
    ReadOnly,
    /// The process holds too many files open.
    TooManyOpenFiles,
    /// The file ended before the bytes that were asked for.
    UnexpectedEof,
    /// The arguments make no sense, say an offset beyond what a file can have.
    InvalidInput,
    /// Anything else, say a device error.
    Other,
}

impl FsErrorKind {
    /// The kind in words, for messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::PermissionDenied => "permission denied",
            Self::NotADirectory => "not a directory",
            Self::IsADirectory => "is a directory",
            Self::DirectoryNotEmpty => "directory not empty",
            Self::NoSpace => "no space left",
            Self::ReadOnly => "read-only file system",
            Self::TooManyOpenFiles => "too many open files",
            Self::UnexpectedEof => "unexpected end of file",
            Self::InvalidInput => "invalid input",
            Self::Other => "input/output error",
        }
    }
}

impl fmt::Display for FsErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A file-system operation that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {op} {}: {kind}{}", path.display(), Detail(message))]
pub struct FsError {
    /// The path that was asked for.
    pub path: PathBuf,
    /// The operation that was asked for.
    pub op: Operation,
    /// The kind of failure.
    pub kind: FsErrorKind,
    /// What the system said, where it says more than the kind; may be empty.
    pub message: String,
}

impl FsError {
    /// A failure of `op` on `path` that `kind` describes completely.
    pub fn new(op: Operation, path: &Path, kind: FsErrorKind) -> Self {
        Self { path: path.to_path_buf(), op, kind, message: String::new() }
    }

    /// The same failure with words that say more than its kind.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Whether the path does not exist (Go: `os.IsNotExist`).
    pub fn is_not_found(&self) -> bool {
        self.kind == FsErrorKind::NotFound
    }

    /// Whether the caller was refused (Go: `os.IsPermission`).
    pub fn is_permission_denied(&self) -> bool {
        self.kind == FsErrorKind::PermissionDenied
    }

    /// Whether the disk is full.
    pub fn is_no_space(&self) -> bool {
        self.kind == FsErrorKind::NoSpace
    }

    pub(super) fn from_io(op: Operation, path: &Path, error: &std::io::Error) -> Self {
        Self::new(op, path, kind_of(error)).with_message(error.to_string())
    }
}

/// Prints a message after a separator, and nothing at all for an empty one.
struct Detail<'a>(&'a str);

impl fmt::Display for Detail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.0)
    }
}

fn kind_of(error: &std::io::Error) -> FsErrorKind {
    use std::io::ErrorKind;
    /// EMFILE and ENFILE have no kind of their own in the standard library.
    const TOO_MANY_OPEN_FILES: [i32; 2] = [24, 23];
    match error.kind() {
        ErrorKind::NotFound => FsErrorKind::NotFound,
        ErrorKind::AlreadyExists => FsErrorKind::AlreadyExists,
        ErrorKind::PermissionDenied => FsErrorKind::PermissionDenied,
        ErrorKind::NotADirectory => FsErrorKind::NotADirectory,
        ErrorKind::IsADirectory => FsErrorKind::IsADirectory,
        ErrorKind::DirectoryNotEmpty => FsErrorKind::DirectoryNotEmpty,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => FsErrorKind::NoSpace,
        ErrorKind::ReadOnlyFilesystem => FsErrorKind::ReadOnly,
        ErrorKind::UnexpectedEof => FsErrorKind::UnexpectedEof,
        ErrorKind::InvalidInput | ErrorKind::InvalidFilename => FsErrorKind::InvalidInput,
        _ if cfg!(unix) && error.raw_os_error().is_some_and(|code| TOO_MANY_OPEN_FILES.contains(&code)) => {
            FsErrorKind::TooManyOpenFiles
        }
        _ => FsErrorKind::Other,
    }
}
