//! `blkspec record`: writes the answers of the Go store into the cases, or with `--check` says which would change.
//!
//! Only the answers and the `recorded:` header change. `--check` changes nothing and exits with 1 on any difference.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::bail;
use similar::TextDiff;

use super::run::{corpus, progress, tell};
use super::{Exit, Streams};
use crate::env::{FileSystem as _, RealFs};
use crate::harness::case::Case;
use crate::harness::port_spec::PortSpec;
use crate::harness::record::{RecordError, recorded_text};
use crate::harness::runner::{AnswersError, Session};
use crate::harness::workdir::WorkRoot;

/// The arguments of `record`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Cases by name, folder, pattern or path; all when none is given
    cases: Vec<String>,
    /// The version of nats-server, such as v2.14.9; without it the pinned one
    #[arg(long, value_name = "VERSION", conflicts_with = "port")]
    go: Option<String>,
    /// Another port than the Go store, for trying one out; its answers are not to be checked in
    #[arg(long, value_name = "P")]
    port: Option<PortSpec>,
    /// Change nothing; exit with 1 when an answer would change
    #[arg(long)]
    check: bool,
    /// Put the directories of the runs here
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Workers, each with a port of its own
    #[arg(short = 'j', long, value_name = "N")]
    jobs: Option<usize>,
    /// The corpus, instead of that of this checkout
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

/// Records the cases, or checks them.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let port: PortSpec = match (&arguments.port, &arguments.go) {
        (Some(port), _) => port.clone(),
        (None, Some(version)) => format!("go@{version}").parse()?,
        (None, None) => "go".parse()?,
    };
    let cases = corpus(arguments.corpus.as_ref())?.select(&arguments.cases)?;
    let root = WorkRoot::new(arguments.work_dir.as_deref(), false)?;
    let workers = match arguments.jobs {
        Some(0) => bail!("-j needs at least one worker"),
        Some(jobs) => jobs,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let texts = record_all(&cases, &port, &root, workers)?;
    let mut changed = 0;
    let mut failed = 0;
    for (case, text) in cases.iter().zip(texts) {
        let before: String = case.lines.iter().map(|line| format!("{line}\n")).collect();
        match text {
            Err(error) => {
                failed += 1;
                writeln!(streams.err, "{}: {error}", case.name)?;
            }
            Ok(text) if text == before => {}
            Ok(text) => {
                changed += 1;
                if arguments.check {
                    let diff = TextDiff::from_lines(&before, &text);
                    let name = &case.file;
                    write!(streams.out, "{}", diff.unified_diff().header(name, &format!("{name} on {port}")))?;
                } else {
                    RealFs::new().write(Path::new(&case.file), text.as_bytes())?;
                    writeln!(streams.out, "recorded {}", case.name)?;
                }
            }
        }
    }
    let verb = if arguments.check { "would change" } else { "changed" };
    writeln!(streams.out, "{} cases on {port}: {changed} {verb}, {failed} failed", cases.len())?;
    Ok(match (failed, changed) {
        (0, 0) => Exit::AsExpected,
        (0, _) if !arguments.check => Exit::AsExpected,
        (0, _) => Exit::Differs,
        _ => Exit::Unusable,
    })
}

/// What came of recording a case.
type Recorded = Result<String, RecordError>;

/// The new texts of `cases`, in their order. Without a port there are none, and that is said once.
fn record_all(cases: &[Case], port: &PortSpec, root: &WorkRoot, workers: usize) -> Result<Vec<Recorded>, RecordError> {
    let bar = progress(cases.len());
    let notes = |note: &str| tell(&bar, note);
    let next = AtomicUsize::new(0);
    let texts: Mutex<Vec<(usize, Recorded)>> = Mutex::new(Vec::new());
    let no_port: Mutex<Option<RecordError>> = Mutex::new(None);
    let worker = || {
        let mut session = None;
        while let Some((at, case)) = take(cases, &next) {
            let text = record_one(&mut session, case, port, root, &notes);
            bar.inc(1);
            if let Err(error @ RecordError::Answers(AnswersError::NoPort(_))) = text {
                next.store(cases.len(), Ordering::Relaxed);
                no_port.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                return;
            }
            texts.lock().unwrap_or_else(PoisonError::into_inner).push((at, text));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers.clamp(1, cases.len().max(1)) {
            scope.spawn(worker);
        }
        worker();
    });
    bar.finish_and_clear();
    if let Some(error) = no_port.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut texts = texts.into_inner().unwrap_or_else(PoisonError::into_inner);
    texts.sort_by_key(|(at, _)| *at);
    Ok(texts.into_iter().map(|(_, text)| text).collect())
}

fn take<'a>(cases: &'a [Case], next: &AtomicUsize) -> Option<(usize, &'a Case)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    cases.get(at).map(|case| (at, case))
}

fn record_one(
    session: &mut Option<Session>,
    case: &Case,
    port: &PortSpec,
    root: &WorkRoot,
    notes: &dyn Fn(&str),
) -> Recorded {
    let session = match session {
        Some(session) => session,
        None => {
            let port = port.connect(notes).map_err(AnswersError::NoPort)?;
            session.insert(Session::new(port))
        }
    };
    recorded_text(session, case, root)
}
