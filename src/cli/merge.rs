//! `blkspec merge`: the reports of machines that ran `--shard I/N` side by side, as the one report of all.
//!
//! Exit codes are those of the run that it stands for; a shard that is missing, or belongs to another run, is exit 2.

use std::path::PathBuf;

use anyhow::anyhow;

use super::outputs::{OutputArgs, read};
use super::{Exit, Streams};
use crate::harness::report::merge::merge;

/// The arguments of `merge`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The reports that `run --shard I/N --json` wrote, one for each shard
    #[arg(required = true, value_name = "REPORT.json")]
    reports: Vec<PathBuf>,
    #[command(flatten)]
    outputs: OutputArgs,
}

/// Puts the reports together and writes what is wanted.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let before = arguments.outputs.before()?;
    let parts = arguments.reports.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let whole = merge(parts).map_err(|why| anyhow!(why))?;
    let exit = if whole.success { Exit::AsExpected } else { Exit::Differs };
    arguments.outputs.write(&whole.text(), Some(whole), before, streams)?;
    Ok(exit)
}
