//! Every case and every vector of the corpus in every setting, each a test of its own name: `purge/basics [aes/s2]`.
//!
//! The port is the reference; `BLKSPEC_PORT` names another. `cargo test --test corpus -- purge` runs what matches. A test passes
//! when its run does and not otherwise: what is unsupported fails.

#![expect(clippy::print_stderr, reason = "a list of tests that cannot be made is told where people look")]

use std::cell::RefCell;
use std::process::ExitCode;
use std::sync::Arc;

use blkspec::harness::case::{Case, Setting};
use blkspec::harness::corpus::Corpus;
use blkspec::harness::port_spec::PortSpec;
use blkspec::harness::report::{self, Asked};
use blkspec::harness::runner::{Session, run_one};
use blkspec::harness::vector::Vectors;
use blkspec::harness::verdict::Verdict;
use blkspec::harness::workdir::WorkRoot;
use libtest_mimic::{Arguments, Failed, Trial};

thread_local! {
    /// A port for each thread that runs tests.
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, Box<dyn std::error::Error>> {
    let corpus = Corpus::find()?;
    let vectors = Vectors::beside(corpus.root())?.ok_or("there are no vectors beside the cases")?.select(&[])?;
    let vectors = vectors.into_iter().map(|vector| vector.case);
    let cases: Vec<Arc<Case>> = corpus.select(&[])?.into_iter().chain(vectors).map(Arc::new).collect();
    let port: PortSpec = std::env::var("BLKSPEC_PORT").unwrap_or_else(|_| "reference".to_owned()).parse()?;
    let port = Arc::new(port);
    let root = Arc::new(WorkRoot::new(None, false)?);
    let mut trials = Vec::new();
    for case in &cases {
        for setting in &case.settings {
            let (case, port, root, setting) = (Arc::clone(case), Arc::clone(&port), Arc::clone(&root), *setting);
            let name = format!("{} [{setting}]", case.name);
            trials.push(Trial::test(name, move || check(&case, setting, &port, &root)));
        }
    }
    Ok(trials)
}

fn check(case: &Case, setting: Setting, port: &PortSpec, root: &WorkRoot) -> Result<(), Failed> {
    SESSION.with_borrow_mut(|session| {
        let session = match session {
            Some(session) => session,
            None => session.insert(Session::new(port.connect(&|note| eprintln!("{note}"))?)),
        };
        let run = run_one(session, case, setting, root)?;
        match &run.verdict {
            Verdict::Pass => Ok(()),
            _ => Err(report::failure(&run, &Asked::of(port)).into()),
        }
    })
}
