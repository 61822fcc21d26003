//! `run` and `record` from outside: verdicts, exit codes and messages, on the toy port and on adapters broken on purpose.
//!
//! The corpus of each test is its own directory, recorded from the toy itself, which is nobody's truth but its own.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use blkspec::env::Scratch;

use super::broken_adapter;

super::trials![
    all_pass_on_the_port_that_was_recorded,
    a_difference_is_shown_in_full,
    a_dead_port_costs_one_run,
    a_hanging_port_times_out,
    garbage_from_the_start_is_no_port,
    unsupported_is_not_a_pass,
    wrong_usage,
    a_check_changes_nothing,
    json_counts_every_verdict,
];

/// A case that the toy can answer in full.
pub(crate) const GOOD: &str =
    "# Stored and loaded.\nsettings: none/none because the toy has no other\n\nopen\nstore foo \"abc\"\nload 1\n";
/// One that it cannot.
const WIDE: &str = "settings: none/none because the toy has no other\n\nopen\n----\nok\n\npurge\n----\npurged 0\n";

/// A corpus in a directory, and the command on it.
pub(crate) struct World {
    scratch: Scratch,
}

impl World {
    /// The corpus of these cases: name and text.
    pub(crate) fn new(cases: &[(&str, &str)]) -> World {
        let scratch = Scratch::new(None).unwrap();
        for (name, text) in cases {
            std::fs::write(scratch.path().join(format!("{name}.case")), text).unwrap();
        }
        World { scratch }
    }

    /// The same, with every case recorded from the toy.
    pub(crate) fn recorded(cases: &[(&str, &str)]) -> World {
        let world = World::new(cases);
        let (code, text) = world.blkspec("honest", &["record"]);
        assert_eq!(code, 0, "{text}");
        world
    }

    /// A path beside the cases.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.scratch.path().join(name)
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.scratch.path().join(format!("{name}.case"))).unwrap()
    }

    /// Runs the command with the adapter of this fault; gives the exit code and what it wrote, without its own paths.
    pub(crate) fn blkspec(&self, fault: &str, arguments: &[&str]) -> (i32, String) {
        let adapter = std::env::current_exe().unwrap();
        let port = format!("cmd:{}", adapter.display());
        let output = Command::new(env!("CARGO_BIN_EXE_blkspec"))
            .args(arguments)
            .arg("--corpus")
            .arg(self.scratch.path())
            .args(["--port", &port])
            .env(broken_adapter::VARIABLE, fault)
            .output()
            .unwrap();
        let mut text = String::from_utf8(output.stdout).unwrap();
        text.push_str(&String::from_utf8(output.stderr).unwrap());
        let hide = |text: String, path: &Path, name: &str| text.replace(&path.display().to_string(), name);
        let text = hide(hide(text, self.scratch.path(), "CORPUS"), &adapter, "ADAPTER");
        (output.status.code().unwrap(), text)
    }
}

fn check(world: &World, fault: &str, arguments: &[&str], code: i32, name: &str) {
    let (found, text) = world.blkspec(fault, arguments);
    insta::assert_snapshot!(name, text);
    assert_eq!(found, code, "{text}");
}

fn all_pass_on_the_port_that_was_recorded() {
    let world = World::recorded(&[("good", GOOD)]);
    insta::assert_snapshot!("recorded", world.file("good"));
    check(&world, "honest", &["run"], 0, "passed");
}

fn a_difference_is_shown_in_full() {
    let world = World::recorded(&[("good", GOOD)]);
    check(&world, "loses_a_byte", &["run"], 1, "failed");
}

fn a_dead_port_costs_one_run() {
    let plain = "settings: none/none because the toy has no other\n\nopen\nstate\n";
    let world = World::recorded(&[("a", GOOD), ("b", plain)]);
    check(&world, "store_dies", &["run", "-j", "1"], 1, "crashed");
}

fn a_hanging_port_times_out() {
    let world = World::recorded(&[("good", GOOD)]);
    check(&world, "store_hangs", &["run", "--timeout", "1"], 1, "timed_out");
}

fn garbage_from_the_start_is_no_port() {
    let world = World::recorded(&[("good", GOOD)]);
    check(&world, "bad_json", &["run"], 2, "no_port");
}

fn unsupported_is_not_a_pass() {
    let world = World::recorded(&[("good", GOOD)]);
    std::fs::write(world.scratch.path().join("wide.case"), WIDE).unwrap();
    check(&world, "honest", &["run"], 0, "unsupported");
    // A run that judged nothing is not green.
    check(&world, "honest", &["run", "wide"], 1, "nothing_ran");
}

fn wrong_usage() {
    let world = World::new(&[("good", GOOD), ("odd", "opne\n"), ("far", "store foo \"{j}\"\n")]);
    let mut out = String::new();
    let tries: [&[&str]; 8] = [
        &["run", "good"],
        &["run", "odd"],
        &["run", "far"],
        &["run", "missing"],
        &["run", "good", "--settings", "aes/s2"],
        &["run", "good", "--settings", "aes"],
        &["run", "good", "--shard", "3/2"],
        &["run", "good", "-j", "0"],
    ];
    for arguments in tries {
        let (code, text) = world.blkspec("honest", arguments);
        writeln!(out, "{}: exit {code}\n{text}", arguments.join(" ")).unwrap();
        assert_eq!(code, 2, "{out}");
    }
    insta::assert_snapshot!("wrong_usage", out);
}

fn a_check_changes_nothing() {
    let world = World::recorded(&[("good", GOOD)]);
    assert_eq!(world.blkspec("honest", &["record", "--check"]).0, 0);
    let before = world.file("good");
    check(&world, "loses_a_byte", &["record", "--check"], 1, "check_differs");
    assert_eq!(world.file("good"), before);
}

fn json_counts_every_verdict() {
    let world = World::recorded(&[("good", GOOD)]);
    std::fs::write(world.scratch.path().join("wide.case"), WIDE).unwrap();
    let report = world.scratch.path().join("report.json");
    let (code, text) = world.blkspec("loses_a_byte", &["run", "--json", &report.display().to_string()]);
    assert_eq!(code, 1, "{text}");
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    let expected = serde_json::json!({
        "cases": 2, "vectors": 0, "runs": 2, "passed": 0, "failed": 1, "unsupported": 1, "crashed": 0, "timed_out": 0, "known": 0, "stale": 0
    });
    assert_eq!(json.get("summary"), Some(&expected));
}
