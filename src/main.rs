//! The `blkspec` command: hands the arguments to the command line layer and exits with its verdict.
//!
//! Nothing else in the crate prints to a stream that it was not given, or ends the process.

use std::process::ExitCode;

fn main() -> ExitCode {
    blkspec::cli::main(std::env::args_os())
}
