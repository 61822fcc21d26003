//! Reports of a whole run: text for people, JSON for machines. Both are complete: what differs, where, and how to repeat it.
//!
//! What a port does not support is counted apart and fails no run, except on the reference: that one supports everything, and
//! a skip there would hide a case from everybody. A report in which nothing ran at all is no success either.

pub mod against;
pub mod document;
pub mod files;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod merge;
mod ranges;
mod side_by_side;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use similar::TextDiff;

use super::known::Stale;
use super::port_spec::PortSpec;
use super::verdict::{RunReport, Summary, Verdict};

/// What was asked for: it decides what counts as a failure, and how a run is repeated.
#[derive(Debug, Clone, Serialize)]
pub struct Asked {
    /// The port as the user called it.
    pub port: String,
    /// Whether the port has to support everything.
    #[serde(skip)]
    pub everything: bool,
    /// The corpus, where it is not that of the checkout.
    #[serde(skip)]
    pub corpus: Option<PathBuf>,
    /// The goldens, where they are not those of the checkout.
    #[serde(skip)]
    pub golden: Option<PathBuf>,
}

impl Asked {
    /// Runs on `port`, with the corpus and the goldens of this checkout.
    #[must_use]
    pub fn of(port: &PortSpec) -> Asked {
        let everything = matches!(port, PortSpec::Reference);
        Asked { port: port.to_string(), everything, corpus: None, golden: None }
    }

    /// Whether a run with this verdict makes the whole fail.
    #[must_use]
    pub fn is_failure(&self, verdict: &Verdict) -> bool {
        verdict.is_failure() || (self.everything && matches!(verdict, Verdict::Unsupported { .. }))
    }

    /// The command that makes `run` again.
    fn repetition(&self, run: &RunReport) -> String {
        let mut words = match golden_name(&run.case) {
            Some(name) => format!("golden check {name}"),
            None => format!("run {}", quoted(self.case_word(run))),
        };
        push(&mut words, format_args!(" --port {}", quoted(&self.port)));
        let places = [("--corpus", &self.corpus), ("--golden", &self.golden)];
        for (option, place) in places {
            if let Some(place) = place {
                push(&mut words, format_args!(" {option} {}", quoted(&place.to_string_lossy())));
            }
        }
        if golden_name(&run.case).is_none() {
            push(&mut words, format_args!(" --settings {}", run.setting));
        }
        words
    }

    /// A case as the command line finds it again: its name, or its path where it lies outside the corpus.
    fn case_word<'a>(&self, run: &'a RunReport) -> &'a str {
        let inside = match &self.corpus {
            Some(corpus) => Path::new(&run.file).starts_with(corpus),
            None => ["corpus/cases/", "corpus/decode/"].iter().any(|dir| run.file.replace('\\', "/").contains(dir)),
        };
        if inside { &run.case } else { &run.file }
    }
}

/// What was run and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The counts.
    pub summary: Summary,
    /// What was asked for.
    #[serde(flatten)]
    pub asked: Asked,
    /// Every run.
    pub runs: Vec<RunReport>,
    /// The entries of the list of known differences that do not say what is so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<Stale>,
}

impl Report {
    /// The report of `runs`.
    #[must_use]
    pub fn new(asked: Asked, runs: Vec<RunReport>) -> Report {
        Report { summary: Summary::of(&runs), asked, runs, stale: Vec::new() }
    }

    /// The same, with the entries of the list of known differences that are stale.
    #[must_use]
    pub fn with_stale(mut self, stale: Vec<Stale>) -> Report {
        let mut entries: Vec<(&str, usize)> = stale.iter().map(|entry| (entry.file.as_str(), entry.line)).collect();
        entries.dedup();
        self.summary.stale = entries.len();
        Report { stale, ..self }
    }

    /// Whether everything is as expected.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.summary.is_success()
            && !self.nothing_ran()
            && !self.runs.iter().any(|run| self.asked.is_failure(&run.verdict))
    }

    /// Whether the port supports none of what was asked for, so that it was not judged.
    #[must_use]
    pub fn nothing_ran(&self) -> bool {
        self.summary.unsupported == self.summary.runs
    }

    /// The report as JSON.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Every failure in full, what is unsupported in short, and the table.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let (failures, others): (Vec<_>, Vec<_>) =
            self.runs.iter().partition(|run| self.asked.is_failure(&run.verdict));
        for run in failures {
            out.push_str(&failure(run, &self.asked));
            out.push('\n');
        }
        let mut unsupported: Vec<(&str, &RunReport, usize)> = Vec::new();
        for run in others {
            if let Verdict::Unsupported { what, .. } = &run.verdict {
                match unsupported.iter_mut().find(|(known, ..)| known == what) {
                    Some((.., count)) => *count += 1,
                    None => unsupported.push((what, run, 1)),
                }
            }
        }
        for (what, first, count) in unsupported {
            let (case, setting) = (&first.case, first.setting);
            push(&mut out, format_args!("unsupported in {count} runs: {what} (first in {case} [{setting}])\n"));
        }
        out.push_str(&known(&self.runs));
        for entry in &self.stale {
            push(&mut out, format_args!("STALE {entry}\n"));
        }
        out.push_str(&table(&self.summary, &self.asked.port));
        if self.nothing_ran() {
            out.push_str("nothing ran: the port supports none of what was asked for, which is no success\n");
        }
        out
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

/// One failure in full.
#[must_use]
pub fn failure(run: &RunReport, asked: &Asked) -> String {
    let mut out = String::new();
    let port = &asked.port;
    let name = run.verdict.name().to_uppercase().replace('_', " ");
    push(&mut out, format_args!("{name} {} [{}] on {port}\n", run.case, run.setting));
    let stderr_tail = what_happened(&mut out, run, port);
    if !stderr_tail.trim().is_empty() {
        out.push_str("  the port wrote to stderr:\n");
        for line in stderr_tail.lines() {
            push(&mut out, format_args!("    | {line}\n"));
        }
    }
    if let Some(kept) = &run.kept {
        push(&mut out, format_args!("  its files: {kept}\n"));
    }
    push(&mut out, format_args!("  repeat with: blkspec {}\n", asked.repetition(run)));
    out
}

/// Writes what the verdict says, and gives what the port wrote to stderr.
fn what_happened<'a>(out: &mut String, run: &'a RunReport, port: &str) -> &'a str {
    match &run.verdict {
        Verdict::Fail(difference) if difference.command_line == 0 => {
            push(out, format_args!("  {}: {} (- golden, + {port}):\n", run.file, difference.command));
            out.push_str(&diff(&difference.expected, &difference.found));
            difference.stderr_tail.as_str()
        }
        Verdict::Fail(difference) => {
            push(out, format_args!("  {}:{}: {}\n", run.file, difference.command_line, difference.command));
            push(
                out,
                format_args!("  the answer at line {} differs (- recorded, + {port}):\n", difference.answer_line),
            );
            out.push_str(&diff(&difference.expected, &difference.found));
            difference.stderr_tail.as_str()
        }
        Verdict::Crashed { line, what, stderr_tail } | Verdict::TimedOut { line, what, stderr_tail } => {
            push(out, format_args!("  {}:{line}: {what}\n", run.file));
            stderr_tail
        }
        Verdict::Unsupported { line, what } => {
            push(out, format_args!("  {}:{line}: {port} does not support {what}\n", run.file));
            ""
        }
        Verdict::Pass | Verdict::Known { .. } => "",
    }
}

/// The name of the case behind a run of a golden, whose name is `golden/CASE (PART)`.
fn golden_name(name: &str) -> Option<&str> {
    Some(name.strip_prefix("golden/")?.split(' ').next().unwrap_or_default())
}

/// `text` as a word of the shells of this system.
#[must_use]
pub(super) fn quoted(text: &str) -> String {
    quoted_for(text, cfg!(windows))
}

/// A word between single quotes, or on Windows, where `cmd` knows none, between double ones.
fn quoted_for(text: &str, windows: bool) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@.:/-_".contains(c) || (windows && c == '\\');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else if windows {
        format!("\"{}\"", text.replace('"', "\\\""))
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// The lines that differ, with two around each.
#[must_use]
pub(super) fn diff(expected: &[String], found: &[String]) -> String {
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

/// What is known, by its reason.
fn known(runs: &[RunReport]) -> String {
    let mut groups: Vec<(&str, &str, &RunReport, usize)> = Vec::new();
    for run in runs {
        if let Verdict::Known { reason, link, .. } = &run.verdict {
            match groups.iter_mut().find(|(known, from, ..)| (*known, *from) == (reason, link)) {
                Some((.., count)) => *count += 1,
                None => groups.push((reason, link, run, 1)),
            }
        }
    }
    let mut out = String::new();
    for (reason, link, first, count) in groups {
        let (case, setting) = (&first.case, first.setting);
        push(&mut out, format_args!("known in {count} runs: {reason}, {link} (first in {case} [{setting}])\n"));
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
    let vectors = if summary.vectors > 0 { format!(", {} vectors", summary.vectors) } else { String::new() };
    push(&mut out, format_args!("{} cases{vectors}, {} runs on {port}\n", summary.cases, summary.runs));
    for (name, count) in counts.iter().filter(|(name, count)| *count > 0 || *name == "passed" || *name == "failed") {
        push(&mut out, format_args!("  {name:<12}{count:>6}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        let check = |text: &str, unix: &str, windows: &str| {
            assert_eq!((quoted_for(text, false), quoted_for(text, true)), (unix.to_owned(), windows.to_owned()));
        };
        check("purge/basics", "purge/basics", "purge/basics");
        check("cmd:dotnet a.dll", "'cmd:dotnet a.dll'", "\"cmd:dotnet a.dll\"");
        check(r"cmd:C:\a.exe", r"'cmd:C:\a.exe'", r"cmd:C:\a.exe");
        check("it's", r"'it'\''s'", "\"it's\"");
        check(r#"cmd:"a b" c"#, r#"'cmd:"a b" c'"#, r#""cmd:\"a b\" c""#);
        check("", "''", "\"\"");
    }
}
