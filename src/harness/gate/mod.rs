//! The gate: what may be said of each feature and of each of Go's tests, on the evidence of a run.
//!
//! Every case that executes the function on Go (measured, `corpus/coverage.json`) has to have passed, in every setting that
//! the port declares and the case has, with none skipped or known, on evidence that is fresh. A case that needs a capability
//! or settings that the port does not declare is out of its scope: the rest decides, and the answer says which scope that is.
//! docs/gate.md has the rules for people. Nothing here runs a port, except [`sample`].

mod fresh;
pub mod output;
mod port_tests;
pub mod sample;
mod stubs;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use thiserror::Error;

use super::case::{Case, Fault, Setting, needs};
use super::evidence::{Evidence, EvidenceError, Outcome, RunFact, digest_of_case};
use super::protocol::Capability;
use super::stubs::ScanError;
use super::trace::{Coverage, Feature, Reasons, TraceError};
use crate::env::FsError;

pub use fresh::{Places, stale};
pub use port_tests::{PortTest, PortTests};
pub use stubs::Stubs;

/// Why nothing can be said at all.
#[derive(Debug, Error)]
pub enum GateError {
    /// The evidence cannot be used.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// What the cases execute is not known.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A case cannot be understood.
    #[error("{file}: expected {}, found {}", fault.expected, fault.found)]
    Case {
        /// The file of the case.
        file: String,
        /// What is wrong.
        fault: Fault,
    },
    /// A table cannot be written.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// A report cannot be written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The port cannot be scanned for stubs.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// Something cannot be asked for.
    #[error("{0}")]
    Asked(String),
    /// The file system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// What may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It behaves like Go's.
    Verified,
    /// Some of what there is to see was seen and is right; the rest was not seen, or is known to differ.
    Partial,
    /// A case shows that it does not.
    Failing,
    /// The evidence does not speak of it.
    Unknown,
    /// v2.14.9 does not have the function any more: there is nothing to behave like.
    Gone,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Verified, Self::Partial, Self::Failing, Self::Unknown, Self::Gone];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Partial => "partial",
            Self::Failing => "failing",
            Self::Unknown => "unknown",
            Self::Gone => "gone",
        }
    }
}

/// What the evidence says of some cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What may be said.
    pub status: Status,
    /// The capabilities by which it was judged, where not every case is among them; empty when all are.
    pub scope: Vec<String>,
    /// The settings in which it was judged, where its cases have others; empty when they have not.
    pub settings: Vec<String>,
    /// How many cases there are to judge it by.
    pub cases: usize,
    /// How many runs there are to see: cases times settings.
    pub runs: usize,
    /// How many of them passed.
    pub passed: usize,
    /// The runs in which the port was wrong, as `CASE [SETTING]: VERDICT`.
    pub failing: Vec<String>,
    /// What else is missing, a sentence each.
    pub missing: Vec<String>,
    /// The cases that need what the port does not declare.
    pub out_of_scope: Vec<String>,
}

impl Finding {
    /// One that rests on no case.
    fn new(status: Status, missing: Vec<String>) -> Self {
        let (scope, settings, failing, out_of_scope) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { status, scope, settings, cases: 0, runs: 0, passed: 0, failing, missing, out_of_scope }
    }

    /// Takes note of what is missing although the cases passed.
    fn stopped_by(&mut self, reasons: impl Iterator<Item = String>) {
        let before = self.missing.len();
        self.missing.extend(reasons);
        if self.missing.len() > before && self.status == Status::Verified {
            self.status = Status::Partial;
        }
    }
}

/// A feature and what may be said of it.
#[derive(Clone, Debug, Serialize)]
pub struct FeatureFinding {
    /// Its number.
    pub number: u16,
    /// Its function.
    pub function: String,
    /// What may be said.
    #[serde(flatten)]
    pub finding: Finding,
}

/// One of Go's tests and what may be said of it.
#[derive(Clone, Debug, Serialize)]
pub struct TestFinding {
    /// Its name.
    pub name: String,
    /// The port's own test of that name, as `FILE:LINE NAME`, where it was looked for and found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_test: Option<String>,
    /// What may be said.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What decides.
#[derive(Debug)]
pub struct Judge<'a> {
    evidence: &'a Evidence,
    coverage: &'a Coverage,
    reasons: Reasons,
    /// Why the evidence says nothing any more.
    stale: Vec<String>,
    /// What is there in name only, where it was looked for.
    stubs: Option<Stubs>,
    declared: BTreeSet<String>,
    cases: BTreeMap<&'a str, Asked<'a>>,
    /// The runs of each case, its goldens among them.
    runs: BTreeMap<&'a str, Vec<&'a RunFact>>,
}

/// A case and what it needs.
#[derive(Debug)]
struct Asked<'a> {
    case: &'a Case,
    digest: String,
    needs: BTreeSet<Capability>,
}

impl<'a> Judge<'a> {
    /// A judge who knows the evidence, what `cases` execute on Go, and why the evidence may be stale.
    pub fn new(
        evidence: &'a Evidence,
        coverage: &'a Coverage,
        cases: &'a [Case],
        stale: Vec<String>,
    ) -> Result<Self, GateError> {
        let mut asked = BTreeMap::new();
        for case in cases {
            let needs = needs(case).map_err(|fault| GateError::Case { file: case.file.clone(), fault })?;
            asked.insert(case.name.as_str(), Asked { case, digest: digest_of_case(case), needs });
        }
        let mut runs: BTreeMap<&str, Vec<&RunFact>> = BTreeMap::new();
        for run in &evidence.runs {
            let golden = run.case.strip_prefix("golden/").and_then(|name| name.rsplit_once(" ("));
            runs.entry(golden.map_or(run.case.as_str(), |(name, _)| name)).or_default().push(run);
        }
        let declared = evidence.port.capabilities.iter().cloned().collect();
        let reasons = Reasons::embedded()?;
        Ok(Self { evidence, coverage, reasons, stale, stubs: None, declared, cases: asked, runs })
    }

    /// The same judge, who also knows what of the port is there in name only.
    #[must_use]
    pub fn with_stubs(self, stubs: Option<Stubs>) -> Self {
        Self { stubs, ..self }
    }

    /// What of the port is there in name only, where it was looked for.
    #[must_use]
    pub fn stubs(&self) -> Option<&Stubs> {
        self.stubs.as_ref()
    }

    /// Why the evidence says nothing any more; empty when it is fresh.
    #[must_use]
    pub fn stale(&self) -> &[String] {
        &self.stale
    }

    /// What may be said of a feature.
    pub fn feature(&self, feature: &Feature) -> Result<FeatureFinding, GateError> {
        let cases = self.coverage.cases_of(feature.number)?;
        let names: Vec<&str> = cases.into_iter().map(|(name, _)| name).collect();
        let mut finding = match feature.present {
            true => self.finding(&names, "no case executes it on Go"),
            false => {
                let why = self.reasons.gone(feature.number).unwrap_or("corpus/features.tsv says so");
                Finding::new(Status::Gone, vec![format!("v2.14.9 does not have it: {why}")])
            }
        };
        let stubs = self.stubs.iter().flat_map(|stubs| stubs.of_number(feature.number));
        finding.stopped_by(stubs.map(|stub| format!("a stub: {stub}")));
        Ok(FeatureFinding { number: feature.number, function: feature.function.clone(), finding })
    }

    /// What may be said of one of Go's tests; the port's own tests count where they were looked for.
    #[must_use]
    pub fn test(&self, name: &str, port_tests: Option<&PortTests>) -> TestFinding {
        let cases = self.coverage.cases_of_go_test(name).unwrap_or_default();
        let names: Vec<&str> = cases.iter().map(String::as_str).collect();
        let mut finding = self.finding(&names, "no case stands for it: corpus/go-tests.toml says why");
        let found = port_tests.map(|tests| (tests, tests.of(name)));
        match &found {
            Some((tests, None)) => {
                finding.stopped_by([format!("no test in {} is called like it", tests.places())].into_iter());
            }
            Some((_, Some(test))) => {
                let stubs = self.stubs.iter().flat_map(|stubs| stubs.of_test(&test.file, &test.name));
                finding.stopped_by(stubs.map(|stub| format!("a stub: {stub}")));
            }
            None => {}
        }
        let port_test = found.and_then(|(_, test)| test).map(ToString::to_string);
        TestFinding { name: name.to_owned(), port_test, finding }
    }

    /// Go's tests of which a case executes one of `features`.
    pub fn tests_of(&self, features: &[&Feature]) -> Result<Vec<&'a str>, GateError> {
        let executing = self.coverage.cases_of_all(features)?;
        let concerned = |cases: &[String]| cases.iter().any(|name| executing.contains(name.as_str()));
        let tests = self.coverage.tests.iter().filter(|(_, cases)| concerned(cases));
        Ok(tests.map(|(name, _)| name.as_str()).collect())
    }

    /// The runs in which the port was wrong and that no feature has a part in, for nobody measured what they execute.
    #[must_use]
    pub fn failing_elsewhere(&self) -> Vec<String> {
        let elsewhere = self.runs.iter().filter(|(name, _)| !self.coverage.cases.contains_key(**name));
        elsewhere.flat_map(|(_, runs)| runs).filter(|run| run.verdict.is_failure()).map(|run| wrong_in(run)).collect()
    }

    /// What the evidence says of `names`; `nothing` is why there may be none.
    fn finding(&self, names: &[&str], nothing: &str) -> Finding {
        let mut finding = Finding::new(Status::Unknown, Vec::new());
        let mut known = false;
        for name in names {
            known |= self.one_case(name, &mut finding);
        }
        if names.is_empty() {
            finding.missing.push(nothing.to_owned());
        } else if finding.cases == 0 {
            finding.missing.push("no case of it is within what the port declares".to_owned());
        }
        if !finding.out_of_scope.is_empty() {
            finding.scope = self.evidence.port.capabilities.clone();
        }
        if !self.stale.is_empty() {
            finding.missing.splice(0..0, self.stale.iter().map(|why| format!("the evidence is stale: {why}")));
        }
        finding.status = match () {
            () if !self.stale.is_empty() => Status::Unknown,
            () if !finding.failing.is_empty() => Status::Failing,
            () if finding.missing.is_empty() && finding.passed > 0 => Status::Verified,
            () if finding.passed > 0 || known => Status::Partial,
            () => Status::Unknown,
        };
        finding
    }

    /// Adds what the evidence says of one case, and says whether a difference is known.
    fn one_case(&self, name: &str, finding: &mut Finding) -> bool {
        let runs = self.runs.get(name).map(Vec::as_slice).unwrap_or_default();
        // A wrong answer is one wherever it was given.
        for run in runs.iter().filter(|run| run.verdict.is_failure()) {
            finding.failing.push(wrong_in(run));
        }
        let known: Vec<String> =
            runs.iter().filter(|run| run.verdict == Outcome::Known).map(|run| known_as(run)).collect();
        let is_known = !known.is_empty();
        finding.missing.extend(known);
        let Some(asked) = self.cases.get(name) else {
            finding.missing.push(format!("{name} is no case any more"));
            return is_known;
        };
        if let Some(lacking) = self.lacking(asked) {
            finding.out_of_scope.push(format!("{name} (needs {lacking})"));
            return is_known;
        }
        finding.cases += 1;
        let settings: Vec<Setting> = self.settings(asked.case);
        finding.runs += settings.len();
        if settings.len() < asked.case.settings.len() {
            finding.settings.clone_from(&self.evidence.port.settings);
        }
        match self.evidence.corpus.cases.get(name) {
            Some(digest) if *digest == asked.digest => {}
            Some(_) => {
                finding.missing.push(format!("{name} has changed since"));
                return is_known;
            }
            None => {
                finding.missing.push(format!("{name} did not run"));
                return is_known;
            }
        }
        for setting in settings {
            let text = setting.to_string();
            let run = runs.iter().find(|run| run.case == name && run.setting == text);
            match run.map(|run| (run.verdict, run)) {
                Some((Outcome::Pass, _)) => finding.passed += 1,
                Some((Outcome::Unsupported, run)) => {
                    let what = run.why.as_deref().unwrap_or("something");
                    finding.missing.push(format!("{name} [{text}]: the port does not support {what}"));
                }
                Some(_) => {}
                None => finding.missing.push(format!("{name} did not run in {text}")),
            }
        }
        is_known
    }

    /// What the port does not declare of what a case needs.
    fn lacking(&self, asked: &Asked<'_>) -> Option<String> {
        let lacking: Vec<&str> =
            asked.needs.iter().map(|need| need.name()).filter(|name| !self.declared.contains(*name)).collect();
        if !lacking.is_empty() {
            return Some(lacking.join(", "));
        }
        let none = self.settings(asked.case).is_empty();
        none.then(|| asked.case.settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "))
    }

    /// The settings of a case that the port declares.
    fn settings(&self, case: &Case) -> Vec<Setting> {
        let declared = |setting: &&Setting| self.evidence.port.settings.contains(&setting.to_string());
        case.settings.iter().filter(declared).copied().collect()
    }
}

fn wrong_in(run: &RunFact) -> String {
    format!("{} [{}]: {}", run.case, run.setting, run.verdict.name())
}

fn known_as(run: &RunFact) -> String {
    let why = run.why.as_deref().unwrap_or_default();
    format!("{} [{}] is known to differ: {why}", run.case, run.setting)
}
