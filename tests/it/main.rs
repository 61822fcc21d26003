//! The integration tests, all in one binary with libtest-mimic: a test is a function that its module lists in `trials!`,
//! and a function that is not listed is unused, which the compiler reports.
//!
//! With the variable of [`broken_adapter`] set, the same binary is an adapter for the tests to talk to.

mod bad_input;
mod bench;
mod broken_adapter;
mod cases;
mod command;
mod corpus_through_serve;
mod csharp;
mod diff;
mod disk_faults;
mod doctor;
mod embedded;
mod errors;
mod evidence;
mod fuzz_seeds;
mod gate;
mod gate_page;
mod go_port;
mod go_tests;
mod golden_dumps;
mod goldens;
mod guide;
mod handle;
mod inspect;
mod known;
mod page;
mod partial_port;
mod portable;
mod process;
mod pull_requests;
mod readme;
mod releases;
mod reports;
mod serve;
mod server;
mod stubs;
#[cfg(unix)]
mod terminal;
mod tidy;
mod toy_port;
mod trace;
mod usage;
mod vectors;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// Lists the tests of a module: its function `trials` gives one trial for each.
macro_rules! trials {
    ($($test:ident),* $(,)?) => {
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$(libtest_mimic::Trial::test(concat!(module_path!(), "::", stringify!($test)), || {
                $test();
                Ok(())
            })),*]
        }
    };
}
pub(crate) use trials;

fn main() -> ExitCode {
    if let Some(fault) = std::env::var_os(broken_adapter::VARIABLE) {
        return broken_adapter::run(&fault.to_string_lossy());
    }
    libtest_mimic::run(&Arguments::from_args(), all_trials()).exit_code()
}

/// All tests.
pub(crate) fn all_trials() -> Vec<Trial> {
    [
        bad_input::trials(),
        bench::trials(),
        cases::trials(),
        corpus_through_serve::trials(),
        csharp::trials(),
        diff::trials(),
        disk_faults::trials(),
        doctor::trials(),
        embedded::trials(),
        errors::trials(),
        evidence::trials(),
        fuzz_seeds::trials(),
        gate::trials(),
        gate_page::trials(),
        go_port::trials(),
        go_tests::trials(),
        golden_dumps::trials(),
        goldens::trials(),
        guide::trials(),
        handle::trials(),
        inspect::trials(),
        known::trials(),
        partial_port::trials(),
        portable::trials(),
        process::trials(),
        pull_requests::trials(),
        readme::trials(),
        releases::trials(),
        reports::trials(),
        serve::trials(),
        server::trials(),
        stubs::trials(),
        #[cfg(unix)]
        terminal::trials(),
        tidy::trials(),
        trace::trials(),
        usage::trials(),
        vectors::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
