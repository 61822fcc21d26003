//! Known differences: a list of runs that a port does not pass, each with its reason and the exact mismatch.
//!
//! An entry covers the runs that its case pattern and settings mean, and every one of them has to fail with its fingerprint: then
//! they are `known`. An entry that is expired changes nothing. One that is expired, that covers no run, or of which a run
//! passes or differs otherwise is stale, and a stale entry fails the whole. This file knows no port and no corpus.

use std::fmt::Write as _;
use std::path::Path;

use globset::{Glob, GlobMatcher};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml::Spanned;

use super::case::{Setting, SettingPattern};
use super::fingerprint;
use super::verdict::{RunReport, Verdict};
use crate::env::{FileSystem as _, FsError, RealFs};

/// How many days a proposed entry holds.
const PROPOSED_DAYS: i64 = 90;

/// Why a difference is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The port is wrong.
    Bug,
    /// The port does not have it.
    NotImplemented,
    /// The port is different on purpose.
    WillNotFix,
    /// Go is wrong, and the port does not follow it there.
    GoBugNotCopied,
    /// Nobody can say who is right.
    SpecUnclear,
}

/// Why a list cannot be used.
#[derive(Debug, Error)]
pub enum KnownError {
    /// It cannot be read.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// Something in it is not what it should be.
    #[error("{file}:{line}: {what}")]
    Entry {
        /// The list.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// The file as TOML has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    known: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    case: String,
    settings: Vec<String>,
    kind: Kind,
    reason: String,
    link: String,
    expires: toml::value::Datetime,
    fingerprint: String,
}

/// One entry.
#[derive(Debug, Clone)]
struct Entry {
    line: usize,
    case: String,
    matcher: GlobMatcher,
    settings: Vec<SettingPattern>,
    kind: Kind,
    reason: String,
    link: String,
    expires: Date,
    fingerprint: String,
}

impl Entry {
    fn covers(&self, run: &RunReport) -> bool {
        self.matcher.is_match(&run.case) && self.settings.iter().any(|pattern| pattern.matches(run.setting))
    }
}

/// A list of known differences.
#[derive(Debug, Clone)]
pub struct KnownList {
    file: String,
    entries: Vec<Entry>,
}

/// What was run: it decides what an entry without a run means.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Every case ran in every setting.
    pub whole: bool,
    /// The goldens were held to as well.
    pub goldens: bool,
    /// Only a shard of that ran: an entry without a run there may have one in another.
    pub shard: bool,
    /// The names of all cases of the corpus.
    pub cases: Vec<String>,
}

/// An entry that does not say what is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stale {
    /// The list.
    pub file: String,
    /// The line of the entry.
    pub line: usize,
    /// Its case pattern.
    pub case: String,
    /// What is wrong with it.
    #[serde(flatten)]
    pub problem: Problem,
}

/// Why an entry is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum Problem {
    /// Its day is over.
    Expired {
        /// The day.
        expires: String,
    },
    /// It covers no run.
    MatchesNothing,
    /// Runs that it covers pass.
    Passes {
        /// The runs, as `CASE [SETTING]`.
        runs: Vec<String>,
    },
    /// Runs that it covers came to something else.
    DiffersOtherwise {
        /// The runs with what they came to.
        runs: Vec<String>,
    },
}

impl Problem {
    /// Its place among the problems of an entry.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Problem::Expired { .. } => 0,
            Problem::MatchesNothing => 1,
            Problem::Passes { .. } => 2,
            Problem::DiffersOtherwise { .. } => 3,
        }
    }

    /// Adds the runs of the same problem in another shard.
    pub fn add(&mut self, other: &Problem) {
        match (self, other) {
            (Problem::Passes { runs }, Problem::Passes { runs: more })
            | (Problem::DiffersOtherwise { runs }, Problem::DiffersOtherwise { runs: more }) => {
                runs.extend_from_slice(more);
            }
            _ => {}
        }
    }
}

impl std::fmt::Display for Stale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: the known difference of {} ", self.file, self.line, self.case)?;
        match &self.problem {
            Problem::Expired { expires } => write!(f, "expired on {expires}"),
            Problem::MatchesNothing => f.write_str("matches no run"),
            Problem::Passes { runs } => write!(f, "passes: {}", some(runs)),
            Problem::DiffersOtherwise { runs } => write!(f, "is another one now: {}", some(runs)),
        }
    }
}

/// The first few of `runs`.
fn some(runs: &[String]) -> String {
    const SHOWN: usize = 6;
    let mut text = runs.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if let Some(more) = runs.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        // Writing to a String cannot fail.
        let _ = write!(text, " and {more} more");
    }
    text
}

impl KnownList {
    /// Reads the list at `path`.
    pub fn read(path: &Path) -> Result<KnownList, KnownError> {
        let file = path.to_string_lossy().into_owned();
        let bytes = RealFs::new().read(path)?;
        let text = String::from_utf8(bytes).map_err(|_| error(&file, 1, "not UTF-8 text"))?;
        KnownList::parse(&file, &text)
    }

    /// Reads the text of a list.
    pub fn parse(file: &str, text: &str) -> Result<KnownList, KnownError> {
        let line_at = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let document: Document = toml::from_str(text).map_err(|fault| {
            let line = line_at(fault.span().map_or(0, |span| span.start));
            error(file, line, fault.message())
        })?;
        let entry = |row: Spanned<Row>| {
            let line = line_at(row.span().start);
            entry(line, row.into_inner()).map_err(|what| error(file, line, &what))
        };
        let entries = document.known.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(KnownList { file: file.to_owned(), entries })
    }

    /// Turns the verdicts of the runs that the list describes into `known`, and gives the entries that are stale.
    pub fn apply(&self, runs: &mut [RunReport], scope: &Scope, today: Date) -> Vec<Stale> {
        let mut stale = Vec::new();
        for entry in &self.entries {
            let problems = match entry.expires < today {
                true => vec![Problem::Expired { expires: entry.expires.to_string() }],
                false => apply(entry, runs, scope),
            };
            stale.extend(problems.into_iter().map(|problem| Stale {
                file: self.file.clone(),
                line: entry.line,
                case: entry.case.clone(),
                problem,
            }));
        }
        stale
    }

    /// The entries that no run of a shard has, and that are stale when no other shard has one either. None where all ran.
    #[must_use]
    pub fn unmatched(&self, runs: &[RunReport], scope: &Scope, today: Date) -> Vec<Stale> {
        let whole = Scope { shard: false, ..scope.clone() };
        let alone = |entry: &&Entry| {
            entry.expires >= today
                && !runs.iter().any(|run| entry.covers(run))
                && is_expected(entry, &whole)
                && !is_expected(entry, scope)
        };
        let stale = |entry: &Entry| Stale {
            file: self.file.clone(),
            line: entry.line,
            case: entry.case.clone(),
            problem: Problem::MatchesNothing,
        };
        self.entries.iter().filter(alone).map(stale).collect()
    }
}

fn error(file: &str, line: usize, what: &str) -> KnownError {
    KnownError::Entry { file: file.to_owned(), line, what: what.to_owned() }
}

/// The entry of a row, or what is wrong with the row.
fn entry(line: usize, row: Row) -> Result<Entry, String> {
    let glob = Glob::new(&row.case).map_err(|fault| format!("`{}` is no pattern of cases: {fault}", row.case))?;
    let setting = |text: &String| {
        text.parse().map_err(|fault: super::case::Fault| format!("expected {}, found {}", fault.expected, fault.found))
    };
    let settings: Vec<SettingPattern> = row.settings.iter().map(setting).collect::<Result<_, _>>()?;
    if settings.is_empty() {
        return Err("`settings` is empty: name settings such as aes/s2, */none or all".to_owned());
    }
    for (name, text) in [("reason", &row.reason), ("link", &row.link)] {
        if text.trim().is_empty() {
            return Err(format!("`{name}` is empty: somebody has to say it before the difference is known"));
        }
    }
    let day = row.expires.date.filter(|_| row.expires.time.is_none());
    let day = day.ok_or_else(|| format!("`expires` is a day such as 2027-03-01, not {}", row.expires))?;
    let parts = (i16::try_from(day.year), i8::try_from(day.month), i8::try_from(day.day));
    let expires = match parts {
        (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).map_err(|fault| fault.to_string())?,
        _ => return Err(format!("`expires` is a day such as 2027-03-01, not {day}")),
    };
    let (digits, hex) = (row.fingerprint.len(), row.fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if digits != fingerprint::DIGITS || !hex {
        return Err(format!("`fingerprint` has {} hexadecimal digits, not `{}`", fingerprint::DIGITS, row.fingerprint));
    }
    let (matcher, Row { case, kind, reason, link, fingerprint, .. }) = (glob.compile_matcher(), row);
    Ok(Entry { line, case, matcher, settings, kind, reason, link, expires, fingerprint })
}

/// Applies an entry that holds, and gives what is wrong with it.
fn apply(entry: &Entry, runs: &mut [RunReport], scope: &Scope) -> Vec<Problem> {
    let (mut covered, mut passes, mut others) = (false, Vec::new(), Vec::new());
    for run in runs.iter_mut().filter(|run| entry.covers(run)) {
        covered = true;
        let name = format!("{} [{}]", run.case, run.setting);
        match &run.verdict {
            Verdict::Pass => passes.push(name),
            Verdict::Unsupported { what, .. } => others.push(format!("{name} does not support {what}")),
            Verdict::Known { fingerprint, .. } => others.push(format!("{name} is known as {fingerprint} above")),
            Verdict::Fail(_) | Verdict::Crashed { .. } | Verdict::TimedOut { .. } => {
                if run.fingerprint.as_ref() == Some(&entry.fingerprint) {
                    run.verdict = Verdict::Known {
                        kind: entry.kind,
                        reason: entry.reason.clone(),
                        link: entry.link.clone(),
                        fingerprint: entry.fingerprint.clone(),
                    };
                } else {
                    let found = run.fingerprint.as_deref().unwrap_or_default();
                    others.push(format!("{name} has {} {found}", run.verdict.name()));
                }
            }
        }
    }
    let mut problems = Vec::new();
    if !covered && is_expected(entry, scope) {
        problems.push(Problem::MatchesNothing);
    }
    if !passes.is_empty() {
        problems.push(Problem::Passes { runs: passes });
    }
    if !others.is_empty() {
        problems.push(Problem::DiffersOtherwise { runs: others });
    }
    problems
}

/// Whether an entry should have covered a run: what was left out on purpose covers none.
fn is_expected(entry: &Entry, scope: &Scope) -> bool {
    if scope.shard {
        return !entry.case.starts_with("golden/") && !scope.cases.iter().any(|name| entry.matcher.is_match(name));
    }
    if entry.case.starts_with("golden/") {
        return scope.goldens;
    }
    scope.whole || !scope.cases.iter().any(|name| entry.matcher.is_match(name))
}

/// Entries for the failures among `runs`, as TOML for somebody to complete: each lacks a reason and a link.
#[must_use]
pub fn propose(runs: &[RunReport], today: Date) -> String {
    let mut groups: Vec<(&str, &str, Vec<Setting>, &RunReport)> = Vec::new();
    for run in runs.iter().filter(|run| run.verdict.is_failure()) {
        let fingerprint = run.fingerprint.as_deref().unwrap_or_default();
        match groups.iter_mut().find(|(case, same, ..)| (*case, *same) == (run.case.as_str(), fingerprint)) {
            Some((.., settings, _)) => settings.push(run.setting),
            None => groups.push((&run.case, fingerprint, vec![run.setting], run)),
        }
    }
    let expires = today.saturating_add(jiff::Span::new().days(PROPOSED_DAYS));
    let mut out = String::new();
    for (case, fingerprint, settings, run) in groups {
        let patterns = SettingPattern::cover(&settings, &Setting::ALL);
        let settings = patterns.iter().map(|pattern| format!("\"{pattern}\"")).collect::<Vec<_>>().join(", ");
        let case = toml::Value::String(globset::escape(case));
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "# {}\n[[known]]\ncase = {case}\nsettings = [{settings}]\nkind = \"bug\"\nreason = \"\"\nlink = \"\"\n\
             expires = {expires}\nfingerprint = \"{fingerprint}\"\n\n",
            summary(&run.verdict)
        );
    }
    out
}

/// What a failure is, on one line.
fn summary(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Fail(difference) => format!("line {}: {}", difference.command_line, difference.command),
        Verdict::Crashed { line, what, .. }
        | Verdict::TimedOut { line, what, .. }
        | Verdict::Unsupported { line, what } => format!("line {line}: {}", what.replace('\n', " ")),
        Verdict::Pass | Verdict::Known { .. } => String::new(),
    }
}
