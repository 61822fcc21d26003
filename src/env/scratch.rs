//! Directories on the machine's disk that disappear with their owner, for work and for tests.

use std::path::{Path, PathBuf};

use super::error::{FsError, FsResult, Operation};

/// A directory that is removed when dropped.
#[derive(Debug)]
pub struct Scratch {
    dir: tempfile::TempDir,
}

impl Scratch {
    /// A fresh directory in `parent`, or in the machine's temporary directory. Its path is absolute, so that it means the
    /// same to a process that runs elsewhere.
    pub fn new(parent: Option<&Path>) -> FsResult<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_path_buf);
        let parent =
            std::path::absolute(&parent).map_err(|error| FsError::from_io(Operation::CreateTemp, &parent, &error))?;
        let dir = tempfile::Builder::new()
            .prefix("blkspec-")
            .tempdir_in(&parent)
            .map_err(|error| FsError::from_io(Operation::CreateTemp, &parent, &error))?;
        Ok(Self { dir })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Gives the directory up, so that it stays.
    pub fn keep(self) -> PathBuf {
        self.dir.keep()
    }

    /// Removes the directory now and says whether that worked; dropping it cannot.
    pub fn close(self) -> FsResult<()> {
        let path = self.dir.path().to_path_buf();
        self.dir.close().map_err(|error| FsError::from_io(Operation::RemoveDirAll, &path, &error))
    }
}

/// The memory file system's directory where the machine has one, for work that syncs much.
pub fn fast_scratch_parent() -> Option<PathBuf> {
    let memory = Path::new("/dev/shm");
    std::fs::metadata(memory)
        .is_ok_and(|metadata| metadata.is_dir() && !metadata.permissions().readonly())
        .then(|| memory.to_path_buf())
}
