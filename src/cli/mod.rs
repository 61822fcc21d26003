//! The command line: one file for each subcommand, exit codes 0 (as expected), 1 (something differs)
//! and 2 (wrong usage or environment).
//!
//! A subcommand is a `clap::Args` struct and a `run` that gets the two output streams and gives an [`Exit`]; an error
//! that it returns is printed and means exit code 2. Only this layer knows that there is a terminal.

mod bench;
mod colour;
mod diff;
mod doctor;
mod examples;
mod gate;
mod golden;
mod inspect;
mod manual;
mod merge;
mod outputs;
mod record;
mod run;
mod serve;
mod stubs;
mod trace;
mod vectors;

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::harness::port::Port;
use crate::harness::port_spec::PortSpec;

/// How a subcommand ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// All is as expected: code 0.
    AsExpected,
    /// Something differs: code 1.
    Differs,
    /// Wrong usage, or an environment that does not allow it: code 2.
    Unusable,
}

/// Where a subcommand writes.
struct Streams<'a> {
    /// What the command is asked for.
    out: &'a mut dyn Write,
    /// What it has to say besides.
    err: &'a mut dyn Write,
    /// Whether people read `out` on a terminal with colours.
    colour: bool,
}

impl Streams<'_> {
    /// Writes the text of a report for people.
    fn write_report(&mut self, text: &str) -> io::Result<()> {
        match self.colour {
            true => self.out.write_all(colour::painted(text).as_bytes()),
            false => self.out.write_all(text.as_bytes()),
        }
    }
}

/// Conformance tests, golden directories and a complete reference for ports of the JetStream file store.
#[derive(Debug, Parser)]
#[command(name = "blkspec", version, about, after_help = examples::EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measures the reference and the Go store side by side.
    #[command(after_help = examples::BENCH)]
    Bench(bench::Args),
    /// Writes the completions of a shell.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(manual::CompletionArgs),
    /// Runs random programs on two ports and compares every answer and every file.
    #[command(after_help = examples::DIFF)]
    Diff(diff::Args),
    /// Checks an adapter: tells a broken adapter from a broken port.
    #[command(after_help = examples::DOCTOR)]
    Doctor(doctor::Args),
    /// Says what of a port is verified, on the evidence of a run; or runs a part of the evidence again.
    #[command(after_help = examples::GATE)]
    Gate(gate::Args),
    /// Directories that the Go store left behind: holds a port to them, or makes them anew.
    #[command(after_help = examples::GOLDEN)]
    Golden(golden::Args),
    /// Shows what a file of a store, or its whole directory, says: every byte with its meaning.
    #[command(after_help = examples::INSPECT)]
    Inspect(inspect::Args),
    /// Writes the manual pages.
    #[command(after_help = examples::MAN)]
    Man(manual::ManArgs),
    /// Puts the reports of `run --shard` on several machines together.
    #[command(after_help = examples::MERGE)]
    Merge(merge::Args),
    /// Writes the answers of the Go store into the cases.
    #[command(after_help = examples::RECORD)]
    Record(record::Args),
    /// Runs the cases, and with no case named the goldens too, on a port.
    #[command(after_help = examples::RUN)]
    Run(run::Args),
    /// Puts a port (the reference, unless told otherwise) behind the adapter protocol on stdin and stdout.
    #[command(after_help = examples::SERVE)]
    Serve(serve::Args),
    /// Finds code and tests that are there in name only, in C# and Python.
    #[command(after_help = examples::STUBS)]
    Stubs(stubs::Args),
    /// Which cases execute which functions of Go's file store: measured, asked both ways.
    #[command(after_help = examples::TRACE)]
    Trace(trace::Args),
    /// Makes the vectors of corpus/decode out of their bases, or says which would change.
    #[command(after_help = examples::VECTORS)]
    Vectors(vectors::Args),
}

/// Runs the command line `args` (program name first) and returns the exit code of the process.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let ((mut out, colour), mut err) = (colour::stdout(), io::stderr());
    let exit = run(args, &mut Streams { out: &mut *out, err: &mut err, colour });
    match exit {
        Exit::AsExpected => ExitCode::SUCCESS,
        Exit::Differs => ExitCode::from(1),
        Exit::Unusable => ExitCode::from(2),
    }
}

/// Whether the command line takes `args` (program name first), and what it says if not; nothing is run.
pub fn check_usage(args: &[String]) -> Result<(), String> {
    Cli::try_parse_from(args).map(|_| ()).map_err(|error| error.to_string())
}

fn run(args: impl Iterator<Item = OsString>, streams: &mut Streams<'_>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; everything else is wrong usage. A closed stream has nobody to be told.
            drop(error.print());
            return if error.use_stderr() { Exit::Unusable } else { Exit::AsExpected };
        }
    };
    let result = match &cli.command {
        Command::Bench(args) => bench::run(args, streams),
        Command::Completions(args) => manual::completions(args, streams),
        Command::Diff(args) => diff::run(args, streams),
        Command::Doctor(args) => doctor::run(args, streams),
        Command::Gate(args) => gate::run(args, streams),
        Command::Golden(args) => golden::run(args, streams),
        Command::Inspect(args) => inspect::run(args, streams),
        Command::Man(args) => manual::man(args, streams),
        Command::Merge(args) => merge::run(args, streams),
        Command::Record(args) => record::run(args, streams),
        Command::Run(args) => run::run(args, streams),
        Command::Serve(args) => serve::run(args, streams),
        Command::Stubs(args) => stubs::run(args, streams),
        Command::Trace(args) => trace::run(args, streams),
        Command::Vectors(args) => vectors::run(args, streams),
    };
    result.unwrap_or_else(|error| {
        // Whoever closed the pipe that they read has seen enough, and does not want to be told.
        let closed = error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        if !closed {
            drop(writeln!(streams.err, "blkspec: {error:#}"));
        }
        Exit::Unusable
    })
}

/// The option `--port`, which several subcommands take.
#[derive(Debug, clap::Args)]
struct PortArgs {
    /// The port: reference, go, go@VERSION or cmd:"PROGRAM ARGS".
    #[arg(long, value_name = "PORT", default_value = "reference")]
    port: PortSpec,
}

/// Connects to the port; what takes long on the way is told on stderr.
fn connect(args: &PortArgs, streams: &mut Streams<'_>) -> anyhow::Result<Box<dyn Port>> {
    let err = RefCell::new(&mut *streams.err);
    // Somebody who closed stderr does not want to be told.
    let notes = |note: &str| drop(writeln!(err.borrow_mut(), "blkspec: {note}"));
    args.port.connect(&notes).map_err(|failure| anyhow::anyhow!("{failure}"))
}
