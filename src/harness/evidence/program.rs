//! Which files a program is made of, as far as that can be known, and their hashes.
//!
//! The reference is this program; the Go store is the adapter that was built; a command is its program and every word that
//! names a file, and what the adapter declares as `program` when it starts. A file reached in other ways is not seen, which the
//! list makes plain.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::EvidenceError;
use crate::env::{FileKind, FileSystem, RealFs, walk};
use crate::harness::go_port::GoBuild;
use crate::harness::port_spec::PortSpec;

/// A program with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// The SHA-256 of its file.
    pub sha256: String,
}

impl Program {
    /// This program.
    pub fn own() -> Result<Self, EvidenceError> {
        Ok(Self { version: env!("CARGO_PKG_VERSION").to_owned(), sha256: hash_of_file(&own_path()?)? })
    }
}

/// A file of a program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramFile {
    /// Where it lies.
    pub path: String,
    /// The SHA-256 of what is in it.
    pub sha256: String,
}

/// The files of the port, with those that its adapter declared.
pub fn program_files(spec: &PortSpec, declared: &[String]) -> Result<Vec<ProgramFile>, EvidenceError> {
    let mut paths = match spec {
        PortSpec::Reference => vec![own_path()?],
        PortSpec::Go(version) => {
            let build = GoBuild::find(version).map_err(EvidenceError::Program)?;
            vec![build.binary(&|_| {}).map_err(EvidenceError::Program)?]
        }
        PortSpec::Command { words, .. } => command_files(words)?,
    };
    let fs = RealFs::new();
    for name in declared {
        let path = PathBuf::from(name);
        match fs.metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                let entries = walk(&fs, &path)?.into_iter().filter(|entry| entry.kind == FileKind::File);
                paths.extend(entries.map(|entry| path.join(entry.path)));
            }
            Ok(_) => paths.push(path),
            Err(error) => return Err(EvidenceError::Program(format!("the adapter declares {name}: {error}"))),
        }
    }
    // One file has one name, and it is the same from every directory.
    for path in &mut paths {
        *path = std::path::absolute(&path).map_err(|error| EvidenceError::Program(error.to_string()))?;
    }
    paths.sort();
    paths.dedup();
    let file = |path: PathBuf| {
        let sha256 = hash_of_file(&path)?;
        Ok(ProgramFile { path: path.to_string_lossy().into_owned(), sha256 })
    };
    paths.into_iter().map(file).collect()
}

/// The SHA-256 of a file.
pub fn hash_of_file(path: &Path) -> Result<String, EvidenceError> {
    Ok(hex::encode(Sha256::digest(RealFs::new().read(path)?)))
}

fn own_path() -> Result<PathBuf, EvidenceError> {
    std::env::current_exe().map_err(|error| EvidenceError::Program(error.to_string()))
}

/// The program of a command, found as a shell finds it, and the words that name files.
fn command_files(words: &[String]) -> Result<Vec<PathBuf>, EvidenceError> {
    let fs = RealFs::new();
    let is_file = |path: &Path| fs.metadata(path).is_ok_and(|metadata| metadata.is_file());
    let mut paths = Vec::new();
    let mut words = words.iter();
    if let Some(program) = words.next() {
        let here = program.contains('/').then(|| PathBuf::from(program));
        let searched = || {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).map(|dir| dir.join(program)).find(|path| is_file(path))
        };
        let found = here.or_else(searched).filter(|path| is_file(path));
        paths.push(found.ok_or_else(|| EvidenceError::Program(format!("{program} is not found")))?);
    }
    paths.extend(words.map(PathBuf::from).filter(|path| is_file(path)));
    Ok(paths)
}
