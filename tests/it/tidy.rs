//! The rules of the tree, as tests: which layer may use which, who may touch the machine, how large files and functions
//! may grow, and that every file says at its head what it is.
//!
//! Each rule is a function from a file's text to the places that break it, and is itself tested on text that breaks it.

#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

crate::trials!(
    layers_use_only_what_lies_below,
    only_env_touches_the_machine,
    only_one_file_knows_systems_apart,
    files_and_functions_stay_small,
    every_file_says_what_it_is,
    nothing_is_left_unfinished,
    names_say_what_things_are,
    the_layering_rule_finds_what_it_is_for,
    the_machine_rule_finds_what_it_is_for,
    the_systems_rule_finds_what_it_is_for,
    the_size_rule_finds_what_it_is_for,
    the_other_rules_find_what_they_are_for,
);

/// A file of the tree, with its path relative to the root in forward slashes.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The layer of the file: the folder or file right under `src`.
    fn layer(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        rest.split(['/', '.']).next()
    }

    /// Whether the file holds nothing but tests.
    fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// The lines in front of the tests at the end of the file, numbered from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = if self.is_test() { 0 } else { usize::MAX };
        self.text
            .lines()
            .take(end)
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .enumerate()
            .map(|(at, line)| (at + 1, line))
    }
}

/// What each layer may use of the others.
const LAYERS: [(&str, &[&str]); 7] = [
    ("format", &[]),
    ("index", &[]),
    ("env", &[]),
    ("store", &["format", "index", "env"]),
    ("handle", &["store", "index", "env"]),
    ("harness", &["format", "index", "env"]),
    ("cli", &["harness", "format", "env"]),
];

/// The files of the harness that reach the reference store: `reference*`.
const REFERENCE: &str = "src/harness/reference";

/// What only `env` may name.
const MACHINE: [&str; 9] = [
    "std::fs",
    "SystemTime",
    "Instant::now",
    "std::time::Instant",
    "getrandom",
    "tempfile::",
    "walkdir::",
    "rand::",
    "std::os::unix",
];

/// The file in which systems differ.
const PLATFORM: &str = "src/env/platform.rs";

/// What only that file may name.
const SYSTEMS: [&str; 6] = ["std::os::", "rustix::", "cpu_time::", "#[cfg(unix", "#[cfg(windows", "#[cfg(target_os"];

const MAX_FILE_LINES: usize = 600;
const MAX_FUNCTION_LINES: usize = 70;

fn layering(source: &Source) -> Vec<String> {
    let Some((layer, allowed)) = source.layer().and_then(|layer| LAYERS.iter().find(|(name, _)| *name == layer)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (at, line) in source.code() {
        let code = line.split("//").next().unwrap_or_default();
        for (used, _) in LAYERS {
            let names = code.contains(&format!("crate::{used}"));
            let reaches = source.path.starts_with(REFERENCE) && matches!(used, "store" | "handle");
            let is_allowed = used == *layer || allowed.contains(&used) || reaches;
            if names && !is_allowed {
                found.push(format!("{}:{at}: {layer} uses {used}", source.path));
            }
        }
    }
    found
}

fn machine(source: &Source) -> Vec<String> {
    if source.layer() == Some("env") || !source.path.starts_with("src/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, line) in source.code() {
        let code = line.split("//").next().unwrap_or_default();
        for name in MACHINE {
            if names_word(code, name) {
                found.push(format!("{}:{at}: only env may name {name}", source.path));
            }
        }
    }
    found
}

fn systems(source: &Source) -> Vec<String> {
    if source.path == PLATFORM || !source.path.starts_with("src/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, line) in source.code() {
        let code = line.split("//").next().unwrap_or_default();
        for name in SYSTEMS.iter().filter(|name| code.contains(*name)) {
            found.push(format!("{}:{at}: only {PLATFORM} may name {name}", source.path));
        }
    }
    found
}

/// Whether `name` stands in `code` and is not the end of a longer word.
fn names_word(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn sizes(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > MAX_FILE_LINES {
        found.push(format!("{}: {lines} lines", source.path));
    }
    let mut open: Option<(usize, usize, String)> = None;
    for (at, line) in source.text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let trimmed = line.trim_start();
        if open.is_none() && starts_function(trimmed) && !trimmed.ends_with('}') {
            open = Some((at, indent, trimmed.to_owned()));
            continue;
        }
        let Some((start, depth, name)) = &open else {
            continue;
        };
        if indent == *depth && (trimmed == "}" || trimmed.ends_with(';')) {
            let length = at - start + 1;
            if length > MAX_FUNCTION_LINES {
                found.push(format!("{}:{}: {length} lines: {name}", source.path, start + 1));
            }
            open = None;
        }
    }
    found
}

fn starts_function(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.by_ref().take(5).any(|word| word == "fn" || word == "func")
        && !line.starts_with("//")
        && !line.starts_with("type ")
}

fn head_note(source: &Source) -> Vec<String> {
    let mark = if source.path.ends_with(".go") { "//" } else { "//!" };
    let note = source
        .text
        .lines()
        .skip_while(|line| line.starts_with("#!") || line.starts_with("package ") || line.is_empty())
        .take_while(|line| line.starts_with(mark))
        .count();
    if note == 0 {
        return vec![format!("{}: no head note", source.path)];
    }
    if note > 24 {
        return vec![format!("{}: a head note of {note} lines", source.path)];
    }
    Vec::new()
}

fn unfinished(source: &Source) -> Vec<String> {
    // Written apart, so that this file does not break its own rule.
    let banned = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("not ", "implemented"),
        concat!("not yet ", "implemented"),
    ];
    let mut found = Vec::new();
    // The commands and answers of a case hold what a message holds.
    let says = |line: &&str| !source.path.ends_with(".case") || line.starts_with('#');
    for (at, line) in source.text.lines().enumerate().filter(|(_, line)| says(line)) {
        for word in banned {
            if line.contains(word) {
                found.push(format!("{}:{}: {word}", source.path, at + 1));
            }
        }
    }
    found
}

fn names(source: &Source) -> Vec<String> {
    let banned = ["util", "utils", "helper", "helpers", "manager", "misc", "common"];
    let found = source.path.split(['/', '.']).any(|part| banned.contains(&part));
    if found { vec![format!("{}: a name that says nothing", source.path)] } else { Vec::new() }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folders: &[&str], endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        collect(&root().join(folder), endings, &mut found);
    }
    assert!(!found.is_empty(), "no sources under {folders:?}");
    found
}

fn collect(folder: &Path, endings: &[&str], found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry of a listed folder").path();
        let name = path.to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            let skipped = ["/target", "/data", "/testdata", "/snapshots", "/tests/stubs"];
            if !skipped.iter().any(|part| name.ends_with(part)) {
                collect(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let text = fs::read_to_string(&path).expect("a readable source");
            let base = root().to_string_lossy().replace('\\', "/");
            let relative = name.strip_prefix(&base).unwrap_or(&name);
            found.push(Source::new(relative.trim_start_matches('/'), &text));
        }
    }
}

/// Holds the tree to a rule.
fn hold(rule: fn(&Source) -> Vec<String>, folders: &[&str], endings: &[&str]) {
    let mut broken = String::new();
    for source in sources(folders, endings) {
        for line in rule(&source) {
            writeln!(broken, "{line}").expect("text grows");
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
}

const RUST: &[&str] = &["src", "tests", "fuzz", "benches"];

fn layers_use_only_what_lies_below() {
    hold(layering, &["src"], &[".rs"]);
}

fn only_env_touches_the_machine() {
    hold(machine, &["src"], &[".rs"]);
}

fn only_one_file_knows_systems_apart() {
    hold(systems, &["src"], &[".rs"]);
}

fn files_and_functions_stay_small() {
    hold(sizes, RUST, &[".rs"]);
    hold(sizes, &["adapters"], &[".go"]);
}

fn every_file_says_what_it_is() {
    hold(head_note, RUST, &[".rs"]);
    hold(head_note, &["adapters"], &[".go"]);
}

fn nothing_is_left_unfinished() {
    hold(unfinished, RUST, &[".rs"]);
    hold(unfinished, &["adapters", "corpus", "docs"], &[".go", ".case", ".md"]);
}

fn names_say_what_things_are() {
    hold(names, RUST, &[".rs"]);
}

fn the_layering_rule_finds_what_it_is_for() {
    let check = |path, text| layering(&Source::new(path, text)).len();
    assert_eq!(check("src/format/a.rs", "use crate::store::Store;\n"), 1);
    assert_eq!(check("src/format/a.rs", "use crate::format::varint;\n"), 0);
    assert_eq!(check("src/store/a.rs", "use crate::harness::port;\n"), 1);
    assert_eq!(check("src/store/a.rs", "use crate::handle::SharedStore;\n"), 1);
    assert_eq!(check("src/handle/a.rs", "use crate::store::Store;\n"), 0);
    assert_eq!(check("src/harness/runner.rs", "use crate::store::Store;\n"), 1);
    assert_eq!(check("src/harness/reference.rs", "use crate::store::Store;\n"), 0);
    assert_eq!(check("src/harness/reference_bench.rs", "use crate::handle::SharedStore;\n"), 0);
    assert_eq!(check("src/harness/bench/measure.rs", "use crate::handle::SharedStore;\n"), 1);
    assert_eq!(check("src/cli/run.rs", "use crate::store::Store;\n"), 1);
    assert_eq!(check("src/format/a.rs", "// crate::store is above\n"), 0);
}

fn the_machine_rule_finds_what_it_is_for() {
    let check = |path, text| machine(&Source::new(path, text)).len();
    assert_eq!(check("src/store/a.rs", "let f = std::fs::read(p);\n"), 1);
    assert_eq!(check("src/store/a.rs", "let t = SystemTime::now();\n"), 1);
    assert_eq!(check("src/store/a.rs", "let b = Operand::Constant(1);\n"), 0);
    assert_eq!(check("src/env/real.rs", "let f = std::fs::read(p);\n"), 0);
    let in_test = "fn a() {}\n#[cfg(test)]\nmod tests { use std::fs; }\n";
    assert_eq!(check("src/store/a.rs", in_test), 0);
}

fn the_systems_rule_finds_what_it_is_for() {
    let check = |path, text| systems(&Source::new(path, text)).len();
    assert_eq!(check("src/env/real.rs", "use std::os::unix::fs::symlink;\n"), 1);
    assert_eq!(check("src/env/clock.rs", "#[cfg(target_os = \"linux\")]\nuse rustix::time;\n"), 2);
    assert_eq!(check(PLATFORM, "use std::os::windows::fs::FileExt;\n"), 0);
    assert_eq!(check("src/harness/go_port.rs", "let name = if cfg!(windows) { 1 } else { 2 };\n"), 0);
}

fn the_size_rule_finds_what_it_is_for() {
    let check = |text: &str| sizes(&Source::new("src/a.rs", text)).len();
    let body = "    let a = 1;\n".repeat(MAX_FUNCTION_LINES);
    assert_eq!(check(&format!("fn long() {{\n{body}}}\n")), 1);
    assert_eq!(check("fn short() {\n    let a = 1;\n}\n"), 0);
    assert_eq!(check(&"// line\n".repeat(MAX_FILE_LINES + 1)), 1);
}

fn the_other_rules_find_what_they_are_for() {
    assert_eq!(head_note(&Source::new("src/a.rs", "fn a() {}\n")).len(), 1);
    assert_eq!(head_note(&Source::new("src/a.rs", "//! A.\nfn a() {}\n")).len(), 0);
    assert_eq!(names(&Source::new("src/store/util.rs", "")).len(), 1);
    let text = concat!("// TO", "DO later\n");
    assert_eq!(unfinished(&Source::new("src/a.rs", text)).len(), 1);
    let case = concat!("# TO", "DO\n\nopen\nstore a XX", "X\n");
    assert_eq!(unfinished(&Source::new("corpus/cases/a.case", case)).len(), 1);
}
