//! The parser held to its messages: every fault of a case file in one snapshot, and what a good file means and prints.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;

use super::template::Variables;
use super::{Answers, Case, Setting, Statement, lower_at, parse, rewrite};
use crate::harness::protocol::EPOCH_NS;

fn case(text: &str) -> Case {
    parse("topic/name", "name.case", text).unwrap()
}

/// Commands that the parser refuses.
const FAULTY_COMMANDS: &[&str] = &[
    "stor foo",
    "opne",
    "zzzzzzzz",
    "consumer",
    "consumer C",
    "consumer C stat",
    "store",
    "store foo \"a\" \"b\"",
    "store foo \"a",
    "store foo \"a\\q\"",
    "store foo \"a\\x4\"",
    "store foo \"a\"b",
    "store foo \"{\"",
    "store foo \"}\"",
    "store foo \"{i\"",
    "store foo \"{i}\"",
    "store foo \"{3..1}\" repeat=2",
    "store foo \"{i/0}\" repeat=2",
    "store foo hex:0",
    "store foo hex:xy",
    "store foo size=1TiB",
    "store foo size=200MiB",
    "store foo fill=a",
    "store foo size=5 fill=\"\"",
    "store foo ttl=1.5s",
    "store foo hdr=\"a\" header=[b]",
    "store foo header=\"a\"",
    "store foo sizee=5",
    "store foo bar=5",
    "store foo size=5 size=6",
    "store foo repeat=0",
    "store foo repeat=x",
    "store foo repeat=99999999999",
    "store foo repeat=2 repeat=3",
    "store foo repeat=[1]",
    "store [foo]",
    "store-raw foo",
    "store-raw foo seq=1 ts=5s",
    "store-raw foo seq=-1 ts=@0s",
    "load",
    "load one",
    "load 18446744073709551616",
    "load 1 2",
    "stop now",
    "open max_msgs=1 max_msgs=2",
    "open max_msg=1",
    "open max_age=1",
    "open max_msgs=many",
    "open discard=none",
    "open sync_always=1",
    "open subjects=foo",
    "open subjects=[foo",
    "open block_size=[1]",
    "open sync_alway",
    "advance",
    "advance 1",
    "advance 1x",
    "advance 1h1",
    "advance 99999999999h",
    "register everything",
    "inspect [block]",
    "sync-deleted",
    "sync-deleted [9-5]",
    "sync-deleted [1] saved=x",
    "consumer C update delivered=1",
    "consumer C update pending=[1]",
    "consumer C update redelivered=[1:x]",
    "flip msgs/1.blk",
    "flip msgs/1.blk offset=1 bit=8",
    "rm ../x",
    "rm /etc",
    "rm \"\"",
    "chmod 999 x",
    "link /dev/zero x",
    "link msgs/1.blk /x",
    "save-dir a/b",
    "}",
    "for i in 1..3",
    "for i in 1..3 {",
    "for i in 1..3 {\n}",
    "for i in 1..3 {\n  stop",
    "for I in 1..3 {\n  stop\n}",
    "for i of 1..3 {\n  stop\n}",
    "for i in 1..x {\n  stop\n}",
    "for i in 1..3 step 0 {\n  stop\n}",
    "for i in shuffle 1..3 5 {\n  stop\n}",
    "for i in 1..99999999999 {\n  stop\n}",
    "repeat {\n  stop\n}",
    "repeat 2 {\n  load {j}\n}",
    "repeat 2 {\n  repeat 2 {\n    stop\n  }",
];

/// The faults of files that consist of a command.
#[test]
fn faults_of_commands() {
    let mut out = String::new();
    for line in FAULTY_COMMANDS {
        let shown = line.replace('\n', "⏎");
        match parse("topic/name", "name.case", line) {
            Err(error) => writeln!(out, "{shown}\n    {error}").unwrap(),
            Ok(_) => writeln!(out, "{shown}\n    ACCEPTED").unwrap(),
        }
    }
    insta::assert_snapshot!("faults_of_commands", out);
    assert!(!out.contains("ACCEPTED"), "{out}");
}

/// The faults of the head and of the answers.
#[test]
fn faults_of_files() {
    let files = [
        "",
        "# nothing but a comment\n",
        "from: TestA\n",
        "from:\nstop\n",
        "from: TestA\nfrom: TestB\nstop\n",
        "form: A\nstop\n",
        "settings: none/s3\nstop\n",
        "settings: aes\nstop\n",
        "settings: aes/*\nstop\n",
        "settings: because of this\nstop\n",
        "recorded:\nstop\n",
        "----\nok\n",
        "stop\n----\nok\n----\nok\n",
        "stop\n----\nok\n---- aes/*\nok\n---- */s2\nok\n",
        "stop\n---- aes/s4\nok\n",
        "stop\n----x\nok\n",
    ];
    let mut out = String::new();
    for text in files {
        let shown = text.replace('\n', "⏎");
        match parse("topic/name", "name.case", text) {
            Err(error) => writeln!(out, "{shown}\n    {error}").unwrap(),
            Ok(_) => writeln!(out, "{shown}\n    ACCEPTED").unwrap(),
        }
    }
    insta::assert_snapshot!("faults_of_files", out);
    assert!(!out.contains("ACCEPTED"), "{out}");
}

#[test]
fn a_file_means_what_it_says() {
    let text = "# One.\n# Two.\nfrom: TestA, TestB\nsettings: aes/* because keys\nrecorded: v9\n\n\
                # Not the head.\nopen max_age=1h subjects=[a, \"b c\"] sync_always\nfor x in [3, 1] {\n  load {x} # why\n}\n----\nok\n\
                ---- aes/s2\nother\n\nstop\n";
    let case = case(text);
    assert_eq!(case.about, "One.\nTwo.\n");
    assert_eq!(case.from, ["TestA", "TestB"]);
    assert_eq!(case.limited_because.as_deref(), Some("keys"));
    assert_eq!(case.recorded.as_deref(), Some("v9"));
    let settings: Vec<String> = case.settings.iter().map(ToString::to_string).collect();
    assert_eq!(settings, ["aes/none", "aes/s2"]);
    let first = case.paragraphs.first().unwrap();
    let answers: Vec<&[String]> =
        case.settings.iter().map(|setting| first.section(*setting).unwrap().answer.as_slice()).collect();
    assert_eq!(answers, [["ok".to_owned()], ["other".to_owned()]]);
    assert!(case.paragraphs.last().unwrap().section(Setting::ALL[0]).is_none());
    let lines: Vec<usize> = first.statements.iter().map(Statement::line).collect();
    assert_eq!(lines, [8, 9]);
}

/// What lines mean as operations, in the words of the protocol.
#[test]
fn operations_of_commands() {
    let lines = [
        "store foo.{1..3} \"msg {i}\" repeat=9",
        "store foo hex:00ff ttl=1h header=[\"A: b\"]",
        "store foo size=5 fill=ab",
        "store foo size=9 fill=random seed=7",
        "store-raw foo \"x\" seq=max ts=@-1s discard_new_check",
        "load-next foo.* start=7",
        "load-next foo wc start=7",
        "seq-from-time +10s",
        "consumer C update delivered=1/2 ack_floor=0/1 pending=[2:1@5s] redelivered=[2:3]",
        "consumer C open ack_policy=explicit max_deliver=-1",
        "open block_size=4KiB max_msgs=-1 discard=new no_key dir=other",
        "sync-deleted [3, 5-9]",
    ];
    let mut out = String::new();
    for line in lines {
        let case = case(line);
        for statement in &case.paragraphs.first().unwrap().statements {
            if let Statement::Command(command) = statement {
                let step = lower_at(command, &Variables::new().with("i", 5, 5), EPOCH_NS).unwrap();
                writeln!(out, "{line}\n    {step:?}").unwrap();
            }
        }
    }
    insta::assert_snapshot!("operations_of_commands", out);
}

#[test]
fn recording_changes_answers_alone() {
    let text = "# About.\nfrom: TestA\n\nopen\n----\nold\n\n# Between.\nstate   # here\n\n\nstop\n";
    let case = case(text);
    let all = |lines: [&str; 6]| -> Answers {
        Setting::ALL.into_iter().zip(lines.map(|line| vec![line.to_owned()])).collect()
    };
    let answers = [all(["ok"; 6]), all(["a", "a", "b", "b", "b", "b"]), all(["a", "b", "a", "c", "a", "b"])];
    let first = rewrite(&case, &answers, "v1");
    insta::assert_snapshot!("recorded", first);
    // Recording what was recorded gives the same bytes, and another version only its header.
    let again = parse("topic/name", "name.case", &first).unwrap();
    assert_eq!(rewrite(&again, &answers, "v1"), first);
    assert_eq!(rewrite(&again, &answers, "v2"), first.replace("recorded: v1", "recorded: v2"));
}
