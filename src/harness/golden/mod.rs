//! Goldens: directories that the Go store left behind, checked in, and what they are good for.
//!
//! `golden/<go version>/<case>/<cipher>-<compression>/` holds the files and `MANIFEST.json` beside those folders what Go
//! answered when it opened them. A port is held to both: it opens each directory and answers the same, and what it writes
//! for the same case is the same, byte for byte where no chance and no choice is in it, else once decrypted, decompressed
//! and decoded. Only `update`, which asks Go, writes here.

mod ask;
mod check;
mod manifest;
mod same;
mod update;

use std::path::{Path, PathBuf};

use thiserror::Error;

pub use check::{Checked, check, identity};
pub use manifest::Manifest;
pub use same::{FileDifference, NO_SUCH_FILE, differing_files, is_lost_on_both};
pub use update::{UpdateError, update};

use super::corpus::CorpusError;
use super::execute::Stop;
use super::runner::RunError;
use crate::env::{FileKind, FileSystem, FsError, RealFs, walk};

/// The list of the cases whose directories are kept.
const LIST: &str = "CASES";

/// Why goldens cannot be had or held against a port.
#[derive(Debug, Error)]
pub enum GoldenError {
    /// There are none where they were looked for.
    #[error("no goldens in {0}: run inside a checkout of blkspec or say --golden DIR")]
    Missing(String),
    /// A name means none.
    #[error("no golden in {root} is called `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// Where the goldens lie.
        root: String,
    },
    /// A manifest cannot be read.
    #[error("{path}: not a manifest: {why}")]
    Manifest {
        /// Its path.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A golden that should be there is not.
    #[error("{list} lists `{name}`, but there is no {name}/MANIFEST.json: run `blkspec golden update {name}`")]
    NotMade {
        /// The list.
        list: String,
        /// The name in it.
        name: String,
    },
    /// A golden that should not be there is.
    #[error("{path}: {why}")]
    Stray {
        /// Its path, or that of a part of it.
        path: String,
        /// Who should know it.
        why: String,
    },
    /// The case that a golden was made from cannot be had.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The case could not be run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The port could not be asked.
    #[error(transparent)]
    Stopped(#[from] Stop),
    /// The file system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// A golden: the directories of one case.
#[derive(Clone, Debug)]
pub struct Golden {
    /// The name of its case.
    pub name: String,
    /// Where it lies.
    pub dir: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
}

/// A directory of goldens.
#[derive(Clone, Debug)]
pub struct Goldens {
    root: PathBuf,
}

impl Goldens {
    /// The goldens in `root`, which holds a folder for each Go version.
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The goldens beside a corpus: `golden` next to the folder of `corpus/cases`.
    #[must_use]
    pub fn beside(corpus: &Path) -> Self {
        let checkout = corpus.parent().and_then(Path::parent).unwrap_or(Path::new(""));
        Self { root: checkout.join("golden") }
    }

    /// Where they lie.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The goldens that `selection` names, all when it is empty, in the order of their names.
    pub fn select(&self, selection: &[String]) -> Result<Vec<Golden>, GoldenError> {
        let fs = RealFs::new();
        let entries = match walk(&fs, &self.root) {
            Err(error) if error.is_not_found() => {
                return Err(GoldenError::Missing(self.root.display().to_string()));
            }
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let is_manifest = entry.kind == FileKind::File && entry.path.file_name() == Some(manifest::NAME.as_ref());
            if let (true, Some(relative)) = (is_manifest, entry.path.parent()) {
                found.push(self.golden(&fs, relative)?);
            }
        }
        let root = || self.root.display().to_string();
        match self.hold_to_list(&found) {
            Err(GoldenError::Fs(error)) if error.is_not_found() && found.is_empty() => {}
            held => held?,
        }
        if found.is_empty() {
            return Err(GoldenError::Missing(root()));
        }
        for wanted in selection {
            if !found.iter().any(|golden| matches(golden, wanted)) {
                return Err(GoldenError::Unknown { name: wanted.clone(), root: root() });
            }
        }
        found.retain(|golden| selection.is_empty() || selection.iter().any(|wanted| matches(golden, wanted)));
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The golden in the folder `relative`, which holds the directories of its manifest and nothing else.
    fn golden(&self, fs: &dyn FileSystem, relative: &Path) -> Result<Golden, GoldenError> {
        let dir = self.root.join(relative);
        let manifest = manifest::read(fs, &dir)?;
        let (place, place_said) =
            (relative.to_string_lossy().replace('\\', "/"), format!("{}/{}", manifest.go, manifest.case));
        if place != place_said {
            let path = dir.join(manifest::NAME).display().to_string();
            return Err(GoldenError::Manifest {
                path,
                why: format!("expected one of {place}, found one of {place_said}"),
            });
        }
        for entry in fs.read_dir(&dir)? {
            let known = |setting: &String| entry.name == *manifest::folder(setting);
            if entry.name != *manifest::NAME && !manifest.settings.keys().any(known) {
                let path = dir.join(&entry.name).display().to_string();
                return Err(GoldenError::Stray { path, why: format!("{} beside it does not know it", manifest::NAME) });
            }
        }
        Ok(Golden { name: manifest.case.clone(), dir, manifest })
    }

    /// Holds what was found to the list, so that a golden that is lost is not passed over.
    fn hold_to_list(&self, found: &[Golden]) -> Result<(), GoldenError> {
        let listed = self.listed()?;
        let list = self.root.join(LIST).display().to_string();
        if let Some(name) = listed.iter().find(|name| !found.iter().any(|golden| golden.name == **name)) {
            return Err(GoldenError::NotMade { list, name: name.clone() });
        }
        match found.iter().find(|golden| !listed.contains(&golden.name)) {
            Some(golden) => {
                let path = golden.dir.display().to_string();
                Err(GoldenError::Stray { path, why: format!("{list} does not list `{}`", golden.name) })
            }
            None => Ok(()),
        }
    }

    /// The names in `CASES`: the cases whose directories are kept.
    pub fn listed(&self) -> Result<Vec<String>, GoldenError> {
        let bytes = RealFs::new().read(&self.root.join(LIST))?;
        let text = String::from_utf8_lossy(&bytes);
        let names = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(names.map(str::to_owned).collect())
    }
}

fn matches(golden: &Golden, wanted: &str) -> bool {
    golden.name == wanted || golden.name.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/'))
}
