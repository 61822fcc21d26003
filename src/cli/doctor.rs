//! `blkspec doctor`: checks an adapter and tells it from the port behind it.
//!
//! Exit code 0 when all is well, 1 when the adapter or the port is broken, 2 when there was nothing to examine.

use anyhow::Context as _;

use super::{Exit, PortArgs, Streams};
use crate::env::{Scratch, fast_scratch_parent};
use crate::harness::doctor::{Culprit, examine};

/// The arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    port: PortArgs,
}

/// Examines the port and writes the report.
pub(super) fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let mut port = super::connect(&args.port, streams)?;
    let scratch = Scratch::new(fast_scratch_parent().as_deref()).context("no directory for the doctor's stores")?;
    let report = examine(port.as_mut(), scratch.path());
    write!(streams.out, "{report}")?;
    Ok(match report.culprit() {
        None => Exit::AsExpected,
        Some(Culprit::Adapter | Culprit::Port) => Exit::Differs,
        Some(Culprit::Environment) => Exit::Unusable,
    })
}
