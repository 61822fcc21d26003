//! `blkspec record`: writes the answers of the Go store into the cases, or with `--check` says which would change.
//!
//! Only the answers and the `recorded:` header change. `--check` changes nothing and exits with 1 on any difference. With
//! `--releases` the cases are those with the answers of two releases.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::bail;
use similar::TextDiff;

use super::run::{corpus, progress, selected, tell};
use super::{Exit, Streams};
use crate::env::{FileSystem as _, RealFs};
use crate::harness::case::Case;
use crate::harness::go_port::GoVersion;
use crate::harness::port_spec::PortSpec;
use crate::harness::record::{RecordError, recorded_text};
use crate::harness::runner::{AnswersError, Session};
use crate::harness::vector::{self, Vectors};
use crate::harness::workdir::WorkRoot;

/// How long a release may take for an operation before it counts as hanging.
const RELEASE_DEADLINE: Duration = Duration::from_secs(10);

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
    /// The cases on which two releases answer differently, each asked of both, in place of the corpus
    #[arg(long, conflicts_with_all = ["go", "port"])]
    releases: bool,
    /// The bases of the vectors, which come before the vectors made of them
    #[arg(long, conflicts_with_all = ["releases", "cases"])]
    bases: bool,
    /// Change nothing; exit with 1 when an answer would change
    #[arg(long)]
    check: bool,
    /// Put the directories of the runs here
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Workers, each with a port of its own
    #[arg(short = 'j', long, value_name = "N")]
    jobs: Option<usize>,
    /// The corpus, instead of that of this checkout, or of the program outside one
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

/// How often a base is recorded anew that is not what it was: Go writes some files in the order of a map.
const ORDERS: u32 = 10;

/// Records the cases, or checks them.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    if arguments.releases {
        return record_releases(arguments, streams);
    }
    let port: PortSpec = match (&arguments.port, &arguments.go) {
        (Some(port), _) => port.clone(),
        (None, Some(version)) => format!("go@{version}").parse()?,
        (None, None) => "go".parse()?,
    };
    let cases = cases(arguments)?;
    let root = WorkRoot::new(arguments.work_dir.as_deref(), false)?;
    let workers = match arguments.jobs {
        Some(0) => bail!("-j needs at least one worker"),
        Some(jobs) => jobs,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let texts = record_all(&cases, &port, &root, workers)?;
    let mut tally = Tally::new(arguments.check);
    for (case, mut text) in cases.iter().zip(texts) {
        let before: String = case.lines.iter().map(|line| format!("{line}\n")).collect();
        for _ in 0..ORDERS {
            if !vector::is_base(&case.name) || text.as_ref().is_ok_and(|text| *text == before) {
                break;
            }
            let again = record_all(std::slice::from_ref(case), &port, &root, 1)?;
            text = again.into_iter().next().unwrap_or(text);
        }
        tally.note((&case.name, &case.file), &before, text, &format!("on {port}"), streams)?;
    }
    tally.end(cases.len(), &format!("on {port}"), streams)
}

/// The cases that are meant, and with `--bases` the bases of the vectors alone.
fn cases(arguments: &Args) -> anyhow::Result<Vec<Case>> {
    let corpus = corpus(arguments.corpus.as_ref())?;
    // A case that is named by its path is the user's own.
    let of_corpus = |name: &String| !name.ends_with(".case");
    if !arguments.check && (arguments.cases.is_empty() || arguments.cases.iter().any(of_corpus)) {
        corpus.check_writable()?;
    }
    let bases = Vectors::beside(corpus.root())?.map(|vectors| vectors.bases().cloned().collect()).unwrap_or_default();
    if arguments.bases {
        return Ok(bases);
    }
    let mut cases = selected(&corpus, &arguments.cases)?;
    if arguments.cases.is_empty() {
        cases.extend(bases);
    }
    Ok(cases)
}

/// Records the cases with two answers, or checks them: a release after the other, which keeps one process of each.
fn record_releases(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let corpus = corpus(arguments.corpus.as_ref())?;
    if !arguments.check {
        corpus.check_writable()?;
    }
    let cases = corpus.select_releases(&arguments.cases)?;
    let root = WorkRoot::new(arguments.work_dir.as_deref(), false)?;
    let bar = progress(cases.len());
    let connect = |version: &GoVersion| -> anyhow::Result<Session> {
        let port = PortSpec::Go(version.clone()).connect(&|note: &str| tell(&bar, note));
        let mut session = Session::new(port.map_err(|failure| anyhow::anyhow!("{failure}"))?);
        session.set_deadline(RELEASE_DEADLINE);
        Ok(session)
    };
    let mut tally = Tally::new(arguments.check);
    for case in &cases {
        let (mut left, mut right) = (connect(&case.left)?, connect(&case.right)?);
        let before = case.text();
        let text = case.recorded((&mut left, &mut right), &root);
        bar.inc(1);
        tally.note((&case.name, &case.file), &before, text, "on its releases", streams)?;
    }
    bar.finish_and_clear();
    tally.end(cases.len(), "on two releases each", streams)
}

/// What has come of recording so far.
struct Tally {
    check: bool,
    changed: usize,
    failed: usize,
}

impl Tally {
    fn new(check: bool) -> Self {
        Self { check, changed: 0, failed: 0 }
    }

    /// Writes the new text of a case, called so and in this file, or says how it would change.
    fn note<E: std::fmt::Display>(
        &mut self,
        (name, file): (&str, &str),
        before: &str,
        text: Result<String, E>,
        on: &str,
        streams: &mut Streams<'_>,
    ) -> anyhow::Result<()> {
        match text {
            Err(error) => {
                self.failed += 1;
                writeln!(streams.err, "{name}: {error}")?;
            }
            Ok(text) if text == before => {}
            Ok(text) => {
                self.changed += 1;
                if self.check {
                    let diff = TextDiff::from_lines(before, &text);
                    write!(streams.out, "{}", diff.unified_diff().header(file, &format!("{file} {on}")))?;
                } else {
                    RealFs::new().write(Path::new(file), text.as_bytes())?;
                    writeln!(streams.out, "recorded {name}")?;
                }
            }
        }
        Ok(())
    }

    fn end(&self, cases: usize, on: &str, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
        let Self { check, changed, failed } = self;
        let verb = if *check { "would change" } else { "changed" };
        writeln!(streams.out, "{cases} cases {on}: {changed} {verb}, {failed} failed")?;
        Ok(match (failed, changed) {
            (0, 0) => Exit::AsExpected,
            (0, _) if !check => Exit::AsExpected,
            (0, _) => Exit::Differs,
            _ => Exit::Unusable,
        })
    }
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
