//! The manifest of a golden: which Go store wrote the directories, from which case, what it answered when it opened them
//! again, and every file with its size and SHA-256.
//!
//! It is written by `golden update` and by nothing else. A directory that does not agree with it is refused, file by file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::GoldenError;
use crate::env::{FileKind, FileSystem, FsError, walk};
use crate::harness::case::Setting;
use crate::harness::protocol::{Int, Op, Uint};

/// The name of the manifest in a golden's directory.
pub(super) const NAME: &str = "MANIFEST.json";

/// What a golden is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The release of nats-server that wrote it.
    pub go: String,
    /// The command that made it.
    pub command: String,
    /// The case that was run.
    pub case: String,
    /// The directories, by setting.
    pub settings: BTreeMap<String, Directory>,
}

/// One directory of a golden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// How long after its start the case ended, in nanoseconds.
    pub ended_after_ns: Int,
    /// How the store was opened last; its `dir` is empty.
    pub open: Op,
    /// What Go answered when it opened a copy, a line for each answer.
    pub answers: Vec<String>,
    /// The files, by path.
    pub files: BTreeMap<String, FileEntry>,
}

/// One file of a golden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its size in bytes.
    pub size: Uint,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

impl FileEntry {
    fn of(bytes: &[u8]) -> Self {
        Self { size: Uint(bytes.len() as u64), sha256: hex::encode(Sha256::digest(bytes)) }
    }
}

/// The folder of a setting: `aes-s2` for `aes/s2`.
pub(super) fn folder(setting: &str) -> String {
    setting.replace('/', "-")
}

/// Every file below `root` with its size and hash.
pub(super) fn entries(fs: &dyn FileSystem, root: &Path) -> Result<BTreeMap<String, FileEntry>, FsError> {
    let mut found = BTreeMap::new();
    for entry in walk(fs, root)?.into_iter().filter(|entry| entry.kind == FileKind::File) {
        let bytes = fs.read(&root.join(&entry.path))?;
        found.insert(entry.path.to_string_lossy().replace('\\', "/"), FileEntry::of(&bytes));
    }
    Ok(found)
}

/// Reads the manifest in `root`.
pub(super) fn read(fs: &dyn FileSystem, root: &Path) -> Result<Manifest, GoldenError> {
    let path = root.join(NAME);
    let bytes = fs.read(&path)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| GoldenError::Manifest { path: path.display().to_string(), why: error.to_string() })
}

impl Manifest {
    /// The manifest as text.
    pub(super) fn text(&self) -> Result<String, GoldenError> {
        serde_json::to_string_pretty(self)
            .map(|text| text + "\n")
            .map_err(|error| GoldenError::Manifest { path: NAME.to_owned(), why: error.to_string() })
    }

    /// What is wrong with the files of `setting` in `root`, a line each.
    pub(super) fn faults(
        &self,
        fs: &dyn FileSystem,
        root: &Path,
        setting: Setting,
    ) -> Result<Vec<String>, GoldenError> {
        let setting = setting.to_string();
        let Some(directory) = self.settings.get(&setting) else {
            return Ok(vec![format!("the manifest has no directory for {setting}")]);
        };
        let dir = root.join(folder(&setting));
        let found = match entries(fs, &dir) {
            Err(error) if error.is_not_found() => BTreeMap::new(),
            entries => entries?,
        };
        let mut faults = Vec::new();
        for (path, expected) in &directory.files {
            let place = dir.join(path);
            match found.get(path) {
                None => {
                    faults.push(format!("{}: expected {} bytes, the file is missing", place.display(), expected.size.0))
                }
                Some(found) if found.size != expected.size => faults.push(format!(
                    "{}: expected {} bytes, found {}",
                    place.display(),
                    expected.size.0,
                    found.size.0
                )),
                Some(found) if found != expected => faults.push(format!(
                    "{}: expected sha256 {}, found {}",
                    place.display(),
                    expected.sha256,
                    found.sha256
                )),
                Some(_) => {}
            }
        }
        for path in found.keys().filter(|path| !directory.files.contains_key(*path)) {
            faults.push(format!("{}: a file that the manifest does not know", dir.join(path).display()));
        }
        Ok(faults)
    }
}
