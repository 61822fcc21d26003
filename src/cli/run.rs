//! `blkspec run`: the cases on a port, in every setting, with verdicts.
//!
//! Exit 0: all as expected; 1: something differs; 2: wrong usage or environment. Selecting no case is an error.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::golden::check_all;
use super::outputs::OutputArgs;
use super::{Exit, PortArgs, Streams};
use crate::env::{Clock as _, FileSystem as _, RealClock, RealFs};
use crate::harness::case::{Case, Setting, SettingPattern};
use crate::harness::corpus::Corpus;
use crate::harness::evidence::{Collector, Gathered, digest_of_tree};
use crate::harness::golden::{Golden, Goldens};
use crate::harness::known::{KnownList, Scope, propose};
use crate::harness::port_spec::PortSpec;
use crate::harness::report::document::{Document, Outcome, Run, Selection, Sources, digest_of_selection};
use crate::harness::report::files::explain;
use crate::harness::report::{Asked, Report};
use crate::harness::runner::{Plan, Session, run_all};
use crate::harness::trace::Coverage;
use crate::harness::vector::{Vectors, means_vectors};
use crate::harness::verdict::RunReport;
use crate::harness::workdir::WorkRoot;

/// How many failures have their files compared.
const EXPLAINED: usize = 200;

/// The arguments of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Cases by name, folder, pattern or path, vectors as decode/FORMAT/NAME; all when none is given
    cases: Vec<String>,
    #[command(flatten)]
    port: PortArgs,
    /// The settings, such as aes/s2 or '*/none none/s2'
    #[arg(long, default_value = "all", value_name = "LIST")]
    settings: String,
    /// Every Nth case starting with the Ith, for runs on several machines
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    #[command(flatten)]
    outputs: OutputArgs,
    /// Put the directories of the runs here
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Keep the directories of the runs
    #[arg(long)]
    keep: bool,
    /// Workers, each with a port of its own
    #[arg(short = 'j', long, value_name = "N")]
    jobs: Option<usize>,
    /// The corpus, instead of that of this checkout, or of the program outside one
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Known differences: entries for runs that may fail, each with a reason and the exact mismatch
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Propose entries of known differences for what fails: on stdout, or in FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    write_known: Option<PathBuf>,
    /// Write what a status update may rest on: versions, hashes and every verdict
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Seconds that one operation may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

impl Args {
    /// Refuses a target of `--write-known` that cannot take it.
    fn check_proposal(&self) -> anyhow::Result<()> {
        let dash = |path: &PathBuf| path.as_os_str() == "-";
        match &self.write_known {
            Some(target) if dash(target) && self.outputs.json.as_ref().is_some_and(dash) => {
                bail!("--write-known and --json cannot both write to stdout")
            }
            // It may hold what somebody wrote.
            Some(target) if !dash(target) && RealFs::new().exists(target)? => {
                bail!("--write-known: {} is there already", target.display())
            }
            _ => Ok(()),
        }
    }

    fn workers(&self) -> anyhow::Result<usize> {
        match self.jobs {
            Some(0) => bail!("-j needs at least one worker"),
            Some(jobs) => Ok(jobs),
            None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        }
    }

    /// Whether no case and no setting is left out but what another shard runs.
    fn covers_the_corpus(&self) -> bool {
        self.cases.is_empty() && self.settings == "all"
    }

    /// Whether nothing is left out but what another shard runs, so that the goldens belong to the run.
    fn covers_everything(&self) -> bool {
        self.covers_the_corpus() && self.corpus.is_none()
    }
}

/// Runs the cases and writes the report.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let corpus = corpus(arguments.corpus.as_ref())?;
    let cases = selected(&corpus, &arguments.cases)?;
    // Read before anything runs: whoever has a fault in a list shall not wait to be told.
    let known = arguments.known.as_deref().map(KnownList::read).transpose()?;
    arguments.check_proposal()?;
    let before = arguments.outputs.before()?;
    let patterns = patterns(&arguments.settings)?;
    let shard = arguments.shard.as_deref().map(shard).transpose()?;
    let runs = runs(&cases, &patterns, shard);
    if runs.is_empty() {
        bail!("no case is selected in the settings {}", arguments.settings);
    }
    let workers = arguments.workers()?;
    // Found before anything runs: whoever has none shall not wait to be told.
    let goldens = match arguments.covers_everything() {
        true => Goldens::beside(corpus.root()).select(&[])?,
        false => Vec::new(),
    };
    let mut selection = Selection {
        cases: arguments.cases.clone(),
        settings: arguments.settings.clone(),
        shard: arguments.shard.clone(),
        goldens: arguments.covers_everything(),
        corpus: Some(digest_of_selection(&cases, &goldens)),
        unmatched: Vec::new(),
    };
    let goldens = in_shard(goldens, shard);
    let collector = match &arguments.evidence {
        Some(_) => Some(collector(&arguments.port, streams)?),
        None => None,
    };
    let root = WorkRoot::new(arguments.work_dir.as_deref(), arguments.keep)?;
    let deadline = Duration::from_secs(arguments.timeout);
    let mut reports = judge(arguments, &Plan { runs, workers, deadline }, &root)?;
    reports.extend(check_all(&goldens, &corpus, &arguments.port.port, &root, deadline)?);
    let stale = match &known {
        Some(known) => {
            let (scope, today) = (scope(arguments, &corpus)?, today()?);
            selection.unmatched = known.unmatched(&reports, &scope, today);
            known.apply(&mut reports, &scope, today)
        }
        None => Vec::new(),
    };
    let asked = Asked { corpus: arguments.corpus.clone(), ..Asked::of(&arguments.port.port) };
    let report = Report::new(asked, reports).with_stale(stale);
    let document = match arguments.outputs.any() {
        true => Some(document(arguments, &report, &corpus, &cases, &goldens, selection, &root)?),
        false => None,
    };
    arguments.outputs.write(&report.text(), document, before, streams)?;
    if let (Some(path), Some(collector)) = (&arguments.evidence, collector) {
        let all_goldens = !goldens.is_empty() && shard.is_none();
        write_evidence(path, collector, &report, &corpus, all_goldens)?;
    }
    if let Some(target) = &arguments.write_known {
        write_proposal(&propose(&report.runs, today()?), target, streams)?;
    }
    if arguments.keep {
        writeln!(streams.err, "the directories of the runs are in {}", root.path().display())?;
    }
    Ok(if report.is_success() { Exit::AsExpected } else { Exit::Differs })
}

/// Runs the cases.
fn judge(arguments: &Args, plan: &Plan<'_>, root: &WorkRoot) -> anyhow::Result<Vec<RunReport>> {
    let progress = progress(plan.runs.len());
    let notes = |note: &str| tell(&progress, note);
    let connect = || arguments.port.port.connect(&notes);
    let finished = |_: &RunReport| progress.inc(1);
    let reports = run_all(plan, &connect, root, &finished);
    progress.finish_and_clear();
    Ok(reports?)
}

/// Asks the port who it is, before it runs anything.
fn collector(port: &PortArgs, streams: &mut Streams<'_>) -> anyhow::Result<Collector> {
    let mut connected = super::connect(port, streams)?;
    let started = connected.start().map_err(|failure| anyhow::anyhow!("{}", failure.with_stderr()))?;
    Ok(Collector::begin(&port.port, &started)?)
}

fn write_evidence(
    path: &Path,
    collector: Collector,
    report: &Report,
    corpus: &Corpus,
    with_goldens: bool,
) -> anyhow::Result<()> {
    let goldens = match with_goldens {
        true => Some(digest_of_tree(Goldens::beside(corpus.root()).root())?),
        false => None,
    };
    // `corpus/cases` and `fuzz/seeds` lie in one checkout.
    let seeds = corpus.root().ancestors().nth(2).map(|checkout| checkout.join("fuzz/seeds"));
    let fuzz_seeds = match seeds {
        Some(seeds) if RealFs::new().exists(&seeds)? => Some(digest_of_tree(&seeds)?),
        _ => None,
    };
    let command = std::env::args().skip(1).collect();
    let cases = selected(corpus, &[])?;
    let evidence = collector.finish(&Gathered { command, corpus: &cases, goldens, fuzz_seeds, runs: &report.runs })?;
    Ok(evidence.write(path)?)
}

/// What a list of known differences is held to.
fn scope(arguments: &Args, corpus: &Corpus) -> anyhow::Result<Scope> {
    let cases = selected(corpus, &[])?.into_iter().map(|case| case.name).collect();
    let (whole, goldens) = (arguments.covers_the_corpus(), arguments.covers_everything());
    Ok(Scope { whole, goldens, shard: arguments.shard.is_some(), cases })
}

/// The day, in UTC so that a list means the same everywhere.
fn today() -> anyhow::Result<jiff::civil::Date> {
    let now = jiff::Timestamp::from_nanosecond(i128::from(RealClock::new().now_ns()))?;
    Ok(now.to_zoned(jiff::tz::TimeZone::UTC).date())
}

/// Writes proposed entries of known differences.
fn write_proposal(proposal: &str, target: &Path, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    if target.as_os_str() == "-" {
        return Ok(streams.out.write_all(proposal.as_bytes())?);
    }
    Ok(RealFs::new().publish(target, proposal.as_bytes())?)
}

/// The report as a document; for a page, the files of what failed are compared with those of the reference.
fn document(
    arguments: &Args,
    report: &Report,
    corpus: &Corpus,
    cases: &[Case],
    goldens: &[Golden],
    selection: Selection,
    root: &WorkRoot,
) -> anyhow::Result<Document> {
    // Another corpus has no coverage, and one that is changing has an old one; what is not known of a case is left out.
    let coverage = Coverage::read(corpus).ok();
    let sources = Sources { cases, goldens, coverage: coverage.as_ref(), selection };
    let mut document = Document::new(report, sources)?;
    if arguments.outputs.html.is_some() {
        explain_failures(&mut document, cases, &arguments.port.port, root)?;
    }
    Ok(document)
}

/// Compares the files behind each failure, once for those of a case that are alike.
fn explain_failures(document: &mut Document, cases: &[Case], port: &PortSpec, root: &WorkRoot) -> anyhow::Result<()> {
    let answers = |run: &&Run| run.verdict == Outcome::Fail && run.command_line.is_some_and(|line| line > 0);
    let first =
        |group: Vec<&Run>| group.into_iter().next().filter(answers).map(|run| (run.case.clone(), run.setting.clone()));
    let wanted: Vec<(String, String)> = document.failures().into_iter().filter_map(first).take(EXPLAINED).collect();
    if wanted.is_empty() || *port == PortSpec::Reference {
        return Ok(());
    }
    let silent = |_: &str| {};
    let connect = |port: &PortSpec| port.connect(&silent).map_err(|failure| anyhow::anyhow!("{failure}"));
    let (mut theirs, mut ours) = (Session::new(connect(port)?), Session::new(connect(&PortSpec::Reference)?));
    let bar = progress(wanted.len());
    for run in &mut document.runs {
        let is_wanted = wanted.iter().any(|(case, setting)| (case, setting) == (&run.case, &run.setting));
        let case = cases.iter().find(|case| case.name == run.case).filter(|_| is_wanted);
        if let (Some(case), Ok(setting)) = (case, run.setting.parse::<Setting>()) {
            let line = run.command_line.unwrap_or_default();
            run.files = Some(explain(&mut theirs, &mut ours, case, setting, line, root));
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// The cases that `names` names and behind them the vectors; all of both when it is empty.
pub(super) fn selected(corpus: &Corpus, names: &[String]) -> anyhow::Result<Vec<Case>> {
    let (vectors, cases): (Vec<String>, Vec<String>) = names.iter().cloned().partition(|name| means_vectors(name));
    let mut selected = Vec::new();
    if !cases.is_empty() || names.is_empty() {
        selected.extend(corpus.select(&cases)?);
    }
    if !vectors.is_empty() || names.is_empty() {
        match Vectors::beside(corpus.root())? {
            Some(beside) => selected.extend(beside.select(&vectors)?.into_iter().map(|vector| vector.case)),
            None if names.is_empty() => {}
            None => bail!("there are no vectors beside {}", corpus.root().display()),
        }
    }
    Ok(selected)
}

/// The corpus that the user means.
pub(super) fn corpus(directory: Option<&PathBuf>) -> anyhow::Result<Corpus> {
    match directory {
        None => Ok(Corpus::find()?),
        Some(directory) => {
            let metadata = RealFs::new().metadata(directory).context("the corpus")?;
            if !metadata.is_dir() {
                bail!("the corpus {} is not a directory", directory.display());
            }
            Ok(Corpus::at(directory.clone()))
        }
    }
}

/// The settings that the user means.
pub(super) fn patterns(list: &str) -> anyhow::Result<Vec<SettingPattern>> {
    let words: Vec<&str> = list.split([',', ' ']).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        bail!("--settings needs `all` or a list such as aes/s2,none/*");
    }
    let parse = |word: &&str| {
        word.parse().map_err(|fault: crate::harness::case::Fault| {
            anyhow::anyhow!("--settings: expected {}, found {}", fault.expected, fault.found)
        })
    };
    words.iter().map(parse).collect()
}

/// `I/N` as (I, N), with I from 1 to N.
pub(super) fn shard(text: &str) -> anyhow::Result<(usize, usize)> {
    let parts = text.split_once('/').and_then(|(of, all)| Some((of.parse().ok()?, all.parse().ok()?)));
    match parts {
        Some((of, all)) if (1..=all).contains(&of) => Ok((of, all)),
        _ => bail!("--shard takes I/N with I from 1 to N, not `{text}`"),
    }
}

/// What of `all` belongs to the shard.
fn in_shard<T>(all: Vec<T>, shard: Option<(usize, usize)>) -> Vec<T> {
    let (of, shards) = shard.unwrap_or((1, 1));
    all.into_iter().zip(0..).filter(|(_, at)| at % shards == of - 1).map(|(one, _)| one).collect()
}

fn runs<'a>(cases: &'a [Case], patterns: &[SettingPattern], shard: Option<(usize, usize)>) -> Vec<(&'a Case, Setting)> {
    let (of, all) = shard.unwrap_or((1, 1));
    let in_shard = cases.iter().zip(0..).filter(|(_, at)| at % all == of - 1).map(|(case, _)| case);
    in_shard
        .flat_map(|case| case.settings.iter().map(move |setting| (case, *setting)))
        .filter(|(_, setting)| patterns.iter().any(|pattern| pattern.matches(*setting)))
        .collect()
}

/// Says something on stderr, above the bar; workers have no streams of their own to write to.
pub(super) fn tell(bar: &ProgressBar, note: &str) {
    // Somebody who closed stderr does not want to be told.
    bar.suspend(|| drop(writeln!(std::io::stderr(), "blkspec: {note}")));
}

/// A bar on a terminal that can go back over a line, and nothing elsewhere.
pub(super) fn progress(length: usize) -> ProgressBar {
    let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    if dumb || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::stderr_with_hz(10));
    match ProgressStyle::with_template("{bar:40} {pos}/{len} runs  {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
