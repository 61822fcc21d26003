//! `cargo bench`: the table of `blkspec bench`, with the same rows, workers and rounds.
//!
//! Arguments are parts of names of rows, as in `cargo bench -- "store 128 B" recover`. docs/bench.md says what is measured.

use std::io::Write as _;
use std::process::ExitCode;

use blkspec::harness::bench::{Plan, bench, rows};
use blkspec::harness::go_port::{GoBuild, GoVersion};

const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    match table(&mut |note| drop(writeln!(err, "bench: {note}"))) {
        Ok(table) => match write!(out, "{table}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(reason) => {
            drop(writeln!(std::io::stderr(), "bench: {reason}"));
            ExitCode::FAILURE
        }
    }
}

fn table(note: &mut dyn FnMut(&str)) -> Result<String, String> {
    // Cargo itself adds options, such as --bench.
    let parts: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let selected = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(part.as_str()));
    let mut rows = rows(1.0);
    rows.retain(|row| selected(row.name));
    if rows.is_empty() {
        return Err(format!("no row is selected by {parts:?}"));
    }
    let go = GoBuild::find(&GoVersion::default()).and_then(|build| build.binary(&|_| ()))?;
    let plan = Plan {
        rows,
        rounds: ROUNDS,
        go: (go, vec!["bench".into()]),
        reference: (env!("CARGO_BIN_EXE_blkspec").into(), vec!["bench".into(), "--worker".into()]),
        work_dir: None,
    };
    bench(&plan, note).map(|report| report.to_string()).map_err(|error| error.to_string())
}
