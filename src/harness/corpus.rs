//! Finds and reads cases: by name (`purge/basics`), by pattern (`purge/*`) or by path.
//!
//! The name of a case is its path below `corpus/cases` without `.case`; it never changes meaning. Cases are in the order of
//! their names. Beside them, in `corpus/releases`, lie those on which two releases answer differently.

use std::path::{Path, PathBuf};

use globset::Glob;
use thiserror::Error;

use super::case::{Case, CaseError, parse};
use super::embedded::{self, EmbeddedError};
use super::releases::{ReleaseCase, ReleasesError};
use crate::env::{FileKind, FileSystem, FsError, RealFs, walk};

/// The extension of a case file.
const EXTENSION: &str = ".case";

/// Why cases cannot be had.
#[derive(Debug, Error)]
pub enum CorpusError {
    /// There is no corpus here, and the program's own cannot be had.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The program's own corpus was to be changed.
    #[error("the corpus in this program cannot be changed: run inside a checkout of blkspec or say --corpus DIR")]
    ReadOnly,
    /// A name or pattern means no case.
    #[error("no case in {root} is called `{name}`")]
    Unknown {
        /// The name or pattern.
        name: String,
        /// Where the cases lie.
        root: String,
    },
    /// Nothing is selected.
    #[error("no case is selected: {0} holds no file *.case")]
    Empty(String),
    /// What was given is no pattern.
    #[error("`{0}` is no pattern of cases: {1}")]
    Pattern(String, String),
    /// A case has a fault.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// A file with the answers of two releases has a fault.
    #[error(transparent)]
    Releases(#[from] ReleasesError),
    /// A file among those with the answers of two releases has those of one.
    #[error("{0}: expected `releases:` with two releases, found an ordinary case")]
    NoReleases(String),
    /// A file is not text.
    #[error("{file}:{line}: expected UTF-8 text, found the byte {byte:#04x}")]
    NotText {
        /// Its path.
        file: String,
        /// The line.
        line: usize,
        /// The first byte that is not text.
        byte: u8,
    },
    /// The file system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// A directory of cases.
#[derive(Debug, Clone)]
pub struct Corpus {
    root: PathBuf,
    /// Whether it is the program's own, which is unpacked and never changed.
    is_embedded: bool,
}

impl Corpus {
    /// The corpus in `root`.
    #[must_use]
    pub fn at(root: PathBuf) -> Corpus {
        Corpus { root, is_embedded: false }
    }

    /// Where the cases lie.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Refuses what would change the corpus when it is the program's own.
    pub fn check_writable(&self) -> Result<(), CorpusError> {
        if self.is_embedded { Err(CorpusError::ReadOnly) } else { Ok(()) }
    }

    /// The corpus of this checkout, found from the working directory or the program; outside one, what the program carries.
    pub fn find() -> Result<Corpus, CorpusError> {
        let mut starts: Vec<PathBuf> = Vec::new();
        starts.extend(std::env::current_dir());
        starts.extend(std::env::current_exe());
        let fs = RealFs::new();
        let root = starts
            .iter()
            .flat_map(|start| start.ancestors())
            .map(|dir| dir.join("corpus/cases"))
            .find(|dir| fs.metadata(dir).is_ok_and(|metadata| metadata.is_dir()));
        // A path below the working directory is shorter to read.
        let shorter = |root: PathBuf| match std::env::current_dir() {
            Ok(here) => root.strip_prefix(&here).map(Path::to_path_buf).unwrap_or(root),
            Err(_) => root,
        };
        match root {
            Some(root) => Ok(Corpus::at(shorter(root))),
            None => Ok(Corpus { root: embedded::root()?.join("corpus/cases"), is_embedded: true }),
        }
    }

    /// The cases that `selection` names; all when it is empty.
    pub fn select(&self, selection: &[String]) -> Result<Vec<Case>, CorpusError> {
        let mut chosen: Vec<(String, PathBuf)> = Vec::new();
        if selection.iter().any(|wanted| !wanted.ends_with(EXTENSION)) || selection.is_empty() {
            let all = self.files()?;
            if selection.is_empty() {
                chosen.clone_from(&all);
            }
            for wanted in selection.iter().filter(|wanted| !wanted.ends_with(EXTENSION)) {
                let pattern =
                    Glob::new(wanted).map_err(|error| CorpusError::Pattern(wanted.clone(), error.to_string()))?;
                let matcher = pattern.compile_matcher();
                let prefix = format!("{wanted}/");
                let matched = all.iter().filter(|(name, _)| matcher.is_match(name) || name.starts_with(&prefix));
                let before = chosen.len();
                chosen.extend(matched.cloned());
                if chosen.len() == before {
                    return Err(CorpusError::Unknown { name: wanted.clone(), root: self.root.display().to_string() });
                }
            }
        }
        for path in selection.iter().filter(|wanted| wanted.ends_with(EXTENSION)) {
            chosen.push((self.name_of(Path::new(path)), PathBuf::from(path)));
        }
        chosen.sort();
        chosen.dedup_by(|a, b| a.0 == b.0);
        if chosen.is_empty() {
            return Err(CorpusError::Empty(self.root.display().to_string()));
        }
        chosen.iter().map(|(name, path)| read(name, path)).collect()
    }

    /// The names and files of all cases.
    pub fn files(&self) -> Result<Vec<(String, PathBuf)>, CorpusError> {
        let entries = walk(&RealFs::new(), &self.root)?;
        let files = entries.into_iter().filter(|entry| entry.kind == FileKind::File);
        let mut cases: Vec<(String, PathBuf)> = files
            .map(|entry| self.root.join(entry.path))
            .filter(|path| path.to_string_lossy().ends_with(EXTENSION))
            .map(|path| (self.name_of(&path), path))
            .collect();
        cases.sort();
        Ok(cases)
    }

    /// The files with the answers of two releases that `selection` names, as [`Corpus::select`] does; all when it is empty.
    pub fn select_releases(&self, selection: &[String]) -> Result<Vec<ReleaseCase>, CorpusError> {
        let beside = Corpus::at(self.root.parent().map(|corpus| corpus.join("releases")).unwrap_or_default());
        let all = beside.files()?;
        let mut chosen = Vec::new();
        for wanted in selection {
            let glob = Glob::new(wanted).map_err(|error| CorpusError::Pattern(wanted.clone(), error.to_string()))?;
            let matcher = glob.compile_matcher();
            if !all.iter().any(|(name, _)| matcher.is_match(name)) {
                return Err(CorpusError::Unknown { name: wanted.clone(), root: beside.root.display().to_string() });
            }
            chosen.push(matcher);
        }
        let mut found = Vec::new();
        for (name, path) in all {
            if chosen.is_empty() || chosen.iter().any(|matcher| matcher.is_match(&name)) {
                let file = path.to_string_lossy();
                let case = ReleaseCase::parse(&name, &file, &text_of(&path)?)?;
                found.push(case.ok_or_else(|| CorpusError::NoReleases(file.into_owned()))?);
            }
        }
        match found.is_empty() {
            true => Err(CorpusError::Empty(beside.root.display().to_string())),
            false => Ok(found),
        }
    }

    fn name_of(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).ok();
        let marked = path.to_string_lossy().replace('\\', "/");
        let name = match (relative, marked.split_once("corpus/cases/")) {
            (Some(relative), _) => relative.to_string_lossy().replace('\\', "/"),
            (None, Some((_, name))) => name.to_owned(),
            (None, None) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        };
        name.strip_suffix(EXTENSION).unwrap_or(&name).to_owned()
    }
}

/// Reads and parses one case.
pub fn read(name: &str, path: &Path) -> Result<Case, CorpusError> {
    Ok(parse(name, &path.to_string_lossy(), &text_of(path)?)?)
}

pub(super) fn text_of(path: &Path) -> Result<String, CorpusError> {
    let bytes = RealFs::new().read(path)?;
    String::from_utf8(bytes).map_err(|error| not_text(&path.to_string_lossy(), &error))
}

fn not_text(file: &str, error: &std::string::FromUtf8Error) -> CorpusError {
    let (good, rest) = error.as_bytes().split_at_checked(error.utf8_error().valid_up_to()).unwrap_or_default();
    let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
    CorpusError::NotText { file: file.to_owned(), line, byte: rest.first().copied().unwrap_or_default() }
}
