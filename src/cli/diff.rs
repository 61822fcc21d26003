//! `blkspec diff`: seeded random programs on two ports; what differs is made small, saved as a case and repeated by the
//! command that is printed.
//!
//! Exit 0: no difference; 1: something differs, or a state was never reached and had to be; 2: wrong usage or environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::run::{patterns, progress, shard, tell};
use super::{Exit, Streams};
use crate::env::{FileSystem as _, RealFs};
use crate::harness::case::{Setting, SettingPattern, parse};
use crate::harness::differ::{DiffReport, Finding, Found, Plan, Program, campaign};
use crate::harness::port_spec::PortSpec;
use crate::harness::record::recorded_text;
use crate::harness::releases::ReleaseCase;
use crate::harness::runner::Session;
use crate::harness::workdir::WorkRoot;

/// From so many programs in all settings on, a campaign that never reached a state has not looked everywhere.
const PROGRAMS_THAT_REACH_ALL: usize = 500;

/// The left port may itself fail in one of so many programs.
const SELDOM: u64 = 20;
/// It may answer one in so many programs otherwise than it does three times when asked again.
const SELDOM_UNSTEADY: u64 = 100;

/// The arguments of `diff`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The port whose answers are expected: reference, go, go@VERSION or cmd:"PROGRAM ARGS"
    #[arg(long, value_name = "PORT", default_value = "go")]
    left: PortSpec,
    /// The port that is held to them
    #[arg(long, value_name = "PORT", default_value = "reference")]
    right: PortSpec,
    /// The seed of the first program; the next has the next number
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// About how many commands a program has
    #[arg(long, default_value_t = 300, value_name = "N")]
    ops: usize,
    /// How many programs are run
    #[arg(long, default_value_t = 100, value_name = "M")]
    runs: u64,
    /// Every Nth program starting with the Ith, for runs on several machines
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    /// The settings, which the programs take in turn, such as aes/s2 or '*/none'
    #[arg(long, default_value = "all", value_name = "LIST")]
    settings: String,
    /// Save what is found here, as cases; with the answers of the left port when that is Go, of both when both are
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Run this case in place of generated programs
    #[arg(long, value_name = "CASE", conflicts_with_all = ["seed", "runs", "ops", "shard"])]
    replay: Option<PathBuf>,
    /// Report differences as they were found, without making their programs smaller
    #[arg(long)]
    no_shrink: bool,
    /// Exit with 1 when a state was never reached, which campaigns of 500 programs and more do by themselves
    #[arg(long)]
    require_states: bool,
    /// Exit with 0 although a state was never reached
    #[arg(long, conflicts_with = "require_states")]
    any_states: bool,
    /// Print the programs and run nothing
    #[arg(long)]
    print: bool,
    /// Write the report as JSON to this file, or - for stdout
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Put the directories of the runs here
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Workers, each with two ports of its own
    #[arg(short = 'j', long, value_name = "N")]
    jobs: Option<usize>,
    /// Seconds that one operation may take
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    timeout: u64,
}

/// Runs the campaign and writes its report.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let plan = plan(arguments)?;
    if arguments.print {
        for program in plan.programs() {
            write!(streams.out, "# {}\n{}\n", program.name, program.text(&[]))?;
        }
        return Ok(Exit::AsExpected);
    }
    let root = WorkRoot::new(arguments.work_dir.as_deref(), false)?;
    let bar = progress(plan.programs().count());
    let notes = |note: &str| tell(&bar, note);
    let left = || arguments.left.connect(&notes);
    let right = || arguments.right.connect(&notes);
    let reported = |finding: Option<&Finding>| {
        bar.inc(1);
        if let Some(finding) = finding {
            let seed = plan.seed.wrapping_add(finding.number);
            tell(&bar, &format!("seed {seed} [{}]: {}", finding.program.setting, finding.difference.class));
        }
    };
    let found = campaign(&plan, (&left, &right), &root, &reported);
    bar.finish_and_clear();
    let found = found?;
    let saved = match &arguments.save {
        Some(directory) => save(directory, arguments, &found, &root)?,
        None => BTreeMap::new(),
    };
    let report = DiffReport::new(&plan, &arguments.left.to_string(), &arguments.right.to_string(), &found, &saved);
    write_report(arguments, &report, streams)?;
    let settings_leave_out_nothing = plan.settings.len() == Setting::ALL.len();
    let long =
        plan.replay.is_empty() && plan.programs().count() >= PROGRAMS_THAT_REACH_ALL && settings_leave_out_nothing;
    let required = arguments.require_states || (long && !arguments.any_states);
    let complete = !required || report.missing().is_empty();
    // Where the left port fails all the time, nothing was compared.
    let compared = report.left_failures().saturating_mul(SELDOM) <= report.summary.runs as u64;
    let steady = report.unsteady_runs().saturating_mul(SELDOM_UNSTEADY) <= report.summary.runs as u64;
    Ok(if report.summary.is_success() && complete && compared && steady { Exit::AsExpected } else { Exit::Differs })
}

fn write_report(arguments: &Args, report: &DiffReport, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    match &arguments.json {
        Some(path) if path.as_os_str() == "-" => {
            streams.out.write_all(report.json()?.as_bytes())?;
            streams.err.write_all(report.text().as_bytes())?;
        }
        Some(path) => {
            RealFs::new().publish(path, report.json()?.as_bytes())?;
            streams.out.write_all(report.text().as_bytes())?;
        }
        None => streams.out.write_all(report.text().as_bytes())?,
    }
    Ok(())
}

fn plan(arguments: &Args) -> anyhow::Result<Plan> {
    let patterns = patterns(&arguments.settings)?;
    let wanted = |setting: &Setting| patterns.iter().any(|pattern: &SettingPattern| pattern.matches(*setting));
    let settings: Vec<Setting> = Setting::ALL.into_iter().filter(wanted).collect();
    let replay = match &arguments.replay {
        None => Vec::new(),
        Some(path) => {
            let bytes = RealFs::new().read(path)?;
            let text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))?;
            let (name, file) = (case_name(path), path.display().to_string());
            let case = match ReleaseCase::parse(&name, &file, &text)? {
                Some(of_releases) => of_releases.program()?,
                None => parse(&name, &file, &text)?,
            };
            let of_case = case.settings.iter().filter(|setting| wanted(setting));
            of_case.map(|setting| Program::of_case(&case, *setting)).collect()
        }
    };
    let runs = if arguments.replay.is_some() { replay.len() as u64 } else { arguments.runs };
    if settings.is_empty() || runs == 0 {
        bail!("no program is selected in the settings {}", arguments.settings);
    }
    let workers = match arguments.jobs {
        Some(0) => bail!("-j needs at least one worker"),
        Some(jobs) => jobs,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let (of, all) = arguments.shard.as_deref().map(shard).transpose()?.unwrap_or((1, 1));
    let plan = Plan {
        replay,
        seed: arguments.seed,
        commands: arguments.ops,
        runs,
        shard: (of as u64, all as u64),
        settings,
        workers,
        deadline: Duration::from_secs(arguments.timeout.max(1)),
        shrink: !arguments.no_shrink,
        right_is_steady: arguments.right == PortSpec::Reference,
    };
    if plan.programs().next().is_none() {
        bail!("no program is in the shard {of}/{all}");
    }
    Ok(plan)
}

/// The name of the case in the file at `path`: its folder and its own name.
fn case_name(path: &Path) -> String {
    let part = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = part(path.file_stem()).unwrap_or_default();
    match part(path.parent().and_then(Path::file_name)) {
        Some(folder) => format!("{folder}/{stem}"),
        None => stem,
    }
}

/// Writes every finding as a case; gives the path of each by the name of its class.
fn save(
    directory: &Path,
    arguments: &Args,
    found: &Found,
    root: &WorkRoot,
) -> anyhow::Result<BTreeMap<String, String>> {
    let fs = RealFs::new();
    fs.create_dir_all(directory)?;
    let mut saved = BTreeMap::new();
    for (class, finding) in &found.findings {
        let path = directory.join(format!("{}.case", class.slug()));
        let shown = path.display().to_string();
        let seed = arguments.seed.wrapping_add(finding.number);
        let about = [
            format!("{class}."),
            format!("Found by `blkspec diff` with seed {seed} between {} and {}.", arguments.left, arguments.right),
        ];
        let mut program = finding.program.clone();
        // A file that differs is shown, or the answers would say nothing of it.
        program.commands.extend(finding.difference.file.iter().map(|file| format!("dump {file}")));
        let text = program.text(&about);
        let name = case_name(&path);
        // Where a port itself fails there may be nothing to record; the program is worth keeping all the same.
        let text = answered(arguments, (&name, &shown, &text), root)?.unwrap_or(text);
        fs.write(&path, text.as_bytes())?;
        saved.insert(class.to_string(), shown);
    }
    Ok(saved)
}

/// The text of a case with the answers of the left port when that is Go, and with those of both when both are.
fn answered(
    arguments: &Args,
    (name, file, text): (&str, &str, &str),
    root: &WorkRoot,
) -> anyhow::Result<Option<String>> {
    let connect = |port: &PortSpec| -> anyhow::Result<Session> {
        let mut session = Session::new(port.connect(&|_| ()).map_err(|failure| anyhow::anyhow!("{failure}"))?);
        session.set_deadline(Duration::from_secs(arguments.timeout.max(1)));
        Ok(session)
    };
    Ok(match (&arguments.left, &arguments.right) {
        (PortSpec::Go(left), PortSpec::Go(right)) if left != right => {
            let (mut on_left, mut on_right) = (connect(&arguments.left)?, connect(&arguments.right)?);
            let case = ReleaseCase::of_program(name, file, text, (left, right));
            case.recorded((&mut on_left, &mut on_right), root).ok()
        }
        (PortSpec::Go(_), _) => recorded_text(&mut connect(&arguments.left)?, &parse(name, file, text)?, root).ok(),
        _ => None,
    })
}
