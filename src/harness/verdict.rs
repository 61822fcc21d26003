//! Verdicts: what one run of a case in a setting came to, with everything a report needs to explain it.
//!
//! A port's wrong answer, its crash and its silence are verdicts, never errors of the harness. A skip is not a pass: what a port
//! does not support has a verdict of its own and is counted apart.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::case::Setting;
use super::known::Kind;
use super::vector::TOPIC;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// Every answer was the recorded one.
    Pass,
    /// An answer differs.
    Fail(Box<Difference>),
    /// The port said that it does not have an operation or a setting.
    Unsupported {
        /// The line of the command, 0 outside any.
        line: usize,
        /// What it does not have.
        what: String,
    },
    /// The port's process ended, or it does not speak the protocol.
    Crashed {
        /// The line of the command, 0 outside any.
        line: usize,
        /// How it ended.
        what: String,
        /// The last of what it wrote for people.
        stderr_tail: String,
    },
    /// The port did not answer in time.
    TimedOut {
        /// The line of the command, 0 outside any.
        line: usize,
        /// What was waited for.
        what: String,
        /// The last of what it wrote for people.
        stderr_tail: String,
    },
    /// It differs as the list of known differences says.
    Known {
        /// Why it is there, in a word.
        kind: Kind,
        /// The reason given in the list.
        reason: String,
        /// Where there is more to read.
        link: String,
        /// The fingerprint of the mismatch.
        fingerprint: String,
    },
}

impl Verdict {
    /// Its name, as in reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail(_) => "fail",
            Verdict::Unsupported { .. } => "unsupported",
            Verdict::Crashed { .. } => "crashed",
            Verdict::TimedOut { .. } => "timed_out",
            Verdict::Known { .. } => "known",
        }
    }

    /// Whether a run with this verdict makes the whole fail.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Verdict::Fail(_) | Verdict::Crashed { .. } | Verdict::TimedOut { .. })
    }
}

/// The first answer that is not the recorded one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The line of the command in the case file.
    pub command_line: usize,
    /// The text of that line.
    pub command: String,
    /// The line of the recorded answer in the case file, or of the place where it should be.
    pub answer_line: usize,
    /// The recorded answer of the paragraph.
    pub expected: Vec<String>,
    /// What the port answered.
    pub found: Vec<String>,
    /// The last of what the port wrote for people.
    pub stderr_tail: String,
}

/// One run of a case in a setting.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// The name of the case.
    pub case: String,
    /// Its file.
    pub file: String,
    /// The setting.
    #[serde(serialize_with = "as_text")]
    pub setting: Setting,
    /// What it came to.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How many operations were sent.
    pub operations: u64,
    /// How long it took.
    #[serde(rename = "elapsed_us", serialize_with = "microseconds")]
    pub elapsed: Duration,
    /// The fingerprint of the mismatch, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Where its files were kept, if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

fn as_text<S: serde::Serializer>(setting: &Setting, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(setting)
}

fn microseconds<S: serde::Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX))
}

/// How many runs came to what. The names are those of the JSON summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Cases that ran in at least one setting.
    pub cases: usize,
    /// Vectors for decoders.
    pub vectors: usize,
    /// Runs: cases and vectors times settings.
    pub runs: usize,
    /// Runs that passed.
    pub passed: usize,
    /// Runs with an answer that differs.
    pub failed: usize,
    /// Runs that the port does not support.
    pub unsupported: usize,
    /// Runs in which the port died or broke the protocol.
    pub crashed: usize,
    /// Runs in which the port did not answer in time.
    pub timed_out: usize,
    /// Runs that differ as the list of known differences says.
    pub known: usize,
    /// Entries of that list that match nothing any more.
    pub stale: usize,
}

impl Summary {
    /// The summary of `runs`.
    #[must_use]
    pub fn of(runs: &[RunReport]) -> Summary {
        let mut names: Vec<&str> = runs.iter().map(|run| run.case.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let vectors = names.iter().filter(|name| name.starts_with(TOPIC)).count();
        let cases = names.len() - vectors;
        let mut summary = Summary { cases, vectors, runs: runs.len(), ..Summary::default() };
        for run in runs {
            *match run.verdict {
                Verdict::Pass => &mut summary.passed,
                Verdict::Fail(_) => &mut summary.failed,
                Verdict::Unsupported { .. } => &mut summary.unsupported,
                Verdict::Crashed { .. } => &mut summary.crashed,
                Verdict::TimedOut { .. } => &mut summary.timed_out,
                Verdict::Known { .. } => &mut summary.known,
            } += 1;
        }
        summary
    }

    /// Whether everything is as expected.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.failed + self.crashed + self.timed_out + self.stale == 0
    }
}
