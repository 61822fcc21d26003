//! The template for ports in C#, `adapters/template-csharp`: it compiles without a warning, its functions are judged by the cases in
//! `pure`, and every operation of a store and of a consumer reaches the port's calls with its arguments and comes back as it should.
//!
//! These tests need Mono (`mono-mcs`), so that `cargo test` leaves them out; CI asks for them with `--ignored`, and without Mono
//! they fail. The calls are answered by a store of constants, `tests/it/csharp/FixedStore.cs`.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use blkspec::env::Scratch;
use blkspec::harness::corpus::Corpus;
use blkspec::harness::doctor::{Finding, examine};
use blkspec::harness::port::Port;
use blkspec::harness::port_spec::PortSpec;
use blkspec::harness::protocol::{Capability, Event, Op, Outcome, Request};
use blkspec::harness::verdict::Verdict;
use libtest_mimic::Trial;

use super::command::checkout;
use super::partial_port::{needs, run};

/// The operations that every adapter has, and the functions, which the cases judge.
const NOT_OF_A_STORE: [Capability; 2] = [Capability::Session, Capability::Pure];

pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 3] = [
        ("its_functions_are_those_of_the_go_store", its_functions_are_those_of_the_go_store),
        ("the_doctor_finds_nothing_in_its_list", the_doctor_finds_nothing_in_its_list),
        ("every_operation_reaches_the_port_and_comes_back", every_operation_reaches_the_port_and_comes_back),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(format!("it::csharp::{name}"), move || {
            test();
            Ok(())
        })
        .with_ignored_flag(true)
    };
    tests.map(trial).into()
}

/// The files of the template but for `left_out`.
fn sources(left_out: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(checkout("adapters/template-csharp")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_source = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.ends_with(".cs") && !left_out.contains(&name)
    };
    let mut sources: Vec<PathBuf> = paths.filter(is_source).collect();
    sources.sort();
    sources
}

/// Compiles `sources` to a program in `scratch`, as a port.
fn compile(scratch: &Scratch, sources: &[PathBuf], arguments: &str) -> PortSpec {
    needs("mcs", "install Mono (mono-mcs)");
    let program = scratch.path().join("adapter.exe");
    let output = Command::new("mcs")
        .args(["-langversion:6", "-warnaserror", "-r:System.Core.dll", "-r:System.Numerics.dll"])
        .arg(format!("-out:{}", program.display()))
        .args(sources)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
    format!("cmd:mono {} {arguments}", shlex::try_quote(program.to_str().unwrap()).unwrap()).parse().unwrap()
}

fn its_functions_are_those_of_the_go_store() {
    let scratch = Scratch::new(None).unwrap();
    let port = compile(&scratch, &sources(&[]), "");
    let cases = Corpus::at(checkout("corpus/cases")).select(&["pure".to_owned()]).unwrap();
    let report = run(&port, &cases);
    let summary = report.summary;
    assert_eq!(summary.passed + summary.unsupported, summary.runs, "{}", report.text());
    // The functions of batch 11; what the corpus asks beyond them the template leaves to the port.
    let passed = report.runs.iter().filter(|run| run.verdict == Verdict::Pass).count();
    assert!(passed >= 27, "{}", report.text());
    let missing: BTreeSet<&str> = report
        .runs
        .iter()
        .filter_map(|run| match &run.verdict {
            Verdict::Unsupported { what, .. } => Some(what.as_str()),
            _ => None,
        })
        .collect();
    let decoders = |name: &&str| name.starts_with("decode_") || ["unmarshal_metadata", "decompress"].contains(name);
    assert!(missing.iter().all(|name| decoders(name) && *name != "decode_consumer_state"), "{missing:?}");
}

fn the_doctor_finds_nothing_in_its_list() {
    let scratch = Scratch::new(None).unwrap();
    let mut port = compile(&scratch, &sources(&[]), "--list").connect(&|_| {}).unwrap();
    let report = examine(&mut *port, &scratch.path().join("doctor"), Duration::from_secs(30));
    assert!(report.checks.iter().all(|checked| matches!(checked.finding, Finding::Well(_))), "{report}");
}

/// Every operation that the recorded session of the Go store uses, twice where it does: what reached the port, and what came back.
fn every_operation_reaches_the_port_and_comes_back() {
    let scratch = Scratch::new(None).unwrap();
    let mut sources = sources(&["Port.cs", "ListStore.cs"]);
    sources.push(checkout("tests/it/csharp/FixedStore.cs"));
    let mut port = compile(&scratch, &sources, "").connect(&|_| {}).unwrap();
    port.start().unwrap();
    let session = std::fs::read_to_string(checkout("adapters/go/testdata/session.in")).unwrap();
    let mut asked: BTreeMap<&str, u32> = BTreeMap::new();
    let mut text = String::new();
    for request in session.lines().filter_map(|line| Request::parse(line).ok()) {
        let times = asked.entry(request.op.name()).or_default();
        *times += 1;
        if *times <= 2 && !NOT_OF_A_STORE.contains(&request.op.capability()) {
            writeln!(text, "{}", asked_and_answered(&mut *port, &request.op)).unwrap();
        }
    }
    let unasked: Vec<_> = Op::NAMES.iter().filter(|name| !asked.contains_key(*name)).collect();
    assert_eq!(unasked, ["no_such_operation"].iter().collect::<Vec<_>>());
    insta::assert_snapshot!("template_calls", text);
}

/// One line: the operation, the port's call with its arguments, and the result.
fn asked_and_answered(port: &mut dyn Port, op: &Op) -> String {
    let reply = port.call(op).unwrap();
    let calls: Vec<&str> = reply
        .events
        .iter()
        .map(|event| match event {
            Event::ProcessMsg { subject, .. } => subject.as_str(),
            Event::StorageUpdate { .. } | Event::RemoveMsg { .. } => "another event",
        })
        .collect();
    let result = match &reply.outcome {
        Outcome::Result(output) => serde_json::to_string(output).unwrap(),
        Outcome::Unsupported(what) => format!("unsupported {what}"),
        Outcome::Error(error) => error.to_string(),
    };
    format!("{}: {} -> {result}", op.name(), calls.join("; "))
}
