//! Whether evidence still speaks of what there is: the same programs, and nothing changed since.

use std::path::{Path, PathBuf};

use super::GateError;
use crate::env::{FileKind, FileSystem as _, RealFs, walk};
use crate::harness::evidence::{Evidence, GoRelease, Program, ProgramFile, hash_of_file};
use crate::harness::go_port::GoBuild;
use crate::harness::port_spec::PortSpec;

/// Folders that hold no sources: what builds leave, and what version control keeps.
const SKIPPED: [&str; 9] = [".git", ".hg", ".svn", ".vs", ".idea", "bin", "obj", "target", "__pycache__"];

/// Where the sources of the port lie.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Directories or files of sources.
    pub sources: Vec<PathBuf>,
    /// Directories of the port's own tests.
    pub tests: Vec<PathBuf>,
}

/// Why the evidence is stale, a reason for each thing that is not as it was; nothing when it is fresh.
pub fn stale(evidence: &Evidence, places: &Places) -> Result<Vec<String>, GateError> {
    let mut reasons = Vec::new();
    let pinned = GoRelease::pinned();
    if evidence.go != pinned {
        reasons.push(format!(
            "its answers are of nats-server {} {}, and those of the cases of {} {}",
            evidence.go.version, evidence.go.sum, pinned.version, pinned.sum
        ));
    }
    if evidence.blkspec.sha256 != Program::own()?.sha256 {
        reasons.push(format!(
            "another blkspec made it ({} {})",
            evidence.blkspec.version,
            short(&evidence.blkspec.sha256)
        ));
    }
    for ProgramFile { path, sha256 } in &evidence.port.program {
        match hash_of_file(Path::new(path)) {
            Ok(found) if found == *sha256 => {}
            Ok(_) => reasons.push(format!("{path} of the port has changed")),
            Err(error) => reasons.push(format!("{path} of the port cannot be read: {error}")),
        }
    }
    let started = instant(&evidence.started)?;
    for place in places.sources.iter().chain(&places.tests) {
        if let Some((path, _)) = newest(place)?.filter(|(_, modified)| *modified > started) {
            reasons.push(format!("{} is newer", path.display()));
        }
    }
    match evidence.port.name.parse() {
        Ok(PortSpec::Reference) => {}
        Ok(PortSpec::Go(version)) => reasons.extend(other_sources(evidence, GoBuild::find(&version))),
        Ok(PortSpec::Command { .. }) => reasons.extend(built_before(evidence, places)?),
        Err(error) => reasons.push(error.to_string()),
    }
    Ok(reasons)
}

/// Whether the Go adapter that ran is that of other sources than are here now: it is named after them.
fn other_sources(evidence: &Evidence, build: Result<GoBuild, String>) -> Option<String> {
    let is_current = |build: GoBuild| {
        let mut files = evidence.port.program.iter().map(|file| build.is_of_these_sources(Path::new(&file.path)));
        files.try_fold(true, |all, one| Ok(all && one?))
    };
    match build.and_then(is_current) {
        Ok(true) => None,
        Ok(false) => Some("the sources of the Go adapter have changed".to_owned()),
        Err(error) => Some(error),
    }
}

/// A source that is newer than the whole program: what ran was built before it changed. A program that is made of sources
/// is not built, and the hashes of its files say all there is to say.
fn built_before(evidence: &Evidence, places: &Places) -> Result<Option<String>, GateError> {
    let fs = RealFs::new();
    let mut built = i64::MIN;
    for file in &evidence.port.program {
        // One that is gone is said above.
        if fs.exists(Path::new(&file.path))? {
            built = built.max(fs.modified_ns(Path::new(&file.path))?);
        }
    }
    let program: Vec<PathBuf> = evidence.port.program.iter().map(|file| absolute(Path::new(&file.path))).collect();
    for place in &places.sources {
        if files(place)?.iter().any(|source| program.contains(&absolute(source))) {
            continue;
        }
        if let Some((path, _)) = newest(place)?.filter(|(_, modified)| *modified > built) {
            return Ok(Some(format!(
                "{} is newer than every file of the port's program: it was built before, or its adapter does not declare all",
                path.display()
            )));
        }
    }
    Ok(None)
}

/// A path as both the adapter and the user mean it; one that cannot be made so stays as it is.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The file that changed last below `place`.
fn newest(place: &Path) -> Result<Option<(PathBuf, i64)>, GateError> {
    let fs = RealFs::new();
    let mut found: Option<(PathBuf, i64)> = None;
    for path in files(place)? {
        let modified = fs.modified_ns(&path)?;
        if found.as_ref().is_none_or(|(_, newest)| modified > *newest) {
            found = Some((path, modified));
        }
    }
    Ok(found)
}

/// The sources below `place`, or `place` itself.
pub(super) fn files(place: &Path) -> Result<Vec<PathBuf>, GateError> {
    let fs = RealFs::new();
    if fs.metadata(place)?.is_file() {
        return Ok(vec![place.to_path_buf()]);
    }
    let skipped = |path: &Path| path.components().any(|part| SKIPPED.iter().any(|name| part.as_os_str() == *name));
    let entries = walk(&fs, place)?.into_iter();
    let sources = entries.filter(|entry| entry.kind == FileKind::File && !skipped(&entry.path));
    Ok(sources.map(|entry| place.join(entry.path)).collect())
}

/// An instant of the evidence in nanoseconds.
fn instant(text: &str) -> Result<i64, GateError> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    let time = parsed.map_err(|error| GateError::Asked(format!("the time {text} of the evidence: {error}")))?;
    Ok(i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX))
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
