//! The scan of a file and of directories.
//!
//! Files are read one by one, at most as many at a time as there are processors, and only what was found is kept of them. The
//! order of the findings is that of paths and places, however the work was shared.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use thiserror::Error;

use super::facts::{Facts, Function, Place};
use super::files::{self, Found};
use super::language::{self, Language, Whereabouts};
use super::numbered::Numbered;
use super::report::{Finding, Partly, Report, Unread};
use super::rules::{self, View};
use super::{allow, walk, words};
use crate::env::{FileSystem as _, FsError, RealFs};
use crate::harness::trace::TraceError;

/// The size of a file above which it is not parsed.
const MAX_BYTES: u64 = 4 << 20;

/// Why there is nothing to say.
#[derive(Debug, Error)]
pub enum ScanError {
    /// A directory cannot be read.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// The table of numbered functions is broken.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// There is no such language.
    #[error("no language `{0}`: there are {1}")]
    Language(String, String),
}

/// A function of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// Its first and its last line.
    pub lines: (usize, usize),
    /// It stands in no other function.
    pub is_outer: bool,
}

/// What the scan has of one file.
#[derive(Clone, Debug)]
pub struct FileScan {
    /// Its functions.
    pub functions: Vec<Span>,
    /// How many of them are tests.
    pub tests: usize,
    /// What was found, in the order of places.
    pub findings: Vec<Finding>,
    /// Where the grammar does not understand it.
    pub not_understood: Vec<Place>,
}

/// The names of the languages, with the endings of their files.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    language::ALL.into_iter().map(|language| (language.name, language.extensions))
}

/// A scan for stubs.
#[derive(Debug)]
pub struct Scanner {
    numbered: Numbered,
    only: Option<&'static Language>,
}

impl Scanner {
    /// One that looks at every language that it knows, or at one.
    pub fn new(language: Option<&str>) -> Result<Self, ScanError> {
        let only = language.map(|name| {
            let known = || languages().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
            language::ALL
                .into_iter()
                .find(|one| one.name == name)
                .ok_or_else(|| ScanError::Language(name.to_owned(), known()))
        });
        Ok(Self { numbered: Numbered::embedded()?, only: only.transpose()? })
    }

    /// Scans what is below `places`.
    pub fn scan(&self, places: &[PathBuf]) -> Result<Report, ScanError> {
        self.scan_port(places, &[])
    }

    /// Whether a file below `place` is of a language that is looked at.
    pub fn knows_any(&self, place: &Path) -> Result<bool, ScanError> {
        Ok(files::below(place)?.iter().any(|found| self.language(&found.path).is_some()))
    }

    /// Scans what is below `sources` and below `tests`; whatever lies in the latter lies where tests lie.
    pub fn scan_port(&self, sources: &[PathBuf], tests: &[PathBuf]) -> Result<Report, ScanError> {
        let mut all: Vec<(Found, &'static Language, bool)> = Vec::new();
        let tests = tests.iter().map(|place| (place, true));
        for (place, is_of_tests) in tests.chain(sources.iter().map(|place| (place, false))) {
            for found in files::below(place)? {
                if let Some(language) = self.language(&found.path) {
                    all.push((found, language, is_of_tests));
                }
            }
        }
        // The order of equals stays, so that a file of tests that lies among the sources is one of tests.
        all.sort_by(|(a, ..), (b, ..)| a.path.cmp(&b.path));
        all.dedup_by(|(a, ..), (b, ..)| a.path == b.path);
        let scans: Vec<(String, Result<FileScan, String>)> = all
            .par_iter()
            .map(|(found, language, is_of_tests)| {
                (found.path.display().to_string(), self.file(found, language, *is_of_tests))
            })
            .collect();
        let mut report = Report::default();
        for (file, scan) in scans {
            match scan {
                Err(why) => report.unread.push(Unread { file, why }),
                Ok(scan) => {
                    report.files += 1;
                    report.functions += scan.functions.len();
                    report.tests += scan.tests;
                    if let Some(first) = scan.not_understood.first() {
                        report.partly.push(Partly { file, place: *first, places: scan.not_understood.len() });
                    }
                    report.findings.extend(scan.findings);
                }
            }
        }
        Ok(report)
    }

    fn language(&self, path: &Path) -> Option<&'static Language> {
        let language = path.extension().and_then(|extension| extension.to_str()).and_then(language::of)?;
        self.only.is_none_or(|only| only.name == language.name).then_some(language)
    }

    fn file(&self, found: &Found, language: &Language, is_of_tests: bool) -> Result<FileScan, String> {
        let fs = RealFs::new();
        let size = fs.metadata(&found.path).map_err(|error| error.to_string())?.len;
        if size > MAX_BYTES {
            return Err(format!("{size} bytes, and more than {MAX_BYTES} are not read"));
        }
        let bytes = fs.read(&found.path).map_err(|error| error.to_string())?;
        let text = String::from_utf8(bytes).map_err(|error| format!("no UTF-8: {error}"))?;
        self.parse(language, &found.path.display().to_string(), Whereabouts::new(&found.relative, is_of_tests), &text)
    }

    /// Scans the text of a file; `relative` is its path in forward slashes, which says what it is and whether it holds tests.
    pub fn text(&self, relative: &str, text: &str) -> Result<FileScan, String> {
        let language = self.language(Path::new(relative)).ok_or("of no language that is known")?;
        self.parse(language, relative, Whereabouts::new(relative, false), text)
    }

    fn parse(&self, language: &Language, file: &str, place: Whereabouts<'_>, text: &str) -> Result<FileScan, String> {
        let in_tests = place.in_tests;
        let extension = place.path.rsplit('.').next().unwrap_or_default();
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&(language.grammar)(extension)).map_err(|error| error.to_string())?;
        let mut read = |given: &str| {
            let tree = parser.parse(given.as_bytes(), None).ok_or("it was not parsed")?;
            let is_nothing = tree.root_node().is_error();
            Ok::<_, String>((!is_nothing).then(|| walk::facts(language, &tree, text, place)))
        };
        let mut facts = read(&(language.for_grammar)(text))?;
        let faults = |facts: &Option<Facts>| facts.as_ref().map_or(usize::MAX, |facts| facts.not_understood.len());
        if faults(&facts) > 0 {
            for (given, left_out) in (language.again)(text) {
                let mut other = read(&given)?;
                if let Some(other) = &mut other {
                    other.not_understood.extend(left_out);
                }
                if faults(&other) < faults(&facts) {
                    facts = other;
                }
            }
        }
        let facts = facts.ok_or_else(|| format!("no {}: the grammar understands nothing of it", language.name))?;
        let view = View { facts: &facts, language: language.name, in_tests, numbered: &self.numbered };
        let mut hits = allow::apply(&facts, rules::hits(&view));
        hits.sort_by_key(|hit| (hit.place, hit.rule));
        hits.dedup_by(|a, b| a.place == b.place && a.rule == b.rule);
        let findings = hits.into_iter().map(|hit| {
            let function = around(&facts, hit.place.line);
            let is_code = |function: &&Function| !in_tests && !function.marks.is_test && !function.marks.is_among_tests;
            Finding {
                file: file.to_owned(),
                place: hit.place,
                rule: hit.rule,
                numbers: function.filter(is_code).map(|one| self.numbered.numbers(one)).unwrap_or_default(),
                name: hit.name.or_else(|| function.map(|function| function.name.clone())),
                what: hit.what,
            }
        });
        let span = |function: &Function| Span {
            name: function.name.clone(),
            lines: function.lines,
            is_outer: function.parent.is_none(),
        };
        Ok(FileScan {
            findings: findings.collect(),
            functions: facts.functions.iter().map(span).collect(),
            tests: facts.functions.iter().filter(|function| function.marks.is_test).count(),
            not_understood: facts.not_understood.clone(),
        })
    }
}

/// The function around a line.
fn around(facts: &Facts, line: usize) -> Option<&Function> {
    // They stand in the order of their beginnings, and whatever holds the line holds the last one that begins before it.
    let mut at = facts.functions.partition_point(|function| function.lines.0 <= line).checked_sub(1);
    while let Some(function) = at.and_then(|at| facts.functions.get(at)) {
        if function.lines.1 >= line {
            return Some(function);
        }
        at = function.parent;
    }
    None
}

impl<'a> Whereabouts<'a> {
    fn new(path: &'a str, is_of_tests: bool) -> Self {
        Self { path, in_tests: is_of_tests || is_among_tests(path), is_of_tests }
    }
}

/// Whether a path says that tests lie there.
fn is_among_tests(relative: &str) -> bool {
    let stem = |part: &str| part.split('.').map(str::to_owned).collect::<Vec<_>>();
    let says = |word: &String| {
        ["test", "tests", "testing", "spec", "specs", "mocks", "fakes", "unittests"].contains(&word.as_str())
    };
    relative.split('/').flat_map(stem).any(|part| words::words(&part).iter().any(says))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_tests() {
        let check = |path: &str, expected: bool| assert_eq!(is_among_tests(path), expected, "{path}");
        check("tests/x.cs", true);
        check("src/NATS.Client.Core.Tests/A.cs", true);
        check("StoreTest.java", true);
        check("store_test.go", true);
        check("src/attest/latest.rs", false);
    }
}
