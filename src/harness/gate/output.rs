//! What the gate says, in four forms: a table for people, JSON, CSV and Markdown for whoever keeps the list of features.
//!
//! Numbers come in chunks of at most 15, which is how such lists are changed, and every chunk carries the digest of its evidence.

use std::fmt::Write as _;

use comfy_table::presets::{ASCII_MARKDOWN, NOTHING};
use comfy_table::{ContentArrangement, Table, TableStyle};
use serde::Serialize;

use super::{FeatureFinding, Finding, GateError, Judge, Status, Stubs, TestFinding};
use crate::harness::evidence::Evidence;

/// The most numbers of a chunk.
pub const MAX_CHUNK: usize = 15;
/// How many reasons a table shows of each number; the other forms have all.
const SHOWN_REASONS: usize = 3;

/// Everything that the gate says.
#[derive(Clone, Debug, Serialize)]
pub struct GateReport {
    /// What it rests on.
    pub evidence: Basis,
    /// Why the evidence says nothing any more; empty when it is fresh.
    pub stale: Vec<String>,
    /// Runs in which the port was wrong and that no feature has a part in.
    pub failing_elsewhere: Vec<String>,
    /// What of the port is there in name only; nothing where nobody named a directory to look in.
    pub stubs: Option<Stubs>,
    /// The counts of the features.
    pub features: Counts,
    /// The counts of Go's tests.
    pub go_tests: Counts,
    /// The features, at most so many in each.
    pub chunks: Vec<Chunk>,
    /// Go's tests.
    pub tests: Vec<TestFinding>,
}

/// What a report rests on.
#[derive(Clone, Debug, Serialize)]
pub struct Basis {
    /// The file.
    pub file: String,
    /// Its digest.
    pub digest: String,
    /// The port as the user called it.
    pub port: String,
    /// Its own name and version.
    pub version: String,
    /// What it declares.
    pub capabilities: Vec<String>,
    /// The settings that it declares.
    pub settings: Vec<String>,
    /// The files that it is made of.
    pub program: Vec<String>,
    /// When the cases ran.
    pub started: String,
}

impl Basis {
    /// The basis of a report on `evidence`.
    #[must_use]
    pub fn of(file: &str, evidence: &Evidence) -> Self {
        let port = &evidence.port;
        Self {
            file: file.to_owned(),
            digest: evidence.digest.clone(),
            port: port.name.clone(),
            version: format!("{} {}", port.port, port.version),
            capabilities: port.capabilities.clone(),
            settings: port.settings.clone(),
            program: port.program.iter().map(|file| file.path.clone()).collect(),
            started: evidence.started.clone(),
        }
    }
}

/// How many came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Those that behave like Go's.
    pub verified: usize,
    /// Those seen in part.
    pub partial: usize,
    /// Those that do not.
    pub failing: usize,
    /// Those of which the evidence does not speak.
    pub unknown: usize,
    /// Those that v2.14.9 does not have any more.
    pub gone: usize,
}

impl Counts {
    fn of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            *match finding.status {
                Status::Verified => &mut counts.verified,
                Status::Partial => &mut counts.partial,
                Status::Failing => &mut counts.failing,
                Status::Unknown => &mut counts.unknown,
                Status::Gone => &mut counts.gone,
            } += 1;
        }
        counts
    }

    /// Whether all that there is to verify is verified; what is gone is not there, and nothing at all is no success.
    #[must_use]
    pub fn all_verified(&self) -> bool {
        self.verified > 0 && self.partial + self.failing + self.unknown == 0
    }

    fn text(&self) -> String {
        let Self { verified, partial, failing, unknown, gone } = self;
        let gone = if *gone > 0 { format!(", {gone} gone") } else { String::new() };
        format!("{verified} verified, {partial} partial, {failing} failing, {unknown} unknown{gone}")
    }
}

/// Features that are updated together.
#[derive(Clone, Debug, Serialize)]
pub struct Chunk {
    /// Its number, from 1.
    pub chunk: usize,
    /// The digest of the evidence.
    pub evidence: String,
    /// The features.
    pub features: Vec<FeatureFinding>,
}

impl GateReport {
    /// The report on `features` and `tests`, in chunks of `size`.
    #[must_use]
    pub fn new(
        evidence: Basis,
        judge: &Judge<'_>,
        features: Vec<FeatureFinding>,
        tests: Vec<TestFinding>,
        size: usize,
    ) -> Self {
        let chunks = features.chunks(size.clamp(1, MAX_CHUNK)).zip(1..).map(|(features, chunk)| Chunk {
            chunk,
            evidence: evidence.digest.clone(),
            features: features.to_vec(),
        });
        Self {
            stale: judge.stale().to_vec(),
            failing_elsewhere: judge.failing_elsewhere(),
            stubs: judge.stubs().cloned(),
            features: Counts::of(features.iter().map(|feature| &feature.finding)),
            go_tests: Counts::of(tests.iter().map(|test| &test.finding)),
            chunks: chunks.collect(),
            tests,
            evidence,
        }
    }

    /// As JSON.
    pub fn json(&self) -> Result<String, GateError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Whether nothing in the port is there in name only, as far as that was looked for.
    #[must_use]
    pub fn has_no_stubs(&self) -> bool {
        self.stubs.as_ref().is_none_or(Stubs::is_clean)
    }

    /// As CSV: a row for each number, each test and each stub.
    pub fn csv(&self) -> Result<String, GateError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([
            "kind", "id", "name", "status", "scope", "settings", "cases", "runs", "passed", "missing", "chunk",
            "evidence",
        ])?;
        let mut row = |kind: &str, id: &str, name: &str, finding: &Finding, chunk: &str| {
            let numbers = [finding.cases, finding.runs, finding.passed].map(|number| number.to_string());
            let [cases, runs, passed] = numbers.each_ref().map(String::as_str);
            let (scope, settings) = (finding.scope.join(" "), finding.settings.join(" "));
            let missing = reasons(finding).join("; ");
            let status = finding.status.name();
            writer.write_record([
                kind,
                id,
                name,
                status,
                &scope,
                &settings,
                cases,
                runs,
                passed,
                &missing,
                chunk,
                &self.evidence.digest,
            ])
        };
        for chunk in &self.chunks {
            for FeatureFinding { number, function, finding } in &chunk.features {
                row("feature", &number.to_string(), function, finding, &chunk.chunk.to_string())?;
            }
        }
        for test in &self.tests {
            row("go-test", "", &test.name, &test.finding, "")?;
        }
        for stub in self.stubs.iter().flat_map(|stubs| &stubs.report.findings) {
            let numbers = stub.numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
            let name = stub.name.as_deref().unwrap_or_default();
            let what = format!("{}:{}:{} {}", stub.file, stub.place.line, stub.place.column, stub.what);
            let digest = &self.evidence.digest;
            writer.write_record(["stub", &numbers, name, stub.rule, "", "", "", "", "", &what, "", digest])?;
        }
        let bytes = writer.into_inner().map_err(|error| GateError::Asked(error.to_string()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// As Markdown: a section for each chunk, one for Go's tests.
    #[must_use]
    pub fn markdown(&self) -> String {
        let Basis { file, digest, port, version, started, .. } = &self.evidence;
        let mut out = String::new();
        line(&mut out, format_args!("# {version} on {started}\n\nPort `{port}`, evidence `{file}` `{digest}`.\n"));
        line(&mut out, format_args!("Features: {}. Go's tests: {}.\n", self.features.text(), self.go_tests.text()));
        for why in &self.stale {
            line(&mut out, format_args!("**Stale**: {why}.\n"));
        }
        for runs in grouped(&self.failing_elsewhere) {
            line(&mut out, format_args!("**Failing**, of no number: {runs}.\n"));
        }
        for stub in Stubs::lines(self.stubs.as_ref(), false) {
            line(&mut out, format_args!("- {stub}"));
        }
        out.push('\n');
        for chunk in &self.chunks {
            let (first, last) = (chunk.features.first(), chunk.features.last());
            let number = |feature: Option<&FeatureFinding>| feature.map_or(0, |feature| feature.number);
            line(&mut out, format_args!("## Chunk {}: {} to {}\n", chunk.chunk, number(first), number(last)));
            line(&mut out, format_args!("Evidence `{}`\n", chunk.evidence));
            let mut table = table(ASCII_MARKDOWN, &["number", "function", "status", "cases", "passed", "missing"]);
            for FeatureFinding { number, function, finding } in &chunk.features {
                let name = format!("`{function}`");
                table.add_row(cells(&number.to_string(), &name, finding, usize::MAX));
            }
            line(&mut out, format_args!("{table}\n"));
            scopes(&mut out, &chunk.features);
        }
        if !self.tests.is_empty() {
            line(&mut out, format_args!("## Go's tests\n\nEvidence `{digest}`\n"));
            let mut table = table(ASCII_MARKDOWN, &["test", "the port's", "status", "cases", "passed", "missing"]);
            for test in &self.tests {
                let own = test.port_test.as_deref().unwrap_or_default();
                table.add_row(cells(&test.name, own, &test.finding, usize::MAX));
            }
            line(&mut out, format_args!("{table}"));
        }
        out
    }

    /// For people: every number, and of Go's tests those that are not verified.
    #[must_use]
    pub fn text(&self) -> String {
        let Basis { file, digest, port, version, started, .. } = &self.evidence;
        let mut out = String::new();
        line(&mut out, format_args!("{version} ({port}), {started}, evidence {file} {digest}"));
        for why in &self.stale {
            line(&mut out, format_args!("STALE: {why}"));
        }
        for runs in grouped(&self.failing_elsewhere) {
            line(&mut out, format_args!("FAILING, of no number: {runs}"));
        }
        let mut stubs = Stubs::lines(self.stubs.as_ref(), true);
        let total = stubs.pop();
        for stub in stubs {
            line(&mut out, format_args!("{stub}"));
        }
        for chunk in &self.chunks {
            line(&mut out, format_args!("\nchunk {} of {}", chunk.chunk, self.chunks.len()));
            let mut table = table(NOTHING, &["number", "function", "status", "cases", "passed", "missing"]);
            for FeatureFinding { number, function, finding } in &chunk.features {
                table.add_row(cells(&number.to_string(), function, finding, SHOWN_REASONS));
            }
            line(&mut out, format_args!("{}", table.trim_fmt()));
        }
        let open: Vec<&TestFinding> = self
            .tests
            .iter()
            .filter(|test| !matches!(test.finding.status, Status::Verified | Status::Unknown))
            .collect();
        if !open.is_empty() {
            line(&mut out, format_args!("\nGo's tests that are partial or failing"));
            let mut table = table(NOTHING, &["test", "the port's", "status", "cases", "passed", "missing"]);
            for test in open {
                let own = test.port_test.as_deref().unwrap_or_default();
                table.add_row(cells(&test.name, own, &test.finding, SHOWN_REASONS));
            }
            line(&mut out, format_args!("{}", table.trim_fmt()));
        }
        line(&mut out, format_args!("\nfeatures: {}", self.features.text()));
        line(&mut out, format_args!("Go's tests: {}", self.go_tests.text()));
        line(&mut out, format_args!("{}", total.unwrap_or_default()));
        out
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

fn table(style: TableStyle, header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(style).set_content_arrangement(ContentArrangement::Disabled).set_header(header);
    table
}

fn cells(first: &str, second: &str, finding: &Finding, shown: usize) -> Vec<String> {
    let reasons = reasons(finding);
    let mut text = reasons.iter().take(shown).cloned().collect::<Vec<_>>().join("; ");
    if let Some(more) = reasons.len().checked_sub(shown).filter(|more| *more > 0) {
        line_end(&mut text, more);
    }
    let passed = format!("{} of {}", finding.passed, finding.runs);
    let status = status(finding);
    vec![first.to_owned(), second.to_owned(), status, finding.cases.to_string(), passed, text.replace('|', "\\|")]
}

fn line_end(text: &mut String, more: usize) {
    // Writing to a String cannot fail.
    let _ = write!(text, "; and {more} more");
}

/// The status, with the scope where it is not everything.
fn status(finding: &Finding) -> String {
    let name = finding.status.name();
    if finding.status == Status::Unknown { name.to_owned() } else { format!("{name}{}", scope(finding)) }
}

/// What of the port the finding is about, where that is not everything.
fn scope(finding: &Finding) -> String {
    let part = |word: &str, names: &[String]| match names.is_empty() {
        true => String::new(),
        false => format!(" {word} {}", names.join("+")),
    };
    part("as", &finding.scope) + &part("in", &finding.settings)
}

/// What is wrong first, then what is missing, then what was not asked.
fn reasons(finding: &Finding) -> Vec<String> {
    let mut reasons = finding.failing.clone();
    reasons.extend(finding.missing.iter().cloned());
    if !finding.out_of_scope.is_empty() {
        reasons.push(format!("{} cases need what the port does not declare", finding.out_of_scope.len()));
    }
    reasons
}

/// Runs by the directory of their case, a line for each: a decoder that is wrong fails hundreds of vectors at once.
fn grouped(runs: &[String]) -> Vec<String> {
    let topic = |run: &String| {
        run.rsplit_once(" [").and_then(|(case, _)| case.rsplit_once('/')).map(|(topic, _)| topic.to_owned())
    };
    let lines = runs.chunk_by(|a, b| topic(a) == topic(b)).map(|group| {
        let mut text = group.iter().take(SHOWN_REASONS).cloned().collect::<Vec<_>>().join("; ");
        if let Some(more) = group.len().checked_sub(SHOWN_REASONS).filter(|more| *more > 0) {
            line_end(&mut text, more);
        }
        text
    });
    lines.collect()
}

/// The cases that did not count, by name.
fn scopes(out: &mut String, features: &[FeatureFinding]) {
    for FeatureFinding { number, function, finding } in features {
        if !finding.out_of_scope.is_empty() && finding.status != Status::Unknown {
            let (scope, cases) = (scope(finding), finding.out_of_scope.join(", "));
            line(out, format_args!("{number} `{function}` was judged{scope}, without: {cases}.\n"));
        }
    }
}
