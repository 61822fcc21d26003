//! The annotated dump of a block: a page for the file, one for each layer below it, and the records at the bottom.
//!
//! Lengths that make no sense end the dump with the field's name, as they end every reader. A wrong checksum is marked where it
//! lies and the dump goes on, since what follows is what one wants to see; recovery would have stopped.

use super::super::checksum::{CHECKSUM_LEN, Hasher64};
use super::super::compress::{CompressionInfo, decompress};
use super::super::dump::{DumpPage, fingerprint, quoted};
use super::super::go_json::format_time;
use super::super::key::AssetKey;
use super::super::record::{HEADER_LEN, RecordHeader, RecordView, Records};
use super::super::s2::{Chunk, Chunks};
use crate::format::DecodeError;

/// How many bytes a dumped block may decompress to.
pub const DUMP_LIMIT: usize = 64 << 20;

/// Explains a block file: with its key where it is encrypted, and with its hasher where checksums shall be judged.
pub fn dump(file: &[u8], hasher: Option<&Hasher64>, key: Option<&AssetKey>) -> Vec<DumpPage> {
    let mut pages = Vec::new();
    let mut decrypted = file.to_vec();
    if let Some(key) = key {
        let mut page = DumpPage::new("block, encrypted", file);
        let applied = key.block_stream().and_then(|mut stream| stream.apply(&mut decrypted));
        match applied {
            Ok(()) => page.line(0, file.len(), format!("{} keystream", key.cipher)),
            Err(_) => page.stop(DecodeError::new("keystream", 0, "the key does not fit")),
        }
        pages.push(page);
        if applied.is_err() {
            return pages;
        }
    }
    match CompressionInfo::decode(&decrypted) {
        Ok(None) => pages.push(records_page("block", &decrypted, hasher)),
        Ok(Some((info, head))) => compressed_pages(&mut pages, &decrypted, info, head, hasher),
        Err(error) => {
            let mut page = DumpPage::new("block, compressed", &decrypted);
            page.line(0, 3, "magic \"cmp\"");
            page.line(3, 1, "algorithm S2");
            page.stop(error);
            pages.push(page);
        }
    }
    pages
}

fn compressed_pages(
    pages: &mut Vec<DumpPage>,
    file: &[u8],
    info: CompressionInfo,
    head: usize,
    hasher: Option<&Hasher64>,
) {
    let mut page = DumpPage::new("block, compressed", file);
    page.line(0, 3, "magic \"cmp\"");
    page.line(3, 1, format!("algorithm {}", info.algorithm));
    page.line(4, head - 4, format!("original size {}", info.original_size));
    let body = file.get(head..).unwrap_or_default();
    let stream_len = body.len().saturating_sub(CHECKSUM_LEN);
    let decompressed = decompress(info.algorithm, body, DUMP_LIMIT);
    let good_len = decompressed.as_ref().err().map_or(body.len(), |error| error.at);
    let chunks = Chunks::new(body.get(..stream_len).unwrap_or_default());
    for (at, len, chunk) in chunks.map_while(Result::ok) {
        if at + len <= good_len {
            page.line(head + at, len, chunk_text(chunk));
        }
    }
    match decompressed {
        Ok(records) => {
            page.line(head + stream_len, CHECKSUM_LEN, "last 8 bytes of the block");
            pages.push(page);
            pages.push(records_page("block, decompressed", &records, hasher));
        }
        Err(error) => {
            page.stop(DecodeError { at: head + error.at, ..error });
            pages.push(page);
            // A plain block may look compressed; if it is one, its records show it.
            if RecordView::parse(file).is_some() {
                pages.push(records_page("block, taken for plain", file, hasher));
            }
        }
    }
}

fn chunk_text(chunk: Chunk<'_>) -> String {
    match chunk {
        Chunk::Identifier { snappy: false } => "s2 stream identifier".to_owned(),
        Chunk::Identifier { snappy: true } => "snappy stream identifier".to_owned(),
        Chunk::Compressed { crc, decoded_len, block } => {
            let len = block.len();
            format!("s2 block of {len} bytes, decoded {decoded_len}, crc {crc:08x}")
        }
        Chunk::Uncompressed { crc, bytes } => {
            format!("plain block of {} bytes, crc {crc:08x}", bytes.len())
        }
        Chunk::Skipped { kind } => format!("chunk {kind:02x}, passed over"),
    }
}

fn records_page(title: &str, bytes: &[u8], hasher: Option<&Hasher64>) -> DumpPage {
    let mut page = DumpPage::new(title, bytes);
    for (at, record) in Records::new(bytes) {
        match record {
            Ok(record) => record_lines(&mut page, at, record, hasher),
            Err(fault) => {
                let mut error = fault.at(at);
                let rest = bytes.get(at..).unwrap_or_default();
                if let Some(header) = RecordHeader::parse(rest) {
                    fixed_lines(&mut page, at, header);
                    error.at += HEADER_LEN;
                }
                page.stop(error);
            }
        }
    }
    page
}

fn fixed_lines(page: &mut DumpPage, at: usize, header: RecordHeader) {
    let headers = if header.has_headers() { ", with headers" } else { "" };
    page.line(at, 4, format!("record length {}{headers}", header.len()));
    let mut sequence = format!("sequence {}", header.sequence());
    if header.is_erased() {
        sequence.push_str(", erased");
    }
    if header.is_tombstone() {
        sequence.push_str(", tombstone");
    }
    page.line(at + 4, 8, sequence);
    let time = match header.timestamp {
        0 => "timestamp 0".to_owned(),
        timestamp => format!("timestamp {}", format_time(timestamp)),
    };
    page.line(at + 12, 8, time);
    page.line(at + 20, 2, format!("subject length {}", header.subject_len));
}

fn record_lines(page: &mut DumpPage, start: usize, record: RecordView<'_>, hasher: Option<&Hasher64>) {
    fixed_lines(page, start, record.header);
    let mut at = start + HEADER_LEN;
    if !record.subject.is_empty() {
        let subject = quoted(record.subject);
        page.line(at, record.subject.len(), format!("subject {subject}"));
        at += record.subject.len();
    }
    if record.header.has_headers() {
        let len = record.headers_len;
        match record.split() {
            Some(_) => page.line(at, 4, format!("header length {len}")),
            None => page.line(at, 4, format!("!! header length {len}: more than the record holds")),
        }
        at += 4;
    }
    let (headers, message) = record.split().unwrap_or((&[], record.body));
    if !headers.is_empty() {
        let text = format!("headers {}", fingerprint(headers));
        page.line(at, headers.len(), text);
        at += headers.len();
    }
    if !message.is_empty() {
        let what = if record.header.is_erased() { "noise" } else { "message" };
        let text = format!("{what} {}", fingerprint(message));
        page.line(at, message.len(), text);
        at += message.len();
    }
    let judged = match hasher {
        None => "checksum".to_owned(),
        Some(hasher) if record.verify(hasher) => "checksum, right".to_owned(),
        Some(hasher) => {
            let expected = hex::encode(record.computed_checksum(hasher));
            format!("!! checksum, but the record has {expected}; recovery stops here")
        }
    };
    page.line(at, CHECKSUM_LEN, judged);
}
