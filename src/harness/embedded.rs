//! The corpus, the goldens and the sources of the Go adapter that the program carries, for whoever runs it outside a checkout.
//!
//! They are unpacked to a directory of the user's cache that is named for the archive's digest: into a directory beside it
//! first, which is then renamed, so that no other process sees a part. What is there already is compared with the archive byte
//! for byte before it is used: a file that is missing or differs is put right, each by a rename; one that is not of the archive
//! is refused by its name, because it may be somebody's work and would be taken for a case. `build.rs` makes the archive.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::env::{CACHE_VARIABLE, FileKind, FileSystem, FsError, RealFs, Scratch, user_cache, walk};

/// What `build.rs` packed.
const ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/embedded.tar.gz"));

/// How much of the digest names the directory.
const DIGEST_DIGITS: usize = 16;

/// Why the program's own corpus cannot be had.
#[derive(Debug, Error)]
pub enum EmbeddedError {
    /// The environment names no directory for it.
    #[error("there is no directory to unpack the corpus of this program to: set {CACHE_VARIABLE} to one")]
    NoCache,
    /// It cannot be written or read.
    #[error("the corpus of this program cannot be unpacked: {0}; {CACHE_VARIABLE} names another directory for it")]
    Fs(FsError),
    /// The program itself is damaged.
    #[error("the corpus in this program is damaged: {0}")]
    Archive(std::io::Error),
    /// Something else lies where it was unpacked.
    #[error("{0} is not of the corpus that this program unpacked there: remove it")]
    Stray(String),
}

// By hand, because these messages hold those of their causes, which are then no causes to be told once more.
impl From<FsError> for EmbeddedError {
    fn from(error: FsError) -> Self {
        Self::Fs(error)
    }
}

impl From<std::io::Error> for EmbeddedError {
    fn from(error: std::io::Error) -> Self {
        Self::Archive(error)
    }
}

/// The directory that holds `corpus`, `golden` and `adapters/go` as the program carries them; unpacked now if it is not there,
/// and looked through once in a process.
pub fn root() -> Result<PathBuf, EmbeddedError> {
    static ROOT: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut known = ROOT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(root) = known.as_ref() {
        return Ok(root.clone());
    }
    let cache = user_cache().ok_or(EmbeddedError::NoCache)?;
    let root = unpacked(&cache)?;
    Ok(known.insert(root).clone())
}

fn unpacked(cache: &Path) -> Result<PathBuf, EmbeddedError> {
    let fs = RealFs::new();
    let files = files()?;
    let digest: String = hex::encode(Sha256::digest(ARCHIVE)).chars().take(DIGEST_DIGITS).collect();
    fs.create_dir_all(cache)?;
    let root = std::path::absolute(cache)?.join(format!("corpus-{digest}"));
    if fs.exists(&root)? {
        mend(&fs, &root, cache, &files)?;
        return Ok(root);
    }
    let scratch = Scratch::new(Some(cache))?;
    let fresh = scratch.path().join("fresh");
    for (path, bytes) in &files {
        write(&fs, &fresh.join(path), bytes)?;
    }
    match fs.rename(&fresh, &root) {
        Ok(()) => {}
        // Another process was faster.
        Err(_) if fs.exists(&root)? => mend(&fs, &root, cache, &files)?,
        Err(error) => return Err(error.into()),
    }
    Ok(root)
}

/// The files of the archive, by their paths.
fn files() -> Result<BTreeMap<PathBuf, Vec<u8>>, std::io::Error> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(ARCHIVE));
    let mut files = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        files.insert(entry.path()?.into_owned(), bytes);
    }
    Ok(files)
}

/// Puts right what differs from the archive.
fn mend(fs: &RealFs, root: &Path, cache: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), EmbeddedError> {
    let mut wrong: BTreeMap<&PathBuf, &Vec<u8>> = files.iter().collect();
    for entry in walk(fs, root)?.into_iter().filter(|entry| entry.kind != FileKind::Dir) {
        let path = root.join(&entry.path);
        match files.get(&entry.path) {
            Some(bytes) if entry.kind == FileKind::File => {
                if fs.read(&path)? == *bytes {
                    wrong.remove(&entry.path);
                }
            }
            _ => return Err(EmbeddedError::Stray(path.display().to_string())),
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let scratch = Scratch::new(Some(cache))?;
    for (path, bytes) in wrong {
        let fresh = scratch.path().join(path);
        write(fs, &fresh, bytes)?;
        let target = root.join(path);
        fs.create_dir_all(target.parent().unwrap_or(root))?;
        fs.rename(&fresh, &target)?;
    }
    Ok(())
}

fn write(fs: &RealFs, path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    if let Some(parent) = path.parent() {
        fs.create_dir_all(parent)?;
    }
    fs.write(path, bytes)
}
