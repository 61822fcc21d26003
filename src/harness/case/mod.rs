//! The case language: from the text of a case to the steps that the interpreter carries out, and back with new answers.
//!
//! `token` and `template` cut and fill one line, `grammar` is the table of commands, `parse` builds the tree of `syntax`,
//! `expand`, `lower`, `operations` and `files` give each command its meaning, `print` writes recorded answers in place. Nothing
//! here runs anything: no port, no file, no clock. The language is described in docs/cases.md.

mod error;
pub mod expand;
mod files;
pub mod grammar;
mod lower;
mod needs;
mod operations;
mod parse;
mod print;
pub mod quantity;
mod setting;
mod syntax;
pub mod template;
mod token;

pub use error::{CaseError, Fault};
pub use files::{FileStep, LinkTarget};
pub use lower::{Changes, INSPECT_MEMBERS, Step, lower_at};
pub use needs::needs;
pub use parse::{SEPARATOR, parse};
pub use print::{Answers, rewrite};
pub use setting::{Cipher, Compression, Setting, SettingPattern};
pub use syntax::{Case, Command, Loop, LoopValues, Paragraph, RecordedLine, Section, Statement};
pub use token::Value;

#[cfg(test)]
mod tests;
