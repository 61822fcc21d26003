//! Why statements are executed by no case, and where functions went: `corpus/unreached.toml`, embedded.
//!
//! A reason names a function and the first lines of the statements that it is about. One that is about statements which some case
//! executes, or which are not there, is out of date, and a test says so.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::TraceError;

const TABLE: &str = include_str!("../../../corpus/unreached.toml");

/// All reasons.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reasons {
    /// Why functions are gone, by the number of the feature.
    #[serde(default)]
    gone: BTreeMap<String, String>,
    /// Why statements are not executed.
    #[serde(default, rename = "unreached")]
    reasons: Vec<Reason>,
}

/// Why some statements of a function are executed by no case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The function.
    pub function: String,
    /// The lines on which blocks of such statements begin.
    pub lines: Vec<u32>,
    /// The reason.
    pub why: String,
}

impl Reasons {
    /// The reasons of this crate.
    pub fn embedded() -> Result<Self, TraceError> {
        toml::from_str(TABLE).map_err(|error| TraceError::Broken {
            file: "corpus/unreached.toml".to_owned(),
            why: error.to_string(),
            command: "git checkout corpus/unreached.toml",
        })
    }

    /// Why the block of `function` that begins on `line` is not executed.
    #[must_use]
    pub fn why(&self, function: &str, line: u32) -> Option<&str> {
        let about = |reason: &&Reason| reason.function == function && reason.lines.contains(&line);
        self.reasons.iter().find(about).map(|reason| reason.why.as_str())
    }

    /// Where the function of a feature went.
    #[must_use]
    pub fn gone(&self, feature: u16) -> Option<&str> {
        self.gone.get(&feature.to_string()).map(String::as_str)
    }

    /// Every reason.
    #[must_use]
    pub fn all(&self) -> &[Reason] {
        &self.reasons
    }
}
