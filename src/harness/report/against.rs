//! What has changed since another report, and whose doing it is: the port's, the corpus', or that of the list of known differences.
//!
//! A run whose case asks and expects the same as before was changed by the port. Where the case is another by now, or came or
//! went, the corpus did it. Runs that one of the two reports leaves out, being of a part, are counted and not compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::{Document, Outcome, Run};

/// What has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Against {
    /// The other report, as the user named it.
    pub report: String,
    /// The port of that report.
    pub port: String,
    /// The version of blkspec that wrote it.
    pub blkspec: String,
    /// How many runs came to the same.
    pub same: usize,
    /// How many runs are in one report only because the other is of a part.
    pub not_compared: usize,
    /// The runs that came to something else.
    pub changes: Vec<Change>,
}

/// A run that came to something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The case.
    pub case: String,
    /// The setting.
    pub setting: String,
    /// What became of it.
    pub became: Became,
    /// Whose doing it is.
    pub cause: Cause,
    /// What the run came to before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Outcome>,
    /// What it comes to now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Outcome>,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// It was no failure and is one.
    Broken,
    /// It is a failure as before, of another kind.
    FailsOtherwise,
    /// It was a failure and is none.
    Mended,
    /// It was no failure and is none, but another verdict.
    Otherwise,
    /// It was not there.
    New,
    /// It is not there any more.
    Gone,
}

impl Became {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Became::Broken => "newly failing",
            Became::FailsOtherwise => "failing otherwise",
            Became::Mended => "mended",
            Became::Otherwise => "judged otherwise",
            Became::New => "new",
            Became::Gone => "gone",
        }
    }
}

/// Whose doing a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The case is the same: the port does something else.
    Port,
    /// The case asks or expects something else.
    Corpus,
    /// The port differs as before: the list of known differences says something else of it.
    Known,
}

impl Cause {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Cause::Port => "the port",
            Cause::Corpus => "the corpus",
            Cause::Known => "the list of known differences",
        }
    }
}

impl Against {
    /// What has changed in `now` since `before`, which the user calls `name`.
    #[must_use]
    pub fn new(name: &str, before: &Document, now: &Document) -> Against {
        let keyed = |document: &'_ Document| -> BTreeMap<(String, String), Run> {
            document.runs.iter().map(|run| ((run.case.clone(), run.setting.clone()), run.clone())).collect()
        };
        let (olds, news) = (keyed(before), keyed(now));
        let mut against = Against {
            report: name.to_owned(),
            port: before.port.clone(),
            blkspec: before.blkspec.clone(),
            ..Against::default()
        };
        let mut change = |key: &(String, String), became, cause, old: Option<&Run>, new: Option<&Run>| {
            let (case, setting) = key.clone();
            let (before, now) = (old.map(|run| run.verdict), new.map(|run| run.verdict));
            against.changes.push(Change { case, setting, became, cause, before, now });
        };
        for (key, new) in &news {
            match olds.get(key) {
                Some(old) => match became(old, new) {
                    Some(became) => change(key, became, cause(before, old, now, new), Some(old), Some(new)),
                    None => against.same += 1,
                },
                None if covers(before, new) => change(key, Became::New, Cause::Corpus, None, Some(new)),
                None => against.not_compared += 1,
            }
        }
        for (key, old) in olds.iter().filter(|(key, _)| !news.contains_key(*key)) {
            match covers(now, old) {
                true => change(key, Became::Gone, Cause::Corpus, Some(old), None),
                false => against.not_compared += 1,
            }
        }
        against.changes.sort_by(|a, b| (a.became, &a.case, &a.setting).cmp(&(b.became, &b.case, &b.setting)));
        against
    }

    /// The changes by what became of the runs and whose doing it is.
    #[must_use]
    pub fn groups(&self) -> BTreeMap<(Became, Cause), Vec<&Change>> {
        let mut groups: BTreeMap<(Became, Cause), Vec<&Change>> = BTreeMap::new();
        for change in &self.changes {
            groups.entry((change.became, change.cause)).or_default().push(change);
        }
        groups
    }

    /// For people, a line for each case in each group.
    #[must_use]
    pub fn text(&self, now: &Document) -> String {
        let mut out = String::new();
        push(&mut out, format_args!("since {}: ", self.report));
        match self.changes.len() {
            0 => push(&mut out, format_args!("nothing has changed in {} runs", self.same)),
            count => push(&mut out, format_args!("{count} of {} runs have changed", count + self.same)),
        }
        if self.not_compared > 0 {
            push(&mut out, format_args!("; {} are in one report only and were not compared", self.not_compared));
        }
        out.push('\n');
        for warning in self.warnings(now) {
            push(&mut out, format_args!("  {warning}\n"));
        }
        for ((became, cause), changes) in self.groups() {
            let (became, cause) = (became.words(), cause.words());
            push(&mut out, format_args!("  {} {became}, changed by {cause}:\n", changes.len()));
            for (case, settings) in by_case(&changes) {
                push(&mut out, format_args!("    {case} [{}]\n", settings.join(" ")));
            }
        }
        out
    }

    /// What else is not as it was, so that a cause is not what it seems.
    #[must_use]
    pub fn warnings(&self, now: &Document) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.port != now.port {
            warnings.push(format!("that report is on another port: {} there, {} here", self.port, now.port));
        }
        if self.blkspec != now.blkspec {
            warnings.push(format!(
                "that report was written by blkspec {}, this is {}: what looks like the port's doing may be blkspec's",
                self.blkspec, now.blkspec
            ));
        }
        warnings
    }
}

/// The settings of each case.
#[must_use]
pub fn by_case<'a>(changes: &[&'a Change]) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut cases: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for change in changes {
        cases.entry(&change.case).or_default().push(&change.setting);
    }
    cases
}

/// Whether `run` would be in `document` if its case were in the corpus.
fn covers(document: &Document, run: &Run) -> bool {
    document.selection.is_whole() && (document.selection.goldens || !run.case.starts_with("golden/"))
}

fn became(old: &Run, new: &Run) -> Option<Became> {
    match (old.failure, new.failure) {
        (false, true) => Some(Became::Broken),
        (true, false) => Some(Became::Mended),
        (true, true) if mismatch(old) != mismatch(new) => Some(Became::FailsOtherwise),
        (false, false) if old.verdict != new.verdict => Some(Became::Otherwise),
        _ => None,
    }
}

/// What tells one failure of a case from another.
fn mismatch(run: &Run) -> (Outcome, &Option<String>, &Option<String>, &[String], &[String]) {
    (run.verdict, &run.what, &run.command, &run.expected, &run.found)
}

fn cause(before: &Document, old: &Run, now: &Document, new: &Run) -> Cause {
    let digest = |document: &Document, run: &Run| document.cases.get(run.case_key()).map(|case| case.digest.clone());
    if digest(before, old) != digest(now, new) {
        return Cause::Corpus;
    }
    let listed = (old.verdict == Outcome::Known) != (new.verdict == Outcome::Known);
    match listed && old.fingerprint.is_some() && old.fingerprint == new.fingerprint {
        true => Cause::Known,
        false => Cause::Port,
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
