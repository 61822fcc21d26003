//! The process layer against adapters that are broken in one way each: every fault has its own diagnosis, none hangs the
//! harness, and a fresh start mends what a restart can mend.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use blkspec::env::Scratch;
use blkspec::harness::port::{Port, PortFailure, Reply};
use blkspec::harness::process::ProcessPort;
use blkspec::harness::protocol::{Bytes, FileConfig, Int, Op, Outcome, Output, StreamConfigMsg, Time, Uint};

use super::broken_adapter::port;

super::trials![
    faults_of_answers,
    silence_and_deafness_time_out,
    a_hang_times_out_and_costs_one_start,
    a_death_is_a_crash_with_last_words,
    an_endless_line_is_cut_off,
    a_failed_port_stays_failed,
    pipelining_keeps_order_and_cannot_deadlock,
    stderr_is_kept_and_bounded,
    a_missing_program_is_not_started,
    a_child_runs_in_a_directory_of_its_own,
];

/// What the first failure of a short session is, in words.
fn first_failure(mut port: ProcessPort) -> String {
    let mut session = || {
        port.start()?;
        port.call(&Op::Begin { case: "a".into() })?;
        port.call(&Op::Now {})?;
        port.call(&Op::Now {})?;
        port.call(&Op::Advance { ns: Int(1) })
    };
    match session() {
        Ok(reply) => format!("{reply:?}"),
        Err(failure) => format!("{failure}"),
    }
}

fn faults_of_answers() {
    let faults = [
        "honest",
        "bad_json",
        "missing_id",
        "wrong_id",
        "id_as_number",
        "integer_as_number",
        "no_outcome",
        "chatter_at_start",
        "chatter",
        "not_utf8",
    ];
    let found: Vec<String> = faults.iter().map(|fault| format!("{fault}: {}", first_failure(port(fault)))).collect();
    insta::assert_snapshot!(found.join("\n"), @r##"
    honest: Reply { outcome: Result(Now { now: Int(946684800000000001) }), events: [] }
    bad_json: an answer is not valid JSON (expected `:` at line 1 column 6): {"id""1","result"{"adapter""toy-adapter","port""toy","port_version""1","language""rust","clock""virtual","capabilities"["stream","pure"],"settings"["none/none"]}} (answering start)
    missing_id: an answer has no "id": {"result":{"adapter":"toy-adapter","port":"toy","port_version":"1","language":"rust","clock":"virtual","capabilities":["stream","pure"],"settings":["none/none"]}} (answering start)
    wrong_id: the answer to id "1" carries the id "77" (answering start)
    id_as_number: the answer to id "1" carries the id 1 (answering start)
    integer_as_number: the integer result.now came as the JSON number 9.466848e+17 instead of a decimal string (answering begin)
    no_outcome: an answer has not the shape of its operation: an answer has exactly one of "result", "unsupported" and "error" (answering start)
    chatter_at_start: stdout carries a line that is not an answer: "Hosting environment: Production" (answering start)
    chatter: stdout carries a line that is not an answer: "debug: served a request" (answering now)
    not_utf8: an answer is not UTF-8: "{\"id\":\"�{\"id\":\"1\",\"result\":{\"adapter\":\"toy-adapter\",\"port\":\"toy\",\"port_version\":\"1\",\"language\":\"rust\",\"clock\":\"virtual\",\"capabilities\":[\"stream\",\"pure\"],\"settings\":[\"none/none\"]}}" (answering start)
    "##);
    // Whether the second answer is there in time is a race; either way it is named.
    let found = first_failure(port("twice"));
    let named = ["stdout carries a line that answers no request", "the answer to id \"2\" carries the id \"1\""];
    assert!(named.iter().any(|text| found.starts_with(text)), "{found}");
}

fn silence_and_deafness_time_out() {
    for fault in ["silent", "deaf"] {
        let mut port = port(fault);
        port.set_deadline(Duration::from_millis(300));
        let expected = "no answer to start within 300ms; it has never written to stdout";
        assert_eq!(port.start().unwrap_err().to_string(), expected);
    }
}

fn a_hang_times_out_and_costs_one_start() {
    let mut port = port("hangs");
    port.start().unwrap();
    port.set_deadline(Duration::from_millis(300));
    let failure = port.call(&Op::Advance { ns: Int(1) }).unwrap_err();
    assert_eq!(failure.to_string(), "no answer to advance within 300ms");
    port.set_deadline(Duration::from_secs(20));
    port.start().unwrap();
    port.call(&Op::Now {}).unwrap();
}

fn a_death_is_a_crash_with_last_words() {
    let check = |fault: &str, expected: (&str, &str)| {
        let mut port = port(fault);
        let failure = port.start().and_then(|_| port.call(&Op::Advance { ns: Int(1) })).unwrap_err();
        let PortFailure::Crashed { status, stderr_tail } = failure else { unreachable!("{failure}") };
        assert_eq!((status.as_str(), stderr_tail.as_str()), expected);
    };
    check("dies", ("exit status: 3 without an answer", "out of wind\n"));
    check("dies_at_start", ("exit status: 3 without an answer", "no licence found\n"));
    check("torn", ("exit status: 3 without an answer, in the middle of a line", "in the middle of it\n"));
}

fn an_endless_line_is_cut_off() {
    let mut port = port("endless_line").with_line_limit(100_000);
    assert_eq!(port.start().unwrap_err().to_string(), "an answer is longer than 100000 bytes (answering start)");
}

fn a_failed_port_stays_failed() {
    let mut port = port("dies");
    port.start().unwrap();
    let failure = port.call(&Op::Advance { ns: Int(1) }).unwrap_err();
    assert_eq!(port.call(&Op::Now {}).unwrap_err(), failure);
    assert_eq!(port.stderr_tail(), "out of wind\n");
    port.start().unwrap();
    port.call(&Op::Now {}).unwrap();
}

fn pipelining_keeps_order_and_cannot_deadlock() {
    let mut port = port("honest");
    port.start().unwrap();
    port.call(&Op::Begin { case: "a".into() }).unwrap();
    let (file, stream) = (FileConfig::default(), StreamConfigMsg::default());
    port.call(&Op::Open { dir: "d".into(), file, stream, created: Time::ZERO, key: None, old_key: None }).unwrap();
    // Many times what the pipes hold, in both directions at once.
    let payload = |number: u64| Bytes(vec![(number % 251) as u8; 200_000]);
    let ops: Vec<Op> = (1..=30)
        .flat_map(|number| {
            let store = Op::StoreMsg { subject: "a".into(), hdr: Bytes::default(), msg: payload(number), ttl: None };
            [store, Op::LoadMsg { seq: Uint(number) }]
        })
        .collect();
    let replies = port.call_many(&ops);
    assert_eq!(replies.len(), ops.len());
    for (number, pair) in (1..).zip(replies.chunks(2)) {
        let Some(Ok(Reply { outcome: Outcome::Result(Output::Message { msg }), .. })) = pair.last() else {
            unreachable!("{pair:?}");
        };
        assert_eq!((msg.seq, msg.msg == payload(number)), (Uint(number), true));
    }
    let ops = vec![Op::Advance { ns: Int(1) }; 3000];
    let last = port.call_many(&ops).pop().unwrap().unwrap();
    assert_eq!(last.outcome, Outcome::Result(Output::Now { now: Int(blkspec::harness::protocol::EPOCH_NS + 3000) }));
    assert_eq!(port.cost().operations, 3 + 60 + 3000);
}

fn stderr_is_kept_and_bounded() {
    let mut port = port("noisy");
    port.start().unwrap();
    for _ in 0..50 {
        port.call(&Op::Now {}).unwrap();
    }
    let tail = port.stderr_tail();
    assert_eq!((tail.len() <= 16 << 10, tail.contains("noise noise")), (true, true), "{} bytes", tail.len());
}

fn a_missing_program_is_not_started() {
    let mut port = ProcessPort::new("cmd:x", "/does/not/exist", Vec::new());
    let text = port.start().unwrap_err().to_string();
    assert!(text.starts_with("the port could not be started: /does/not/exist: "), "{text}");
}

fn a_child_runs_in_a_directory_of_its_own() {
    let directory = Scratch::new(None).unwrap();
    let path = std::fs::canonicalize(directory.path()).unwrap();
    let arguments = vec!["-c".into(), "touch stray; pwd -P >&2".into()];
    let mut port = ProcessPort::new("cmd:sh", "sh", arguments).in_directory(directory);
    let failure = port.start().unwrap_err();
    assert_eq!(failure.stderr_tail().trim(), path.to_string_lossy());
    assert!(path.join("stray").exists(), "what the child leaves lies there");
    drop(port);
    assert!(!path.exists(), "and goes with the port");
}
