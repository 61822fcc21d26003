//! Tests of the measuring's parts on small made-up files, and of what the embedded tables say.

#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;

use super::counters::{CountedFunction, executed, functions as counted};
use super::measure::Layout;
use super::model::{Block, CaseCoverage, Coverage, Share};
use super::source::functions;
use super::{Bits, Features, Reasons, go_tests, html, report};

const SOURCE: &str = "package server\n\nfunc one() int { return 1 }\n\nvar pool = func() int {\n\treturn 2\n}\n\n\
    func (fs *fileStore) Two(a int) {\n\tif a > 0 {\n\t}\n}\nfunc (cfs generic[T]) three[T any](a int) {\n}\n";

#[test]
fn functions_of_a_source() {
    let found: Vec<String> =
        functions(SOURCE).into_iter().map(|span| format!("{} {}-{}", span.name, span.first, span.last)).collect();
    assert_eq!(found, ["one 3-3", "fileStore.Two 9-12", "generic.three 13-14"]);
}

#[test]
fn bits_are_canonical() {
    let mut bits: Bits = [0, 9, 17].into_iter().collect();
    assert_eq!(Bits::parse(&bits.text(), 18).as_ref(), Ok(&bits));
    assert!(Bits::parse(&bits.text(), 17).is_err(), "17 is out of range");
    let more: Bits = [1, 40].into_iter().collect();
    assert_eq!(bits.difference(&more).iter().collect::<Vec<_>>(), [0, 1, 9, 17, 40]);
    assert_eq!(bits.without(&[9, 100].into_iter().collect()).iter().collect::<Vec<_>>(), [0, 17]);
    bits.extend(&more);
    assert_eq!(more.without(&bits).text(), "", "zeros at the end are not written");
}

fn block(line: u32, statements: u32) -> Block {
    Block { begin: (line, 2), end: (line, 9), statements }
}

#[test]
fn blocks_belong_to_the_function_around_them() {
    let function = |number, lines: &[u32]| CountedFunction {
        package: 1,
        number,
        blocks: lines.iter().map(|line| block(*line, 1)).collect(),
    };
    let layout = Layout::new(vec![function(0, &[10, 9]), function(1, &[3]), function(2, &[5])], &functions(SOURCE));
    let found: Vec<(&str, std::ops::Range<usize>)> =
        layout.functions.iter().map(|function| (function.name.as_str(), function.blocks.clone())).collect();
    assert_eq!(
        found,
        [("one", 0..1), ("(outside of functions)", 1..2), ("fileStore.Two", 2..4), ("generic.three", 4..4)]
    );
}

/// A description of one package with one function of two blocks, as Go 1.26 writes it.
fn meta() -> Vec<u8> {
    let mut body = [4u32, 0, 0, 0].map(u32::to_le_bytes).concat();
    body.extend([0; 20]);
    let offset = body.len() as u32 + 12 + 1 + 5 + 3;
    body.extend([1u32, 1, offset].map(u32::to_le_bytes).concat());
    body.extend(b"\x02\x04/a.g\x02fn");
    body.extend([2, 1, 0, 3, 1, 4, 2, 5, 0x80, 1, 6, 7, 8, 1, 0]);
    let mut file = b"\0cvm\x01\0\0\0".to_vec();
    file.extend([0u64, 1].map(u64::to_le_bytes).concat());
    file.extend([0; 32]);
    file.extend([file.len() as u64 + 16, body.len() as u64].map(u64::to_le_bytes).concat());
    file.extend(body);
    file
}

#[test]
fn what_go_writes_is_read() {
    let blocks = vec![
        Block { begin: (3, 1), end: (4, 2), statements: 5 },
        Block { begin: (128, 6), end: (7, 8), statements: 1 },
    ];
    let meta = meta();
    assert_eq!(counted(&meta, "/a.g"), Ok(vec![CountedFunction { package: 0, number: 0, blocks }]));
    assert_eq!(counted(&meta, "/b.g"), Ok(Vec::new()));
    for end in 0..meta.len() - 1 {
        assert!(counted(&meta[..end], "/a.g").is_err(), "cut at {end}");
    }
    let mut counters = b"\0cwm\x01\0\0\0".to_vec();
    counters.extend([0; 16]);
    counters.extend([2, 0, 0, 0, 0, 0, 0, 0]);
    counters.extend(1u64.to_le_bytes());
    counters.extend([1, 0, 0, 0, 2, 0, 0, 0, 9, 9, 9, 0, 3, 7, 8, 0, 0x80, 1, 1]);
    counters.extend(b"\0cwm\0\0\0\0\x01\0\0\0\0\0\0\0");
    let mut ran = Vec::new();
    assert_eq!(executed(&counters, &mut |package, function, block| ran.push((package, function, block))), Ok(()));
    assert_eq!(ran, [(7, 8, 1), (7, 8, 2)]);
    counters[4] = 2;
    assert!(executed(&counters, &mut |_, _, _| {}).is_err_and(|why| why.contains("version 2")));
}

#[test]
fn profiles_and_failures_of_go_tests() {
    let blocks = [block(3, 1), block(5, 2)];
    let hits = go_tests::hits(&blocks, "3.2,3.9 1 0\n5.2,5.9 2 17\n");
    assert_eq!(hits.map(|hits| hits.iter().collect()), Ok(vec![1]));
    assert!(go_tests::hits(&blocks, "3.2,3.9 1 1\n").is_err(), "half a profile is none");
    assert!(go_tests::hits(&blocks, "3.2,3.9 1 1\n6.2,5.9 2 17\n").is_err(), "a block that the adapter does not have");
    let output = "=== RUN\n    filestore_test.go:12: no error\nFAIL\n";
    assert_eq!(go_tests::reason(output), "fails where it was measured: filestore_test.go:12: no error");
    assert_eq!(go_tests::reason("killed\nFAIL\n"), "fails where it was measured: killed");
}

/// Two features, one of them gone, and two cases.
fn coverage() -> Coverage {
    let features =
        Features::parse("1\t1\tone\tyes\n2\t\ttwo\tno\n7\t\tfs.Three\tyes\n").unwrap_or_else(|error| panic!("{error}"));
    let case =
        |digest: &str, hits: &[usize]| CaseCoverage { digest: digest.to_owned(), hits: hits.iter().copied().collect() };
    let function =
        |name: &str, line, blocks| super::Function { name: name.to_owned(), lines: (line, line + 1), blocks };
    Coverage {
        server: "v2.14.9".to_owned(),
        go: "go1.26".to_owned(),
        blocks: vec![block(3, 1), block(4, 2), block(5, 4)],
        functions: vec![function("one", 3, 0..2), function("fs.Three", 5, 2..3)],
        cases: BTreeMap::from([("a/b".to_owned(), case("11", &[0, 2])), ("a/c".to_owned(), case("22", &[0]))]),
        go_tests: BTreeMap::from([("TestX".to_owned(), [0, 1, 2].into_iter().collect())]),
        unmeasured: BTreeMap::new(),
        unsteady: [2].into_iter().collect(),
        features,
        tests: BTreeMap::from([("TestX".to_owned(), vec!["a/c".to_owned(), "a/b".to_owned()])]),
    }
}

#[test]
fn asked_both_ways() {
    let coverage = coverage();
    assert_eq!(coverage.cases_of(1).ok(), Some(vec![("a/b", 1), ("a/c", 1)]));
    assert_eq!(coverage.cases_of(2).ok(), Some(vec![]), "gone");
    assert_eq!(coverage.cases_of(7).ok(), Some(vec![("a/b", 4)]));
    let features =
        coverage.features_of("a/b").map(|found| found.iter().map(|(f, s)| (f.number, *s)).collect::<Vec<_>>());
    assert_eq!(features.ok(), Some(vec![(1, Share { covered: 1, of: 3 }), (7, Share { covered: 4, of: 4 })]));
    assert!(
        coverage
            .cases_of(3)
            .is_err_and(|error| error.to_string().starts_with("3 is no feature: the numbers go from 1 to 7"))
    );
    assert!(coverage.features_of("a/d").is_err());
    let gaps = coverage.gaps().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((gaps.len(), gaps[0].missed, gaps[0].is_large()), (1, Share { covered: 2, of: 7 }, true));
}

#[test]
fn the_file_is_read_as_it_was_written() {
    let coverage = coverage();
    let text = coverage.text();
    let read = Coverage::parse(text.as_bytes(), "f").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.text(), text);
    assert_eq!((&read.blocks, &read.functions, &read.cases), (&coverage.blocks, &coverage.functions, &coverage.cases));
    for (what, with, why) in [
        ("\"format\": 1", "\"format\": 9", "format 9"),
        ("4.2,4.9 2", "3.2,4.9 2", "out of order"),
        ("\"5.2\"", "\"5.3\"", "no block begins at 5.3"),
        ("\"22\", \"AQ\"", "\"22\", \"CA\"", "a/c: block 3 of 3"),
    ] {
        let broken = text.replace(what, with);
        assert_ne!(broken, text, "{what}");
        let error = Coverage::parse(broken.as_bytes(), "f").map(|_| ()).map_err(|error| error.to_string());
        assert!(error.as_ref().is_err_and(|error| error.contains(why) && error.contains("--write")), "{error:?}");
    }
}

#[test]
fn unsteady_blocks_are_no_difference() {
    let (known, mut now) = (coverage(), coverage());
    let set = |now: &mut Coverage, hits: &[usize]| {
        if let Some(case) = now.cases.get_mut("a/b") {
            case.hits = hits.iter().copied().collect();
        }
    };
    set(&mut now, &[0]);
    assert_eq!(known.differences(&now), Vec::<String>::new());
    set(&mut now, &[1, 2]);
    assert_eq!(known.differences(&now), ["a/b no longer executes one L3", "a/b executes besides one L4"]);
    now.blocks.pop();
    assert!(known.differences(&now)[0].contains("others: 3 by go1.26, 2 by go1.26"));
}

#[test]
fn the_embedded_tables_hold_together() {
    let features = Features::embedded().unwrap_or_else(|error| panic!("{error}"));
    let numbers: Vec<u16> = features.all().iter().map(|feature| feature.number).collect();
    assert_eq!(numbers, (955..=1262).collect::<Vec<u16>>());
    assert_eq!(features.all().iter().filter(|feature| feature.batch_11.is_some()).count(), 39);
    let reasons = Reasons::embedded().unwrap_or_else(|error| panic!("{error}"));
    for feature in features.all() {
        assert_eq!(reasons.gone(feature.number).is_some(), !feature.present, "{}", feature.number);
    }
    let chosen = |list| features.select(list).map(|found| found.len()).map_err(|error| error.to_string());
    assert_eq!(chosen("955,1239,1000-1010,955"), Ok(13));
    assert_eq!((chosen("all"), chosen("batch11")), (Ok(308), Ok(39)));
    for list in ["954", "1263", "955-1300", "x", "", "70000"] {
        assert!(chosen(list).is_err_and(|error| error.contains("from 955 to 1262")), "{list}");
    }
}

#[test]
fn reports_say_what_is_missing() {
    let (coverage, reasons) = (coverage(), Reasons::embedded().unwrap_or_else(|error| panic!("{error}")));
    let chosen = coverage.features.select("1,2").unwrap_or_default();
    let text = report::features(&coverage, &reasons, &chosen).unwrap_or_default();
    assert_eq!(
        text,
        "1  one  (batch 11, group 1)\n      lines 3 to 4: 1 of 3 (33.33 %), 2 cases\n      \
         no case executes 2 statements in L4\n       1  a/b\n       1  a/c\n2  two\n      gone in v2.14.9\n"
    );
    let page = html::page(&coverage, &reasons).unwrap_or_default();
    for part in [
        "id=\"feature-7\"",
        "id=\"case-a/b\"",
        "gone in v2.14.9",
        "server/filestore.go#L3-L4",
        "lines 4 to 4, 2 statements",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("__"), "a place of the page is left open");
}
