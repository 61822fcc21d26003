//! The bodies of the fuzz targets for blocks; `fuzz/` holds shims alone, so that the same checks run in the tests.
//!
//! A body takes any bytes and holds the decoders to their promises by panicking when one is broken: no input makes them panic,
//! memory is bounded by the limit, what decodes is written again to the same bytes, and two readers of the same bytes agree.

use super::block::{decode, dump};
use super::checksum::Hasher64;
use super::compress::encode_file;
use super::dump::render_pages;
use super::record::{self, RawHeaders, RecordView, Records, encode_record};
use super::s2;

/// What a fuzzed block may decode to.
const LIMIT: usize = 8 << 20;

/// Any bytes as a block file.
pub fn fuzz_block(file: &[u8]) {
    let hasher = Hasher64::for_block("FUZZ", 1);
    check_dump(file, &hasher);
    let Ok(block) = decode(file, &hasher, LIMIT) else {
        return;
    };
    assert!(block.records.len() <= LIMIT.max(file.len()), "more was decoded than the limit");
    check_records(&block.records, &hasher);
    // Compressing again may choose other matches, but decodes to the same records.
    if let Ok(again) = encode_file(block.compression, &block.records) {
        let decoded = decode(&again, &hasher, LIMIT);
        let same = decoded.is_ok_and(|decoded| decoded.records == block.records);
        assert!(same, "a block that was written again decodes differently");
    }
}

/// Any bytes as an S2 stream.
pub fn fuzz_s2(stream: &[u8]) {
    if let Ok(decoded) = s2::decode_stream(stream, LIMIT) {
        assert!(decoded.len() <= LIMIT, "more was decoded than the limit");
        let again = s2::decode_stream(&s2::encode_stream(&decoded), LIMIT);
        assert!(again == Ok(decoded), "a stream that was written again decodes differently");
    }
    let again = s2::decode_stream(&s2::encode_stream(stream), stream.len());
    assert!(again.is_ok_and(|again| again == stream), "encoding loses bytes");
}

fn check_records(bytes: &[u8], hasher: &Hasher64) {
    let mut end = 0;
    let mut raw = RawHeaders::new(bytes);
    for (offset, record) in Records::new(bytes) {
        assert!(offset == end, "records overlap or leave a gap");
        let Ok(record) = record else { return };
        let header = raw.next();
        assert!(header == Some((offset, record.header)), "the loose walk differs from the strict one");
        let slice = bytes.get(offset..).unwrap_or_default();
        check_record(slice, record, hasher);
        end = offset + record.header.len() as usize;
    }
    assert!(end == bytes.len(), "a walk without a fault ends early");
}

fn check_record(bytes: &[u8], record: RecordView<'_>, hasher: &Hasher64) {
    let message = record::message(bytes, None);
    let Some((headers, text)) = record.split() else {
        assert!(message.is_err(), "headers longer than the record were read");
        return;
    };
    let agrees = message
        .is_ok_and(|message| (message.subject, message.headers, message.message) == (record.subject, headers, text));
    assert!(agrees, "the two readers of a record disagree");
    // A header bit without headers is read, but never written.
    if record.header.has_headers() && headers.is_empty() {
        return;
    }
    let mut again = Vec::new();
    encode_record(
        &mut again,
        hasher,
        record.header.raw_sequence,
        record.header.timestamp,
        record.subject,
        headers,
        text,
    );
    let content = again.len() - record.checksum.len();
    assert!(again.get(..content) == bytes.get(..content), "a record that was written again differs");
    let read = RecordView::parse(&again).is_some_and(|record| record.verify(hasher));
    assert!(read, "a written record carries a wrong checksum");
}

fn check_dump(file: &[u8], hasher: &Hasher64) {
    for page in dump(file, Some(hasher), None) {
        let mut end = 0;
        for line in &page.lines {
            let line_end = line.offset + line.len;
            assert!(line.offset <= page.bytes.len(), "a line begins past the end");
            assert!(line_end <= page.bytes.len(), "a line ends past the end");
            assert!(line.offset >= end, "lines overlap");
            end = line_end;
        }
    }
    // Rendering is long for a block that decompresses to much.
    if file.len() < 4096 {
        let text = render_pages(&dump(file, Some(hasher), None));
        assert!(text.starts_with("# block"), "a dump without a title");
    }
}
