//! Input that nobody should give, and what the command says to it: a clear message, exit code 1 or 2, and never a panic.
//!
//! Each message names the file, the place in it, what was expected and what was found, as far as there is such a thing. Goldens
//! have tests of their own in `goldens.rs`, the files of stores in `inspect.rs`.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use blkspec::harness::report::{Asked, Report};
use blkspec::harness::verdict::{RunReport, Verdict};

use super::broken_adapter;
use super::command::{Place, checkout};

super::trials![
    cases_with_faults,
    cases_that_are_not_recorded,
    no_case_selected,
    options_that_do_not_exist,
    places_that_do_not_exist,
    random_bytes_inspected,
    keys_and_cuts_inspected,
    paths_that_are_no_store,
    adapters_that_never_start,
    adapters_that_fail_on_the_way,
    a_machine_without_go,
    unsupported_on_the_reference_fails,
    failures_are_repeated_where_they_happened,
];

/// A directory with these cases in `corpus`.
fn with_cases(cases: &[(&str, &str)]) -> Place {
    let place = Place::new();
    for (name, text) in cases {
        place.write(&format!("corpus/{name}.case"), text);
    }
    place
}

fn cases_with_faults() {
    let place = with_cases(&[
        ("command", "# A case.\n\nopen\nstroe foo\n----\nok\n"),
        ("argument", "open block_size=many\n----\nok\n"),
        ("quote", "open\nstore foo \"abc\n----\nok\n"),
        ("setting", "settings: none/zip\n\nopen\n----\nok\n"),
        ("loop", "open\nrepeat 10 {\nstore foo\n----\nok\n"),
        ("empty", ""),
    ]);
    place.write("corpus/bytes.case", b"open\n----\nok \xff\n");
    let names = ["command", "argument", "quote", "setting", "loop", "empty", "bytes"];
    let sessions = names.map(|name| place.sessions(&[2], &[&["run", "--corpus", "corpus", name]]));
    insta::assert_snapshot!("faulty_cases", sessions.join("\n"));
}

fn cases_that_are_not_recorded() {
    let place = with_cases(&[("new", "open\nstate\n"), ("half", "open\n----\nok\n\nstate\n")]);
    let commands: [&[&str]; 2] = [&["run", "--corpus", "corpus", "new"], &["run", "--corpus", "corpus", "half"]];
    insta::assert_snapshot!("not_recorded", place.sessions(&[2], &commands));
}

fn no_case_selected() {
    let place = with_cases(&[("topic/one", "settings: none/none because so\n\nopen\n----\nok\n")]);
    std::fs::create_dir(place.path("empty")).unwrap();
    let commands: [&[&str]; 7] = [
        &["run", "--corpus", "empty"],
        &["run", "--corpus", "corpus", "topic/two"],
        &["run", "--corpus", "corpus", "top*/t*"],
        &["run", "--corpus", "corpus", "[t"],
        &["run", "--corpus", "corpus", "elsewhere/one.case"],
        &["run", "--corpus", "corpus", "--settings", "aes/s2"],
        &["run", "--corpus", "corpus", "--shard", "2/2"],
    ];
    insta::assert_snapshot!("no_case", place.sessions(&[2], &commands));
}

fn options_that_do_not_exist() {
    let commands: [&[&str]; 12] = [
        &[],
        &["runn"],
        &["run", "--setting", "all"],
        &["run", "--settings", "aes"],
        &["run", "--settings", ""],
        &["run", "--shard", "3/2"],
        &["run", "--shard", "first"],
        &["run", "--timeout", "0"],
        &["run", "--port", "java"],
        &["run", "--port", "go@2.14"],
        &["run", "--port", "cmd:a 'b"],
        &["inspect"],
    ];
    insta::assert_snapshot!("options", Place::new().sessions(&[2], &commands));
}

fn places_that_do_not_exist() {
    let place = with_cases(&[("one", "settings: none/none because so\n\nopen\n----\nok\n")]);
    place.write("file", "");
    let commands: [&[&str]; 5] = [
        &["run", "--corpus", "missing"],
        &["run", "--corpus", "file"],
        &["run", "--corpus", "corpus", "--work-dir", "file/below"],
        &["run", "--corpus", "corpus", "--json", "missing/report.json"],
        &["inspect", "missing"],
    ];
    insta::assert_snapshot!("places", place.sessions(&[2], &commands));
}

/// Bytes without meaning, always the same.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let byte = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes().first().copied().unwrap()
    };
    (0..len).map(byte).collect()
}

fn random_bytes_inspected() {
    let place = Place::new();
    let names = ["meta.inf", "meta.sum", "meta.key", "msgs/1.blk", "msgs/1.key", "msgs/2.idx", "msgs/index.db"];
    for name in names.into_iter().chain(["msgs/thw.db", "msgs/sched.db", "obs/C/o.dat", "other"]) {
        place.write(&format!("random/{name}"), noise(300));
        place.write(&format!("empty/{name}"), "");
    }
    let commands: [&[&str]; 2] = [&["inspect", "random"], &["inspect", "empty"]];
    insta::assert_snapshot!("random_and_empty_files", place.sessions(&[1], &commands));
}

fn keys_and_cuts_inspected() {
    let place = Place::new();
    place.copy("tests/data/go-files/plain", "plain/msgs");
    let block = place.read("plain/msgs/1.blk");
    place.write("plain/msgs/1.blk", block.get(..60).unwrap());
    let commands: [&[&str]; 1] = [&["inspect", "plain/msgs/1.blk", "--stream", "GOFILES"]];
    insta::assert_snapshot!("cut_block", place.sessions(&[1], &commands));
    let commands: [&[&str]; 1] = [&["inspect", "plain/msgs/1.blk", "--key", "0g"]];
    insta::assert_snapshot!("key_that_is_no_hex", place.sessions(&[2], &commands));
}

fn paths_that_are_no_store() {
    let place = Place::new();
    place.write("sources/main.rs", "fn main() {}\n");
    std::fs::create_dir(place.path("empty")).unwrap();
    insta::assert_snapshot!("no_store", place.sessions(&[2], &[&["inspect", "sources"], &["inspect", "empty"]]));
    insta::assert_snapshot!("no_file_of_a_store", place.sessions(&[1], &[&["inspect", "sources/main.rs"]]));
}

/// Commands that are no adapters, wherever a port is asked for.
fn adapters_that_never_start() {
    let place = with_cases(&[("one", "settings: none/none because so\n\nopen\n----\nok\n")]);
    place.copy("golden/v2.14.9/basics/restore-after-stop", "golden/v2.14.9/basics/restore-after-stop");
    place.write("golden/CASES", "basics/restore-after-stop\n");
    let run = |port, timeout| ["run", "--corpus", "corpus", "--timeout", timeout, "--port", port];
    let golden = ["golden", "check", "--golden", "golden", "--timeout", "1", "--port"];
    let commands: [&[&str]; 9] = [
        &run("cmd:missing/program", "30"),
        &run("cmd:sh -c 'echo no licence found >&2; exit 3'", "30"),
        &run("cmd:sh -c 'read line; echo hello'", "30"),
        &run("cmd:sleep 600", "1"),
        &["record", "--corpus", "corpus", "--port", "cmd:missing/program"],
        &["record", "--corpus", "corpus", "--port", "cmd:sh -c 'echo no licence found >&2; exit 3'"],
        &[&golden[..], &["cmd:missing/program"]].concat(),
        &[&golden[..], &["cmd:sleep 600"]].concat(),
        &["doctor", "--port", "cmd:missing/program"],
    ];
    insta::assert_snapshot!("adapters_that_never_start", place.sessions(&[2], &commands));
}

/// Adapters that start and fail later: the run has its verdict and the others go on.
fn adapters_that_fail_on_the_way() {
    let only = "settings: none/none because the toy has no other\n\n";
    let storing = format!("{only}open\nstore foo \"abc\"\n----\nok\nseq 1\n");
    let cases = [("advances", format!("{only}open\nadvance 1s\n----\nok\n@1s\n")), ("stores", storing)];
    let adapter = format!("cmd:{}", std::env::current_exe().unwrap().display());
    let mut out = String::new();
    for fault in ["dies", "hangs", "store_dies", "store_hangs", "torn"] {
        let place = with_cases(&cases.each_ref().map(|(name, text)| (*name, text.as_str())));
        let place = place.with_env(broken_adapter::VARIABLE, fault);
        let code = if fault == "torn" { 2 } else { 1 };
        let arguments = ["run", "--corpus", "corpus", "-j", "1", "--timeout", "1", "--port", &adapter];
        out += &format!("-- the fault: {fault}\n{}\n", place.sessions(&[code], &[&arguments]));
    }
    insta::assert_snapshot!("adapters_that_fail_on_the_way", out);
}

/// A version that nobody has built, so that Go would have to build it now.
fn a_machine_without_go() {
    let place = with_cases(&[("one", "settings: none/none because so\n\nopen\n----\nok\n")]);
    let place = place.with_env("BLKSPEC_GO", "/nonexistent/go");
    let port = ["--port", "go@v2.0.0-none"];
    let commands: [&[&str]; 4] = [
        &[&["run", "--corpus", "corpus"][..], &port].concat(),
        &[&["record", "--corpus", "corpus"][..], &port].concat(),
        &[&["doctor"][..], &port].concat(),
        &["golden", "update", "basics/restore-after-stop", "--go", "v2.0.0-none"],
    ];
    insta::assert_snapshot!("without_go", place.sessions(&[2], &commands));
}

/// A skip never counts as a pass. Other ports may skip, but not everything.
fn unsupported_on_the_reference_fails() {
    let run = RunReport {
        case: "topic/odd".to_owned(),
        file: "corpus/cases/topic/odd.case".to_owned(),
        setting: "none/none".parse().unwrap(),
        verdict: Verdict::Unsupported { line: 3, what: "purge".to_owned() },
        operations: 1,
        elapsed: Duration::ZERO,
        fingerprint: None,
        kept: None,
    };
    let passed = RunReport { verdict: Verdict::Pass, ..run.clone() };
    let report = |port: &str| Report::new(Asked::of(&port.parse().unwrap()), vec![run.clone(), passed.clone()]);
    assert!(!report("reference").is_success());
    assert!(report("cmd:other").is_success());
    let texts = ["reference", "cmd:other"].map(|port| report(port).text());
    insta::assert_snapshot!("unsupported", texts.join("\n"));
}

/// The line `repeat with:` does again what failed, from the same directory.
fn failures_are_repeated_where_they_happened() {
    let place = with_cases(&[("topic/wrong", "settings: none/none because so\n\nopen\nstate\n----\nok\nmsgs 7\n")]);
    place.write("alone.case", "settings: none/none because so\n\nopen\nstate\n----\nok\nmsgs 8\n");
    let case = checkout("corpus/cases/basics/restore-after-stop.case");
    let golden = "golden dir/v2.14.9/basics/restore-after-stop";
    place.write("cases/basics/restore-after-stop.case", std::fs::read(case).unwrap());
    place.copy("golden/v2.14.9/basics/restore-after-stop", golden);
    place.write("golden dir/CASES", "basics/restore-after-stop\n");
    std::fs::remove_dir_all(place.path(&format!("{golden}/aes-s2/msgs"))).unwrap();
    let commands: [&[&str]; 3] = [
        &["run", "--corpus", "corpus"],
        &["run", "alone.case"],
        &["golden", "check", "--golden", "golden dir", "--corpus", "cases"],
    ];
    for arguments in commands {
        let (code, text) = place.session(arguments);
        assert_eq!(code, 1, "{text}");
        let command = text.lines().find_map(|line| line.trim().strip_prefix("repeat with: blkspec ")).unwrap();
        let words = shlex::split(command).unwrap();
        let (_, again) = place.session(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let without_line = |text: &str| text.split_once('\n').unwrap().1.to_owned();
        assert_eq!(without_line(&again), without_line(&text));
    }
}
