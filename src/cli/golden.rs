//! `blkspec golden check`: holds a port to the directories that Go left. `blkspec golden update`: has Go leave them anew.
//!
//! `check` exits with 1 on any difference, a missing or changed golden file among them. `update` takes answers and files from
//! the Go store alone.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use super::run::{corpus, progress, tell};
use super::{Exit, PortArgs, Streams, examples};
use crate::harness::case::{Case, Setting};
use crate::harness::corpus::Corpus;
use crate::harness::golden::{self, Checked, Golden, Goldens};
use crate::harness::port_spec::PortSpec;
use crate::harness::report::{Asked, Report};
use crate::harness::runner::Session;
use crate::harness::verdict::RunReport;
use crate::harness::workdir::WorkRoot;

/// The arguments of `golden`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Holds a port to the goldens
    #[command(after_help = examples::GOLDEN_CHECK)]
    Check {
        /// Goldens by the names of their cases; all when none is given
        goldens: Vec<String>,
        #[command(flatten)]
        port: PortArgs,
        #[command(flatten)]
        places: Places,
        /// Seconds that one operation may take
        #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
        timeout: u64,
    },
    /// Makes goldens anew with the Go store: those that are named, or all in golden/CASES
    #[command(after_help = examples::GOLDEN_UPDATE)]
    Update {
        /// The cases
        cases: Vec<String>,
        /// The version of nats-server, such as v2.14.9; without it the pinned one
        #[arg(long, value_name = "VERSION")]
        go: Option<String>,
        #[command(flatten)]
        places: Places,
    },
}

/// Where things lie.
#[derive(Debug, clap::Args)]
struct Places {
    /// The goldens, instead of those of this checkout
    #[arg(long, value_name = "DIR")]
    golden: Option<PathBuf>,
    /// The corpus, instead of that of this checkout, or of the program outside one
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Put the directories of the runs here
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
}

impl Places {
    fn corpus(&self) -> anyhow::Result<Corpus> {
        corpus(self.corpus.as_ref())
    }

    fn goldens(&self, corpus: &Corpus) -> Goldens {
        match &self.golden {
            Some(dir) => Goldens::at(dir.clone()),
            None => Goldens::beside(corpus.root()),
        }
    }
}

/// Checks or updates the goldens.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match &arguments.act {
        Act::Check { goldens, port, places, timeout } => {
            let corpus = places.corpus()?;
            let root = WorkRoot::new(places.work_dir.as_deref(), false)?;
            let found = places.goldens(&corpus).select(goldens)?;
            let reports = check_all(&found, &corpus, &port.port, &root, Duration::from_secs(*timeout))?;
            let (corpus, golden) = (places.corpus.clone(), places.golden.clone());
            let report = Report::new(Asked { corpus, golden, ..Asked::of(&port.port) }, reports);
            streams.write_report(&report.text())?;
            Ok(if report.is_success() { Exit::AsExpected } else { Exit::Differs })
        }
        Act::Update { cases, go, places } => update(cases, go.as_deref(), places, streams),
    }
}

/// Holds `port` to `goldens`.
pub(super) fn check_all(
    goldens: &[Golden],
    corpus: &Corpus,
    port: &PortSpec,
    root: &WorkRoot,
    deadline: Duration,
) -> anyhow::Result<Vec<RunReport>> {
    let work = directories(goldens, corpus)?;
    if work.is_empty() {
        return Ok(Vec::new());
    }
    let bar = progress(work.len());
    let notes = |note: &str| tell(&bar, note);
    let mut session = Session::new(port.connect(&notes).map_err(|failure| anyhow::anyhow!("{failure}"))?);
    session.set_deadline(deadline);
    let mut reports = Vec::new();
    for (golden, case, setting) in &work {
        reports.extend(golden::check(&mut session, &Checked { golden, case, setting: *setting }, root)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(reports)
}

/// Every directory of the goldens with its case.
fn directories<'a>(goldens: &'a [Golden], corpus: &Corpus) -> anyhow::Result<Vec<(&'a Golden, Case, Setting)>> {
    let mut work = Vec::new();
    for golden in goldens {
        let cases = corpus.select(std::slice::from_ref(&golden.name));
        let cases = cases.with_context(|| format!("{}: the case of this golden", golden.dir.display()))?;
        let case = cases.into_iter().find(|case| case.name == golden.name).context("the case of a golden")?;
        for setting in case.settings.clone() {
            work.push((golden, case.clone(), setting));
        }
    }
    Ok(work)
}

fn update(names: &[String], go: Option<&str>, places: &Places, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let corpus = places.corpus()?;
    if places.golden.is_none() {
        corpus.check_writable()?;
    }
    let goldens = places.goldens(&corpus);
    let names = if names.is_empty() { goldens.listed()? } else { names.to_vec() };
    let cases = corpus.select(&names)?;
    let port: PortSpec = match go {
        Some(version) => format!("go@{version}").parse()?,
        None => "go".parse()?,
    };
    let root = WorkRoot::new(places.work_dir.as_deref(), false)?;
    let bar = progress(cases.len());
    let notes = |note: &str| tell(&bar, note);
    let mut session = Session::new(port.connect(&notes).map_err(|failure| anyhow::anyhow!("{failure}"))?);
    let mut changed = 0;
    for case in &cases {
        if golden::update(&mut session, &goldens, case, &root)? {
            changed += 1;
            writeln!(streams.out, "made {}", case.name)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    writeln!(streams.out, "{} goldens from {port}: {changed} changed", cases.len())?;
    Ok(Exit::AsExpected)
}
