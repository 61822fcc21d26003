//! The directories of one execution: the store's, the copies that a crash and `save-dir` make, all under one root.
//!
//! Paths of a case are relative to the directory of the store as it is now; after a crash that is a copy. The copies of
//! `save-dir` lie beside it, out of reach of the case's paths.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::env::{FileSystem, FsResult, copy_tree};

/// The files of one execution.
#[derive(Debug, Clone)]
pub struct Workspace {
    fs: Arc<dyn FileSystem>,
    root: PathBuf,
    /// The name that the case gave to the directory of the store.
    name: String,
    /// How often the store has crashed: each time its directory is another one.
    crashes: u32,
}

impl Workspace {
    /// A workspace at the empty directory `root` of `fs`.
    #[must_use]
    pub fn new(fs: Arc<dyn FileSystem>, root: PathBuf) -> Workspace {
        Workspace { fs, root, name: "store".to_owned(), crashes: 0 }
    }

    /// The file system it is on.
    #[must_use]
    pub fn fs(&self) -> &dyn FileSystem {
        &*self.fs
    }

    /// The directory of the store as it is now.
    #[must_use]
    pub fn store_dir(&self) -> PathBuf {
        self.dir_of(&self.name)
    }

    fn dir_of(&self, name: &str) -> PathBuf {
        match self.crashes {
            0 => self.root.join(name),
            crashes => self.root.join(format!("{name}-after-crash-{crashes}")),
        }
    }

    /// From now on the store's directory is the one called `name`.
    pub fn choose(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }

    /// The file `relative` of the store.
    #[must_use]
    pub fn file(&self, relative: &str) -> PathBuf {
        self.store_dir().join(relative)
    }

    /// The same as text, for a port.
    #[must_use]
    pub fn absolute(&self, relative: &str) -> String {
        self.file(relative).to_string_lossy().into_owned()
    }

    /// The directory called `name`, or that of the store, as text for a port.
    #[must_use]
    pub fn absolute_directory(&self, name: Option<&str>) -> String {
        name.map_or_else(|| self.store_dir(), |name| self.dir_of(name)).to_string_lossy().into_owned()
    }

    /// Copies the store's directory as it lies; from now on the copy is the store's directory.
    pub fn crash(&mut self) -> FsResult<()> {
        let before = self.store_dir();
        self.crashes += 1;
        copy_tree(self.fs(), &before, self.fs(), &self.store_dir())
    }

    /// Keeps a copy of the store's directory under `name`.
    pub fn save(&self, name: &str) -> FsResult<()> {
        let copy = self.saved(name);
        self.fs.remove_dir_all(&copy)?;
        copy_tree(self.fs(), &self.store_dir(), self.fs(), &copy)
    }

    /// Puts the copy `name` in place of the store's directory.
    pub fn restore(&self, name: &str) -> FsResult<()> {
        let copy = self.saved(name);
        self.fs.metadata(&copy)?;
        self.fs.remove_dir_all(&self.store_dir())?;
        copy_tree(self.fs(), &copy, self.fs(), &self.store_dir())
    }

    /// Exchanges the store's directory with that of `other`, on the same file system; both are there and nobody has them open.
    pub fn exchange(&self, other: &Workspace) -> FsResult<()> {
        let (mine, theirs, between) = (self.store_dir(), other.store_dir(), self.root.join(".between"));
        self.fs.rename(&mine, &between)?;
        self.fs.rename(&theirs, &mine)?;
        self.fs.rename(&between, &theirs)
    }

    fn saved(&self, name: &str) -> PathBuf {
        self.root.join(".saved").join(name)
    }

    /// Where [`Self::keep`] puts the store's directory.
    #[must_use]
    pub fn kept_dir(&self) -> PathBuf {
        self.root.join(".kept")
    }

    /// Keeps a copy of the store's directory as it is, out of reach of the port; an empty one if there is none.
    pub fn keep(&self) -> FsResult<()> {
        let kept = self.kept_dir();
        self.fs.create_dir_all(&kept)?;
        match copy_tree(self.fs(), &self.store_dir(), self.fs(), &kept) {
            Err(error) if error.is_not_found() => Ok(()),
            copied => copied,
        }
    }

    /// The root of it all.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }
}
