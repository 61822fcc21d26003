//! A port that has a part of the store, judged on that part: the decoders of `adapters/python-decoders`, in Python.
//!
//! Every case that asks for nothing else passes, all others are `unsupported`, and a copy with one wrong byte order fails in
//! cases that are named. These tests start Python, so that `cargo test` leaves them out; CI asks for them with `--ignored`, and
//! without Python they fail.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use blkspec::env::Scratch;
use blkspec::harness::case::{Case, Statement};
use blkspec::harness::corpus::Corpus;
use blkspec::harness::doctor::examine;
use blkspec::harness::port_spec::PortSpec;
use blkspec::harness::report::{Asked, Report};
use blkspec::harness::runner::{Plan, run_all};
use blkspec::harness::verdict::Verdict;
use blkspec::harness::workdir::WorkRoot;
use libtest_mimic::Trial;

use super::command::{Place, checkout};

/// Where the adapter lies.
pub(crate) const ADAPTER: &str = "adapters/python-decoders";

/// The commands that the adapter has an operation for.
const COMMANDS: [&str; 4] = ["check-consumer-header", "decode-consumer-state", "unmarshal-metadata", "decompress"];

/// The bytes of a varint the other way round: the text of the adapter, and what takes its place.
const WRONG_ORDER: [(&str, &str, &str); 1] =
    [("varint.py", "value |= (byte & 0x7F) << (7 * index)", "value = (value << 7 | byte & 0x7F) & MASK_64")];

pub(crate) fn trials() -> Vec<Trial> {
    let python: [(&str, fn()); 3] = [
        ("what_it_has_passes_and_the_rest_is_unsupported", what_it_has_passes_and_the_rest_is_unsupported),
        ("a_wrong_byte_order_is_named", a_wrong_byte_order_is_named),
        ("the_doctor_finds_nothing", the_doctor_finds_nothing),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(format!("it::partial_port::{name}"), move || {
            test();
            Ok(())
        })
        .with_ignored_flag(true)
    };
    python.map(trial).into()
}

/// The adapter in `directory` as a port.
fn python(directory: &Path) -> PortSpec {
    needs("python3", "install Python 3.9 or newer");
    let script = directory.join("adapter.py");
    format!("cmd:python3 -B {}", shlex::try_quote(script.to_str().unwrap()).unwrap()).parse().unwrap()
}

/// Stops where `program` is missing.
pub(crate) fn needs(program: &str, advice: &str) {
    let output = Command::new(program).arg("--version").output();
    assert!(output.is_ok_and(|output| output.status.success()), "{program} is missing: {advice}");
}

/// `cases` in all their settings on `port`.
pub(crate) fn run(port: &PortSpec, cases: &[Case]) -> Report {
    let runs = cases.iter().flat_map(|case| case.settings.iter().map(move |setting| (case, *setting))).collect();
    let plan = Plan { runs, workers: 2, deadline: Duration::from_secs(60) };
    let root = WorkRoot::new(None, false).unwrap();
    Report::new(Asked::of(port), run_all(&plan, &|| port.connect(&|_| {}), &root, &|_| {}).unwrap())
}

fn corpus() -> Vec<Case> {
    Corpus::at(checkout("corpus/cases")).select(&[]).unwrap()
}

/// The commands that stand in `statements`.
fn commands<'a>(statements: &'a [Statement], found: &mut BTreeSet<&'a str>) {
    for statement in statements {
        match statement {
            Statement::Command(command) => drop(found.insert(command.spec.name)),
            Statement::Loop(repeated) => commands(&repeated.body, found),
        }
    }
}

/// The cases that ask for nothing but what the adapter has.
fn within_reach(cases: &[Case]) -> BTreeSet<&str> {
    let known = BTreeSet::from(COMMANDS);
    let asks_for = |case: &&Case| {
        let mut found = BTreeSet::new();
        case.paragraphs.iter().for_each(|paragraph| commands(&paragraph.statements, &mut found));
        found.is_subset(&known)
    };
    cases.iter().filter(asks_for).map(|case| case.name.as_str()).collect()
}

fn what_it_has_passes_and_the_rest_is_unsupported() {
    let cases = corpus();
    let report = run(&python(&checkout(ADAPTER)), &cases);
    let passed: BTreeSet<&str> =
        report.runs.iter().filter(|run| run.verdict == Verdict::Pass).map(|run| run.case.as_str()).collect();
    assert_eq!(passed, within_reach(&cases), "{}", report.text());
    assert!(passed.len() >= 11, "only {passed:?} passed");
    let summary = report.summary;
    assert_eq!(summary.passed + summary.unsupported, summary.runs, "{}", report.text());
    assert!(report.is_success());
    // What passed was asked something: more than the beginning and the end of a case.
    let idle: Vec<_> = report.runs.iter().filter(|run| run.verdict == Verdict::Pass && run.operations < 2).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

fn a_wrong_byte_order_is_named() {
    let cases: Vec<Case> = corpus().into_iter().filter(|case| case.name.starts_with("pure/")).collect();
    for (file, right, wrong) in WRONG_ORDER {
        let place = Place::new();
        place.copy(ADAPTER, "adapter");
        let text = String::from_utf8(place.read(&format!("adapter/{file}"))).unwrap();
        assert_eq!(text.matches(right).count(), 1, "{file} has another text than {right:?}");
        place.write(&format!("adapter/{file}"), text.replace(right, wrong));
        let report = run(&python(&place.path("adapter")), &cases);
        assert!(!report.is_success());
        assert_eq!(report.summary.crashed + report.summary.timed_out, 0, "{}", report.text());
        let text = report.text();
        assert!(text.contains("FAIL pure/consumer-state-version-2 [none/none]"), "{text}");
        assert!(text.contains("blkspec run pure/consumer-state-version-2 --port"), "{text}");
        assert!(text.contains("-delivered 100/1000  ack_floor 50/500  pending 0  redelivered 0"), "{text}");
    }
}

fn the_doctor_finds_nothing() {
    let scratch = Scratch::new(None).unwrap();
    let mut port = python(&checkout(ADAPTER)).connect(&|_| {}).unwrap();
    let report = examine(&mut *port, scratch.path(), Duration::from_secs(20));
    assert_eq!(report.culprit(), None, "{report}");
    let text = report.to_string();
    assert!(text.contains("ok      64 bits in a function: the largest sequences of a consumer's state"), "{text}");
}
