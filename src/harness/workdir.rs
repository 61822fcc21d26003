//! Where the files of runs live: below one directory on a memory file system where there is one, removed afterwards.
//!
//! Every run has a directory of its own, so that runs do not see each other. What is kept is kept for people to look at.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::case::Setting;
use super::execute::Workspace;
use crate::env::{FileKind, FileSystem, FsResult, RealFs, Scratch, fast_scratch_parent, walk};

/// The directory below which runs have theirs.
#[derive(Debug)]
pub struct WorkRoot {
    fs: Arc<dyn FileSystem>,
    /// Removed at the end, unless it is to be kept.
    scratch: Option<Scratch>,
    path: PathBuf,
    next: AtomicU64,
}

impl WorkRoot {
    /// A fresh directory in `parent`, or on the memory file system, or where temporary files go.
    pub fn new(parent: Option<&Path>, keep: bool) -> FsResult<WorkRoot> {
        let fs: Arc<dyn FileSystem> = Arc::new(RealFs::new());
        if let Some(parent) = parent {
            fs.create_dir_all(parent)?;
        }
        let fast = fast_scratch_parent();
        let scratch = Scratch::new(parent.or(fast.as_deref()))?;
        let path = scratch.path().to_path_buf();
        let scratch = if keep {
            scratch.keep();
            None
        } else {
            Some(scratch)
        };
        Ok(WorkRoot { fs, scratch, path, next: AtomicU64::new(0) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An empty directory for one run.
    pub fn workspace(&self, case: &str, setting: Setting) -> FsResult<Workspace> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
        let name: String = format!("{case}-{setting}").chars().map(plain).collect();
        let root = self.path.join(format!("{number}-{name}"));
        self.fs.create_dir_all(&root)?;
        Ok(Workspace::new(Arc::clone(&self.fs), root))
    }

    /// Removes the files of a run, unless everything is to be kept.
    pub fn discard(&self, root: &Path) -> FsResult<()> {
        if self.scratch.is_none() || self.fs.remove_dir_all(root).is_ok() {
            return Ok(());
        }
        // A case may have taken permissions away.
        let entries = walk(&*self.fs, root)?;
        for entry in entries.iter().filter(|entry| entry.kind == FileKind::Dir) {
            self.fs.set_permissions(&root.join(&entry.path), 0o700)?;
        }
        self.fs.remove_dir_all(root)
    }

    /// Whether files are kept.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.scratch.is_none()
    }
}
