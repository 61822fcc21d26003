//! Holding a port to the goldens: the files agree with their manifest, the port opens each directory and answers what Go
//! answered, and for the same case it leaves the same files.
//!
//! Each of the three is a run of its own in the report, so that a difference is counted once and named for what it is.

use super::same::differing_files;
use super::{Golden, GoldenError, ask, manifest};
use crate::env::{RealFs, Stopwatch};
use crate::harness::case::{Case, Setting};
use crate::harness::compare::Times;
use crate::harness::execute::Stop;
use crate::harness::fingerprint::fingerprint;
use crate::harness::port::PortFailure;
use crate::harness::protocol::{KeyConfig, Op};
use crate::harness::runner::{RunError, Session, run_case_keep_dir};
use crate::harness::store_files::StoreFiles;
use crate::harness::verdict::{Difference, RunReport, Verdict};
use crate::harness::workdir::WorkRoot;

/// Everything a check needs besides the port.
pub struct Checked<'a> {
    /// The golden.
    pub golden: &'a Golden,
    /// Its case, as it is in the corpus.
    pub case: &'a Case,
    /// The setting.
    pub setting: Setting,
}

/// Holds the port of `session` to one directory; the runs are those of the files, of reading and of writing.
pub fn check(session: &mut Session, checked: &Checked<'_>, root: &WorkRoot) -> Result<Vec<RunReport>, GoldenError> {
    let Checked { golden, setting, .. } = checked;
    let faults = golden.manifest.faults(&RealFs::new(), &golden.dir, *setting)?;
    if !faults.is_empty() {
        let verdict = differs("the files that the manifest lists", &[], &faults);
        return Ok(vec![report(checked, "files", verdict, &Stopwatch::start())]);
    }
    let mut reports = Vec::new();
    for (name, act) in [("read", read as Act), ("write", write as Act)] {
        let watch = Stopwatch::start();
        let verdict = match act(session, checked, root) {
            Ok(verdict) => verdict,
            Err(GoldenError::Stopped(stop)) => stopped(session, stop)?,
            Err(error) => return Err(error),
        };
        reports.push(report(checked, name, verdict, &watch));
    }
    Ok(reports)
}

type Act = fn(&mut Session, &Checked<'_>, &WorkRoot) -> Result<Verdict, GoldenError>;

fn report(checked: &Checked<'_>, name: &str, verdict: Verdict, watch: &Stopwatch) -> RunReport {
    let fingerprint = fingerprint(&verdict, checked.case, Times::Exact);
    RunReport {
        case: format!("golden/{} ({name})", checked.golden.name),
        file: checked.golden.dir.join(manifest::NAME).display().to_string(),
        setting: checked.setting,
        verdict,
        operations: 0,
        elapsed: watch.elapsed(),
        fingerprint,
        kept: None,
    }
}

fn differs(command: &str, expected: &[String], found: &[String]) -> Verdict {
    Verdict::Fail(Box::new(Difference {
        command_line: 0,
        command: command.to_owned(),
        answer_line: 0,
        expected: expected.to_vec(),
        found: found.to_vec(),
        stderr_tail: String::new(),
    }))
}

/// What a port that stopped comes to.
fn stopped(session: &mut Session, stop: Stop) -> Result<Verdict, GoldenError> {
    Ok(match stop {
        Stop::Unsupported { line, what } => Verdict::Unsupported { line, what },
        Stop::Case { .. } => return Err(stop.into()),
        Stop::Port { line, failure } => {
            session.failed();
            let what = failure.to_string();
            let stderr_tail = failure.stderr_tail().to_owned();
            match failure {
                PortFailure::NotStarted { .. } => return Err(RunError::NoPort(failure).into()),
                PortFailure::TimedOut { .. } => Verdict::TimedOut { line, what, stderr_tail },
                PortFailure::Crashed { .. } | PortFailure::Protocol { .. } => {
                    Verdict::Crashed { line, what, stderr_tail }
                }
            }
        }
    })
}

/// The port opens a copy of the directory and answers what Go answered.
fn read(session: &mut Session, checked: &Checked<'_>, root: &WorkRoot) -> Result<Verdict, GoldenError> {
    let Checked { golden, setting, .. } = checked;
    let name = setting.to_string();
    let Some(directory) = golden.manifest.settings.get(&name) else {
        return Ok(differs("the settings of the manifest", &[name], &[]));
    };
    let workspace = root.workspace(&golden.name, *setting)?;
    let (port, started) = session.ready().map_err(RunError::NoPort)?;
    if !started.has_setting(&name) {
        return Ok(Verdict::Unsupported { line: 0, what: format!("the setting {name}") });
    }
    let source = golden.dir.join(manifest::folder(&name));
    let answers = ask::ask(port, &golden.name, directory, &source, &workspace.store_dir())?;
    root.discard(workspace.root())?;
    Ok(match answers == directory.answers {
        true => Verdict::Pass,
        false => differs("open the directory and ask about it", &directory.answers, &answers),
    })
}

/// The port runs the case and leaves the same files.
fn write(session: &mut Session, checked: &Checked<'_>, root: &WorkRoot) -> Result<Verdict, GoldenError> {
    let Checked { golden, case, setting } = checked;
    let name = setting.to_string();
    let Some(directory) = golden.manifest.settings.get(&name) else {
        return Ok(differs("the settings of the manifest", &[name], &[]));
    };
    let workspace = root.workspace(&case.name, *setting)?;
    let directory_of_run = workspace.root().to_path_buf();
    let run = run_case_keep_dir(session, case, *setting, workspace)?;
    if run.verdict != Verdict::Pass {
        return Ok(run.verdict);
    }
    let (stream, keys) = identity(&directory.open);
    let fs = RealFs::new();
    let golden_dir = golden.dir.join(manifest::folder(&name));
    let differences = differing_files(
        &StoreFiles::new(&fs, &golden_dir, &stream, keys.clone()),
        &StoreFiles::new(&fs, &run.store_dir, &stream, keys),
    )?;
    root.discard(&directory_of_run)?;
    let Some(first) = differences.first() else {
        return Ok(Verdict::Pass);
    };
    let others: Vec<&str> = differences.iter().skip(1).map(|other| other.path.as_str()).collect();
    let others = if others.is_empty() { String::new() } else { format!("; {} differ too", others.join(", ")) };
    Ok(differs(&format!("run the case and compare {}{others}", first.path), &first.expected, &first.found))
}

/// The stream's name and the keys that a store was opened with.
#[must_use]
pub fn identity(open: &Op) -> (String, Vec<KeyConfig>) {
    match open {
        Op::Open { stream, key, old_key, .. } => {
            let name = stream.text("name").unwrap_or_default().to_owned();
            (name, [key, old_key].into_iter().flatten().cloned().collect())
        }
        _ => (String::new(), Vec::new()),
    }
}
