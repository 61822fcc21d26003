//! What was measured, as text for people and as JSON for machines.

use std::fmt::Write as _;

use serde::Serialize;

use super::gaps::Gap;
use super::model::{Coverage, Function, Share};
use super::reasons::Reasons;
use super::{Bits, Feature, TraceError, WRITE_ALL_COMMAND};

/// A feature with everything that is known of it.
#[derive(Clone, Debug, Serialize)]
pub struct FeatureReport<'a> {
    /// Its number.
    pub feature: u16,
    /// Its group in batch 11.
    pub batch_11: Option<u8>,
    /// The function.
    pub function: &'a str,
    /// Whether v2.14.9 has it.
    pub present: bool,
    /// Its first and last line.
    pub lines: Option<(u32, u32)>,
    /// The statements that some case executes.
    pub statements: Share,
    /// What no case executes, and why, where a reason is known.
    pub missing: Vec<Missing<'a>>,
    /// The cases that execute it, each with how many statements, most first.
    pub cases: Vec<(&'a str, usize)>,
}

/// Statements that no case executes.
#[derive(Clone, Debug, Serialize)]
pub struct Missing<'a> {
    /// Line and column of their beginning.
    pub begin: (u32, u32),
    /// Line and column behind their end.
    pub end: (u32, u32),
    /// How many they are.
    pub statements: u32,
    /// Why no case executes them.
    pub why: Option<&'a str>,
}

/// Everything, for `--json`.
#[derive(Debug, Serialize)]
struct Everything<'a> {
    server: &'a str,
    go: &'a str,
    corpus: String,
    statements: Share,
    features: Vec<FeatureReport<'a>>,
    go_tests: Vec<TestReport<'a>>,
    unmeasured: &'a std::collections::BTreeMap<String, String>,
}

/// A Go test beside its cases, for `--json`.
#[derive(Debug, Serialize)]
struct TestReport<'a> {
    test: &'a str,
    cases: &'a [String],
    statements: usize,
    missed: usize,
    more_than_tolerated: bool,
}

/// The feature as it is reported.
pub fn feature<'a>(
    coverage: &'a Coverage,
    reasons: &'a Reasons,
    feature: &'a Feature,
) -> Result<FeatureReport<'a>, TraceError> {
    let function = coverage.function(feature);
    let all = coverage.all_hits();
    Ok(FeatureReport {
        feature: feature.number,
        batch_11: feature.batch_11,
        function: &feature.function,
        present: feature.present,
        lines: function.map(|function| function.lines),
        statements: function.map(|function| coverage.share(function, &all)).unwrap_or_default(),
        missing: function.map(|function| missing(coverage, reasons, function, &all)).unwrap_or_default(),
        cases: coverage.cases_of(feature.number)?,
    })
}

/// The blocks of a function that are not in `hits`.
fn missing<'a>(coverage: &Coverage, reasons: &'a Reasons, function: &Function, hits: &Bits) -> Vec<Missing<'a>> {
    let blocks = coverage.blocks.iter().enumerate().skip(function.blocks.start).take(function.blocks.len());
    let missed = blocks.filter(|(at, block)| !hits.contains(*at) && block.statements > 0);
    missed
        .map(|(_, block)| Missing {
            begin: block.begin,
            end: block.end,
            statements: block.statements,
            why: reasons.why(&function.name, block.begin.0),
        })
        .collect()
}

/// Everything as JSON.
pub fn json<'a>(coverage: &'a Coverage, reasons: &'a Reasons) -> Result<String, TraceError> {
    let features = coverage.features.all().iter().map(|one| feature(coverage, reasons, one));
    let gaps = coverage.gaps()?;
    let test = |gap: &Gap<'a>| TestReport {
        test: gap.test,
        cases: gap.cases,
        statements: gap.missed.of,
        missed: gap.missed.covered,
        more_than_tolerated: gap.is_large(),
    };
    let everything = Everything {
        server: &coverage.server,
        go: &coverage.go,
        corpus: coverage.corpus_digest(),
        statements: coverage.share_of_file(&coverage.all_hits()),
        features: features.collect::<Result<_, _>>()?,
        go_tests: gaps.iter().map(test).collect(),
        unmeasured: &coverage.unmeasured,
    };
    serde_json::to_string_pretty(&everything)
        .map(|text| text + "\n")
        .map_err(|error| TraceError::NotMeasured(error.to_string()))
}

/// The figures, and the table of batch 11.
pub fn summary(coverage: &Coverage, reasons: &Reasons) -> Result<String, TraceError> {
    let mut out = String::new();
    let reports = coverage.features.all().iter().map(|one| feature(coverage, reasons, one));
    let reports = reports.collect::<Result<Vec<_>, _>>()?;
    let share = coverage.share_of_file(&coverage.all_hits());
    let executed = reports.iter().filter(|report| !report.cases.is_empty()).count();
    let gone = reports.iter().filter(|report| !report.present).count();
    let gaps = coverage.gaps()?;
    let large = gaps.iter().filter(|gap| gap.is_large()).count();
    let Coverage { server, go, cases, unmeasured, .. } = coverage;
    push(&mut out, format_args!("{} cases on nats-server {server}, measured with {go}\n", cases.len()));
    push(&mut out, format_args!("  statements of filestore.go  {}\n", share_text(share)));
    push(
        &mut out,
        format_args!(
            "  features                    {executed} of {} executed; {gone} are gone in {server}\n",
            reports.len()
        ),
    );
    push(
        &mut out,
        format_args!(
            "  Go's tests                  {} measured, {} not; the cases of {large} miss more than 5 %\n\n",
            gaps.len(),
            unmeasured.len()
        ),
    );
    push(&mut out, format_args!("batch 11\n"));
    for report in reports.iter().filter(|report| report.batch_11.is_some()) {
        let group = report.batch_11.unwrap_or_default();
        let name = report.function;
        let cases = report.cases.len();
        match report.lines {
            Some(_) => push(
                &mut out,
                format_args!(
                    "  {}  {group}  {name:<36}{:<26}{cases:>4} cases\n",
                    report.feature,
                    share_text(report.statements)
                ),
            ),
            None => push(
                &mut out,
                format_args!("  {}  {group}  {name:<36}{}\n", report.feature, gone_text(report, coverage, reasons)),
            ),
        }
        missing_text(&mut out, report);
    }
    Ok(out)
}

/// Features with their cases.
pub fn features(coverage: &Coverage, reasons: &Reasons, chosen: &[&Feature]) -> Result<String, TraceError> {
    let mut out = String::new();
    for one in chosen {
        let report = feature(coverage, reasons, one)?;
        let group = report.batch_11.map(|group| format!("  (batch 11, group {group})")).unwrap_or_default();
        push(&mut out, format_args!("{}  {}{group}\n", report.feature, report.function));
        let Some((first, last)) = report.lines else {
            push(&mut out, format_args!("      {}\n", gone_text(&report, coverage, reasons)));
            continue;
        };
        let (statements, cases) = (share_text(report.statements), report.cases.len());
        push(&mut out, format_args!("      lines {first} to {last}: {statements}, {cases} cases\n"));
        missing_text(&mut out, &report);
        for (case, count) in &report.cases {
            push(&mut out, format_args!("  {count:>6}  {case}\n"));
        }
    }
    Ok(out)
}

/// A case with its features.
pub fn case(coverage: &Coverage, name: &str) -> Result<String, TraceError> {
    let mut out = String::new();
    let share = coverage.share_of_file(&coverage.case(name)?.hits);
    let features = coverage.features_of(name)?;
    push(&mut out, format_args!("{name}: {} of filestore.go, {} features\n", share_text(share), features.len()));
    for (feature, share) in features {
        push(&mut out, format_args!("  {}  {:<44}{}\n", feature.number, feature.function, share_text(share)));
    }
    Ok(out)
}

/// What no case executes, by function.
#[must_use]
pub fn uncovered(coverage: &Coverage, reasons: &Reasons) -> String {
    let mut out = String::new();
    let all = coverage.all_hits();
    for function in &coverage.functions {
        let missing = missing(coverage, reasons, function, &all);
        if missing.is_empty() {
            continue;
        }
        let share = coverage.share(function, &all);
        let number = coverage.features.all().iter().find(|feature| feature.function == function.name);
        let number = number.map(|feature| format!("{}  ", feature.number)).unwrap_or_default();
        push(
            &mut out,
            format_args!("{number}{}: {} of {} statements\n", function.name, share.of - share.covered, share.of),
        );
        for one in missing {
            push(&mut out, format_args!("{}\n", missing_line(&one)));
        }
    }
    let share = coverage.share_of_file(&all);
    push(&mut out, format_args!("{} of {} statements are executed by no case\n", share.of - share.covered, share.of));
    out
}

/// The Go tests whose cases miss more than is tolerated, with what they miss, and those that could not be measured.
pub fn gaps(coverage: &Coverage) -> Result<String, TraceError> {
    let mut out = String::new();
    let gaps = coverage.gaps()?;
    if gaps.is_empty() && coverage.unmeasured.is_empty() {
        push(&mut out, format_args!("no Go test is measured: run `{WRITE_ALL_COMMAND}`\n"));
        return Ok(out);
    }
    for gap in gaps.iter().filter(|gap| gap.is_large()) {
        let Share { covered, of } = gap.missed;
        let (percent, cases) = (gap.missed.percent(), gap.cases.join(" "));
        push(&mut out, format_args!("{}: {covered} of {of} statements missed ({percent:.1} %) by {cases}\n", gap.test));
        for function in &coverage.functions {
            let mine = function.blocks.clone().filter(|at| gap.blocks.contains(*at));
            let lines: Vec<String> = mine
                .filter_map(|at| coverage.blocks.get(at))
                .filter(|block| block.statements > 0)
                .map(|block| lines_text(block.begin.0, block.end.0))
                .collect();
            if !lines.is_empty() {
                push(&mut out, format_args!("    {}: {}\n", function.name, lines.join(" ")));
            }
        }
    }
    for (test, why) in &coverage.unmeasured {
        push(&mut out, format_args!("{test}: not measured, {why}\n"));
    }
    let large = gaps.iter().filter(|gap| gap.is_large()).count();
    push(
        &mut out,
        format_args!("the cases of {large} of {} Go tests miss more than 5 % of what the test executes\n", gaps.len()),
    );
    Ok(out)
}

/// `12 of 14 (85.71 %)`
#[must_use]
pub fn share_text(share: Share) -> String {
    format!("{} of {} ({:.2} %)", share.covered, share.of, share.percent())
}

/// What is said of a function that v2.14.9 does not have.
#[must_use]
pub fn gone_text(report: &FeatureReport<'_>, coverage: &Coverage, reasons: &Reasons) -> String {
    let why = reasons.gone(report.feature).map(|why| format!(": {why}")).unwrap_or_default();
    format!("gone in {}{why}", coverage.server)
}

fn missing_text(out: &mut String, report: &FeatureReport<'_>) {
    for one in &report.missing {
        push(out, format_args!("{}\n", missing_line(one)));
    }
}

fn missing_line(missing: &Missing<'_>) -> String {
    let (lines, count) = (lines_text(missing.begin.0, missing.end.0), missing.statements);
    let why = missing.why.map(|why| format!(": {why}")).unwrap_or_default();
    let noun = if count == 1 { "statement" } else { "statements" };
    format!("      no case executes {count} {noun} in {lines}{why}")
}

/// `L12` or `L12-14`
fn lines_text(first: u32, last: u32) -> String {
    if first == last { format!("L{first}") } else { format!("L{first}-{last}") }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
