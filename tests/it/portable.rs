//! What another system does to files: line endings of Windows in everything that people write, answers of adapters that end their
//! lines so, and names of files that every file system can hold.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use blkspec::env::{FileKind, RealFs, walk};

use super::broken_adapter;
use super::command::{Place, checkout};

super::trials![
    cases_with_other_line_endings_are_the_same,
    vectors_with_other_line_endings_are_the_same,
    lists_with_other_line_endings_are_the_same,
    answers_may_end_as_on_windows,
    checkouts_keep_line_endings,
    names_are_for_every_file_system,
    the_rule_of_names_finds_what_it_is_for,
];

/// A case that the toy answers in full.
const CASE: &str = "# Stored.\nsettings: none/none because the toy has no other\n\nopen\nstore foo \"abc\"\nload 1\n";

/// The files below a directory.
fn files_below(root: &Path) -> Vec<PathBuf> {
    let entries = walk(&RealFs::new(), root).unwrap().into_iter().filter(|entry| entry.kind == FileKind::File);
    entries.map(|entry| root.join(entry.path)).collect()
}

fn toy(fault: &str) -> (Place, String) {
    let place = Place::new().with_env(broken_adapter::VARIABLE, fault);
    (place, format!("cmd:{}", std::env::current_exe().unwrap().display()))
}

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

fn cases_with_other_line_endings_are_the_same() {
    let (place, port) = toy("honest");
    place.write("cases/topic/a.case", CASE);
    let succeed = |words: &[&str]| {
        let (code, text) = place.run(&[words, &["--corpus", "cases", "--port", &port]].concat());
        assert_eq!(code, 0, "{words:?}: {text}");
        text
    };
    succeed(&["record"]);
    let recorded = String::from_utf8(place.read("cases/topic/a.case")).unwrap();
    succeed(&["run", "--json", "before.json"]);
    place.write("cases/topic/a.case", crlf(&recorded));
    let said = succeed(&["run", "--against", "before.json"]);
    assert!(said.contains("nothing has changed in 1 runs"), "{said}");
    succeed(&["record", "--check"]);
    place.write("cases/topic/a.case", crlf(CASE));
    succeed(&["record"]);
    assert_eq!(String::from_utf8(place.read("cases/topic/a.case")).unwrap(), recorded, "it is written as everywhere");
}

fn vectors_with_other_line_endings_are_the_same() {
    let place = Place::new();
    place.copy("corpus/decode", "corpus/decode");
    place.copy("corpus/cases/pure", "corpus/cases/pure");
    for path in files_below(&place.path("corpus/decode")) {
        if let Ok(text) = String::from_utf8(std::fs::read(&path).unwrap()) {
            std::fs::write(&path, crlf(&text)).unwrap();
        }
    }
    let (code, said) = place.run(&["run", "decode/consumer-state", "--corpus", "corpus/cases"]);
    assert!(code == 0 && said.contains(" vectors, "), "{said}");
    let (code, said) = place.run(&["vectors", "--check", "--corpus", "corpus/cases"]);
    assert!(code == 0 && said.contains(": 0 would be written"), "{said}");
}

fn lists_with_other_line_endings_are_the_same() {
    let (place, port) = toy("honest");
    place.write("cases/a.case", CASE);
    let (code, text) = place.run(&["record", "--corpus", "cases", "--port", &port]);
    assert_eq!(code, 0, "{text}");
    let place = place.with_env(broken_adapter::VARIABLE, "loses_a_byte");
    let run = |more: &[&str]| place.run(&[&["run", "--corpus", "cases", "--port", &port], more].concat());
    assert_eq!(run(&["--write-known=known.toml"]).0, 1);
    let list = String::from_utf8(place.read("known.toml")).unwrap();
    let list =
        list.replace("reason = \"\"", "reason = \"cut\"").replace("link = \"\"", "link = \"https://example.org/1\"");
    place.write("known.toml", crlf(&list));
    let (code, said) = run(&["--known", "known.toml"]);
    assert!(code == 0 && said.contains("known            1"), "{said}");
}

fn answers_may_end_as_on_windows() {
    let (place, port) = toy("ends_lines_as_on_windows");
    place.write("cases/a.case", CASE);
    let (code, text) = place.run(&["doctor", "--port", &port]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = place.run(&["record", "--corpus", "cases", "--port", &port]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = place.run(&["run", "--corpus", "cases", "--port", &port]);
    assert_eq!(code, 0, "{text}");
}

/// A checkout with other line endings would have other hashes, and goldens that are not those of Go.
fn checkouts_keep_line_endings() {
    let attributes = std::fs::read_to_string(checkout(".gitattributes")).unwrap();
    for rule in
        ["* text=auto eol=lf", "golden/** -text", "corpus/** text eol=lf", "fuzz/seeds/** -text", "*.snap text eol=lf"]
    {
        assert!(attributes.lines().any(|line| line == rule), "{rule}");
    }
    for folder in ["corpus", "golden", "schemas", "docs"] {
        for path in files_below(&checkout(folder)) {
            let text =
                path.extension().is_some_and(|end| ["case", "txt", "toml", "json", "md"].iter().any(|e| end == *e));
            let bytes = std::fs::read(&path).unwrap();
            assert!(!text || !bytes.windows(2).any(|pair| pair == b"\r\n"), "{}", path.display());
        }
    }
}

/// What is wrong with these paths on one system or another.
fn faults(paths: &[String]) -> Vec<String> {
    const DEVICES: [&str; 22] = [
        "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1",
        "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
    ];
    // Windows takes 260 characters, of which some are the user's own.
    const LONGEST: usize = 160;
    let mut faults = Vec::new();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for path in paths {
        for part in path.split('/') {
            let stem = part.split('.').next().unwrap_or_default().to_lowercase();
            let bad = |c: char| c.is_control() || "<>:\"\\|?*".contains(c);
            if DEVICES.contains(&stem.as_str()) || part.contains(bad) || part.ends_with(['.', ' ']) {
                faults.push(format!("{path}: {part:?} is no name on Windows"));
            }
        }
        if path.chars().count() > LONGEST {
            faults.push(format!("{path}: longer than {LONGEST} characters"));
        }
        if let Some(other) = seen.insert(path.to_lowercase(), path).filter(|other| other != path) {
            faults.push(format!("{path} and {other} are one file where case does not count"));
        }
    }
    faults
}

fn names_are_for_every_file_system() {
    let mut paths = Vec::new();
    let folders =
        ["adapters", "benches", "ci", "corpus", "docs", "fuzz/seeds", "fuzz/fuzz_targets", "golden", "schemas", "src"];
    for folder in folders.iter().chain(&["tests"]) {
        let root = checkout("");
        let below = files_below(&checkout(folder));
        assert!(!below.is_empty(), "{folder}");
        paths.extend(below.iter().map(|path| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/")));
    }
    assert_eq!(faults(&paths), Vec::<String>::new());
}

fn the_rule_of_names_finds_what_it_is_for() {
    let check = |paths: &[&str]| faults(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>()).len();
    assert_eq!(check(&["corpus/cases/a-b.case", "golden/v2.14.9/o.dat", "console.rs"]), 0);
    assert_eq!(check(&["corpus/aux.case", "src/nul/a.rs", "a:b", "a?", "a.", "a /b"]), 6);
    assert_eq!(check(&["a/B.case", "a/b.case"]), 1);
    assert_eq!(check(&[&"a".repeat(161)]), 1);
}
