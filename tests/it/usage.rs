//! `--help` of every subcommand, nested ones too: each has examples that the command line takes, says what its exit codes mean, and
//! ends with each of these codes when it is given cause. Completions and manual pages know every subcommand.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;

use blkspec::cli::check_usage;

use super::broken_adapter;
use super::command::{Place, checkout};

super::trials![
    every_subcommand_has_examples_that_are_commands,
    every_exit_code_is_provoked,
    completions_know_every_subcommand,
    every_subcommand_has_a_manual_page,
    a_reader_that_stops_is_not_told,
];

/// A case that the toy answers in full.
const CASE: &str = "# Stored.\nsettings: none/none because the toy has no other\n\nopen\nstore foo \"abc\"\nload 1\n";

/// A golden, below the sources.
const GOLDEN: &str = "golden/v2.14.9/erase/every-second-without-index";

/// A vector, which is made of a base.
const VECTOR: &str = "consumer-state/ack-floor-consumer-one.txt";

/// Codes that come from the Go store alone, which not every machine has; CI runs these commands.
const ASK_GO: [(&str, i32); 2] = [("golden update", 0), ("trace", 1)];

/// The subcommands with their words, such as `golden check`.
fn subcommands(place: &Place, above: &str) -> Vec<String> {
    let words: Vec<&str> = above.split_whitespace().chain(["--help"]).collect();
    let (code, help) = place.run(&words);
    assert_eq!(code, 0, "{help}");
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let mut found = Vec::new();
    for name in names {
        let words = format!("{above} {name}").trim().to_owned();
        let below = subcommands(place, &words);
        found.push(words);
        found.extend(below);
    }
    found
}

fn help(place: &Place, subcommand: &str) -> String {
    place.run(&subcommand.split_whitespace().chain(["--help"]).collect::<Vec<_>>()).1
}

/// The words of a command, without the shell's redirection and comment.
fn words(line: &str) -> Vec<String> {
    let words = shlex::split(line).unwrap();
    words.into_iter().take_while(|word| !word.starts_with(['>', '|', '#'])).collect()
}

fn every_subcommand_has_examples_that_are_commands() {
    let place = Place::new();
    let all = subcommands(&place, "");
    assert!(all.len() >= 17 && all.iter().any(|name| name == "golden check"), "{all:?}");
    for subcommand in all {
        let help = help(&place, &subcommand);
        let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  blkspec ")).collect();
        let own = examples.iter().filter(|example| example.starts_with(&subcommand)).count();
        assert!(own > 0, "{subcommand} --help has no example of its own: {examples:?}");
        for example in examples {
            assert_eq!(check_usage(&words(&format!("blkspec {example}"))), Ok(()), "{subcommand} --help: {example}");
        }
    }
    assert!(check_usage(&words("blkspec run --jnuit x")).is_err());
}

/// The exit codes that the help of a subcommand documents.
fn documented(place: &Place, subcommand: &str) -> BTreeSet<i32> {
    let help = help(place, subcommand);
    let lines = help.lines().skip_while(|line| *line != "Exit codes:").skip(1);
    let codes = lines.map(|line| {
        let (code, meaning) = line.strip_prefix("  ").and_then(|line| line.split_once("  ")).unwrap();
        assert!(!meaning.is_empty(), "{subcommand}: {line}");
        code.parse::<i32>().unwrap()
    });
    codes.collect()
}

/// A command line and what it reads.
type Cause = (&'static str, &'static str);

/// What makes each subcommand end with each code; `TOY` is the toy port, honest, and `WRONG` the one that loses a byte.
fn causes() -> Vec<(&'static str, i32, Cause)> {
    let start = "{\"id\":\"1\",\"op\":\"start\",\"version\":1}\n{\"id\":\"2\",\"op\":\"advance\",\"ns\":\"1\"}\n";
    let causes = [
        ("bench", 0, "bench --list"),
        ("bench", 2, "bench --scale 0"),
        ("completions", 0, "completions bash"),
        ("completions", 2, "completions tcsh"),
        ("diff", 0, "diff --left reference --right reference --runs 1 --ops 5"),
        ("diff", 1, "diff --left reference --right reference --runs 1 --ops 5 --require-states"),
        ("diff", 2, "diff --left nothing --right reference"),
        ("doctor", 0, "doctor"),
        ("doctor", 1, "doctor --port WRONG"),
        ("doctor", 2, "doctor --port cmd:no-such-program"),
        ("gate", 0, "gate --evidence evidence.json --features 955"),
        ("gate", 1, "gate --evidence evidence.json --features 957"),
        ("gate", 2, "gate --evidence evidence.json --features 1"),
        ("golden", 0, "golden check erase/every-second-without-index"),
        ("golden", 1, "golden check erase/every-second-without-index --port TOY"),
        ("golden", 2, "golden check no/such-golden"),
        ("golden check", 0, "golden check erase/every-second-without-index"),
        ("golden check", 1, "golden check erase/every-second-without-index --port TOY"),
        ("golden check", 2, "golden check no/such-golden"),
        ("golden update", 2, "golden update no/such-golden"),
        ("inspect", 0, "inspect golden/none-none/msgs/1.blk --stream TEST"),
        ("inspect", 1, "inspect golden/aes-s2/msgs/1.blk --stream TEST"),
        ("inspect", 2, "inspect no-such-file"),
        ("man", 0, "man pages"),
        ("man", 2, "man evidence.json/pages"),
        ("merge", 0, "merge good-1.json good-2.json"),
        ("merge", 1, "merge bad-1.json bad-2.json"),
        ("merge", 2, "merge good-1.json"),
        ("record", 0, "record --corpus cases --port TOY --check"),
        ("record", 1, "record --corpus cases --port WRONG --check"),
        ("record", 2, "record --corpus cases --port cmd:no-such-program"),
        ("run", 0, "run --corpus cases --port TOY"),
        ("run", 1, "run --corpus cases --port WRONG"),
        ("run", 2, "run no/such-case"),
        ("serve", 0, "serve"),
        ("stubs", 0, "stubs clean"),
        ("stubs", 1, "stubs stubs"),
        ("stubs", 2, "stubs no-such-directory"),
        ("trace", 0, "trace --features 955"),
        ("trace", 2, "trace --features 1"),
        ("vectors", 0, "vectors --check"),
        ("vectors", 1, "vectors --check --corpus copy/corpus/cases"),
        ("vectors", 2, "vectors --check --corpus no-such-directory"),
    ];
    let silent = causes.into_iter().map(|(subcommand, code, line)| (subcommand, code, (line, "")));
    silent.chain([("serve", 1, ("serve --port DIES", start)), ("serve", 2, ("serve", "{\"id\""))]).collect()
}

/// An adapter of this binary, as a port.
fn port(place: &Place, name: &str, fault: &str) -> String {
    let this = std::env::current_exe().unwrap();
    let program = format!("#!/bin/sh\n{}={fault} exec '{}'\n", broken_adapter::VARIABLE, this.display());
    place.write_program(name, &program);
    format!("cmd:{}", place.path(name).display())
}

/// A directory with what the causes need.
fn furnished() -> (Place, [(&'static str, String); 3]) {
    let place = Place::new();
    let ports = [
        ("TOY", port(&place, "toy", "honest")),
        ("WRONG", port(&place, "wrong", "loses_a_byte")),
        ("DIES", port(&place, "dies", "dies")),
    ];
    let [(_, toy), (_, wrong), _] = &ports;
    let succeed = |expected: i32, words: &[&str]| {
        let (code, text) = place.run(words);
        assert_eq!(code, expected, "{words:?}: {text}");
    };
    for name in ["a", "b"] {
        place.write(&format!("cases/topic/{name}.case"), CASE);
    }
    succeed(0, &["record", "--corpus", "cases", "--port", toy]);
    for (port, name, code) in [(toy, "good", 0), (wrong, "bad", 1)] {
        for shard in ["1", "2"] {
            let (shard, json) = (format!("{shard}/2"), format!("{name}-{shard}.json"));
            succeed(code, &["run", "--corpus", "cases", "--port", port, "--shard", &shard, "--json", &json]);
        }
    }
    succeed(0, &["run", "pure/cipher-names", "--evidence", "evidence.json"]);
    place.copy(GOLDEN, "golden");
    place.write("clean/a.py", "def add(a, b):\n    return a + b\n");
    place.write("stubs/a.py", "def add(a, b):\n    raise NotImplementedError\n");
    place.copy("corpus/decode", "copy/corpus/decode");
    place.write("copy/corpus/cases/a.case", CASE);
    std::fs::remove_file(place.path("copy/corpus/decode").join(VECTOR)).unwrap();
    (place, ports)
}

fn every_exit_code_is_provoked() {
    let (place, ports) = furnished();
    let mut provoked: BTreeSet<(String, i32)> = ASK_GO.iter().map(|(name, code)| ((*name).to_owned(), *code)).collect();
    for (subcommand, expected, (line, input)) in causes() {
        let line = ports.iter().fold(line.to_owned(), |line, (name, port)| line.replace(name, port));
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let (code, text) = place.run_with_input(&arguments, input);
        assert_eq!(code, expected, "$ blkspec {line}\n{text}");
        assert!(line.starts_with(subcommand));
        provoked.insert((subcommand.to_owned(), code));
    }
    let all = subcommands(&place, "");
    let documented: BTreeSet<(String, i32)> = all
        .iter()
        .flat_map(|name| documented(&place, name).into_iter().map(move |code| (name.clone(), code)))
        .collect();
    assert_eq!(documented, provoked, "codes that are documented, and codes that have a cause");
}

fn completions_know_every_subcommand() {
    let place = Place::new();
    let all = subcommands(&place, "");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, script) = place.run(&["completions", shell]);
        assert_eq!(code, 0, "{shell}");
        for subcommand in &all {
            let last = subcommand.split_whitespace().next_back().unwrap();
            assert!(script.contains(last), "{shell}: {subcommand}");
        }
        assert!(script.contains("against"), "{shell}: {script}");
    }
}

fn every_subcommand_has_a_manual_page() {
    let place = Place::new();
    let (code, written) = place.run(&["man", "man1"]);
    assert_eq!(code, 0, "{written}");
    let all = subcommands(&place, "");
    for subcommand in &all {
        let name = format!("blkspec-{}", subcommand.replace(' ', "-"));
        let page = String::from_utf8(place.read(&format!("man1/{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1")) && page.contains("Exit codes:"), "{page}");
    }
    let page = String::from_utf8(place.read("man1/blkspec.1")).unwrap();
    assert!(page.contains("blkspec\\-run(1)"), "{page}");
    assert_eq!(written.lines().count(), 1 + all.len());
}

fn a_reader_that_stops_is_not_told() {
    let place = Place::new();
    let block = checkout(GOLDEN).join("none-none/msgs/1.blk").display().to_string();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_blkspec"))
        .args(["inspect", &block, "--json"])
        .current_dir(place.path("."))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "whoever closes the pipe has seen enough");
}
