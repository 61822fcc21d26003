//! `blkspec serve`: a port behind the adapter protocol on stdin and stdout.
//!
//! With the reference it is the adapter that the corpus runs through to test the protocol itself; with `--port` it is a
//! proxy, which shows that nothing is lost on the way. stdout carries answers alone.

use std::io;

use super::{Exit, PortArgs, Streams};
use crate::harness::serve::{ServeError, serve};

/// The arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    port: PortArgs,
}

/// Serves until stdin ends.
pub(super) fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let mut port = super::connect(&args.port, streams)?;
    let output = io::BufWriter::with_capacity(64 << 10, &mut *streams.out);
    match serve(port.as_mut(), io::stdin().lock(), output) {
        Ok(()) => Ok(Exit::AsExpected),
        Err(ServeError::Port(failure)) => {
            writeln!(streams.err, "blkspec: {failure}\n{}", failure.stderr_tail().trim_end())?;
            Ok(Exit::Differs)
        }
        Err(error) => Err(error.into()),
    }
}
