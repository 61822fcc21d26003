//! Tests of the timing wheel: verdicts and histories recorded from Go, a file of the Go store, round trips.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::format::fuzz_state::fuzz_hash_wheel;
use crate::format::go_vectors::{Fnv, Lcg, check_verdicts, fnv, vectors};

const DECODED: &str = include_str!("../../../tests/data/go-vectors/hash-wheel.txt");
const HISTORIES: &str = include_str!("../../../tests/data/go-vectors/hash-wheel-histories.txt");
const FILE: &[u8] = include_bytes!("../../../tests/data/go-files/thw-plain.db");

/// Every entry by sequence and time, as the recorder wrote them.
fn entries_text(wheel: &HashWheel) -> String {
    let mut entries: Vec<HashWheelEntry> = wheel.entries().collect();
    entries.sort();
    entries.iter().fold(String::new(), |mut text, entry| {
        write!(text, " {}@{}", entry.seq, entry.expires_ns).unwrap();
        text
    })
}

fn verdict(bytes: &[u8]) -> String {
    let Ok((wheel, stamp)) = HashWheel::decode(bytes) else { return "reject".to_owned() };
    let next = wheel.next_expiration(i64::MAX).unwrap_or(i64::MAX);
    fnv(&format!("{stamp} {} {next}{}", wheel.count(), entries_text(&wheel)))
}

#[test]
fn verdicts_and_values_equal_gos() {
    check_verdicts(DECODED, 901, |bytes| {
        fuzz_hash_wheel(bytes);
        verdict(bytes)
    });
}

/// One operation of a recorded history, the same as in the recorder.
fn operate(lcg: &mut Lcg, span: u64, wheel: &mut HashWheel, times: &mut BTreeMap<u64, i64>, hash: &mut Fnv) {
    let seq = lcg.draw(60);
    let expires_ns = lcg.draw(span) as i64 * 1_000_000_000 + lcg.draw(1_000) as i64 * 1_000_000;
    let old = times.get(&seq).copied().unwrap_or_default();
    match lcg.draw(6) {
        0 | 1 => {
            wheel.add(seq, expires_ns);
            times.insert(seq, expires_ns);
        }
        2 => hash.note(format!("r{}", wheel.remove(seq, old).is_ok())),
        3 => {
            hash.note(format!("u{}", wheel.update(seq, old, expires_ns).is_ok()));
            times.insert(seq, expires_ns);
        }
        4 if lcg.draw(4) == 0 => {
            let kept = lcg.draw(4);
            let mut offered = Vec::new();
            wheel.expire_tasks(expires_ns / 4, |entry| {
                offered.push(entry.seq);
                entry.seq % 4 != kept
            });
            offered.sort_unstable();
            let offered: Vec<String> = offered.iter().map(u64::to_string).collect();
            hash.note(format!("e[{}]", offered.join(" ")));
        }
        4 => {}
        _ => {
            let next = wheel.next_expiration(expires_ns).unwrap_or(i64::MAX);
            hash.note(format!("n{next} c{}", wheel.count()));
        }
    }
}

#[test]
fn recorded_histories_give_gos_answers() {
    let mut checked = 0;
    for line in vectors(HISTORIES) {
        let (seed, expected) = line.split_once(' ').unwrap();
        let mut lcg = Lcg(seed.parse().unwrap());
        let (mut wheel, mut times, mut hash) = (HashWheel::new(), BTreeMap::new(), Fnv::new());
        let span = [3, 100, 5_000, 20_000][lcg.draw(4) as usize];
        for _ in 0..400 {
            operate(&mut lcg, span, &mut wheel, &mut times, &mut hash);
        }
        hash.note(entries_text(&wheel));
        assert_eq!(format!("{} {}", hash.hex(), wheel.count()), expected, "history {seed}");
        checked += 1;
    }
    assert_eq!(checked, 120);
}

#[test]
fn a_file_of_the_go_store_keeps_its_meaning() {
    let (wheel, stamp) = HashWheel::decode(FILE).unwrap();
    assert_eq!(HashWheel::decode(&wheel.encode(stamp)), Ok((wheel.clone(), stamp)));
    assert_eq!(wheel.encode(stamp).len(), FILE.len());
    insta::assert_snapshot!("dump", dump(FILE).render());
    insta::assert_snapshot!("dump_cut", dump(&FILE[..30]).render());
}

proptest! {
    #[test]
    fn any_bytes_are_answered(mut bytes: Vec<u8>, count in 0..4u8) {
        if count > 0 {
            bytes.splice(..0, [1, count, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
        }
        fuzz_hash_wheel(&bytes);
    }
}
