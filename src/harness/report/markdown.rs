//! A report as Markdown, for the page of a job: the counts, what changed, the failures with their differences, folded.
//!
//! It stays short, because such pages cut what is long: GitHub takes a MiB of a step. What is left out is said.

use std::fmt::Write as _;

use super::against::{Against, by_case};
use super::diff;
use super::document::{Document, Run};
use super::junit::message;

/// How many failures are shown in full.
const FAILURES: usize = 30;
/// How many lines of a difference are shown.
const LINES: usize = 60;
/// How many cases of a change are named.
const CASES: usize = 30;

/// The report as Markdown.
#[must_use]
pub fn page(document: &Document) -> String {
    let mut out = String::new();
    let word = if document.success { "✅ as expected" } else { "❌ something differs" };
    push(&mut out, format_args!("## blkspec on `{}`: {word}\n\n", document.port.replace('`', "'")));
    counts(&mut out, document);
    if let Some(against) = &document.against {
        changes(&mut out, against, document);
    }
    for stale in &document.stale {
        push(&mut out, format_args!("- stale: {}\n", escaped(&stale.to_string())));
    }
    let failures = document.failures();
    if !failures.is_empty() {
        out.push_str("### Failures\n\n");
    }
    for group in failures.iter().take(FAILURES) {
        failure(&mut out, group);
    }
    if failures.len() > FAILURES {
        push(&mut out, format_args!("{} more are in the full report.\n", failures.len() - FAILURES));
    }
    out
}

fn counts(out: &mut String, document: &Document) {
    let summary = &document.summary;
    let columns = [
        ("runs", summary.runs),
        ("passed", summary.passed),
        ("failed", summary.failed),
        ("crashed", summary.crashed),
        ("timed out", summary.timed_out),
        ("unsupported", summary.unsupported),
        ("known", summary.known),
        ("stale", summary.stale),
    ];
    let shown: Vec<_> =
        columns.iter().filter(|(name, count)| *count > 0 || ["passed", "failed"].contains(name)).collect();
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&row(std::iter::once("cases".to_owned())
        .chain(shown.iter().map(|(name, _)| (*name).to_owned()))
        .collect()));
    out.push_str(&row(std::iter::once(&()).chain(shown.iter().map(|_| &())).map(|()| "---:".to_owned()).collect()));
    let figures = shown.iter().map(|(_, count)| count.to_string());
    out.push_str(&row(std::iter::once(summary.cases.to_string()).chain(figures).collect()));
    out.push('\n');
}

fn changes(out: &mut String, against: &Against, document: &Document) {
    push(out, format_args!("### Since {}\n\n", code(&against.report)));
    if against.changes.is_empty() {
        push(out, format_args!("Nothing has changed in {} runs.\n\n", against.same));
    }
    for warning in against.warnings(document) {
        push(out, format_args!("- {}\n", escaped(&warning)));
    }
    for ((became, cause), changes) in against.groups() {
        push(out, format_args!("- **{} {}**, changed by {}: ", changes.len(), became.words(), cause.words()));
        let cases = by_case(&changes);
        let names: Vec<String> = cases.keys().take(CASES).map(|case| code(case)).collect();
        out.push_str(&names.join(", "));
        if cases.len() > CASES {
            push(out, format_args!(" and {} more", cases.len() - CASES));
        }
        out.push('\n');
    }
    out.push('\n');
}

fn failure(out: &mut String, group: &[&Run]) {
    let Some(run) = group.first() else { return };
    let settings: Vec<&str> = group.iter().map(|run| run.setting.as_str()).collect();
    let (case, settings) = (escaped(&run.case), settings.join(" "));
    push(out, format_args!("<details><summary><b>{case}</b> [{settings}]: {}</summary>\n\n", escaped(&message(run))));
    let difference = diff(&run.expected, &run.found);
    if !difference.is_empty() {
        let lines: Vec<&str> = difference.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
        let fence = fence(&difference);
        push(out, format_args!("{fence}diff\n"));
        for line in lines.iter().take(LINES) {
            push(out, format_args!("{line}\n"));
        }
        push(out, format_args!("{fence}\n"));
        if lines.len() > LINES {
            push(out, format_args!("{} more lines differ.\n", lines.len() - LINES));
        }
    }
    if let Some(repeat) = &run.repeat {
        let fence = fence(repeat);
        push(out, format_args!("\n{fence}sh\n{repeat}\n{fence}\n"));
    }
    out.push_str("\n</details>\n\n");
}

/// A fence longer than any in `text`.
fn fence(text: &str) -> String {
    let mut longest = 2;
    for run in text.split(|c| c != '`') {
        longest = longest.max(run.len());
    }
    "`".repeat(longest + 1)
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
