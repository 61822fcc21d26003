//! Vectors for decoders: valid bytes that the Go store wrote, one edit, and what Go makes of the result.
//!
//! A vector is a case (`corpus/decode/<format>/<fault>.txt`) whose head names a base, the edit and the bytes that come of it;
//! its commands hand those bytes to a decoder or to a store. Reading one proves it: the base with the edit, and with the
//! declared checksum mended, is exactly the bytes in the file, so that the edit is the only fault. A base (`base-NAME.txt`) is
//! a case too, and its bytes are what `bytes FILE` answers in it. How a vector runs, is compared and recorded is the cases'
//! business; the language is described in docs/cases.md.

mod edit;
mod fields;
mod generate;
mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::Glob;

pub use edit::{Edit, Mend};
pub use generate::{Generated, generate};

use super::case::{Case, CaseError};
use super::corpus::CorpusError;
use crate::env::{FileKind, FileSystem, RealFs, walk};

/// The topic below which the names of all vectors lie.
pub const TOPIC: &str = "decode/";
const EXTENSION: &str = ".txt";
const BASE: &str = "base-";

/// One vector.
#[derive(Debug, Clone)]
pub struct Vector {
    /// The case that hands the bytes to a port.
    pub case: Case,
    /// What makes the bytes out of the base.
    pub edit: Edit,
    /// The checksum that is made right again.
    pub mend: Option<Mend>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The directory of vectors and bases.
#[derive(Debug)]
pub struct Vectors {
    root: PathBuf,
    bases: BTreeMap<String, Case>,
}

impl Vectors {
    /// The vectors beside the cases in `cases`; none where there is no such directory.
    pub fn beside(cases: &Path) -> Result<Option<Vectors>, CorpusError> {
        let root = cases.parent().map(|corpus| corpus.join("decode")).unwrap_or_default();
        let is_dir = RealFs::new().metadata(&root).is_ok_and(|metadata| metadata.is_dir());
        if is_dir { Vectors::at(root).map(Some) } else { Ok(None) }
    }

    /// The vectors in `root`, with all bases read.
    pub fn at(root: PathBuf) -> Result<Vectors, CorpusError> {
        let mut vectors = Vectors { root, bases: BTreeMap::new() };
        for (name, path) in vectors.files()?.into_iter().filter(|(name, _)| is_base(name)) {
            let case = super::corpus::read(&format!("{TOPIC}{name}"), &path)?;
            vectors.bases.insert(name.replacen(BASE, "", 1), case);
        }
        Ok(vectors)
    }

    /// Where they lie.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The bases, in the order of their names.
    pub fn bases(&self) -> impl Iterator<Item = &Case> {
        self.bases.values()
    }

    /// Names (`block/cut-in-length-1`) and files of all vectors and bases.
    pub fn files(&self) -> Result<Vec<(String, PathBuf)>, CorpusError> {
        let entries = walk(&RealFs::new(), &self.root)?;
        let mut files: Vec<(String, PathBuf)> = entries
            .into_iter()
            .filter(|entry| entry.kind == FileKind::File)
            .filter_map(|entry| {
                let relative = entry.path.to_string_lossy().replace('\\', "/");
                let name = relative.strip_suffix(EXTENSION)?.to_owned();
                Some((name, self.root.join(&entry.path)))
            })
            .collect();
        files.sort();
        Ok(files)
    }

    /// The vectors that `selection` names, as a case is named (`decode/block/*`, `decode/block`); all when it is empty.
    pub fn select(&self, selection: &[String]) -> Result<Vec<Vector>, CorpusError> {
        let all: Vec<(String, PathBuf)> = self
            .files()?
            .into_iter()
            .filter(|(name, _)| !is_base(name))
            .map(|(name, path)| (TOPIC.to_owned() + &name, path))
            .collect();
        let mut chosen = if selection.is_empty() { all.clone() } else { Vec::new() };
        for wanted in selection {
            let glob = Glob::new(wanted).map_err(|error| CorpusError::Pattern(wanted.clone(), error.to_string()))?;
            let matcher = glob.compile_matcher();
            let folder = format!("{}/", wanted.trim_end_matches('/'));
            let before = chosen.len();
            chosen.extend(all.iter().filter(|(name, _)| matcher.is_match(name) || name.starts_with(&folder)).cloned());
            if chosen.len() == before {
                return Err(CorpusError::Unknown { name: wanted.clone(), root: self.root.display().to_string() });
            }
        }
        chosen.sort();
        chosen.dedup();
        chosen.iter().map(|(name, path)| self.read(name, path)).collect()
    }

    fn read(&self, name: &str, path: &Path) -> Result<Vector, CorpusError> {
        let file = path.to_string_lossy();
        let text = super::corpus::text_of(path)?;
        Ok(self.parse(name, &file, &text)?)
    }

    /// Reads the text of a vector and proves that its edit is its only fault.
    pub fn parse(&self, name: &str, file: &str, text: &str) -> Result<Vector, CaseError> {
        read::parse(self, name, file, text)
    }

    /// The bytes that a base gives: `[FORMAT/]NAME PART [A..B]`, seen from a vector of `format`.
    pub fn base(&self, format: &str, reference: &str) -> Result<Vec<u8>, String> {
        let mut words = reference.split_whitespace();
        let (Some(name), Some(part), range, None) = (words.next(), words.next(), words.next(), words.next()) else {
            return Err(format!("`{reference}`, which is not `NAME PART` or `NAME PART A..B`"));
        };
        let key = if name.contains('/') { name.to_owned() } else { format!("{format}/{name}") };
        let case = self.bases.get(&key).ok_or_else(|| format!("`{name}`, of which there is no base"))?;
        let bytes = read::part(case, part).ok_or_else(|| format!("`{part}`, which `{name}` does not show"))?;
        let Some(range) = range else { return Ok(bytes) };
        let bounds = edit::range(range).map_err(|fault| fault.found)?;
        bytes.get(bounds).map(<[u8]>::to_vec).ok_or_else(|| format!("`{range}` of {} bytes", bytes.len()))
    }
}

/// Whether a vector of this name is a base, of which others are made.
#[must_use]
pub fn is_base(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|last| last.starts_with(BASE))
}

/// Whether a word of a selection means vectors and not cases.
#[must_use]
pub fn means_vectors(wanted: &str) -> bool {
    wanted == "decode" || wanted.starts_with(TOPIC)
}
