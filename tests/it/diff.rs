//! The differential runner: a planted bug is found and its program made small, and the command line says so.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::Command;
use std::time::Duration;

use blkspec::harness::case::{Cipher, Compression, Setting};
use blkspec::harness::differ::{Plan, Program, campaign};
use blkspec::harness::port::{Port, PortFailure, Reply};
use blkspec::harness::protocol::{Op, Started, Uint};
use blkspec::harness::workdir::WorkRoot;

use crate::toy_port::{Flaw, ToyPort};

crate::trials!(
    a_planted_bug_is_found_and_made_small,
    what_does_not_come_each_time_is_the_left_ports,
    two_references_agree,
    a_plan_without_programs_is_refused,
);

fn toy(flaw: Flaw) -> Result<Box<dyn Port>, PortFailure> {
    Ok(Box::new(ToyPort::new(flaw)))
}

fn a_planted_bug_is_found_and_made_small() {
    let setting = Setting::new(Cipher::None, Compression::None);
    let mut commands = vec!["open block_size=512 max_msgs=100".to_owned()];
    for number in 1..=20 {
        commands.push(format!("store orders.new size={} header=[\"K: V\"]", number + 3));
        commands.push("state".to_owned());
        commands.push("advance 10ms".to_owned());
    }
    commands.push("load 7".to_owned());
    let plan = Plan {
        replay: vec![Program { name: "found/toy".to_owned(), setting, commands }],
        seed: 1,
        commands: 0,
        runs: 1,
        shard: (1, 1),
        settings: vec![setting],
        workers: 1,
        deadline: Duration::from_secs(5),
        shrink: true,
        right_is_steady: false,
    };
    let root = WorkRoot::new(None, false).unwrap();
    let found = campaign(&plan, (&|| toy(Flaw::None), &|| toy(Flaw::LosesAByte)), &root, &|_| ()).unwrap();
    assert_eq!((found.runs, found.passed, found.findings.len()), (1, 0, 1));
    let finding = found.findings.values().next().unwrap();
    assert_eq!(finding.program.commands.first().map(String::as_str), Some("open"));
    assert_eq!(finding.program.commands.last().map(String::as_str), Some("load 7"));
    // Seven messages have to be there for the seventh to be loaded; nothing else has.
    assert_eq!(finding.program.commands.len(), 9, "{:?}", finding.program.commands);
    assert!(
        finding.program.commands.iter().all(|command| !command.contains("header")),
        "{:?}",
        finding.program.commands
    );
}

/// A port that does not find messages until it is started on its third case.
#[derive(Debug)]
struct Moody {
    inner: ToyPort,
    cases: usize,
}

impl Port for Moody {
    fn name(&self) -> &str {
        "moody"
    }

    fn start(&mut self) -> Result<Started, PortFailure> {
        self.inner.start()
    }

    fn call(&mut self, op: &Op) -> Result<Reply, PortFailure> {
        self.cases += usize::from(matches!(op, Op::Begin { .. }));
        let asked = match op {
            Op::LoadMsg { .. } if self.cases < 3 => Op::LoadMsg { seq: Uint(1 << 40) },
            op => op.clone(),
        };
        self.inner.call(&asked)
    }
}

fn what_does_not_come_each_time_is_the_left_ports() {
    let setting = Setting::new(Cipher::None, Compression::None);
    let commands = ["open", "store orders.new \"one\"", "load 1"].map(str::to_owned).to_vec();
    let program = Program { name: "found/toy".to_owned(), setting, commands };
    let mut plan = Plan {
        replay: vec![program.clone(), program],
        seed: 1,
        commands: 0,
        runs: 2,
        shard: (1, 1),
        settings: vec![setting],
        workers: 1,
        deadline: Duration::from_secs(5),
        shrink: false,
        right_is_steady: true,
    };
    let root = WorkRoot::new(None, false).unwrap();
    let moody =
        || -> Result<Box<dyn Port>, PortFailure> { Ok(Box::new(Moody { inner: ToyPort::new(Flaw::None), cases: 0 })) };
    let found = campaign(&plan, (&moody, &|| toy(Flaw::None)), &root, &|_| ()).unwrap();
    assert_eq!((found.runs, found.passed, found.findings.len()), (2, 1, 0));
    assert_eq!(found.unsteady.values().collect::<Vec<_>>(), [&(1, 0)]);
    plan.right_is_steady = false;
    let found = campaign(&plan, (&moody, &|| toy(Flaw::None)), &root, &|_| ()).unwrap();
    assert_eq!((found.passed, found.findings.len(), found.unsteady.len()), (0, 1, 0));
    plan.right_is_steady = true;
    let found = campaign(&plan, (&|| toy(Flaw::None), &|| toy(Flaw::LosesAByte)), &root, &|_| ()).unwrap();
    assert_eq!((found.passed, found.findings.len(), found.unsteady.len()), (0, 1, 0));
}

fn blkspec(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_blkspec")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn two_references_agree() {
    let (code, out, err) =
        blkspec(&["diff", "--left", "reference", "--right", "reference", "--runs", "6", "--ops", "80", "--seed", "3"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let end = out.find("6 programs").map(|at| &out[at..]).unwrap_or_default();
    assert!(
        end.ends_with("seed 3: reference against reference\n  passed           6\n  failed           0\n"),
        "{out}"
    );
}

fn a_plan_without_programs_is_refused() {
    let (code, _, err) = blkspec(&["diff", "--runs", "0"]);
    assert_eq!((code, err.as_str()), (Some(2), "blkspec: no program is selected in the settings all\n"));
    let (code, _, err) = blkspec(&["diff", "--runs", "2", "--shard", "3/2"]);
    assert_eq!((code, err.as_str()), (Some(2), "blkspec: --shard takes I/N with I from 1 to N, not `3/2`\n"));
}
