//! `blkspec stubs`: for each language and each rule a file of code that it must catch and one of code that it must leave alone.
//!
//! In `tests/stubs/LANGUAGE/RULE.catch.*` every function that stands in no other is caught by that rule and by no other one; in
//! `RULE.leave.*` nothing is found at all. The files of the rules about tests are read as if they lay among tests.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::PathBuf;

use blkspec::harness::stubs::{FileScan, Scanner, languages, rules};
use libtest_mimic::Trial;

use super::command::{Place, checkout};

mod one_by_one {
    use super::*;

    super::super::trials![
        every_language_has_both_kinds_for_every_rule,
        what_the_command_says,
        allows_and_what_is_wrong_with_them,
        what_cannot_be_read_is_said,
        a_class_that_is_skipped,
        tests_of_go_that_are_empty,
        a_double_in_tests_is_left_alone,
        functions_that_have_a_number,
        a_file_that_directives_cut,
        directories_that_are_not_entered,
        what_cannot_be_asked,
    ];
}

/// The rules that no file of some language can be about.
const WITHOUT: [(&str, &str); 0] = [];

pub(crate) fn trials() -> Vec<Trial> {
    let files = fixtures().into_iter().map(|(name, path)| {
        Trial::test(format!("stubs::{name}"), move || {
            check(&path);
            Ok(())
        })
    });
    files.chain(one_by_one::trials()).collect()
}

/// The files, by `LANGUAGE/FILE`.
fn fixtures() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for (language, _) in languages() {
        for entry in std::fs::read_dir(checkout("tests/stubs").join(language)).unwrap() {
            let path = entry.unwrap().path();
            found.push((format!("{language}/{}", path.file_name().unwrap().to_str().unwrap()), path));
        }
    }
    found.sort();
    found
}

fn scanned(relative: &str, text: &str) -> FileScan {
    Scanner::new(None).unwrap().text(relative, text).unwrap()
}

/// Holds a file to what its name says.
fn check(path: &std::path::Path) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let [rule, kind, extension]: [&str; 3] = name.splitn(3, '.').collect::<Vec<_>>().try_into().unwrap();
    let code = ["not-implemented", "empty-body", concat!("to", "do-comment"), "constant-return", "delegation-shell"];
    let relative =
        if code.contains(&rule) { format!("src/it.{extension}") } else { format!("tests/it_test.{extension}") };
    let scan = scanned(&relative, &std::fs::read_to_string(path).unwrap());
    assert_eq!(scan.not_understood, [], "the file is no {extension}");
    let outer: Vec<_> = scan.functions.iter().filter(|function| function.is_outer).collect();
    assert!(outer.len() >= 3, "{} functions are too few to show anything", outer.len());
    let lines: Vec<String> = scan.findings.iter().map(ToString::to_string).collect();
    match kind {
        "leave" => assert_eq!(lines, [""; 0]),
        _ => {
            assert_eq!(kind, "catch", "a file is of code to catch or to leave");
            assert!(scan.findings.iter().all(|finding| finding.rule == rule), "{lines:#?}");
            for function in outer {
                let is_inside = |line: usize| (function.lines.0..=function.lines.1).contains(&line);
                let is_caught = scan.findings.iter().any(|finding| is_inside(finding.place.line));
                assert!(is_caught, "{} is not caught\n{lines:#?}", function.name);
            }
        }
    }
}

fn every_language_has_both_kinds_for_every_rule() {
    let names: Vec<String> = fixtures().into_iter().map(|(name, _)| name).collect();
    for (language, _) in languages() {
        for rule in rules().filter(|rule| !rule.name.contains("allow") && !WITHOUT.contains(&(language, rule.name))) {
            for kind in ["catch", "leave"] {
                let front = format!("{language}/{}.{kind}.", rule.name);
                assert!(names.iter().any(|name| name.starts_with(&front)), "there is no {front}*");
            }
        }
    }
}

const STUB: &str =
    "class Store\n{\n    public void Flush() { }\n\n    [Fact]\n    public void Stores() { Assert.True(true); }\n}\n";

fn what_the_command_says() {
    let place = Place::new();
    place.write("port/Store.cs", STUB);
    place.write("done/Done.cs", "class Done\n{\n    public int Twice(int x) => x + x;\n}\n");
    let sessions = place.sessions(
        &[0, 1],
        &[
            &["stubs", "port"],
            &["stubs", "port", "--json"],
            &["stubs", "port", "done", "--only", "empty-body"],
            &["stubs", "done"],
            &["stubs", "--rules"],
            &["stubs", "--explain", "self-comparison"],
        ],
    );
    insta::assert_snapshot!("stubs_command", sessions);
}

fn allows_and_what_is_wrong_with_them() {
    let check = |comment: &str, expected: &[&str]| {
        let text = format!(
            "class Store\n{{\n    {comment}\n    [Obsolete]\n    // it is a\n    public int Flush() => throw new NotImplementedException();\n}}\n"
        );
        let found: Vec<&str> = scanned("Store.cs", &text).findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(found, expected, "{comment}");
    };
    check("", &["not-implemented"]);
    check("// blkspec:allow(not-implemented): Go has none either", &[]);
    check("// blkspec:allow(not-implemented, empty-body): Go has none either", &[]);
    check("/* blkspec:allow(not-implemented): Go has none either */", &[]);
    check("// blkspec:allow(not-implemented)", &["allow-without-reason", "not-implemented"]);
    check("// blkspec:allow(not-implemented): */", &["allow-without-reason", "not-implemented"]);
    check("// blkspec:allow: Go has none", &["allow-without-reason", "not-implemented"]);
    check("// blkspec:allow(no-such-rule): Go has none", &["allow-without-reason", "not-implemented"]);
    check("// blkspec:allow(unused-allow): Go has none", &["allow-without-reason", "not-implemented"]);
    check("// blkspec:allow(empty-body): Go has none", &["unused-allow", "not-implemented"]);
    check("int x; // blkspec:allow(not-implemented): not the line above", &["unused-allow", "not-implemented"]);
}

fn what_cannot_be_read_is_said() {
    let place = Place::new();
    place.write("port/Latin.cs", b"// caf\xe9\n");
    place.write("port/Large.cs", vec![b' '; (4 << 20) + 1]);
    place.write("port/Partly.cs", "class A\n{\n    public int B() { return ) 1; }\n    public int C(int d) => d;\n}\n");
    place.write("port/Deep.cs", format!("class A {{ int x = {}1{}; }}\n", "(".repeat(20_000), ")".repeat(20_000)));
    place.write("port/readme.txt", "no source");
    let (code, text) = place.run(&["stubs", "port"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("Latin.cs: NOT READ: no UTF-8"), "{text}");
    assert!(text.contains("Large.cs: NOT READ: 4194305 bytes"), "{text}");
    assert!(text.contains("Partly.cs:3:"), "{text}");
    assert!(text.contains("2 files not read, 1 understood in part"), "{text}");
}

fn a_class_that_is_skipped() {
    let text = "[TestClass]\n[Ignore(\"later\")]\npublic class A\n{\n    [TestMethod]\n    public void B() { Assert.AreEqual(1, C.D()); }\n}\n";
    let found: Vec<String> = scanned("A.cs", text)
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.place.line, finding.rule))
        .collect();
    assert_eq!(found, ["2 skipped-test"]);
}

fn tests_of_go_that_are_empty() {
    let text = "package store\n\nfunc TestA(t *testing.T) {}\n\nfunc TestB(t *testing.T) {\n\t// later\n}\n\nfunc helper() {}\n";
    let found = scanned("store/it_test.go", text).findings;
    let found: Vec<_> = found.iter().map(|finding| (finding.place.line, finding.rule)).collect();
    assert_eq!(found, [(3, "empty-body"), (5, "empty-body")]);
}

fn a_double_in_tests_is_left_alone() {
    let text = "class Double : IStore\n{\n    public int Load(int x) => throw new NotImplementedException();\n    public void Flush() { }\n}\n";
    assert_eq!(scanned("tests/Double.cs", text).findings, []);
    assert_eq!(scanned("src/Double.cs", text).findings.len(), 2);
}

fn functions_that_have_a_number() {
    let check = |path: &str, text: &str, expected: &[u16]| {
        let found: Vec<u16> = scanned(path, text).findings.into_iter().flat_map(|finding| finding.numbers).collect();
        assert_eq!(found, expected, "{text}");
    };
    let of = |owner: &str, name: &str| format!("impl {owner} {{ fn {name}(&self, x: u64) -> u64 {{ todo!() }} }}\n");
    check("src/a.rs", &of("FileStore", "store_msg"), &[1035]);
    check("tests/a.rs", &of("FileStore", "store_msg"), &[]);
    check("src/a.rs", &of("FileStore", "twice"), &[]);
    // `Stop` is a name of two types of Go, and one of them has a `stop` as well.
    check("src/a.rs", &of("FileStore", "stop"), &[number("fileStore.Stop"), number("fileStore.stop")]);
    check("src/a.rs", &of("ConsumerFileStore", "stop"), &[number("consumerFileStore.Stop")]);
    check("src/a.rs", &of("Timer", "stop"), &[]);
}

/// The number of a function of `filestore.go`.
fn number(function: &str) -> u16 {
    let table = std::fs::read_to_string(checkout("corpus/features.tsv")).unwrap();
    let line = table.lines().find(|line| line.split('\t').nth(2) == Some(function)).unwrap();
    line.split('\t').next().unwrap().parse().unwrap()
}

fn a_file_that_directives_cut() {
    let text = "class A\n{\n#if X\n    [Obsolete(\n#else\n    [Old(\n#endif\n    \"x\")]\n    public void Flush() { }\n    public int B(int c)\n    {\n        return D(\n#if Y\n            c,\n#endif\n            1);\n    }\n}\n";
    let scan = scanned("src/A.cs", text);
    assert_eq!(scan.functions.len(), 2);
    // What the grammar was not given is said.
    assert_eq!(scan.not_understood.iter().map(|place| place.line).collect::<Vec<_>>(), [5]);
}

fn directories_that_are_not_entered() {
    let place = Place::new();
    for directory in ["obj", ".git", "bin", "node_modules", "target"] {
        place.write(&format!("port/{directory}/Store.cs"), STUB);
    }
    place.write("port/b/Store.cs", STUB);
    place.write("port/a/Store.cs", STUB);
    let (_, text) = place.run(&["stubs", "port"]);
    let files: Vec<&str> = text.lines().filter_map(|line| line.split_once(".cs:")).map(|(file, _)| file).collect();
    assert_eq!(files, ["port/a/Store", "port/a/Store", "port/b/Store", "port/b/Store"]);
}

fn what_cannot_be_asked() {
    let place = Place::new();
    place.write("empty/readme.txt", "");
    let sessions = place.sessions(
        &[2],
        &[
            &["stubs", "missing"],
            &["stubs", "empty"],
            &["stubs", "--explain", "no-such"],
            &["stubs", "empty", "--language", "cobol"],
        ],
    );
    insta::assert_snapshot!("stubs_refused", sessions);
}
