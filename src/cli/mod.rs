//! The command line: one file for each subcommand, exit codes 0 (as expected), 1 (something differs)
//! and 2 (wrong usage or environment).

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command line `args` (program name first) and returns the exit code of the process.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    drop(args);
    ExitCode::from(2)
}
