//! The whole corpus on `blkspec serve`: what the reference answers is not lost on the way through the protocol.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use blkspec::harness::corpus::Corpus;
use blkspec::harness::port_spec::PortSpec;
use blkspec::harness::report::{Asked, Report};
use blkspec::harness::runner::{Plan, run_all};
use blkspec::harness::workdir::WorkRoot;

super::trials![every_case_in_every_setting];

fn every_case_in_every_setting() {
    let port: PortSpec = format!("cmd:'{}' serve", env!("CARGO_BIN_EXE_blkspec")).parse().unwrap();
    let cases = Corpus::at(super::command::checkout("corpus/cases")).select(&[]).unwrap();
    let runs = cases.iter().flat_map(|case| case.settings.iter().map(move |setting| (case, *setting))).collect();
    let plan = Plan { runs, workers: 2, deadline: Duration::from_secs(60) };
    let root = WorkRoot::new(None, false).unwrap();
    let reports = run_all(&plan, &|| port.connect(&|_| {}), &root, &|_| {}).unwrap();
    let count = reports.len();
    let report = Report::new(Asked::of(&port), reports);
    assert_eq!(report.summary.passed, count, "{}", report.text());
}
