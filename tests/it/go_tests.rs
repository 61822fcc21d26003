//! `corpus/go-tests.toml` against the cases, and against the test files of the Go module.
//!
//! The list says for each of Go's tests which cases stand for it, a case says from which tests it comes, and neither may say
//! what the other does not. The names are held to the module's own files by a test that needs Go and runs with `--ignored`.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use blkspec::harness::corpus::Corpus;

/// Why a test may have no case.
const REASONS: [&str; 4] = ["cluster-or-server", "runtime", "timing", "platform"];
/// The file whose tests and benchmarks must all be listed.
const WHOLE_FILE: &str = "filestore_test.go";

/// `corpus/go-tests.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct GoTests {
    cases: BTreeMap<String, BTreeSet<String>>,
    deferred: BTreeMap<String, Deferred>,
}

/// A test that no case can stand for.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Deferred {
    reason: String,
    why: String,
}

pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
    let trial = |name: &str, test: fn()| {
        libtest_mimic::Trial::test(format!("it::go_tests::{name}"), move || {
            test();
            Ok(())
        })
    };
    vec![
        trial("the_list_and_the_cases_agree", the_list_and_the_cases_agree),
        trial("few_are_deferred_and_each_with_a_reason", few_are_deferred_and_each_with_a_reason),
        trial("every_test_of_the_module_is_listed", every_test_of_the_module_is_listed).with_ignored_flag(true),
    ]
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn list() -> GoTests {
    toml::from_str(&std::fs::read_to_string(root().join("go-tests.toml")).unwrap()).unwrap()
}

fn the_list_and_the_cases_agree() {
    let mut derived: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in Corpus::at(root().join("cases")).select(&[]).unwrap() {
        for test in case.from {
            derived.entry(test).or_default().insert(case.name.clone());
        }
    }
    let listed = list().cases;
    let differing: Vec<_> = listed
        .keys()
        .chain(derived.keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|test| listed.get(*test) != derived.get(*test))
        .map(|test| format!("{test}: listed {:?}, named by cases {:?}", listed.get(test), derived.get(test)))
        .collect();
    assert!(differing.is_empty(), "corpus/go-tests.toml and the `from:` of cases differ:\n{}", differing.join("\n"));
}

fn few_are_deferred_and_each_with_a_reason() {
    let GoTests { cases, deferred } = list();
    for (test, Deferred { reason, why }) in &deferred {
        assert!(REASONS.contains(&reason.as_str()), "{test}: the reason is one of {REASONS:?}, not {reason}");
        assert!(!why.trim().is_empty(), "{test}: says nothing of why it is deferred");
        assert!(!cases.contains_key(test), "{test}: has cases and is deferred");
    }
    let all = cases.len() + deferred.len();
    assert!(deferred.len() * 100 <= all * 8, "{} of {all} tests are deferred, which is more than 8%", deferred.len());
}

fn every_test_of_the_module_is_listed() {
    let found = Command::new("go")
        .args(["list", "-m", "-f", "{{.Dir}}", "github.com/nats-io/nats-server/v2"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/go"))
        .output();
    assert!(found.is_ok(), "this test needs Go: {found:?}");
    let found = found.unwrap();
    assert!(found.status.success(), "go list: {}", String::from_utf8_lossy(&found.stderr));
    let server = PathBuf::from(String::from_utf8(found.stdout).unwrap().trim()).join("server");
    let GoTests { cases, deferred } = list();
    let listed: BTreeSet<&String> = cases.keys().chain(deferred.keys()).collect();
    let mut known = BTreeSet::new();
    for entry in std::fs::read_dir(&server).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        if !file.ends_with("_test.go") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for name in text.lines().filter_map(test_name) {
            assert!(file != WHOLE_FILE || listed.contains(&name), "{name} of {file} is not in corpus/go-tests.toml");
            known.insert(name);
        }
    }
    assert!(known.len() > listed.len(), "{} has fewer tests than are listed", server.display());
    for name in listed {
        assert!(known.contains(name), "{name} is no test of the module");
    }
}

/// The name of the test or benchmark that starts on this line.
fn test_name(line: &str) -> Option<String> {
    let rest = line.strip_prefix("func ")?;
    let name = rest.split('(').next()?;
    (name.starts_with("Test") && name != "TestMain" || name.starts_with("Benchmark")).then(|| name.to_owned())
}
