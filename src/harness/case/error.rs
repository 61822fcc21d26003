//! What can be wrong with a case file: always the file, the line, what was expected and what was found.
//!
//! Every fault of the language is reported through this one type, so that a writer of cases sees one form of message and
//! `tests/it/cases.rs` can hold all of them in snapshots. A port's wrong answer is never one of these: that is a verdict.

use thiserror::Error;

/// A fault in a case file, or in the arguments that its templates expand to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}: expected {expected}, found {found}")]
pub struct CaseError {
    /// The file as it was named by whoever asked for it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What the language allows here.
    pub expected: String,
    /// What stands there instead.
    pub found: String,
}

/// A fault without its place: what was expected and what was found. The parser adds file and line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What the language allows here.
    pub expected: String,
    /// What stands there instead.
    pub found: String,
}

impl Fault {
    /// A fault: `expected` and `found` in words.
    pub fn new(expected: impl Into<String>, found: impl Into<String>) -> Fault {
        Fault { expected: expected.into(), found: found.into() }
    }

    /// The fault at its place.
    #[must_use]
    pub fn at(self, file: &str, line: usize) -> CaseError {
        CaseError { file: file.to_owned(), line, expected: self.expected, found: self.found }
    }
}
