//! `blkspec trace`: what is wrong with a question is told with what to do, and every statement that no case executes has a reason.
//!
//! The questions are asked of a made-up corpus of two cases, measured as the test says; the reasons are held to the coverage that is
//! checked in, fresh or not.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use blkspec::harness::corpus::Corpus;
use blkspec::harness::trace::{
    Bits, Block, CaseCoverage, Coverage, Features, Function, Reasons, digest_of,
    reasons::{faults, page},
};

use super::command::{Place, checkout};

super::trials![
    the_page_says_what_no_case_executes_and_why,
    reasons_that_do_not_fit_are_told,
    what_cannot_be_answered_says_what_to_do,
    a_stale_measurement_answers_nothing,
    both_ways,
];

fn the_page_says_what_no_case_executes_and_why() {
    let coverage = Coverage::read(&Corpus::at(checkout("corpus/cases"))).unwrap();
    let reasons = Reasons::embedded().unwrap();
    let faults = faults(&coverage, &reasons);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let present = std::fs::read_to_string(checkout("docs/uncovered.md")).unwrap();
    let command = "blkspec trace --uncovered-page docs/uncovered.md";
    assert_eq!(present, page(&coverage, &reasons), "docs/uncovered.md is out of date: run `{command}`");
}

const CASES: [(&str, &[usize]); 2] = [("topic/one", &[0, 1]), ("topic/two", &[0])];

/// Two functions of the real file, with made-up lines: three blocks, and no case executes the last.
fn coverage(cases: impl IntoIterator<Item = (String, CaseCoverage)>) -> Coverage {
    let block = |line, statements| Block { begin: (line, 2), end: (line + 2, 3), statements };
    let function = |name: &str, lines, blocks| Function { name: name.to_owned(), lines, blocks };
    Coverage {
        server: "v2.14.9".to_owned(),
        go: "go1.26.0".to_owned(),
        blocks: vec![block(10, 2), block(20, 1), block(22, 4)],
        functions: vec![function("newFileStore", (10, 12), 0..1), function("fileStore.StoreMsg", (20, 24), 1..3)],
        cases: cases.into_iter().collect(),
        go_tests: Default::default(),
        unmeasured: Default::default(),
        unsteady: Bits::default(),
        features: Features::embedded().unwrap(),
        tests: Default::default(),
    }
}

fn executing(hits: &[usize]) -> CaseCoverage {
    CaseCoverage { digest: String::new(), hits: hits.iter().copied().collect() }
}

fn reasons_that_do_not_fit_are_told() {
    let mut coverage = coverage(CASES.map(|(name, hits)| (name.to_owned(), executing(hits))));
    let reasons = |lines: &str| {
        let entry = |line| format!("{{ function = \"fileStore.StoreMsg\", lines = [{line}], why = \"nobody asks\" }},");
        let entries: String = lines.split(' ').map(entry).collect();
        Reasons::parse(&format!(
            "[[unreached]]\ntitle = \"Guards\"\ntext = \"All asked before.\"\nstatements = [{entries}]\n"
        ))
        .unwrap()
    };
    assert_eq!(faults(&coverage, &reasons("22")), Vec::<String>::new());
    insta::assert_snapshot!("trace_page", page(&coverage, &reasons("22")));
    let told = |coverage: &Coverage, lines| faults(coverage, &reasons(lines)).join("\n");
    let mut all = String::new();
    for lines in ["23", "22 22", "22 20", "22 99"] {
        all.push_str(&format!("{lines}\n{}\n\n", told(&coverage, lines)));
    }
    insta::assert_snapshot!("trace_faults", all);
    coverage.unsteady = [1].into_iter().collect();
    assert_eq!(told(&coverage, "22 20"), "", "what is executed now and then may have a reason");
}

/// The corpus in a directory, measured.
fn world() -> Place {
    let place = Place::new();
    for (name, _) in CASES {
        let text = "settings: none/none because one is enough\nrecorded: v2.14.9\n\nopen\n----\nok\n";
        place.write(&format!("corpus/cases/{name}.case"), format!("# {name}.\n{text}"));
    }
    place.write("corpus/go-tests.toml", "[cases]\nTestFileStoreOpens = [\"topic/one\"]\n\n[deferred]\n");
    let cases = Corpus::at(place.path("corpus/cases")).select(&[]).unwrap();
    let executed = |name: &str| CASES.iter().find(|case| case.0 == name).unwrap().1;
    let measured = cases.iter().map(|case| {
        let digest = digest_of(case);
        (case.name.clone(), CaseCoverage { digest, ..executing(executed(&case.name)) })
    });
    place.write("corpus/coverage.json", coverage(measured).text());
    place
}

fn trace(place: &Place, arguments: &[&str]) -> String {
    let (_, text) = place.session(&[&["trace", "--corpus", "corpus/cases"], arguments].concat());
    format!("{text}\n")
}

fn what_cannot_be_answered_says_what_to_do() {
    let place = world();
    let mut told = String::new();
    for question in [
        ["--features", "954"],
        ["--features", "1263"],
        ["--features", "959,70000"],
        ["--features", "959-2000"],
        ["--features", "store"],
        ["--features", ""],
        ["--case", "topic/three"],
        ["--case", "topic"],
    ] {
        told.push_str(&trace(&place, &question));
    }
    insta::assert_snapshot!("trace_questions", told);
    let told = trace(&place, &["--uncovered-page", "page.md"]);
    let missing = "corpus/unreached.toml has no reason why no case executes line 22, in fileStore.StoreMsg\n";
    assert!(told.contains(missing) && told.ends_with("the page is not written\nexit 1\n\n"), "{told}");
    assert!(!place.path("page.md").exists());
}

fn a_stale_measurement_answers_nothing() {
    let questions: [&[&str]; 4] = [&["--features", "959"], &["--case", "topic/one"], &["--uncovered"], &[]];
    let mut told = String::new();
    let ask = |told: &mut String, place: &Place| {
        for question in questions {
            told.push_str(&trace(place, question));
        }
    };
    let changed = world();
    let text = String::from_utf8(changed.read("corpus/cases/topic/two.case")).unwrap();
    changed.write("corpus/cases/topic/two.case", text.replace("open\n", "open\nstate\n"));
    ask(&mut told, &changed);
    let new = world();
    new.write("corpus/cases/topic/three.case", new.read("corpus/cases/topic/two.case"));
    told.push_str(&trace(&new, &[]));
    let gone = world();
    std::fs::remove_file(gone.path("corpus/cases/topic/two.case")).unwrap();
    told.push_str(&trace(&gone, &[]));
    let older = world();
    let text = String::from_utf8(older.read("corpus/coverage.json")).unwrap();
    older.write("corpus/coverage.json", text.replace("v2.14.9", "v2.14.0"));
    told.push_str(&trace(&older, &[]));
    older.write("corpus/coverage.json", text.replace("\"format\": 1", "\"format\": 2"));
    told.push_str(&trace(&older, &[]));
    std::fs::remove_file(older.path("corpus/coverage.json")).unwrap();
    told.push_str(&trace(&older, &[]));
    insta::assert_snapshot!("trace_stale", told);
}

fn both_ways() {
    let place = world();
    let questions: [&[&str]; 3] = [&["--features", "959,1035"], &["--case", "topic/one"], &["--uncovered"]];
    let told: String = questions.iter().map(|question| trace(&place, question)).collect();
    insta::assert_snapshot!("trace_both_ways", told);
}
