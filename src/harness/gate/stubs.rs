//! What the stub scan says of the port's sources and tests, and of which numbers.
//!
//! Any match stops the gate. One in a function that is called as a numbered one stops that number as well, one in a test of the
//! port that test of Go's. Where nobody named a directory nothing was looked for, which is said; so is a directory in which no file
//! is of a language that the scan knows.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{GateError, Places};
use crate::harness::stubs::{Finding, Report, Scanner, languages};

/// How many findings are shown to people; the other forms have all.
const SHOWN: usize = 20;

/// What was looked for, and what was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Stubs {
    /// The directories in which no file is of a language that the scan knows: nothing is said of them.
    pub not_scanned: Vec<PathBuf>,
    /// What the scan says.
    #[serde(flatten)]
    pub report: Report,
}

impl Stubs {
    /// Scans the port's sources and tests; nothing where neither is given.
    pub fn find(places: &Places) -> Result<Option<Self>, GateError> {
        let Places { sources, tests } = places;
        if sources.is_empty() && tests.is_empty() {
            return Ok(None);
        }
        let scanner = Scanner::new(None)?;
        let mut not_scanned = Vec::new();
        for place in sources.iter().chain(tests) {
            if !scanner.knows_any(place)? {
                not_scanned.push(place.clone());
            }
        }
        Ok(Some(Self { not_scanned, report: scanner.scan_port(sources, tests)? }))
    }

    /// Whether nothing stops the gate.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.report.is_clean()
    }

    /// What was found in functions that are called as the one with this number.
    pub(super) fn of_number(&self, number: u16) -> impl Iterator<Item = &Finding> {
        self.report.findings.iter().filter(move |finding| finding.numbers.contains(&number))
    }

    /// What was found in a test.
    pub(super) fn of_test(&self, file: &Path, name: &str) -> impl Iterator<Item = &Finding> {
        let is_it = move |one: &&Finding| Path::new(&one.file) == file && one.name.as_deref() == Some(name);
        self.report.findings.iter().filter(is_it)
    }

    /// What stops the gate, a line each, and how it was looked for.
    pub(super) fn lines(stubs: Option<&Self>, limit: bool) -> Vec<String> {
        let Some(stubs) = stubs else {
            return vec!["stubs: not looked for, without --source and --tests".to_owned()];
        };
        let Report { files, functions, tests, findings, unread, partly } = &stubs.report;
        let shown = if limit { SHOWN } else { usize::MAX };
        let mut lines: Vec<String> = findings.iter().take(shown).map(|finding| format!("STUB: {finding}")).collect();
        if let Some(more) = findings.len().checked_sub(shown).filter(|more| *more > 0) {
            lines.push(format!("STUB: and {more} more, which `blkspec stubs` lists"));
        }
        lines.extend(unread.iter().map(|one| format!("NOT SCANNED: {}: {}", one.file, one.why)));
        let known = || languages().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
        let nowhere = stubs.not_scanned.iter().map(|place| place.display());
        lines.extend(
            nowhere.map(|place| format!("NOT SCANNED: no file in {place} is of a known language: {}", known())),
        );
        lines.push(format!(
            "stubs: {} in {files} files, {functions} functions, {tests} of them tests; {} files not read, {} understood in part",
            findings.len(),
            unread.len(),
            partly.len()
        ));
        lines
    }
}
