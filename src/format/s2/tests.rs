//! S2 against Go's verdicts on recorded streams and blocks, and round trips of our own encoder.
//!
//! The recorded corpora hold what decides between taking and refusing: every chunk type, torn headers, identifiers, limits,
//! and random mutants. minlz reads what we write, as a second opinion.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::io::Read as _;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::format::fuzz;

/// Recorded from Go; the files say how.
const STREAMS: &str = include_str!("../../../tests/data/format/s2-streams.txt");
const BLOCKS: &str = include_str!("../../../tests/data/format/s2-blocks.txt");

fn verdict(decoded: Result<Vec<u8>, DecodeError>) -> String {
    decoded.map_or("refused".to_owned(), |bytes| {
        let sum = hex::encode(&Sha256::digest(&bytes)[..8]);
        format!("{} {sum}", bytes.len())
    })
}

#[test]
fn streams_are_taken_and_refused_as_go_does() {
    let mut taken = 0;
    for line in STREAMS.lines().filter(|line| !line.starts_with('#')) {
        let [name, stream, expected] = line.split(" | ").collect::<Vec<_>>()[..] else {
            unreachable!("{line}");
        };
        let stream = hex::decode(stream).unwrap();
        let found = verdict(decode_stream(&stream, 8 << 20));
        assert_eq!(found, expected, "{name}");
        taken += usize::from(expected != "refused");
        fuzz::fuzz_s2(&stream);
    }
    assert!(taken > 150, "{taken}");
}

#[test]
fn blocks_are_taken_and_refused_as_go_does() {
    let mut taken = 0;
    for line in BLOCKS.lines().filter(|line| !line.starts_with('#')) {
        let (block, expected) = line.split_once(" | ").unwrap();
        let block = hex::decode(block).unwrap();
        let decoded = block_len(&block).map(|len| {
            let mut target = vec![0; len];
            decode_block(&block, &mut target).map(|()| target)
        });
        let found = verdict(decoded.unwrap_or(Err(DecodeError::new("length", 0, "bad"))));
        assert_eq!(found, expected, "{}", hex::encode(&block));
        taken += usize::from(expected != "refused");
    }
    assert!(taken > 100, "{taken}");
}

#[test]
fn no_bytes_make_no_stream() {
    assert_eq!(encode_stream(&[]), Vec::<u8>::new());
    assert_eq!(decode_stream(&[], 0), Ok(Vec::new()));
}

#[test]
fn large_and_odd_payloads_round_trip() {
    let mut noise = Vec::new();
    let mut state = 1u64;
    while noise.len() < 70_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.extend(state.to_be_bytes().iter().take(5));
    }
    let text = "the same words again, ".repeat(100_000);
    let mixed = [&noise, text.as_bytes(), &noise, &[0; 70_000]].concat();
    for payload in [&noise, text.as_bytes(), &mixed, &vec![7; WRITE_BLOCK_LEN + 1]] {
        for cut in [payload.len(), payload.len() / 2 + 1, 31, 32, 33] {
            let payload = &payload[..cut];
            let stream = encode_stream(payload);
            assert_eq!(decode_stream(&stream, cut).as_deref(), Ok(payload));
            assert!(stream.len() < payload.len() + payload.len() / 1000 + 30);
            let mut read = Vec::new();
            minlz::Reader::new(stream.as_slice()).read_to_end(&mut read).unwrap();
            assert_eq!(read, payload, "minlz reads something else");
        }
    }
    let zeros = encode_stream(&vec![0; 1 << 20]);
    assert!(zeros.len() < 60, "{}", zeros.len());
}

proptest! {
    #[test]
    fn streams_round_trip(bytes in proptest::collection::vec(prop_oneof![0u8..3, any::<u8>()], 0..4000)) {
        fuzz::fuzz_s2(&bytes);
    }

    #[test]
    fn blocks_round_trip(bytes in proptest::collection::vec(0u8..6, 0..2000)) {
        let block = encode_block(&bytes);
        let mut target = vec![0; bytes.len()];
        prop_assert_eq!(decode_block(&block, &mut target), Ok(()));
        prop_assert_eq!(target, bytes);
    }
}

#[test]
fn pieces_make_the_stream_of_the_whole() {
    let bytes: Vec<u8> = (0..2 * WRITE_BLOCK_LEN + 77).map(|i| (i / 9) as u8).collect();
    for piece in [1000, WRITE_BLOCK_LEN, bytes.len()] {
        let mut stream = StreamEncoder::new();
        for part in bytes.chunks(piece) {
            stream.write(part);
        }
        assert!(stream.finish() == encode_stream(&bytes), "pieces of {piece}");
    }
    assert_eq!(StreamEncoder::new().finish(), Vec::<u8>::new());
}

/// Streams that Go wrote; the file says how.
const ENCODED: &str = include_str!("../../../tests/data/format/s2-encoded.txt");

/// Numbers in a fixed order.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize
    }
}

fn extend_payload(kind: &str, out: &mut Vec<u8>, numbers: &mut Numbers) {
    match kind {
        "0" => out.push(numbers.next() as u8),
        "1" => out.push((numbers.next() % 3) as u8),
        "2" => {
            let literal = numbers.next() % 12;
            out.extend((0..literal).map(|_| numbers.next() as u8));
            let len = out.len();
            if len > 0 {
                let span = if !numbers.next().is_multiple_of(4) && len > 3000 { 3000 } else { len };
                let from = len - 1 - numbers.next() % span;
                let drawn = numbers.next();
                let copied = 3 + drawn % [10, 20, 90, 700][numbers.next() % 4];
                (from..from + copied).for_each(|at| out.push(out[at]));
            }
        }
        "3" => {
            let kind = (numbers.next() % 4) as u8;
            let number = out.len() as u8;
            out.extend([kind, 0, 0, 0, number, numbers.next() as u8, 0, 0, 0, 0, 0, 0]);
            out.extend(b"foo.bar.");
            out.push(b'a' + (numbers.next() % 5) as u8);
            out.extend(vec![b'Z'; numbers.next() % 40]);
            out.extend((0..8).map(|_| numbers.next() as u8));
        }
        _ => {
            let byte = numbers.next() as u8;
            out.extend(vec![byte; numbers.next() % 70_000]);
            out.extend([numbers.next() as u8, numbers.next() as u8]);
        }
    }
}

#[test]
fn streams_are_those_that_go_writes() {
    for line in ENCODED.lines().filter(|line| !line.starts_with('#')) {
        let [kind, len, seed, payload_sum, stream_len, stream_sum] = line.split(' ').collect::<Vec<_>>()[..] else {
            unreachable!("{line}");
        };
        let len: usize = len.parse().unwrap();
        let mut numbers = Numbers(seed.parse::<u64>().unwrap() * 2 + 1);
        let mut payload = Vec::new();
        while payload.len() < len {
            extend_payload(kind, &mut payload, &mut numbers);
        }
        payload.truncate(len);
        assert_eq!(hex::encode(&Sha256::digest(&payload)[..4]), payload_sum, "another payload: {line}");
        let stream = encode_stream(&payload);
        assert_eq!(stream.len().to_string(), stream_len, "{line}");
        assert_eq!(hex::encode(&Sha256::digest(&stream)[..8]), stream_sum, "{line}");
    }
}
