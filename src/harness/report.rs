//! Reports of a whole run: text for people, JSON for machines. Both are complete: what differs, where, and how to repeat it.

use std::fmt::Write as _;

use serde::Serialize;
use similar::TextDiff;

use super::verdict::{RunReport, Summary, Verdict};

/// What was run and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The counts.
    pub summary: Summary,
    /// The port as the user called it.
    pub port: String,
    /// Every run.
    pub runs: Vec<RunReport>,
}

impl Report {
    /// The report of `runs` on `port`.
    #[must_use]
    pub fn new(port: String, runs: Vec<RunReport>) -> Report {
        Report { summary: Summary::of(&runs), port, runs }
    }

    /// The report as JSON.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Every failure in full, what is unsupported in short, and the table.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for run in self.runs.iter().filter(|run| run.verdict.is_failure()) {
            out.push_str(&failure(run, &self.port));
            out.push('\n');
        }
        let mut unsupported: Vec<(&str, usize)> = Vec::new();
        for run in &self.runs {
            if let Verdict::Unsupported { what, .. } = &run.verdict {
                match unsupported.iter_mut().find(|(known, _)| known == what) {
                    Some((_, count)) => *count += 1,
                    None => unsupported.push((what, 1)),
                }
            }
        }
        for (what, count) in unsupported {
            push(&mut out, format_args!("unsupported in {count} runs: {what}\n"));
        }
        out.push_str(&table(&self.summary, &self.port));
        out
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

/// One failure in full.
#[must_use]
pub fn failure(run: &RunReport, port: &str) -> String {
    let mut out = String::new();
    let name = run.verdict.name().to_uppercase().replace('_', " ");
    push(&mut out, format_args!("{name} {} [{}] on {port}\n", run.case, run.setting));
    let stderr_tail = match &run.verdict {
        Verdict::Fail(difference) if difference.command_line == 0 => {
            push(&mut out, format_args!("  {}: {} (- golden, + {port}):\n", run.file, difference.command));
            out.push_str(&diff(&difference.expected, &difference.found));
            difference.stderr_tail.as_str()
        }
        Verdict::Fail(difference) => {
            push(&mut out, format_args!("  {}:{}: {}\n", run.file, difference.command_line, difference.command));
            push(&mut out, format_args!("  the answer at line {} differs (- recorded, + {port}):\n", difference.answer_line));
            out.push_str(&diff(&difference.expected, &difference.found));
            difference.stderr_tail.as_str()
        }
        Verdict::Crashed { line, what, stderr_tail } | Verdict::TimedOut { line, what, stderr_tail } => {
            push(&mut out, format_args!("  {}:{line}: {what}\n", run.file));
            stderr_tail
        }
        Verdict::Pass | Verdict::Unsupported { .. } | Verdict::Known { .. } => "",
    };
    if !stderr_tail.trim().is_empty() {
        out.push_str("  the port wrote to stderr:\n");
        for line in stderr_tail.lines() {
            push(&mut out, format_args!("    | {line}\n"));
        }
    }
    if let Some(kept) = &run.kept {
        push(&mut out, format_args!("  its files: {kept}\n"));
    }
    let port = quoted(port);
    match golden_name(&run.case) {
        Some(name) => push(&mut out, format_args!("  repeat with: blkspec golden check {name} --port {port}\n")),
        None => push(&mut out, format_args!("  repeat with: blkspec run {} --port {port} --settings {}\n", run.case, run.setting)),
    }
    out
}

/// The name of the case behind a run of a golden, whose name is `golden/CASE (PART)`.
fn golden_name(name: &str) -> Option<&str> {
    Some(name.strip_prefix("golden/")?.split(' ').next().unwrap_or_default())
}

/// `port` as a word of a shell.
fn quoted(port: &str) -> String {
    let plain = port.chars().all(|c| c.is_ascii_alphanumeric() || "@.:/-_".contains(c));
    if plain { port.to_owned() } else { format!("'{}'", port.replace('\'', "'\\''")) }
}

fn diff(expected: &[String], found: &[String]) -> String {
    let left: String = expected.iter().map(|line| format!("{line}\n")).collect();
    let right: String = found.iter().map(|line| format!("{line}\n")).collect();
    let diff = TextDiff::from_lines(&left, &right);
    let mut out = String::new();
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        for change in hunk.iter_changes() {
            push(&mut out, format_args!("    {}{}\n", change.tag(), change.value().trim_end_matches('\n')));
        }
    }
    out
}

fn table(summary: &Summary, port: &str) -> String {
    let counts = [
        ("passed", summary.passed),
        ("failed", summary.failed),
        ("unsupported", summary.unsupported),
        ("crashed", summary.crashed),
        ("timed out", summary.timed_out),
        ("known", summary.known),
        ("stale", summary.stale),
    ];
    let mut out = String::new();
    push(&mut out, format_args!("{} cases, {} runs on {port}\n", summary.cases, summary.runs));
    for (name, count) in counts.iter().filter(|(name, count)| *count > 0 || *name == "passed" || *name == "failed") {
        push(&mut out, format_args!("  {name:<12}{count:>6}\n"));
    }
    out
}
