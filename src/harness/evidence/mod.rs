//! Evidence: the record of a run that a status update may rest on.
//!
//! It says what was run (port, adapter, blkspec, corpus, the release of Go that gave the answers), on which machine and when,
//! and for each case and setting the verdict. Its digest is the SHA-256 of everything else in the canonical form of RFC 8785, so
//! that a changed word shows; whoever computes the digest anew is found by running a sample again. Nothing here judges.

mod collect;
mod program;

use std::collections::BTreeMap;
use std::path::Path;

use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::go_port::{PINNED_VERSION, pinned_sum};
use super::known;
use super::protocol::Clock;
use super::verdict::Verdict;
use crate::env::{FileSystem as _, FsError, RealFs};

pub use collect::{Collector, Gathered, digest_of_case, digest_of_tree};
pub use program::{Program, ProgramFile, hash_of_file, program_files};

/// The version of the format.
pub const VERSION: u32 = 1;
/// Where the schema is checked in.
pub const SCHEMA_PATH: &str = "schemas/evidence.schema.json";
/// How keys and nonces come about, which is the only chance in a run.
pub const ENTROPY: &str = "ChaCha8, seeded with the SHA-256 of the name of the case";

/// Why evidence cannot be used or made.
#[derive(Debug, Error)]
pub enum EvidenceError {
    /// The file is no evidence.
    #[error("{file}: no evidence of `blkspec run --evidence`: {why}")]
    NotEvidence {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// The digest is not that of the content.
    #[error("{file}: refused: its content was edited: the digest says {said}, and the content has {found}")]
    Edited {
        /// The file.
        file: String,
        /// The digest in the file.
        said: String,
        /// The digest of what is in the file.
        found: String,
    },
    /// The program of the port was another one at the end of the run than at its beginning.
    #[error("{0} changed while the cases ran: there is no evidence of either")]
    Changed(String),
    /// The program of the port cannot be found.
    #[error("the program of the port: {0}")]
    Program(String),
    /// Something cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The file system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The version of this format.
    pub evidence: u32,
    /// The SHA-256 of everything else here in the canonical form of RFC 8785, in hexadecimal.
    pub digest: String,
    /// The command line that made it, without the program's name.
    pub command: Vec<String>,
    /// When the run began, RFC 3339.
    pub started: String,
    /// When it was over.
    pub ended: String,
    /// The machine.
    pub host: Host,
    /// The program that judged.
    pub blkspec: Program,
    /// What was judged.
    pub port: PortFacts,
    /// The release of nats-server that gave the expected answers.
    pub go: GoRelease,
    /// What was asked of the port.
    pub corpus: CorpusFacts,
    /// Where random bytes came from.
    pub seeds: Seeds,
    /// Every run.
    pub runs: Vec<RunFact>,
}

/// A release of nats-server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoRelease {
    /// Its version.
    pub version: String,
    /// The hash of its sources, as `go.sum` has it.
    pub sum: String,
}

impl GoRelease {
    /// The release that the answers of the corpus are of.
    #[must_use]
    pub fn pinned() -> Self {
        Self { version: PINNED_VERSION.to_owned(), sum: pinned_sum().to_owned() }
    }
}

/// The machine of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Its operating system.
    pub system: String,
    /// Its processor.
    pub processor: String,
    /// How many threads it runs at once.
    pub threads: u32,
}

/// The port, as it said itself and as its files are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortFacts {
    /// As the user called it.
    pub name: String,
    /// The adapter's name.
    pub adapter: String,
    /// The port's name.
    pub port: String,
    /// The port's version.
    pub version: String,
    /// Its language.
    pub language: String,
    /// How it keeps time.
    pub clock: Clock,
    /// The capabilities that it declared.
    pub capabilities: Vec<String>,
    /// The settings that it declared.
    pub settings: Vec<String>,
    /// The files that it is made of, as far as the command and the adapter name them.
    pub program: Vec<ProgramFile>,
}

/// The cases and goldens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorpusFacts {
    /// One digest of all cases of the corpus, run or not.
    pub digest: String,
    /// One digest of the goldens; absent when they were not held to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goldens: Option<String>,
    /// The digest of each case that ran.
    pub cases: BTreeMap<String, String>,
}

/// Where random bytes came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seeds {
    /// Keys and nonces.
    pub entropy: String,
    /// One digest of what the fuzzers of this checkout begin with; absent where there are none beside the cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuzz: Option<String>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every answer was the recorded one.
    Pass,
    /// An answer differs.
    Fail,
    /// The port does not have something.
    Unsupported,
    /// The port ended or broke the protocol.
    Crashed,
    /// The port did not answer in time.
    TimedOut,
    /// It differs as the list of known differences says.
    Known,
}

impl Outcome {
    /// What a verdict is in short.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail(_) => Self::Fail,
            Verdict::Unsupported { .. } => Self::Unsupported,
            Verdict::Crashed { .. } => Self::Crashed,
            Verdict::TimedOut { .. } => Self::TimedOut,
            Verdict::Known { .. } => Self::Known,
        }
    }

    /// Whether the port was wrong.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Fail | Self::Crashed | Self::TimedOut)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unsupported => "unsupported",
            Self::Crashed => "crashed",
            Self::TimedOut => "timed_out",
            Self::Known => "known",
        }
    }
}

/// One run of a case in a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunFact {
    /// The name of the case; `golden/CASE (PART)` for a golden.
    pub case: String,
    /// The setting.
    pub setting: String,
    /// What it came to.
    pub verdict: Outcome,
    /// What the port does not have, or the reason why a difference is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Which kind of known difference it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<known::Kind>,
    /// The fingerprint of the mismatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// How many operations were sent.
    pub operations: u64,
    /// How many microseconds it took.
    pub elapsed_us: u64,
}

impl Evidence {
    /// Reads evidence, and refuses what is none or was edited.
    pub fn read(path: &Path) -> Result<Self, EvidenceError> {
        let file = path.display().to_string();
        let not = |why: String| EvidenceError::NotEvidence { file: file.clone(), why };
        let bytes = RealFs::new().read(path)?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| not(error.to_string()))?;
        match value.get("evidence").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(other) => return Err(not(format!("its format is version {other}, and {VERSION} is known here"))),
            None => return Err(not("it has no `evidence` with the version of its format".to_owned())),
        }
        let said = value.get("digest").and_then(Value::as_str).unwrap_or_default().to_owned();
        let found = digest(&value)?;
        if said != found {
            return Err(EvidenceError::Edited { file, said, found });
        }
        serde_path_to_error::deserialize(value).map_err(|error| not(error.to_string()))
    }

    /// Gives it the digest of its content.
    pub fn sealed(mut self) -> Result<Self, EvidenceError> {
        self.digest = digest(&serde_json::to_value(&self)?)?;
        Ok(self)
    }

    /// Writes it, for people and machines to read.
    pub fn write(&self, path: &Path) -> Result<(), EvidenceError> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        Ok(RealFs::new().publish(path, text.as_bytes())?)
    }
}

/// The digest of everything but the digest.
fn digest(value: &Value) -> Result<String, EvidenceError> {
    let mut value = value.clone();
    if let Value::Object(members) = &mut value {
        members.remove("digest");
    }
    let canonical = serde_json_canonicalizer::to_vec(&value)?;
    Ok(hex::encode(Sha256::digest(canonical)))
}

/// The text of the schema.
#[must_use]
pub fn schema() -> String {
    format!("{:#}\n", schema_for!(Evidence).as_value())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn the_checked_in_schema_is_that_of_the_types() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCHEMA_PATH);
        if std::env::var_os("BLKSPEC_WRITE_SCHEMAS").is_some() {
            RealFs::new().write(&file, schema().as_bytes()).unwrap();
        }
        let found = String::from_utf8(RealFs::new().read(&file).unwrap()).unwrap();
        assert!(found == schema(), "{SCHEMA_PATH} is stale: run this test with BLKSPEC_WRITE_SCHEMAS=1");
    }

    /// Order and blanks are nothing; every word is something. The digest is what `sha256sum` says of the canonical text.
    #[test]
    fn the_digest_is_of_the_canonical_form() {
        let check = |text: &str| digest(&serde_json::from_str(text).unwrap()).unwrap();
        let expected = hex::encode(Sha256::digest(br#"{"a":[1,"x"],"b":true}"#));
        assert_eq!(check(r#"{"b": true, "digest": "0", "a": [1, "x"]}"#), expected);
        assert!(check(r#"{"a":[1,"y"],"b":true}"#) != expected);
    }
}
