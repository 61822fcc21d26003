//! The README, taken apart: each command is run and prints what it says, each sentence is held by a test that is named here, and each
//! word in code is a path, a command or an option that there is.
//!
//! Where the README names an adapter of its reader's, the reference behind the protocol stands in. What asks the Go store, and the
//! installation, are left to `--ignored`, as CI runs them. The example in Rust is a documentation test of the crate.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use blkspec::cli::check_usage;
use blkspec::env::{RealFs, Scratch};
use libtest_mimic::Trial;

use super::command::{Place, checkout};
use super::page::{Meant, type_in};
use super::partial_port::ADAPTER;

/// The page.
const README: &str = "README.md";

/// What stands for the adapters of a reader.
const STAND_INS: [&str; 2] = ["dotnet", "my-adapter"];

/// A part of each sentence, and the tests that hold what it says: trials of this binary, `ci:` a line of `.ci/run`, or `file:` a test
/// of its own.
const CLAIMS: &[(&str, &[&str])] = &[
    (
        "function by function",
        &["it::gate::all_verified_in_chunks", "it::goldens::what_go_left_passes", "file: tests/corpus.rs"],
    ),
    ("That is the main job", &["it::readme::its_commands_print_what_it_says"]),
    ("It needs no Go", &["it::readme::its_commands_print_what_it_says"]),
    ("The tests of blkspec itself", &["ci: cargo test"]),
    (
        "makes a program that has all of this",
        &[
            "it::readme::an_installed_program_runs_anywhere",
            "it::embedded::it_unpacks_what_the_checkout_holds",
            "it::embedded::a_damaged_cache_is_mended",
        ],
    ),
    ("is judged through an *adapter*", &["it::process::faults_of_answers", "it::guide::its_listings_are_the_adapter"]),
    ("leads from nothing to the first", &["it::guide::its_commands_print_what_it_says"]),
    ("only some operations is judged on those", &["it::partial_port::what_it_has_passes_and_the_rest_is_unsupported"]),
    ("the Go store itself is a port", &["it::readme::its_commands_that_ask_go_succeed"]),
    (
        "find what no case asks",
        &["it::diff::a_planted_bug_is_found_and_made_small", "it::readme::its_commands_that_ask_go_succeed"],
    ),
    ("there in name only", &["it::stubs::one_by_one::every_language_has_both_kinds_for_every_rule"]),
    ("A failure names the case", &["it::cases::a_difference_is_shown_in_full"]),
    ("Exit codes: 0", &["it::usage::every_exit_code_is_provoked"]),
    ("writes the same for machines; its `summary`", &["it::readme::the_summary_has_the_integers_that_it_names"]),
    ("counted apart and is never a pass", &["it::cases::unsupported_is_not_a_pass"]),
    (
        "lists what may fail",
        &[
            "it::known::entries_that_do_not_say_what_is_so",
            "it::evidence::it_says_what_ran_and_on_what",
            "it::gate::goes_tests_and_the_ports_own",
        ],
    ),
    (
        "byte for byte with its meaning",
        &[
            "it::inspect::a_plain_block",
            "it::inspect::a_compressed_block",
            "it::inspect::an_encrypted_block",
            "it::inspect::stream_state",
            "it::inspect::consumer_state",
            "it::inspect::metadata",
            "it::inspect::timers",
            "it::inspect::a_whole_directory",
        ],
    ),
    ("need the secret", &["it::inspect::an_encrypted_block_without_its_key", "it::inspect::as_json"]),
    (
        "The reference is a file store that one can use",
        &["it::readme::the_example_is_a_documentation_test", "it::handle::go::go_opens_what_threads_left"],
    ),
    (
        "come from Go and from nowhere else",
        &["ci: target/release/blkspec record --check", "ci: target/release/blkspec golden check --port go"],
    ),
    ("the reference is wrong", &["file: tests/corpus.rs"]),
    ("says how to add", &["it::readme::contributing_says_how_to_add_things"]),
    ("1.95 or newer", &["it::readme::versions_and_licence_are_those_of_the_manifests"]),
    ("1.26 or newer", &["it::readme::versions_and_licence_are_those_of_the_manifests"]),
    ("Apache-2.0", &["it::readme::versions_and_licence_are_those_of_the_manifests"]),
];

/// Words in code that are neither paths nor commands nor options, and what makes them true.
const WORDS: &[(&str, &str)] = &[
    ("cargo install --path .", "it::readme::an_installed_program_runs_anywhere"),
    ("BLKSPEC_CACHE_DIR", "it::embedded::without_a_cache_it_says_what_to_set"),
    ("summary", "it::readme::the_summary_has_the_integers_that_it_names"),
    (SUMMARY, "it::readme::the_summary_has_the_integers_that_it_names"),
    ("gate", "it::usage::every_exit_code_is_provoked"),
    ("filestore.go", "it::trace::both_ways"),
    ("index.db", "it::inspect::stream_state"),
    ("o.dat", "it::inspect::consumer_state"),
    ("meta.*", "it::inspect::metadata"),
    ("thw.db", "it::inspect::timers"),
    ("sched.db", "it::inspect::timers"),
    ("blkspec::handle::SharedStore", "it::readme::the_example_is_a_documentation_test"),
    ("blkspec::store::Store", "it::readme::the_example_is_a_documentation_test"),
    ("----", "it::cases::all_pass_on_the_port_that_was_recorded"),
    ("cargo fuzz", "it::fuzz_seeds::targets_shims_and_seeds_agree"),
    ("go", "it::readme::versions_and_licence_are_those_of_the_manifests"),
];

/// The integers of a summary, as the README lists them.
const SUMMARY: &str = "cases, runs, passed, failed, unsupported, crashed, timed_out, known, stale";

pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, bool, fn()); 9] = [
        ("its_commands_print_what_it_says", false, its_commands_print_what_it_says),
        ("its_commands_that_ask_go_succeed", true, its_commands_that_ask_go_succeed),
        ("an_installed_program_runs_anywhere", true, an_installed_program_runs_anywhere),
        ("every_sentence_is_held_by_a_test", false, every_sentence_is_held_by_a_test),
        ("every_word_in_code_is_there", false, every_word_in_code_is_there),
        ("the_summary_has_the_integers_that_it_names", false, the_summary_has_the_integers_that_it_names),
        ("the_example_is_a_documentation_test", false, the_example_is_a_documentation_test),
        ("contributing_says_how_to_add_things", false, contributing_says_how_to_add_things),
        ("versions_and_licence_are_those_of_the_manifests", false, versions_and_licence_are_those_of_the_manifests),
    ];
    let trial = |(name, ignored, test): (&str, bool, fn())| {
        Trial::test(format!("it::readme::{name}"), move || {
            test();
            Ok(())
        })
        .with_ignored_flag(ignored)
    };
    tests.map(trial).into()
}

fn read(relative: &str) -> String {
    std::fs::read_to_string(checkout(relative)).unwrap()
}

/// A directory with programs that stand for the adapters which the README has its reader run.
fn place() -> Place {
    let place = Place::new();
    for name in STAND_INS {
        place.write_program(&format!("bin/{name}"), "#!/bin/sh\nexec blkspec serve\n");
    }
    place
}

fn its_commands_print_what_it_says() {
    let commands = type_in(README, &place(), ("my-port", ADAPTER), Meant::WithoutGo);
    assert!(commands >= 8, "only {commands} commands were found");
}

fn its_commands_that_ask_go_succeed() {
    let commands = type_in(README, &place(), ("my-port", ADAPTER), Meant::WithGo);
    assert!(commands >= 3, "only {commands} commands were found");
}

fn an_installed_program_runs_anywhere() {
    let scratch = Scratch::new(None).unwrap();
    let root = scratch.path().join("root");
    let installed = Command::new(env!("CARGO"))
        .args(["install", "--locked", "--path", "."])
        .args(["--root", root.to_str().unwrap()])
        .current_dir(checkout(""))
        .output()
        .unwrap();
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    let program = root.join("bin").join(format!("blkspec{}", std::env::consts::EXE_SUFFIX));
    let run = Command::new(program)
        .arg("run")
        .current_dir("/")
        .env("BLKSPEC_CACHE_DIR", scratch.path().join("cache"))
        .env("BLKSPEC_GO", "no-go-is-needed")
        .output()
        .unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{text}{}", String::from_utf8_lossy(&run.stderr));
    let shown = read(README);
    let shown = shown.lines().find(|line| line.ends_with(" runs on reference")).unwrap();
    assert!(text.lines().any(|line| line == shown), "{README} says\n{shown}\nand the installed program\n{text}");
}

/// The prose of the README in sentences, without blocks, tables and headings.
fn sentences() -> Vec<String> {
    let text = read(README);
    let mut in_block = false;
    let mut prose = String::new();
    for line in text.lines() {
        in_block ^= line.starts_with("```");
        let skipped = in_block || ["```", "|", "#", "<!--"].iter().any(|mark| line.starts_with(mark));
        prose.push_str(if skipped { "" } else { line });
        // A paragraph ends its last sentence.
        prose.push_str(if line.is_empty() { ". " } else { " " });
    }
    let parts = prose.split('.').zip(prose.split('.').skip(1).chain([" "]));
    let mut found = vec![String::new()];
    for (part, next) in parts {
        let open = found.last_mut().unwrap();
        open.push_str(part);
        if next.starts_with(' ') {
            found.push(String::new());
        } else {
            open.push('.');
        }
    }
    let letters = |sentence: &String| sentence.chars().any(char::is_alphanumeric);
    found
        .into_iter()
        .map(|sentence| sentence.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(letters)
        .collect()
}

fn every_sentence_is_held_by_a_test() {
    let trials: BTreeSet<String> = crate::all_trials().iter().map(|trial| trial.name().to_owned()).collect();
    let ci = read(".ci/run");
    for (part, tests) in CLAIMS {
        assert!(!tests.is_empty(), "{part}: nothing holds it");
        for test in *tests {
            let is_there = match (test.strip_prefix("ci: "), test.strip_prefix("file: ")) {
                (Some(command), _) => ci.lines().any(|line| line == command),
                (_, Some(file)) => checkout(file).exists(),
                _ => trials.contains(*test),
            };
            assert!(is_there, "{part}: there is no {test}");
        }
    }
    let sentences = sentences();
    assert!(sentences.len() >= CLAIMS.len(), "{sentences:#?}");
    let held = |sentence: &&String| CLAIMS.iter().any(|(part, _)| sentence.contains(part));
    let unheld: Vec<&String> = sentences.iter().filter(|sentence| !held(sentence)).collect();
    assert!(unheld.is_empty(), "name the tests that hold these sentences of {README} in CLAIMS: {unheld:#?}");
    for (part, _) in CLAIMS {
        assert!(sentences.iter().any(|sentence| sentence.contains(part)), "no sentence of {README} says: {part}");
    }
}

/// The words between backticks outside blocks, and the targets of links.
fn words_and_links(text: &str) -> (Vec<String>, Vec<String>) {
    let mut in_block = false;
    let mut prose = String::new();
    for line in text.lines() {
        in_block ^= line.starts_with("```");
        if !in_block && !line.starts_with("```") {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    let words = prose.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let links = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect();
    (words, links)
}

fn every_word_in_code_is_there() {
    let trials: BTreeSet<String> = crate::all_trials().iter().map(|trial| trial.name().to_owned()).collect();
    let (words, links) = words_and_links(&read(README));
    assert!(words.len() > 30, "{words:?}");
    let recipes = read("justfile");
    let recipe = |name: &str| recipes.lines().any(|line| line.split([':', ' ']).next() == Some(name));
    let usage = |words: &str| check_usage(&shlex::split(words).unwrap());
    let mut unknown = Vec::new();
    for word in &words {
        let is_there = match WORDS.iter().find(|(known, _)| known == word) {
            Some((_, test)) => trials.contains(*test),
            None if word.starts_with("just ") => recipe(word.trim_start_matches("just ")),
            None if word.starts_with("blkspec ") => usage(word).is_ok(),
            None if word == "--json" => usage("blkspec inspect FILE --json").is_ok(),
            None if word.starts_with("--") => usage(&format!("blkspec run {word}")).is_ok(),
            None if word.starts_with("record ") || word.starts_with("golden ") => {
                usage(&format!("blkspec {word}")).is_ok()
            }
            None => checkout(word).exists(),
        };
        if !is_there {
            unknown.push(word);
        }
    }
    assert!(unknown.is_empty(), "{README} names what is not there, or not in WORDS: {unknown:?}");
    for (known, _) in WORDS {
        assert!(words.iter().any(|word| word == known), "{README} does not name {known} any more");
    }
    assert!(!links.is_empty());
    for page in pages() {
        let base = page.parent().unwrap().to_owned();
        let (_, links) = words_and_links(&std::fs::read_to_string(&page).unwrap());
        for link in links.iter().filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let target = base.join(link.split('#').next().unwrap());
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
        }
    }
}

/// The pages at the root, in `docs`, and of the adapters and the fuzzers.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in ["", "docs", "fuzz", "adapters/go", "adapters/python-decoders", "adapters/template-csharp"] {
        let entries = std::fs::read_dir(checkout(folder)).unwrap().map(|entry| entry.unwrap().path());
        pages.extend(entries.filter(|path| path.extension() == Some("md".as_ref())));
    }
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

fn the_summary_has_the_integers_that_it_names() {
    let place = Place::new();
    let (code, said) = place.run(&["run", "pure/cipher-names", "--json", "report.json"]);
    assert_eq!(code, 0, "{said}");
    let report: serde_json::Value = serde_json::from_slice(&place.read("report.json")).unwrap();
    let summary = report.get("summary").unwrap();
    for name in SUMMARY.split(", ") {
        assert!(summary.get(name).is_some_and(serde_json::Value::is_u64), "{name}: {summary}");
    }
}

fn the_example_is_a_documentation_test() {
    let (crate_root, manifest) = (read("src/lib.rs"), read("Cargo.toml"));
    assert!(crate_root.contains("#[cfg(doctest)]\n#[doc = include_str!(\"../README.md\")]\npub struct Readme;"));
    assert!(!manifest.contains("doctest = false"));
    let example = read(README);
    for shown in ["use blkspec::handle::SharedStore;", "use blkspec::store::{"] {
        assert!(example.contains(&format!("\n{shown}")), "{README} has no example with {shown}");
    }
}

fn contributing_says_how_to_add_things() {
    let text = read("CONTRIBUTING.md");
    for heading in ["## A case", "## A golden", "## An adapter"] {
        assert!(text.lines().any(|line| line == heading), "{heading}");
    }
}

fn versions_and_licence_are_those_of_the_manifests() {
    let (manifest, module, readme) = (read("Cargo.toml"), read("adapters/go/go.mod"), read(README));
    let of_manifest = |key: &str| {
        let value = manifest.lines().find_map(|line| line.strip_prefix(&format!("{key} = \""))).unwrap();
        value.trim_end_matches('"').to_owned()
    };
    let go = module.lines().find_map(|line| line.strip_prefix("go ")).unwrap();
    let go: Vec<&str> = go.split('.').take(2).collect();
    for needed in [
        format!("Rust {} or newer", of_manifest("rust-version")),
        format!("Go {} or newer", go.join(".")),
        format!("{}.", of_manifest("license")),
    ] {
        assert!(readme.contains(&needed), "{README} does not say: {needed}");
    }
    assert!(RealFs::new().modified_ns(Path::new(&checkout("LICENSE"))).is_ok(), "there is a licence");
}
