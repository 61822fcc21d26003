//! `blkspec trace`: which cases execute a feature, which features a case, and what no case does; measured, not declared.
//!
//! Exit 0: answered, or all as expected; 1: a check found something else; 2: wrong usage, a stale file or no Go. A question is
//! answered from `corpus/coverage.json` without Go; only `--write` and `--check` measure.

use std::path::PathBuf;

use super::run::{corpus, progress, tell};
use super::{Exit, Streams};
use crate::env::RealFs;
use crate::harness::corpus::Corpus;
use crate::harness::trace::go_tests::TestRuns;
use crate::harness::trace::measure::{Plan, measure};
use crate::harness::trace::{Coverage, Reasons, TraceError, html, reasons, report};

/// How often `--write` runs every case: what differs between two runs is unsteady.
const ROUNDS: usize = 3;

/// The arguments of `trace`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Features by number, as 955,1239,1000-1010, or batch11, or all: prints the cases that execute them
    #[arg(long, value_name = "LIST")]
    features: Option<String>,
    /// A case by its name: prints the features that it executes
    #[arg(long, value_name = "NAME")]
    case: Vec<String>,
    /// The statements of filestore.go that no case executes
    #[arg(long)]
    uncovered: bool,
    /// Write the page of what no case executes, and why (docs/uncovered.md), to this file
    #[arg(long, value_name = "FILE")]
    uncovered_page: Option<PathBuf>,
    /// The Go tests whose cases miss more than 5 % of what the test executes; with --write, measure the tests too
    #[arg(long)]
    go_tests: bool,
    /// Write everything as JSON to this file, or - for stdout
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the page for porters to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Measure the cases on Go and write corpus/coverage.json
    #[arg(long, conflicts_with_all = ["check", "features", "case", "uncovered", "uncovered_page", "json", "html"])]
    write: bool,
    /// Measure the cases on Go and compare with corpus/coverage.json
    #[arg(long, conflicts_with_all = ["features", "case", "uncovered", "uncovered_page", "go_tests", "json", "html"])]
    check: bool,
    /// Workers, each with an adapter of its own
    #[arg(short = 'j', long, value_name = "N")]
    jobs: Option<usize>,
    /// The corpus, instead of that of this checkout, or of the program outside one
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

/// Answers, or measures.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let corpus = corpus(arguments.corpus.as_ref())?;
    if arguments.write {
        corpus.check_writable()?;
        return write(arguments, &corpus, streams);
    }
    let coverage = Coverage::load(&corpus)?;
    if arguments.check {
        return check(arguments, &corpus, &coverage, streams);
    }
    let known = Reasons::embedded()?;
    let mut asked = false;
    if let Some(list) = &arguments.features {
        asked = true;
        let chosen = coverage.features.select(list)?;
        write!(streams.out, "{}", report::features(&coverage, &known, &chosen)?)?;
    }
    for name in &arguments.case {
        asked = true;
        write!(streams.out, "{}", report::case(&coverage, name)?)?;
    }
    if arguments.uncovered {
        asked = true;
        write!(streams.out, "{}", report::uncovered(&coverage, &known))?;
    }
    if let Some(path) = &arguments.uncovered_page {
        asked = true;
        let faults = reasons::faults(&coverage, &known);
        if !faults.is_empty() {
            writeln!(streams.out, "{}\nthe page is not written", faults.join("\n"))?;
            return Ok(Exit::Differs);
        }
        RealFs::new().publish(path, reasons::page(&coverage, &known).as_bytes())?;
    }
    if arguments.go_tests {
        asked = true;
        write!(streams.out, "{}", report::gaps(&coverage)?)?;
    }
    if let Some(path) = &arguments.json {
        asked = true;
        let text = report::json(&coverage, &known)?;
        if path.as_os_str() == "-" {
            write!(streams.out, "{text}")?;
        } else {
            RealFs::new().publish(path, text.as_bytes())?;
        }
    }
    if let Some(path) = &arguments.html {
        asked = true;
        RealFs::new().publish(path, html::page(&coverage, &known)?.as_bytes())?;
    }
    if !asked {
        write!(streams.out, "{}", report::summary(&coverage, &known)?)?;
    }
    Ok(Exit::AsExpected)
}

/// Measures the cases, and Go's tests where that was asked for, and writes the file.
fn write(arguments: &Args, corpus: &Corpus, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let path = Coverage::path(corpus);
    // Read before anything is measured: a file that cannot be read is told at once.
    let before = match (arguments.go_tests, Coverage::read(corpus)) {
        (_, Ok(coverage)) => Some(coverage),
        (true, Err(TraceError::Missing(_) | TraceError::Broken { .. })) => None,
        (_, Err(error)) => return Err(error.into()),
    };
    let mut coverage = measured(arguments, corpus, ROUNDS)?;
    let same_blocks = before.as_ref().is_some_and(|before| before.blocks == coverage.blocks);
    if let Some(before) = before.filter(|_| same_blocks) {
        coverage.unsteady.extend(&before.unsteady);
        coverage.go_tests = before.go_tests;
        coverage.unmeasured = before.unmeasured;
    } else if !arguments.go_tests {
        let why = "Go counts other blocks than it did".to_owned();
        let command = crate::harness::trace::WRITE_ALL_COMMAND;
        return Err(TraceError::Broken { file: path.display().to_string(), why, command }.into());
    }
    if arguments.go_tests {
        let bar = progress(1);
        let notes = |note: &str| tell(&bar, note);
        let runs = TestRuns::new(&notes)?;
        runs.measure(&mut coverage)?;
        bar.finish_and_clear();
    }
    RealFs::new().publish(&path, coverage.text().as_bytes())?;
    let share = coverage.share_of_file(&coverage.all_hits());
    writeln!(streams.out, "{}: {} cases, {}", path.display(), coverage.cases.len(), report::share_text(share))?;
    Ok(Exit::AsExpected)
}

/// Measures the cases once and says what is otherwise than in the file.
fn check(arguments: &Args, corpus: &Corpus, known: &Coverage, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let now = measured(arguments, corpus, 1)?;
    let differences = known.differences(&now);
    for line in &differences {
        writeln!(streams.out, "{line}")?;
    }
    if differences.is_empty() {
        let unsteady = known.unsteady.iter().count();
        writeln!(streams.out, "{} cases execute what the file says; {unsteady} blocks are unsteady", now.cases.len())?;
        return Ok(Exit::AsExpected);
    }
    writeln!(streams.out, "{} differences: look at them, and run `blkspec trace --write`", differences.len())?;
    Ok(Exit::Differs)
}

fn measured(arguments: &Args, corpus: &Corpus, rounds: usize) -> anyhow::Result<Coverage> {
    let workers = match arguments.jobs {
        Some(0) => anyhow::bail!("-j needs at least one worker"),
        Some(jobs) => jobs,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let bar = progress(corpus.files()?.len() * rounds);
    let plan = Plan { workers, rounds, notes: &|note| tell(&bar, note), finished: &|| bar.inc(1) };
    let coverage = measure(corpus, &plan)?;
    bar.finish_and_clear();
    Ok(coverage)
}
