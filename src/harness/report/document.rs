//! A report as a document: what `--json` writes, and what JUnit, the page, the Markdown, `merge` and `--against` are made from.
//!
//! A document stands alone: it holds for every case the digest of what was asked and the features that it executes on Go, so
//! that documents of several machines are put together, and those of two days compared, without the corpus. The tallies are
//! always counted from the runs. The schema in `schemas/` is generated from these types.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::against::Against;
use super::{Report, golden_name, ranges};
use crate::harness::case::Case;
use crate::harness::golden::Golden;
use crate::harness::known::Stale;
use crate::harness::trace::{Coverage, Features, digest_of};
use crate::harness::verdict::Summary;

/// The format of the document, raised when a reader of the old one would misread it.
pub const FORMAT: u32 = 1;

/// Where the schema is checked in.
pub const SCHEMA_PATH: &str = "schemas/report.schema.json";

/// How many lines of a case are shown before the one that failed.
const SHOWN_BEFORE: usize = 6;

/// The report of a run, or of several put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The format: 1.
    pub format: u32,
    /// The version of blkspec that wrote it.
    pub blkspec: String,
    /// The counts.
    pub summary: Summary,
    /// Whether everything is as expected: the exit code is 0.
    pub success: bool,
    /// The port as the user called it.
    pub port: String,
    /// What was selected of the corpus.
    pub selection: Selection,
    /// The counts of each topic; the goldens are one.
    pub topics: Vec<Tally>,
    /// The counts of each feature, from the cases that execute it on Go.
    pub features: Vec<FeatureTally>,
    /// The cases, by the names that runs call them.
    pub cases: BTreeMap<String, CaseInfo>,
    /// Every run.
    pub runs: Vec<Run>,
    /// What has changed since another report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// The entries of the list of known differences that do not say what is so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<Stale>,
}

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    /// The cases by name or pattern; all where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// The settings.
    pub settings: String,
    /// The shard, `I/N`, where it is one of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Whether the goldens belong to it.
    pub goldens: bool,
    /// The digest of all cases and goldens that were selected, before any shard was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<String>,
    /// For a shard, the entries of the list of known differences that none of its runs has: stale when no shard has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<Stale>,
}

/// The digest of what is selected of the corpus.
#[must_use]
pub fn digest_of_selection(cases: &[Case], goldens: &[Golden]) -> String {
    let mut digest = Sha256::new();
    for case in cases {
        digest.update(&case.name);
        digest.update(digest_of_case(case));
    }
    for golden in goldens {
        digest.update(&golden.name);
        digest.update(digest_of_golden(std::slice::from_ref(golden), &golden.name));
    }
    short(digest)
}

impl Selection {
    /// Whether a case that is not in the report is not in the corpus.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.cases.is_empty() && self.shard.is_none() && self.settings == "all"
    }
}

/// What is known of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseInfo {
    /// The digest of what was asked and of the recorded answers, comments left out.
    pub digest: String,
    /// The features that it executes on Go, as `955-960,1000`; empty where that was not measured.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub features: String,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every answer was the recorded one.
    Pass,
    /// An answer differs.
    Fail,
    /// The port does not have an operation or a setting.
    Unsupported,
    /// The port's process ended, or does not speak the protocol.
    Crashed,
    /// The port did not answer in time.
    TimedOut,
    /// It differs as the list of known differences says.
    Known,
}

impl Outcome {
    /// Its name for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Pass => "passed",
            Outcome::Fail => "failed",
            Outcome::Unsupported => "unsupported",
            Outcome::Crashed => "crashed",
            Outcome::TimedOut => "timed out",
            Outcome::Known => "known",
        }
    }
}

/// One run of a case in a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The name of the case, or `golden/CASE (PART)`.
    pub case: String,
    /// Its file, with forward slashes.
    pub file: String,
    /// The setting, as `aes/s2`.
    pub setting: String,
    /// What it came to.
    pub verdict: Outcome,
    /// Whether it makes the whole fail.
    #[serde(default)]
    pub failure: bool,
    /// How many operations were sent.
    pub operations: u64,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
    /// The line of the command where the port stopped, 0 outside any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Why it stopped, or what it does not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// The line of the command whose answer differs, 0 for a golden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_line: Option<usize>,
    /// The text of that line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The line of the recorded answer that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_line: Option<usize>,
    /// The recorded answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<String>,
    /// What the port answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<String>,
    /// The lines of the case up to the command, where something went wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// The last of what the port wrote to stderr.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr_tail: Option<String>,
    /// What the files were after the operation, where they were compared with those of the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<super::files::Files>,
    /// For a known difference, why it is there in a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// For a known difference, the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For a known difference, where there is more to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The fingerprint of the mismatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Where its files were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// The command that makes the run again, where it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<String>,
}

impl Run {
    /// The topic of its case.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.case.split_once('/').map_or("", |(topic, _)| topic)
    }

    /// The case as `cases` has it.
    #[must_use]
    pub fn case_key(&self) -> &str {
        match self.case.strip_prefix("golden/") {
            Some(_) => self.case.split(' ').next().unwrap_or_default(),
            None => &self.case,
        }
    }
}

/// The runs of something, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// Its name.
    pub name: String,
    /// How many runs there are.
    pub runs: usize,
    /// How many passed.
    pub passed: usize,
    /// How many differ, crashed or timed out.
    pub failed: usize,
    /// How many the port does not support.
    pub unsupported: usize,
    /// How many differ as is known.
    pub known: usize,
}

impl Tally {
    fn add(&mut self, verdict: Outcome) {
        self.runs += 1;
        *match verdict {
            Outcome::Pass => &mut self.passed,
            Outcome::Fail | Outcome::Crashed | Outcome::TimedOut => &mut self.failed,
            Outcome::Unsupported => &mut self.unsupported,
            Outcome::Known => &mut self.known,
        } += 1;
    }
}

/// The runs that execute a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeatureTally {
    /// Its number.
    pub feature: u16,
    /// The counts; the name is that of the function.
    #[serde(flatten)]
    pub tally: Tally,
}

/// Where the document gets what the report does not hold.
#[derive(Debug, Default)]
pub struct Sources<'a> {
    /// The cases that were run.
    pub cases: &'a [Case],
    /// The goldens that were checked.
    pub goldens: &'a [Golden],
    /// What the cases execute on Go, where it was measured.
    pub coverage: Option<&'a Coverage>,
    /// What was asked for.
    pub selection: Selection,
}

impl Document {
    /// The document of `report`.
    pub fn new(report: &Report, sources: Sources<'_>) -> Result<Document, serde_json::Error> {
        let by_name: BTreeMap<&str, &Case> = sources.cases.iter().map(|case| (case.name.as_str(), case)).collect();
        let mut runs = Vec::with_capacity(report.runs.len());
        for one in &report.runs {
            let mut run: Run = serde_json::from_value(serde_json::to_value(one)?)?;
            run.file = run.file.replace('\\', "/");
            run.failure = report.asked.is_failure(&one.verdict);
            if run.verdict != Outcome::Pass {
                run.repeat = Some(format!("blkspec {}", report.asked.repetition(one)));
                run.shown = by_name.get(run.case.as_str()).map(|case| shown(case, &run)).unwrap_or_default();
            }
            run.stderr_tail = run.stderr_tail.filter(|tail| !tail.trim().is_empty());
            runs.push(run);
        }
        let document = Document {
            format: FORMAT,
            blkspec: env!("CARGO_PKG_VERSION").to_owned(),
            summary: report.summary,
            success: report.is_success(),
            port: report.asked.port.clone(),
            cases: cases(&runs, &sources, &by_name),
            selection: sources.selection,
            topics: Vec::new(),
            features: Vec::new(),
            runs,
            against: None,
            stale: report.stale.clone(),
        };
        Ok(document.counted())
    }

    /// The same, with the tallies counted anew from the runs.
    #[must_use]
    pub fn counted(mut self) -> Document {
        let mut topics: BTreeMap<&str, Tally> = BTreeMap::new();
        let mut features: BTreeMap<u16, Tally> = BTreeMap::new();
        for run in &self.runs {
            topics.entry(run.topic()).or_default().add(run.verdict);
            for feature in self.cases.get(run.case_key()).map(|case| ranges::parse(&case.features)).unwrap_or_default()
            {
                features.entry(feature).or_default().add(run.verdict);
            }
        }
        // The table is part of the program; without it the numbers stand alone.
        let names = Features::embedded();
        let name_of = |number: u16| match &names {
            Ok(names) => names.get(number).map(|feature| feature.function.clone()).unwrap_or_default(),
            Err(_) => String::new(),
        };
        self.topics = topics.into_iter().map(|(name, tally)| Tally { name: name.to_owned(), ..tally }).collect();
        let named = |(feature, tally)| FeatureTally { feature, tally: Tally { name: name_of(feature), ..tally } };
        self.features = features.into_iter().map(named).collect();
        self
    }

    /// Reads a document.
    pub fn parse(text: &str) -> Result<Document, String> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let document: Document = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| format!("not a report of `blkspec run --json`: {error}"))?;
        match document.format {
            FORMAT => Ok(document),
            other => Err(format!("a report of the format {other}; this blkspec reads format {FORMAT}")),
        }
    }

    /// The document as JSON.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// For people: the failures in short, and the counts.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for run in self.runs.iter().filter(|run| run.failure) {
            let (name, message) = (run.verdict.word().to_uppercase(), super::junit::message(run));
            let repeat = run.repeat.as_deref().unwrap_or_default();
            out.push_str(&format!("{name} {} [{}] on {}\n  {message}\n", run.case, run.setting, self.port));
            out.push_str(&super::diff(&run.expected, &run.found));
            out.push_str(&format!("  repeat with: {repeat}\n\n"));
        }
        for stale in &self.stale {
            out.push_str(&format!("STALE {stale}\n"));
        }
        out + &super::table(&self.summary, &self.port)
    }

    /// The runs that make the whole fail, those that differ in nothing but the setting together.
    #[must_use]
    pub fn failures(&self) -> Vec<Vec<&Run>> {
        let mut groups: Vec<Vec<&Run>> = Vec::new();
        let mut last: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for run in self.runs.iter().filter(|run| run.failure) {
            let alike =
                |at: &&usize| groups.get(**at).and_then(|group| group.first()).is_some_and(|first| same(first, run));
            let of_case = last.entry(run.case.as_str()).or_default();
            match of_case.iter().find(alike).copied().and_then(|at| groups.get_mut(at)) {
                Some(group) => group.push(run),
                None => {
                    of_case.push(groups.len());
                    groups.push(vec![run]);
                }
            }
        }
        groups
    }
}

/// The schema of the document.
#[must_use]
pub fn schema() -> String {
    format!("{:#}\n", schemars::schema_for!(Document).as_value())
}

fn same(left: &Run, right: &Run) -> bool {
    left.verdict == right.verdict
        && (&left.what, left.line, left.command_line, left.answer_line)
            == (&right.what, right.line, right.command_line, right.answer_line)
        && left.expected == right.expected
        && left.found == right.found
}

/// The lines of the case up to the command that went wrong, with their numbers.
fn shown(case: &Case, run: &Run) -> Vec<String> {
    let line = run.command_line.or(run.line).unwrap_or_default();
    let from = line.saturating_sub(SHOWN_BEFORE + 1);
    let lines = case.lines.iter().enumerate().take(line).skip(from);
    lines.map(|(at, text)| format!("{:>4}  {text}", at + 1)).collect()
}

/// What is known of the cases of `runs`.
fn cases(runs: &[Run], sources: &Sources<'_>, by_name: &BTreeMap<&str, &Case>) -> BTreeMap<String, CaseInfo> {
    let keys: BTreeSet<&str> = runs.iter().map(Run::case_key).collect();
    let mut infos = BTreeMap::new();
    for key in keys {
        let golden = golden_name(key);
        let case = by_name.get(golden.unwrap_or(key));
        let digest = match (golden, case) {
            (Some(name), _) => digest_of_golden(sources.goldens, name),
            (None, Some(case)) => digest_of_case(case),
            (None, None) => String::new(),
        };
        let features = case.map(|case| features_of(case, sources.coverage)).unwrap_or_default();
        infos.insert(key.to_owned(), CaseInfo { digest, features });
    }
    infos
}

/// The features of a case, where they were measured on the case as it is.
fn features_of(case: &Case, coverage: Option<&Coverage>) -> String {
    let measured =
        |coverage: &&Coverage| coverage.cases.get(&case.name).is_some_and(|one| one.digest == digest_of(case));
    let features = coverage.filter(measured).and_then(|coverage| coverage.features_of(&case.name).ok());
    ranges::print(features.unwrap_or_default().into_iter().map(|(feature, _)| feature.number))
}

fn digest_of_case(case: &Case) -> String {
    let mut digest = Sha256::new();
    for line in case.lines.iter().filter(|line| !line.trim_start().starts_with('#')) {
        digest.update(line.trim_end());
        digest.update("\n");
    }
    short(digest)
}

fn digest_of_golden(goldens: &[Golden], name: &str) -> String {
    let mut digest = Sha256::new();
    for golden in goldens.iter().filter(|golden| golden.name == name) {
        digest.update(serde_json::to_vec(&golden.manifest).unwrap_or_default());
    }
    short(digest)
}

fn short(digest: Sha256) -> String {
    hex::encode(digest.finalize()).chars().take(16).collect()
}
