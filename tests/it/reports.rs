//! The reports of `run` and `merge`: JSON that its schema accepts, JUnit that XML readers take, a page and Markdown that say every
//! failure, shards that make the whole, and what changed with its cause. The port is the toy, whole or broken on purpose.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::path::Path;

use blkspec::cli::check_usage;
use blkspec::harness::report::document::{SCHEMA_PATH, schema};
use serde_json::{Value, json};

use super::broken_adapter;
use super::command::{Place, checkout};

super::trials![
    the_checked_in_schema_is_that_of_the_types,
    json_is_what_the_schema_says,
    junit_is_read_back,
    the_page_and_the_summary_say_every_failure,
    shards_make_the_whole,
    shards_that_do_not_belong_together_are_refused,
    what_changed_has_a_cause,
    every_command_of_the_pages_is_one,
];

/// A case that the toy answers in full; `MESSAGE` makes cases different.
const CASE: &str =
    "# Stored & <loaded>.\nsettings: none/none because the toy has no other\n\nopen\nstore foo \"MESSAGE\"\nload 1\n";
/// One that it does not support.
const WIDE: &str = "settings: none/none because the toy has no other\n\nopen\n----\nok\n\npurge\n----\npurged 0\n";

/// A corpus of three cases that were recorded from the toy, and one that it does not support.
fn place(fault: &str) -> Place {
    let place = Place::new().with_env(broken_adapter::VARIABLE, fault);
    for name in ["topic/a", "topic/b", "other/c"] {
        place.write(&format!("cases/{name}.case"), CASE.replace("MESSAGE", name));
    }
    let honest = Place::new().with_env(broken_adapter::VARIABLE, "honest");
    let corpus = place.path("cases").display().to_string();
    let (code, text) = honest.run(&["record", "--corpus", &corpus, "--port", &port()]);
    assert_eq!(code, 0, "{text}");
    place.write("cases/other/wide.case", WIDE);
    place
}

fn port() -> String {
    format!("cmd:{}", std::env::current_exe().unwrap().display())
}

fn run(place: &Place, more: &[&str], expected: i32) -> String {
    let port = port();
    let (code, text) = place.run(&[&["run", "--corpus", "cases", "--port", &port, "-j", "1"], more].concat());
    assert_eq!(code, expected, "{text}");
    text
}

fn document(place: &Place, name: &str) -> Value {
    serde_json::from_slice(&place.read(name)).unwrap()
}

fn text(place: &Place, name: &str) -> String {
    String::from_utf8(place.read(name)).unwrap()
}

fn the_checked_in_schema_is_that_of_the_types() {
    let file = checkout(SCHEMA_PATH);
    if std::env::var_os("BLKSPEC_WRITE_SCHEMAS").is_some() {
        std::fs::write(&file, schema()).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == schema(), "{SCHEMA_PATH} is stale: run this test with BLKSPEC_WRITE_SCHEMAS=1");
}

fn json_is_what_the_schema_says() {
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(checkout(SCHEMA_PATH)).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (fault, code) in [("honest", 0), ("loses_a_byte", 1), ("store_dies", 1)] {
        let place = place(fault);
        run(&place, &["--json", "one.json"], code);
        run(&place, &["--json", "two.json", "--against", "one.json"], code);
        let mut two = document(&place, "two.json");
        let faults: Vec<String> = schema.iter_errors(&two).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
        two["runs"][0]["verdict"] = json!("skipped");
        assert!(!schema.is_valid(&two), "a verdict that there is not");
    }
}

fn junit_is_read_back() {
    let place = place("loses_a_byte");
    run(&place, &["--junit", "junit.xml"], 1);
    let report = quick_junit::Report::deserialize_from_str(&text(&place, "junit.xml")).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (4, 3, 0));
    let names: Vec<String> = report.test_suites.iter().map(|suite| suite.name.to_string()).collect();
    assert_eq!(names, ["other", "topic"]);
    let xml = text(&place, "junit.xml");
    let at = text(&place, "cases/topic/a.case").lines().position(|line| line == "load 1").unwrap() + 1;
    let place_of_a = format!("file=\"cases/topic/a.case\" line=\"{at}\"");
    for needed in [
        "name=\"topic/a [none/none]\"",
        "classname=\"blkspec.topic\"",
        &place_of_a,
        "<skipped message=\"unsupported: purge\"",
        "type=\"failed\"",
    ] {
        assert!(xml.contains(needed), "{needed} is not in\n{xml}");
    }
}

fn the_page_and_the_summary_say_every_failure() {
    let place = place("loses_a_byte");
    run(&place, &["--html", "page.html", "--markdown", "summary.md", "--json", "report.json"], 1);
    let (page, summary) = (text(&place, "page.html"), text(&place, "summary.md"));
    for run in document(&place, "report.json")["runs"].as_array().unwrap() {
        let case = run["case"].as_str().unwrap();
        assert!(page.contains(&format!("id=\"case-{case}\"")), "{case}");
        let fails = run["failure"] == true;
        assert_eq!(page.contains(&format!("id=\"failure-{case}\"")), fails, "{case}");
        assert_eq!(summary.contains(&format!("<b>{case}</b>")), fails, "{case}");
        assert_eq!(fails, run["verdict"] == "fail", "{case}");
    }
    assert!(page.contains("blkspec run topic/a --port"), "the command to reproduce");
    assert!(page.contains("<del>") && page.contains("<ins>"), "the words that differ");
    // It needs nothing else, and what cases say is no HTML.
    assert!(!page.contains("src=") && !page.contains("<link") && !page.contains("<loaded>"), "{page}");
    let before = text(&place, "summary.md").len();
    run(&place, &["--markdown", "summary.md"], 1);
    assert_eq!(text(&place, "summary.md").len(), 2 * before, "what other steps wrote stays");
}

fn shards_make_the_whole() {
    let place = place("loses_a_byte");
    run(&place, &["--json", "whole.json"], 1);
    run(&place, &["--shard", "1/3", "--json", "1.json"], 1);
    run(&place, &["--shard", "2/3", "--json", "2.json"], 1);
    run(&place, &["--shard", "3/3", "--json", "3.json"], 1);
    let (code, said) = place.run(&["merge", "3.json", "1.json", "2.json", "--json", "merged.json", "--junit", "j.xml"]);
    assert_eq!(code, 1, "{said}");
    let timeless = |name: &str| {
        let mut document = document(&place, name);
        for run in document["runs"].as_array_mut().unwrap() {
            run["elapsed_us"] = json!(0);
            // The shell's word for this adapter is the same, its process is not.
            run["stderr_tail"] = json!(null);
        }
        document
    };
    assert_eq!(timeless("merged.json"), timeless("whole.json"));
}

fn shards_that_do_not_belong_together_are_refused() {
    let place = place("honest");
    run(&place, &["--json", "whole.json"], 0);
    run(&place, &["--shard", "1/2", "--json", "1.json"], 0);
    run(&place, &["--shard", "2/2", "--json", "2.json"], 0);
    place.write("cases/topic/a.case", text(&place, "cases/topic/a.case").replace("topic/a", "topic/x"));
    place.write("bad.json", "{}");
    run(&place, &["--shard", "2/2", "--json", "other.json"], 0);
    let refused: [(&[&str], &str); 5] = [
        (&["merge", "1.json"], "shard 2/2 is missing"),
        (&["merge", "1.json", "2.json", "1.json"], "are both the shard 1 of 2"),
        (&["merge", "1.json", "other.json"], "do not belong together"),
        (&["merge", "whole.json"], "not a report of `run --shard I/N`"),
        (&["merge", "bad.json"], "bad.json: not a report of `blkspec run --json`"),
    ];
    for (arguments, needed) in refused {
        let (code, said) = place.run(arguments);
        assert!(code == 2 && said.contains(needed), "{arguments:?}: {said}");
    }
}

fn what_changed_has_a_cause() {
    let place = place("honest");
    run(&place, &["--json", "old.json"], 0);
    assert!(run(&place, &["--against", "old.json"], 0).contains("nothing has changed in 4 runs"));
    // The corpus: another answer, a case that is new, one that is gone.
    let case = text(&place, "cases/topic/a.case");
    place.write("cases/topic/new.case", &case);
    place.write("cases/topic/a.case", case.replace("seq 1", "seq 2"));
    std::fs::remove_file(place.path("cases/topic/b.case")).unwrap();
    let said = run(&place, &["--against", "old.json", "--json", "new.json"], 1);
    for needed in
        ["1 newly failing, changed by the corpus", "1 new, changed by the corpus", "1 gone, changed by the corpus"]
    {
        assert!(said.contains(needed), "{needed} is not in\n{said}");
    }
    // The port: the same case, another answer.
    let other = Place::new().with_env(broken_adapter::VARIABLE, "loses_a_byte");
    let (corpus, old) = (place.path("cases").display().to_string(), place.path("new.json").display().to_string());
    let (code, said) = other.run(&["run", "--corpus", &corpus, "--port", &port(), "--against", &old]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("2 newly failing, changed by the port:\n    other/c [none/none]\n    topic/new [none/none]\n"),
        "{said}"
    );
    // A part of the corpus is compared with what it holds, and says so.
    let said = run(&place, &["other", "--against", "old.json"], 0);
    assert!(said.contains("nothing has changed in 2 runs; 2 are in one report only"), "{said}");
}

/// The words of a command, without the shell's redirection and comment.
fn words(line: &str) -> Vec<String> {
    let words = shlex::split(line).unwrap();
    words.into_iter().take_while(|word| !word.starts_with(['>', '|', '#'])).collect()
}

fn every_command_of_the_pages_is_one() {
    let pages = std::fs::read_dir(checkout("docs")).unwrap().map(|entry| entry.unwrap().path());
    let more = ["README.md", "CONTRIBUTING.md", "adapters/python-decoders/README.md"];
    for path in pages.chain(more.map(checkout)) {
        let file = path.display();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
        for line in lines {
            let words = words(line);
            let own = words.iter().position(|word| Path::new(word).file_name() == Some("blkspec".as_ref()));
            if let Some(at) = own {
                assert_eq!(check_usage(&words[at..]), Ok(()), "{file}: {line}");
            } else if line.starts_with("cargo run --release -- ") {
                let words: Vec<String> =
                    std::iter::once("blkspec".to_owned()).chain(words.into_iter().skip(4)).collect();
                assert_eq!(check_usage(&words), Ok(()), "{file}: {line}");
            }
        }
    }
}
