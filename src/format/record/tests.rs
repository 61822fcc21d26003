//! Records against a block that Go wrote, and against themselves.
//!
//! The block holds headers, an erased message, a skipped sequence and tombstones; expected values come from it or from the
//! operations that made it. Faults are made by changing its bytes.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;

use super::*;

/// Written by Go; tests/data/go-files/README.md says how.
const GO_BLOCK: &[u8] = include_bytes!("../../../tests/data/go-files/plain/1.blk");

fn hasher() -> Hasher64 {
    Hasher64::for_block("GOFILES", 1)
}

fn all(bytes: &[u8]) -> Vec<RecordView<'_>> {
    Records::new(bytes).map(|(_, record)| record.unwrap()).collect()
}

#[test]
fn every_record_of_a_go_block_is_read_and_written_again() {
    let hasher = hasher();
    let mut written = Vec::new();
    for (offset, record) in Records::checked(GO_BLOCK, &hasher) {
        let record = record.unwrap();
        assert_eq!(offset, written.len());
        let (headers, message) = record.split().unwrap();
        let header = record.header;
        let checksum = encode_record(
            &mut written,
            &hasher,
            header.raw_sequence,
            header.timestamp,
            record.subject,
            headers,
            message,
        );
        assert_eq!(checksum, record.checksum);
    }
    assert_eq!(written, GO_BLOCK);
}

#[test]
fn erased_skipped_and_removed_sequences_are_written_as_go_does() {
    let hasher = hasher();
    let records = all(GO_BLOCK);
    let mut written = Vec::new();
    let erased = records[2];
    encode_erased(&mut written, &hasher, 3, erased.body);
    let skipped = records[5];
    encode_skip(&mut written, &hasher, 6, skipped.header.timestamp);
    let tombstone = records[6];
    encode_tombstone(&mut written, &hasher, 3, tombstone.header.timestamp);
    assert_eq!(all(&written), [erased, skipped, tombstone]);
    let found: Vec<_> = tombstones(GO_BLOCK).map(|(sequence, _)| sequence).collect();
    assert_eq!(found, [3, 4]);
}

#[test]
fn sizes_are_those_of_the_records() {
    let hasher = hasher();
    for (subject, headers, text) in [("", "", ""), ("a.b", "", "x"), ("a", "h", ""), ("", "h", "m")] {
        let (subject, headers, text) = (subject.as_bytes(), headers.as_bytes(), text.as_bytes());
        let mut out = Vec::new();
        encode_record(&mut out, &hasher, 1, 2, subject, headers, text);
        assert_eq!(out.len() as u64, record_len(subject, headers, text));
    }
    assert_eq!(record_len_estimate(3, 100), 137);
    let limit = u64::from(BAD_RECORD_LEN);
    assert!(!is_too_large(limit));
    assert!(is_too_large(limit + 1));
    assert!(is_too_large((1 << 32) | u64::from(HEADER_BIT)));
}

#[test]
fn messages_are_read_as_go_reads_them() {
    let hasher = hasher();
    let records: Vec<usize> = Records::new(GO_BLOCK).map(|(offset, _)| offset).collect();
    let read = |index: usize| message(&GO_BLOCK[records[index]..], Some(&hasher)).unwrap();
    assert_eq!(read(0).message, b"hello");
    assert_eq!(read(0).subject, b"foo");
    assert_eq!(read(1).headers, b"NATS/1.0\r\nNats-Msg-Id: 17\r\n\r\n");
    assert_eq!(read(1).message, b"with headers");
    assert_eq!(read(2).sequence, 0, "erased");
    assert_eq!(read(4).headers, b"NATS/1.0\r\n\r\n");
    assert_eq!(read(4).message, b"");
    assert_eq!(read(6).sequence, 3 | TOMBSTONE_BIT);
}

#[test]
fn each_fault_of_a_message_has_its_name() {
    let hasher = hasher();
    let check = |bytes: &[u8], hasher: Option<&Hasher64>, what: &str| {
        assert_eq!(message(bytes, hasher).unwrap_err().what, what);
    };
    check(&GO_BLOCK[..29], None, "record");
    check(&GO_BLOCK[..37], None, "record length");
    let mut bytes = GO_BLOCK[..38].to_vec();
    bytes[25] ^= 1;
    check(&bytes, Some(&hasher), "record checksum");
    assert_eq!(message(&bytes, None).unwrap().subject, b"foo");
    let mut headers = Vec::new();
    encode_record(&mut headers, &hasher, 1, 2, b"s", b"hh", b"m");
    headers[HEADER_LEN + 1] = 4;
    // The headers' length is not part of the checksum.
    check(&headers, Some(&hasher), "header length");
}

#[test]
fn a_walk_ends_at_the_first_fault() {
    let hasher = hasher();
    let fault = |bytes: &[u8]| {
        let mut walk = Records::checked(bytes, &hasher);
        let last = walk.by_ref().last().unwrap();
        assert_eq!(walk.next(), None);
        (last.0, last.1.unwrap_err())
    };
    assert_eq!(fault(&GO_BLOCK[..59]), (38, RecordFault::Overrun));
    assert_eq!(fault(&GO_BLOCK[..60]), (38, RecordFault::Insane));
    let mut bytes = GO_BLOCK.to_vec();
    bytes[50] ^= 1;
    assert_eq!(fault(&bytes), (38, RecordFault::Checksum));
    for len in [0u32, 29, BAD_RECORD_LEN + 1] {
        bytes[38..42].copy_from_slice(&len.to_le_bytes());
        assert_eq!(fault(&bytes), (38, RecordFault::Insane), "{len}");
    }
    assert_eq!(Records::new(&[]).next(), None);
}

#[test]
fn a_loose_walk_ends_at_a_length_of_zero() {
    let mut bytes = GO_BLOCK[..38].to_vec();
    bytes.resize(200, 0);
    let offsets: Vec<_> = RawHeaders::new(&bytes).map(|(offset, _)| offset).collect();
    assert_eq!(offsets, [0, 38]);
}

/// What the format fixes; a change here is a change of the format.
#[test]
fn the_layout_is_frozen() {
    assert_eq!((HEADER_LEN, CHECKSUM_LEN, EMPTY_RECORD_LEN), (22, 8, 30));
    assert_eq!(HEADER_BIT, 0x8000_0000);
    assert_eq!(ERASED_BIT, 0x8000_0000_0000_0000);
    assert_eq!(TOMBSTONE_BIT, 0x4000_0000_0000_0000);
    assert_eq!(BAD_RECORD_LEN, 33_554_432);
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..max)
}

proptest! {
    #[test]
    fn records_round_trip(
        sequence: u64,
        timestamp: i64,
        subject in bytes(300),
        headers in bytes(300),
        text in bytes(300),
    ) {
        let hasher = hasher();
        let mut out = Vec::new();
        encode_record(&mut out, &hasher, sequence, timestamp, &subject, &headers, &text);
        let record = RecordView::parse(&out).unwrap();
        prop_assert!(record.verify(&hasher));
        prop_assert_eq!(record.header.raw_sequence, sequence);
        prop_assert_eq!(record.header.timestamp, timestamp);
        prop_assert_eq!(record.subject, &subject[..]);
        prop_assert_eq!(record.split().unwrap(), (&headers[..], &text[..]));
    }

    #[test]
    fn any_bytes_are_walked(mut noise in bytes(200), len in 0u32..100) {
        for (slot, byte) in noise.iter_mut().zip(len.to_le_bytes()) {
            *slot = byte;
        }
        let hasher = hasher();
        let walked = Records::new(&noise).count();
        prop_assert!(walked <= 1 + noise.len() / EMPTY_RECORD_LEN);
        prop_assert!(RawHeaders::new(&noise).count() <= noise.len());
        let read = message(&noise, Some(&hasher));
        let first = Records::checked(&noise, &hasher).next();
        prop_assert_eq!(read.is_ok(), first.is_some_and(|(_, record)| record.is_ok_and(|record| record.split().is_some())));
    }
}
