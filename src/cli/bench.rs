//! `blkspec bench`: the reference and the Go store side by side, as a table with the ratio.
//!
//! Exit 0: measured, whatever the figures are; 2: wrong usage, or the two sides did not do the same work. With `--worker`
//! it is a worker of such a run: a workload from stdin, done by the reference in this process.

use std::io;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::{Exit, Streams};
use crate::env::RealFs;
use crate::harness::bench::{Plan, Workload, bench, rows};
use crate::harness::go_port::{GoBuild, GoVersion};
use crate::harness::reference_bench::perform;

/// The arguments of `bench`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only the rows whose name contains one of these
    #[arg(long, value_name = "PART", value_delimiter = ';')]
    rows: Vec<String>,
    /// How many rounds each row has
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Multiplies messages, subjects and operations
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    scale: f64,
    /// The version of nats-server
    #[arg(long, value_name = "VERSION", default_value_t)]
    go: GoVersion,
    /// Where the stores are, instead of the memory file system
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Every round of every row, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The names of the rows, and nothing else
    #[arg(long)]
    list: bool,
    /// Do the workload on stdin and answer with its figures
    #[arg(long, hide = true)]
    worker: bool,
}

/// Measures and prints the table.
pub(super) fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    if args.worker {
        return work(streams);
    }
    if !(args.scale > 0.0 && args.scale <= 1000.0) {
        bail!("--scale takes a number above 0 and up to 1000, not {}", args.scale);
    }
    let mut rows = rows(args.scale);
    if !args.rows.is_empty() {
        rows.retain(|row| args.rows.iter().any(|part| row.name.contains(part.as_str())));
    }
    if rows.is_empty() {
        bail!("no row is selected by {:?}: see --list", args.rows.join(";"));
    }
    if args.list {
        for row in rows {
            writeln!(streams.out, "{}", row.name)?;
        }
        return Ok(Exit::AsExpected);
    }
    let mut note = |note: &str| drop(writeln!(streams.err, "blkspec: {note}"));
    let go = {
        let note = std::cell::RefCell::new(&mut note);
        let tell = |text: &str| (note.borrow_mut())(text);
        GoBuild::find(&args.go).and_then(|build| build.binary(&tell)).map_err(anyhow::Error::msg)?
    };
    let plan = Plan {
        rows,
        rounds: usize::from(args.rounds),
        go: (go, vec!["bench".into()]),
        reference: (
            std::env::current_exe().context("this program has no path")?,
            vec!["bench".into(), "--worker".into()],
        ),
        work_dir: args.work_dir.clone(),
    };
    let report = bench(&plan, &mut note)?;
    write!(streams.out, "{report}")?;
    if let Some(path) = &args.json {
        RealFs::new().publish(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    Ok(Exit::AsExpected)
}

fn work(streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let workload: Workload = serde_json::from_str(&line).context("stdin does not hold a workload")?;
    let figures = perform(&workload)?;
    writeln!(streams.out, "{}", serde_json::to_string(&figures)?)?;
    Ok(Exit::AsExpected)
}
