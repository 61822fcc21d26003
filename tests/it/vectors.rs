//! The vectors for decoders: each is proven when it is read, the generated ones are those of the rules, and faults in one are
//! told with file and line.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use blkspec::harness::case::CaseError;
use blkspec::harness::vector::{Edit, Vectors, generate};

use super::command::Place;

super::trials![
    every_vector_is_proven,
    generated_ones_are_checked_in,
    faults_are_told,
    edits_do_what_they_say,
    a_changed_answer_fails_on_the_reference,
];

/// How many vectors there are at least.
const LEAST: usize = 400;
/// Vectors of `hash-wheel`, one that is accepted and one that is not, with a part of the answer and something else in its place.
const ACCEPTED: (&str, &str, &str) = ("expires-1-one-less", "expires @2h", "expires @3h");
const REFUSED: (&str, &str, &str) = ("cut-before-entries", "error corrupt_state", "error eof");
/// What a vector may weigh, answers included.
const WEIGHT_LIMIT: u64 = 10 << 10;

fn vectors() -> Vectors {
    Vectors::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/decode")).unwrap()
}

fn every_vector_is_proven() {
    // Reading makes the bytes anew out of base, edit and mended checksum, and refuses any others.
    let all = vectors().select(&[]).unwrap();
    assert!(all.len() >= LEAST, "{} vectors", all.len());
    for vector in &all {
        let file = PathBuf::from(&vector.case.file);
        let weight = std::fs::metadata(&file).unwrap().len();
        assert!(weight <= WEIGHT_LIMIT, "{} weighs {weight} bytes", vector.case.file);
        assert!(vector.case.recorded.is_some(), "{} has no recorded answer", vector.case.file);
        assert!(!vector.case.about.trim().is_empty(), "{} does not say what its fault is", vector.case.file);
    }
    let formats: BTreeSet<&str> = all.iter().filter_map(|vector| vector.case.name.split('/').nth(1)).collect();
    assert_eq!(formats.len(), 13, "{formats:?}");
}

fn generated_ones_are_checked_in() {
    let vectors = vectors();
    let all = generate(&vectors).unwrap();
    let names: BTreeSet<&str> = all.iter().map(|vector| vector.name.as_str()).collect();
    assert_eq!(names.len(), all.len(), "two vectors have one name");
    for vector in &all {
        let present = std::fs::read_to_string(vectors.root().join(format!("{}.txt", vector.name))).unwrap_or_default();
        assert!(vector.is_in(&present), "{} is not what the rules make: run `blkspec vectors`", vector.name);
    }
}

const GOOD: &str =
    "# A block.\nbase: three msgs/1.blk 0..4\nedit: replace 0..1: 03\nbytes: 03000000\n\ndecode-hash-wheel $bytes\n";

fn fault(text: &str) -> CaseError {
    vectors().parse("decode/block/x", "x.txt", text).unwrap_err()
}

fn faults_are_told() {
    assert_eq!(vectors().parse("decode/block/x", "x.txt", GOOD).unwrap().bytes, [3, 0, 0, 0]);
    let mut told = String::new();
    for (from, to) in [
        ("03000000", "04000000"),
        ("replace 0..1: 03", "replace 0..9: 03"),
        ("replace 0..1: 03", "repalce 0..1: 03"),
        ("replace 0..1: 03", "cut 4"),
        ("three msgs/1.blk 0..4", "four msgs/1.blk"),
        ("three msgs/1.blk 0..4", "three msgs/9.blk"),
        ("three msgs/1.blk 0..4", "three msgs/1.blk 0..4000"),
        ("edit: replace 0..1: 03\n", ""),
        ("edit:", "mend: record 0\nedit:"),
        ("edit:", "mend: recrod 0\nedit:"),
        ("$bytes", "$(nothing x)"),
        ("$bytes", "$(three"),
        ("decode-hash-wheel", "decode-hash-whel"),
    ] {
        told.push_str(&format!("{}\n", fault(&GOOD.replace(from, to))));
    }
    insta::assert_snapshot!("vector_faults", told);
}

fn edits_do_what_they_say() {
    let base: Vec<u8> = (0..8).collect();
    for (text, bytes) in [
        ("none", "0001020304050607"),
        ("cut 3", "000102"),
        ("replace 2..4: ff", "0001ff04050607"),
        ("insert 1: aabb", "00aabb01020304050607"),
        ("remove 0..6", "0607"),
        ("append: ee", "0001020304050607ee"),
        ("move 0..2 to 5", "0203040001050607"),
        ("move 5..7 to 1", "0005060102030407"),
        ("copy 0..2 to 8", "00010203040506070001"),
    ] {
        let edit = Edit::parse(text).unwrap();
        assert_eq!(edit.to_string(), text);
        assert_eq!(hex::encode(edit.apply(&base).unwrap()), bytes, "{text}");
    }
}

fn a_changed_answer_fails_on_the_reference() {
    let place = Place::new();
    place.copy("corpus/decode/hash-wheel", "corpus/decode/hash-wheel");
    place.copy("corpus/cases/pure/cipher-names.case", "corpus/cases/pure/cipher-names.case");
    let run = || place.run(&["run", "--corpus", "corpus/cases", "decode/hash-wheel"]);
    let (code, text) = run();
    assert_eq!(code, 0, "{text}");
    for (name, from, to) in [ACCEPTED, REFUSED] {
        let file = format!("corpus/decode/hash-wheel/{name}.txt");
        let text = String::from_utf8(place.read(&file)).unwrap();
        assert!(text.contains(from), "{text}");
        place.write(&file, text.replacen(from, to, 1));
        let (code, told) = run();
        assert_eq!(code, 1, "{told}");
        assert!(told.contains(&format!("FAIL decode/hash-wheel/{name} ")) && told.contains(" 1\n"), "{told}");
        place.write(&file, text);
    }
}
