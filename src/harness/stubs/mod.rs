//! The stub scan: code and tests of a port that are there in name only.
//!
//! A file is parsed with the grammar of its language, its tree becomes facts (`walk`, `language`), rules read the facts (`rules`),
//! and a comment may allow what a rule finds (`allow`). Files come from outside: each is read by itself, none is run, and what
//! cannot be read or understood is said rather than left out. docs/stubs.md has it for people.

mod allow;
mod body;
mod call;
mod facts;
mod files;
mod language;
mod numbered;
mod report;
mod rules;
mod scan;
mod walk;
mod words;

pub use facts::Place;
pub use report::{Finding, Report, Unread};
pub use rules::{RuleText, rules};
pub use scan::{FileScan, ScanError, Scanner, Span, languages};
