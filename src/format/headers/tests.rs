//! Headers, TTLs and schedules in headers, held against what Go answered.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::*;
use crate::format::go_vectors::vectors;
use crate::format::message_schedule::next_message_schedule;

const VECTORS: &str = include_str!("../../../tests/data/go-vectors/headers.txt");

fn bytes(text: &str) -> Vec<u8> {
    if text == "." { Vec::new() } else { hex::decode(text).unwrap() }
}

fn text(bytes: &[u8]) -> String {
    if bytes.is_empty() { ".".to_owned() } else { hex::encode(bytes) }
}

fn answer(words: &[&str]) -> String {
    let first = bytes(words.get(1).unwrap());
    let second = || bytes(words.get(2).unwrap());
    let key = || String::from_utf8(second()).unwrap();
    match *words.first().unwrap() {
        "slice" => slice_header(&key(), &first).map_or("nil".to_owned(), text),
        "remove" => text(&remove_header(first, &key())),
        "prefix" => text(&remove_headers_with_prefix(first, &key())),
        "add" => text(&add_header(&first, MESSAGE_TTL, &second())),
        "marker" => is_delete_marker(&first).to_string(),
        "ttl" => parse_message_ttl(&first).map_or("reject".to_owned(), |ttl| ttl.to_string()),
        "next" => {
            let ts = words.get(2).unwrap().parse().unwrap();
            match next_message_schedule(&first, ts, 0) {
                Ok(Some(next)) => next.unix_ns().to_string(),
                Ok(None) => "none".to_owned(),
                Err(_) => "reject".to_owned(),
            }
        }
        other => format!("no operation {other}"),
    }
}

#[test]
fn answers_equal_gos() {
    let mut checked = 0;
    for line in vectors(VECTORS) {
        let words: Vec<&str> = line.split(' ').collect();
        let (expected, asked) = words.split_last().unwrap();
        assert_eq!(&answer(asked), expected, "{line}");
        checked += 1;
    }
    assert_eq!(checked, 1391);
}

#[test]
fn a_marker_tells_its_ttl_as_go_writes_durations() {
    // The words are those of `time.Duration.String`, which Go 1.26.8 gave for these.
    for (seconds, words) in [(1, "1s"), (60, "1m0s"), (3600, "1h0m0s"), (93_784, "26h3m4s")] {
        let marker = delete_marker(seconds);
        assert!(is_delete_marker(&marker));
        assert_eq!(header_or_empty(MESSAGE_TTL, &marker), words.as_bytes());
        assert_eq!(header_or_empty(ROLLUP, &marker), ROLLUP_SUBJECT.as_bytes());
    }
}
