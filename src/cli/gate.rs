//! `blkspec gate`: what may be said of each feature and of each of Go's tests, on the evidence of a run; and the evidence run
//! again in part.
//!
//! Exit 0: everything asked for is verified, or the sample agrees; 1: not so; 2: wrong usage, or evidence that is refused.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use globset::Glob;

use super::run::{corpus, progress, selected, tell};
use super::{Exit, Streams};
use crate::env::{Entropy as _, RealEntropy, RealFs};
use crate::harness::evidence::Evidence;
use crate::harness::gate::output::{Basis, GateReport, MAX_CHUNK};
use crate::harness::gate::{Judge, Places, PortTests, Stubs, sample, stale};
use crate::harness::port_spec::PortSpec;
use crate::harness::runner::{Plan, run_all};
use crate::harness::trace::Coverage;
use crate::harness::verdict::RunReport;
use crate::harness::workdir::WorkRoot;

/// The arguments of `gate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What `run --evidence` wrote
    #[arg(long, value_name = "FILE", required_unless_present = "verify")]
    evidence: Option<PathBuf>,
    /// The features by their numbers, such as 955-970,1239, or batch11; all when none is given
    #[arg(long, value_name = "LIST")]
    features: Option<String>,
    /// Go's tests by pattern, which then count like numbers; without it all whose cases execute one of the features
    #[arg(long, value_name = "PATTERN")]
    go_tests: Vec<String>,
    /// Sources of the port: a file that is newer than the evidence makes it stale, and a stub stops the gate
    #[arg(long, value_name = "DIR")]
    source: Vec<PathBuf>,
    /// The port's own tests: as --source, and each of Go's tests has to be there by name
    #[arg(long, value_name = "DIR")]
    tests: Vec<PathBuf>,
    /// How many numbers a chunk has at most
    #[arg(long, value_name = "N", default_value_t = MAX_CHUNK as u64, value_parser = clap::value_parser!(u64).range(1..=MAX_CHUNK as u64))]
    chunk: u64,
    /// Write the report as JSON to this file, or - for stdout
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write it as CSV to this file, or - for stdout
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write it as Markdown to this file, or - for stdout
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Run a random part of this evidence again, which must agree; with --features, of what it says of them
    #[arg(long, value_name = "FILE", conflicts_with = "evidence")]
    verify: Option<PathBuf>,
    /// How many runs --verify makes
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    sample: u64,
    /// The seed of the choice that --verify makes
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// The port that --verify runs, where it is not called as the evidence says
    #[arg(long, value_name = "PORT")]
    port: Option<PortSpec>,
    /// Seconds that one operation may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// The corpus, instead of that of this checkout, or of the program outside one
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

/// Judges the evidence, or runs a part of it again.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match (&arguments.verify, &arguments.evidence) {
        (Some(file), _) => verify(arguments, file, streams),
        (None, Some(file)) => judge(arguments, file, streams),
        (None, None) => bail!("--evidence FILE or --verify FILE"),
    }
}

fn judge(arguments: &Args, file: &Path, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let evidence = Evidence::read(file)?;
    let corpus = corpus(arguments.corpus.as_ref())?;
    let coverage = Coverage::load(&corpus)?;
    let cases = selected(&corpus, &[])?;
    let features = coverage.features.select(arguments.features.as_deref().unwrap_or("all"))?;
    let places = Places { sources: arguments.source.clone(), tests: arguments.tests.clone() };
    let judge = Judge::new(&evidence, &coverage, &cases, stale(&evidence, &places)?)?.with_stubs(Stubs::find(&places)?);
    let port_tests = match arguments.tests.is_empty() {
        true => None,
        false => Some(PortTests::find(&arguments.tests)?),
    };
    let names: Vec<&str> = match arguments.go_tests.is_empty() {
        true => judge.tests_of(&features)?,
        false => chosen(&coverage, &arguments.go_tests)?,
    };
    let tests: Vec<_> = names.into_iter().map(|name| judge.test(name, port_tests.as_ref())).collect();
    let features = features.into_iter().map(|feature| judge.feature(feature)).collect::<Result<Vec<_>, _>>()?;
    let size = usize::try_from(arguments.chunk).unwrap_or(MAX_CHUNK);
    let basis = Basis::of(&file.display().to_string(), &evidence);
    let report = GateReport::new(basis, &judge, features, tests, size);
    write_report(arguments, &report, streams)?;
    let tests_asked = !arguments.go_tests.is_empty();
    let verified = report.features.all_verified()
        && (!tests_asked || report.go_tests.all_verified())
        && report.failing_elsewhere.is_empty()
        && report.has_no_stubs();
    Ok(if verified { Exit::AsExpected } else { Exit::Differs })
}

/// Go's tests that the patterns mean.
fn chosen<'a>(coverage: &'a Coverage, patterns: &[String]) -> anyhow::Result<Vec<&'a str>> {
    let mut found: Vec<&str> = Vec::new();
    for pattern in patterns {
        let matcher = Glob::new(pattern).with_context(|| format!("--go-tests {pattern}"))?.compile_matcher();
        let before = found.len();
        found.extend(coverage.tests.keys().map(String::as_str).filter(|name| matcher.is_match(name)));
        if found.len() == before {
            bail!("--go-tests: no test of corpus/go-tests.toml that has cases is called `{pattern}`");
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Writes the forms that were asked for; the table goes to stdout unless another one does.
fn write_report(arguments: &Args, report: &GateReport, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let dash = |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let forms = [&arguments.json, &arguments.csv, &arguments.markdown];
    let on_stdout = forms.iter().filter(|form| dash(form)).count();
    if on_stdout > 1 {
        bail!("only one of --json, --csv and --markdown can be written to stdout");
    }
    let people = if on_stdout == 1 { &mut *streams.err } else { &mut *streams.out };
    people.write_all(report.text().as_bytes())?;
    let texts = [report.json()?, report.csv()?, report.markdown()];
    for (path, text) in forms.into_iter().zip(texts) {
        match path {
            Some(_) if dash(path) => streams.out.write_all(text.as_bytes())?,
            Some(path) => RealFs::new().publish(path, text.as_bytes())?,
            None => {}
        }
    }
    Ok(())
}

fn verify(arguments: &Args, file: &Path, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let evidence = Evidence::read(file)?;
    let corpus = corpus(arguments.corpus.as_ref())?;
    let cases = selected(&corpus, &[])?;
    let spec: PortSpec = match &arguments.port {
        Some(port) => port.clone(),
        None => evidence.port.name.parse()?,
    };
    let reasons = stale(&evidence, &Places { sources: arguments.source.clone(), tests: arguments.tests.clone() })?;
    for why in &reasons {
        writeln!(streams.out, "STALE: {why}")?;
    }
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => {
            let mut bytes = [0; 4];
            RealEntropy::new().fill(&mut bytes)?;
            u64::from(u32::from_le_bytes(bytes))
        }
    };
    let count = usize::try_from(arguments.sample).unwrap_or(usize::MAX);
    let coverage = arguments.features.as_ref().map(|_| Coverage::load(&corpus)).transpose()?;
    let concerned = match (&coverage, &arguments.features) {
        (Some(coverage), Some(list)) => Some(coverage.cases_of_all(&coverage.features.select(list)?)?),
        _ => None,
    };
    let chosen = sample::pick(&evidence, seed, count, concerned.as_ref());
    let runs = sample::plan(&chosen, &evidence, &cases)?;
    let root = WorkRoot::new(None, false)?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let plan = Plan { runs, workers, deadline: Duration::from_secs(arguments.timeout) };
    let bar = progress(plan.runs.len());
    let notes = |note: &str| tell(&bar, note);
    let connect = || spec.connect(&notes);
    let again = run_all(&plan, &connect, &root, &|_: &RunReport| bar.inc(1));
    bar.finish_and_clear();
    let differing = sample::disagreements(&chosen, &again?);
    for line in &differing {
        writeln!(streams.out, "DISAGREES {line}")?;
    }
    let (agreeing, all) = (chosen.len() - differing.len(), chosen.len());
    writeln!(streams.out, "{agreeing} of {all} runs made again agree (--seed {seed}) with {}", evidence.digest)?;
    Ok(if differing.is_empty() && reasons.is_empty() && all > 0 { Exit::AsExpected } else { Exit::Differs })
}
