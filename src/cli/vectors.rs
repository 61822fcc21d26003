//! `blkspec vectors`: makes the vectors of `corpus/decode` out of their bases, by the rules of each format.
//!
//! A vector whose commands and bytes stay as they are keeps its file with the recorded answers; a new one has no answers until
//! `blkspec record decode` asks the Go store. `--check` writes nothing and exits with 1 when a file would be written. Vectors
//! written by hand are left alone.

use std::path::PathBuf;

use anyhow::bail;

use super::run::corpus;
use super::{Exit, Streams};
use crate::env::{FileSystem as _, RealFs};
use crate::harness::vector::{Vectors, generate};

/// The arguments of `vectors`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Change nothing; exit with 1 when a file would be written
    #[arg(long)]
    check: bool,
    /// The corpus of cases beside which the vectors lie, instead of that of this checkout, or of the program outside one
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

/// Makes the vectors.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let corpus = corpus(arguments.corpus.as_ref())?;
    if !arguments.check {
        corpus.check_writable()?;
    }
    let Some(vectors) = Vectors::beside(corpus.root())? else {
        bail!("there are no vectors beside {}", corpus.root().display());
    };
    let all = generate(&vectors).map_err(anyhow::Error::msg)?;
    let mut written = 0;
    for vector in &all {
        let path = vectors.root().join(format!("{}.txt", vector.name));
        let present = RealFs::new().read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if present.is_some_and(|present| vector.is_in(&present)) {
            continue;
        }
        written += 1;
        if arguments.check {
            writeln!(streams.out, "{} would be written", path.display())?;
        } else {
            RealFs::new().write(&path, vector.text.as_bytes())?;
        }
    }
    let verb = if arguments.check { "would be written" } else { "written" };
    writeln!(streams.out, "{} vectors: {written} {verb}", all.len())?;
    Ok(if arguments.check && written > 0 { Exit::Differs } else { Exit::AsExpected })
}
