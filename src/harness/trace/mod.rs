//! What the cases execute of Go's `filestore.go`: measured, kept in `corpus/coverage.json`, and asked both ways.
//!
//! [`Coverage`] is what was measured, and gives the cases of a feature and the features of a case. [`Features`] is the
//! porters' own numbering. The rest measures: the Go adapter is built with coverage and says after each case which statements
//! ran (`measure`), and the module's own test binary says the same of each of its tests (`go_tests`). Nothing here judges a port.

mod bits;
mod check;
mod counters;
mod features;
pub mod gaps;
pub mod go_tests;
pub mod html;
pub mod measure;
mod model;
pub mod reasons;
pub mod report;
mod source;
#[cfg(test)]
mod tests;
mod written;

use thiserror::Error;

pub use bits::Bits;
pub use features::{Feature, Features};
pub use model::{Block, CaseCoverage, Coverage, Function, Share, digest_of};
pub use reasons::Reasons;

use super::corpus::CorpusError;
use crate::env::FsError;

/// The command that measures the cases again.
pub const WRITE_COMMAND: &str = "blkspec trace --write";
/// The command that measures Go's own tests again, and the cases with them.
pub const WRITE_ALL_COMMAND: &str = "blkspec trace --write --go-tests";

/// Why a question about coverage has no answer.
#[derive(Debug, Error)]
pub enum TraceError {
    /// There is no coverage file beside the cases.
    #[error("{0} is missing: run `{WRITE_ALL_COMMAND}`")]
    Missing(String),
    /// A file is not what it should be.
    #[error("{file}: {why}; run `{command}`")]
    Broken {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
        /// The command that makes it anew.
        command: &'static str,
    },
    /// The coverage was measured on something else.
    #[error("{file} is stale: {what}; run `{WRITE_COMMAND}` and check it in")]
    Stale {
        /// The coverage file.
        file: String,
        /// What has changed since.
        what: String,
    },
    /// A number that no feature has.
    #[error("{given} is no feature: the numbers go from {first} to {last} (corpus/features.tsv)")]
    NoFeature {
        /// What was asked for.
        given: String,
        /// The lowest number.
        first: u16,
        /// The highest number.
        last: u16,
    },
    /// A case that was not measured, and is not there.
    #[error("no case is called `{0}`: `ls corpus/cases` has the topics, and a name is TOPIC/CASE")]
    NoCase(String),
    /// A test that the module does not have, or that has no cases.
    #[error("{0} is no test of corpus/go-tests.toml that has cases")]
    NoGoTest(String),
    /// Something could not be measured.
    #[error("{0}")]
    NotMeasured(String),
    /// The cases cannot be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The file system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
}
