//! The doctor and its patients: one report for each fault, and the exit codes of the command.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::process::Command;
use std::time::Duration;

use blkspec::env::Scratch;
use blkspec::harness::doctor::{Culprit, Finding, examine};

use super::broken_adapter::{VARIABLE, port};

super::trials![a_healthy_adapter, broken_adapters, broken_ports, a_noisy_stderr_is_no_fault, exit_codes_of_the_command,];

/// What the doctor complains of, one line each, and the culprit of the whole.
fn complaints(fault: &str) -> (Option<Culprit>, String) {
    let scratch = Scratch::new(None).unwrap();
    let deadline = Duration::from_secs(if fault.ends_with("hangs") || fault == "silent" { 1 } else { 20 });
    let report = examine(&mut port(fault), scratch.path(), deadline);
    let lines: Vec<String> = report
        .checks
        .iter()
        .filter_map(|checked| match &checked.finding {
            Finding::Broken { culprit, what, .. } => Some(format!("  {culprit:?}, {}: {what}", checked.name)),
            Finding::Well(_) | Finding::Skipped(_) => None,
        })
        .collect();
    (report.culprit(), format!("{fault}\n{}", lines.join("\n")))
}

fn check_all(faults: &[&str], expected: Option<Culprit>) -> String {
    let mut all = Vec::new();
    for fault in faults {
        let (culprit, text) = complaints(fault);
        assert_eq!(culprit, expected, "{text}");
        all.push(text);
    }
    all.join("\n")
}

fn a_healthy_adapter() {
    let scratch = Scratch::new(None).unwrap();
    let report = examine(&mut port("honest"), scratch.path(), Duration::from_secs(20)).to_string();
    let lines = report.lines().map(|line| if line.contains(" cost: ") { "  ok      cost: (measured)" } else { line });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r##"
    doctor of cmd:broken honest
      ok      capabilities: toy-adapter for toy 1 (rust), virtual clock; stream, pure; none/none
      ok      ids: 10 requests, each answered with its id
      ok      pipelining: 100 requests written before the first answer was read
      ok      unknown operation: unsupported (no_such_operation)
      ok      clock: an hour passed at once, to the nanosecond
      ok      before open: no_store
      ok      64 bits in a function: 4 extremes came back unchanged
      ok      decoders: 0 refused bytes without sense; unsupported: decode_consumer_state, decode_stream_state, decode_sequence_set, decode_hash_wheel, decode_msg_scheduling, decompress
      ok      64 bits in a store: first sequences 9007199254740993 and 9223372036854775809 came back unchanged
      ok      store and load: every byte value came back
      ok      large payload: 1 MiB came back
      ok      missing message: an error of class msg_not_found
      ok      silence between requests: nothing on stdout but answers
      ok      restart: a fresh process says the same
      ok      stderr: 0 bytes, kept and not judged
      ok      cost: (measured)
    verdict: the adapter speaks the protocol and the port answers
    "##);
}

fn broken_adapters() {
    let faults = [
        "bad_json",
        "missing_id",
        "wrong_id",
        "integer_as_number",
        "rounded_integer",
        "no_outcome",
        "chatter_at_start",
        "chatter",
        "silent",
        "hangs",
        "dies",
        "dies_at_start",
        "error_for_unknown",
        "strange_capability",
    ];
    insta::assert_snapshot!(check_all(&faults, Some(Culprit::Adapter)), @r##"
    bad_json
      Adapter, start: an answer is not valid JSON (expected `:` at line 1 column 6): {"id""1","result"{"adapter""toy-adapter","port""toy","port_version""1","language""rust","clock""virtual","capabilities"["stream","pure"],"settings"["none/none"]}} (answering start)
    missing_id
      Adapter, start: an answer has no "id": {"result":{"adapter":"toy-adapter","port":"toy","port_version":"1","language":"rust","clock":"virtual","capabilities":["stream","pure"],"settings":["none/none"]}} (answering start)
    wrong_id
      Adapter, start: the answer to id "1" carries the id "77" (answering start)
    integer_as_number
      Adapter, ids: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
      Adapter, pipelining: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
      Adapter, clock: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
      Adapter, before open: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
      Adapter, 64 bits in a function: the integer result.ts came as the JSON number 9007199254740992.0 instead of a decimal string (answering timestamp_normalized)
      Adapter, 64 bits in a store: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
      Adapter, store and load: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
      Adapter, large payload: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
      Adapter, missing message: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
      Adapter, cost: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
    rounded_integer
      Adapter, 64 bits in a function: timestamp_normalized of 9007199254740993 gave Timestamp { ts: Time(Some(9007199254740992)) }
      Adapter, 64 bits in a store: a store opened with first_seq 9007199254740993 has 9007199254740992 and 9007199254740992
    no_outcome
      Adapter, start: an answer has not the shape of its operation: an answer has exactly one of "result", "unsupported" and "error" (answering start)
    chatter_at_start
      Adapter, start: stdout carries a line that is not an answer: "Hosting environment: Production" (answering start)
    chatter
      Adapter, ids: stdout carries a line that is not an answer: "debug: served a request" (answering now)
      Adapter, pipelining: stdout carries a line that is not an answer: "debug: served a request" (answering now)
      Adapter, clock: stdout carries a line that is not an answer: "debug: served a request" (answering settle)
      Adapter, cost: stdout carries a line that is not an answer: "debug: served a request" (answering now)
    silent
      Adapter, start: no answer to start within 1s; it has never written to stdout
    hangs
      Adapter, clock: no answer to advance within 1s
    dies
      Adapter, clock: the port's process ended (exit status: 3 without an answer)
    dies_at_start
      Adapter, start: the port's process ended (exit status: 3 without an answer)
    error_for_unknown
      Adapter, unknown operation: an operation that does not exist was answered with the error other (what?)
    strange_capability
      Adapter, capabilities: start declares the capability "streams"
    "##);
}

fn broken_ports() {
    let faults = ["cannot_open", "loses_a_byte", "store_dies", "store_hangs"];
    insta::assert_snapshot!(check_all(&faults, Some(Culprit::Port)), @r##"
    cannot_open
      Port, 64 bits in a store: open failed: other (the disk is a drum)
      Port, store and load: open failed: other (the disk is a drum)
      Port, large payload: open failed: other (the disk is a drum)
      Port, missing message: open failed: other (the disk is a drum)
    loses_a_byte
      Port, store and load: the msg of a loaded message is not what was stored
      Port, large payload: the msg of a loaded message is not what was stored
    store_dies
      Port, store and load: the port's process ended (exit status: 3 without an answer)
      Port, large payload: the port's process ended (exit status: 3 without an answer)
    store_hangs
      Port, store and load: no answer to store_msg within 1s
      Port, large payload: no answer to store_msg within 1s
    "##);
}

fn a_noisy_stderr_is_no_fault() {
    assert_eq!(complaints("noisy"), (None, "noisy\n".to_owned()));
}

fn exit_codes_of_the_command() {
    let doctor = |port: &str, fault: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blkspec"));
        let output =
            command.args(["doctor", "--deadline", "20", "--port", port]).env(VARIABLE, fault).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let verdict = stdout.lines().last().unwrap_or_default().to_owned();
        (output.status.code(), verdict, String::from_utf8(output.stderr).unwrap())
    };
    let this = std::env::current_exe().unwrap();
    let this = format!("cmd:'{}'", this.display());
    let check = |fault: &str, code: i32, verdict: &str| {
        assert_eq!(doctor(&this, fault), (Some(code), format!("verdict: {verdict}"), String::new()), "{fault}");
    };
    check("honest", 0, "the adapter speaks the protocol and the port answers");
    check("missing_id", 1, "the adapter is broken: mend it before looking at the port");
    check("cannot_open", 1, "the adapter is fine; the port behind it is broken");
    let (code, verdict, _) = doctor("cmd:/does/not/exist", "");
    assert_eq!((code, verdict.as_str()), (Some(2), "verdict: the port could not be run"));
    let (code, _, stderr) = doctor("perl", "");
    assert_eq!((code, stderr.contains("\"perl\" names no port")), (Some(2), true), "{stderr}");
}
