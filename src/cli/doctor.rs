//! `blkspec doctor`: checks an adapter and tells it from the port behind it.
//!
//! Exit code 0 when all is well, 1 when the adapter or the port is broken, 2 when there was nothing to examine.

use std::time::Duration;

use anyhow::Context as _;

use super::{Exit, PortArgs, Streams};
use crate::env::{Scratch, fast_scratch_parent};
use crate::harness::doctor::{Culprit, examine};

/// The arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    port: PortArgs,
    /// How many seconds an operation may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    deadline: u64,
}

/// Examines the port and writes the report.
pub(super) fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let mut port = super::connect(&args.port, streams)?;
    let scratch = Scratch::new(fast_scratch_parent().as_deref()).context("no directory for the doctor's stores")?;
    let report = examine(port.as_mut(), scratch.path(), Duration::from_secs(args.deadline));
    streams.write_report(&report.to_string())?;
    Ok(match report.culprit() {
        None => Exit::AsExpected,
        Some(Culprit::Adapter | Culprit::Port) => Exit::Differs,
        Some(Culprit::Environment) => Exit::Unusable,
    })
}
