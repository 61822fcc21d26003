//! Vectors of what lies in `N.blk`: records, tombstones, the head of a compressed block, and the S2 stream behind it.
//!
//! Records and tombstones are judged by opening a store, heads and streams by their decoders and by opening one.

use super::super::fields::{Field, fields};
use super::{Edit, Maker, Mend, Source};
use crate::format::block;
use crate::format::checksum::Hasher64;
use crate::format::dump::DumpPage;

const RECORD_HEADER: usize = 22;

pub(super) fn all(maker: &mut Maker<'_>) -> Result<(), String> {
    records(maker)?;
    tombstones(maker)?;
    heads(maker)?;
    streams(maker)?;
    compressed_files(maker)
}

/// The fields of plain records.
fn record_fields(bytes: &[u8], index: u32) -> Vec<Field> {
    let hasher = Hasher64::for_block("TEST", index);
    block::dump(bytes, Some(&hasher), None).first().map(fields).unwrap_or_default()
}

/// Where records begin and end.
fn bounds(fields: &[Field], len: usize) -> Vec<(usize, usize)> {
    let starts: Vec<usize> =
        fields.iter().filter(|field| field.kind == "record-length").map(|field| field.at).collect();
    let ends = starts.iter().skip(1).copied().chain([len]);
    starts.iter().copied().zip(ends).collect()
}

fn records(maker: &mut Maker<'_>) -> Result<(), String> {
    let commands = [
        "write msgs/1.blk $bytes",
        "open",
        "state",
        "inspect",
        "load {i} repeat=4",
        "subjects-totals >",
        "stop",
        "dump msgs/1.blk",
    ];
    let source = maker.source("block", "three msgs/1.blk", "A block of three messages", &commands)?;
    let fields = record_fields(&source.bytes, 1);
    let bounds = bounds(&fields, source.bytes.len());
    maker.ends(&source, &fields);
    for field in &fields {
        let start = bounds.iter().rev().map(|(start, _)| *start).find(|start| *start <= field.at).unwrap_or_default();
        let middle = bounds.get(1).is_some_and(|(from, to)| (*from..*to).contains(&field.at));
        record_field(maker, &source.with(Some(Mend::Record(start))), field, middle);
    }
    orders(maker, &source, &bounds);
    Ok(())
}

fn record_field(maker: &mut Maker<'_>, source: &Source, field: &Field, middle: bool) {
    match field.kind.as_str() {
        "record-length" => {
            maker.fixed(source, field);
            maker.value(source, field, "shorter-than-a-header", &21_u32.to_le_bytes());
            maker.value(source, field, "one-short-of-the-shortest", &29_u32.to_le_bytes());
            maker.value(source, field, "the-shortest", &30_u32.to_le_bytes());
            maker.value(source, field, "beyond-the-largest-record", &0x0200_0001_u32.to_le_bytes());
            maker.value(source, field, "the-greatest-without-headers", &0x7fff_ffff_u32.to_le_bytes());
        }
        "sequence" => {
            maker.fixed(source, field);
            for (what, seq) in [("one", 1), ("two", 2), ("three", 3), ("far-ahead", 1_000)] {
                maker.value(source, field, what, &u64::to_le_bytes(seq));
            }
            let present = source.bytes.get(field.at).copied().map_or(0, u64::from);
            maker.value(source, field, "that-of-an-erased-message", &(present | 1 << 63).to_le_bytes());
            maker.value(source, field, "that-of-a-tombstone", &(present | 1 << 62).to_le_bytes());
            maker.value(source, field, "both-erased-and-tombstone", &(present | 3 << 62).to_le_bytes());
        }
        "timestamp" if middle => {
            maker.fixed(source, field);
            maker.value(source, field, "the-greatest-number", &i64::MAX.to_le_bytes());
        }
        "subject-length" => maker.fixed(source, field),
        "header-length" => maker.fixed(source, field),
        "subject" if middle => {
            for (what, subject) in [
                ("a-wildcard", b"a.*"),
                ("a-full-wildcard", b"a.>"),
                ("with-an-empty-token", b"a.."),
                ("no-text", b"\xff\xfe\xfd"),
                ("zeros", b"\0\0\0"),
            ] {
                maker.value(source, field, what, subject);
            }
            maker.flip(source, field);
        }
        "headers" | "message" => maker.flip(source, field),
        "checksum" | "checksum-right" => {
            maker.flip(source, field);
            maker.value(&source.with(None), field, "zero", &[0; 8]);
        }
        _ => {}
    }
}

/// Records twice, in another order, or missing.
fn orders(maker: &mut Maker<'_>, source: &Source, bounds: &[(usize, usize)]) {
    for (number, (from, to)) in (1..).zip(bounds) {
        let part = *from..*to;
        let end = source.bytes.len();
        let twice = format!("record {number} follows itself");
        maker.add(source, &format!("record-{number}-twice"), &twice, Edit::Copy(part.clone(), *to));
        let again = format!("record {number} comes again at the end");
        maker.add(source, &format!("record-{number}-again-at-the-end"), &again, Edit::Copy(part.clone(), end));
        let first = format!("record {number} comes first");
        maker.add(source, &format!("record-{number}-first"), &first, Edit::Move(part.clone(), 0));
        let last = format!("record {number} comes last");
        maker.add(source, &format!("record-{number}-last"), &last, Edit::Move(part.clone(), end));
        let gone = format!("record {number} is missing");
        maker.add(source, &format!("record-{number}-missing"), &gone, Edit::Replace(part.clone(), Vec::new()));
        let zeros = format!("record {number} is zeros");
        maker.add(source, &format!("record-{number}-zeros"), &zeros, Edit::Replace(part, vec![0; to - from]));
    }
    for (number, (from, _)) in (1..).zip(bounds) {
        let fault = format!("a byte too many before record {number}");
        maker.add(source, &format!("byte-before-record-{number}"), &fault, Edit::Replace(*from..*from, vec![0]));
        let fault = format!("a byte too many in the header of record {number}");
        let at = from + RECORD_HEADER;
        maker.add(source, &format!("byte-in-record-{number}"), &fault, Edit::Replace(at..at, vec![0]));
    }
}

fn tombstones(maker: &mut Maker<'_>) -> Result<(), String> {
    let commands = [
        "write msgs/1.blk $(removed msgs/1.blk)",
        "write msgs/2.blk $bytes",
        "open block_size=150",
        "state",
        "inspect",
        "load {i} repeat=6",
        "stop",
        "dump msgs/2.blk",
    ];
    let source =
        maker.source("tombstone", "removed msgs/2.blk", "A block of a message and three tombstones", &commands)?;
    let fields = record_fields(&source.bytes, 2);
    maker.ends(&source, &fields);
    let bounds = bounds(&fields, source.bytes.len());
    for field in fields.iter().filter(|field| field.at >= bounds.get(1).map_or(0, |(from, _)| *from)) {
        let start = bounds.iter().rev().map(|(start, _)| *start).find(|start| *start <= field.at).unwrap_or_default();
        let source = source.with(Some(Mend::RecordOf(start, 2)));
        match field.kind.as_str() {
            kind if kind.starts_with("sequence") => {
                for seq in [0_u64, 1, 2, 3, 4, 5, 6, 1_000, (1 << 62) - 1] {
                    let what = if seq == (1 << 62) - 1 { "the-greatest".to_owned() } else { seq.to_string() };
                    maker.value(&source, field, &what, &(seq | 1 << 62).to_le_bytes());
                }
                maker.value(&source, field, "that-of-a-message", &9_u64.to_le_bytes());
                maker.value(&source, field, "both-erased-and-tombstone", &(4_u64 | 3 << 62).to_le_bytes());
            }
            "record-length" | "subject-length" => maker.fixed(&source, field),
            "timestamp" if field.name.ends_with('2') => maker.fixed(&source, field),
            "checksum" | "checksum-right" => maker.flip(&source, field),
            _ => {}
        }
    }
    orders(maker, &source, &bounds);
    Ok(())
}

/// Fields named by hand, where no dump goes into such detail.
fn named(parts: &[(&str, usize, usize)]) -> Vec<Field> {
    let mut page = DumpPage::new("", &[]);
    for (name, at, len) in parts {
        page.line(*at, *len, name.replace('-', " "));
    }
    fields(&page)
}

const HEAD: &[(&str, usize, usize)] = &[("magic", 0, 3), ("algorithm", 3, 1), ("original-size", 4, 2)];

fn heads(maker: &mut Maker<'_>) -> Result<(), String> {
    let source = maker.source(
        "block-head",
        "s2/block msgs/1.blk 0..6",
        "The head of a compressed block",
        &["unmarshal-metadata $bytes"],
    )?;
    head_family(maker, &source, &named(HEAD));
    Ok(())
}

fn head_family(maker: &mut Maker<'_>, source: &Source, fields: &[Field]) {
    maker.ends(source, fields);
    for field in fields {
        match field.kind.as_str() {
            "magic" => {
                maker.value(source, field, "in-capitals", b"CMP");
                maker.value(source, field, "zero", &[0; 3]);
                maker.flip(source, field);
            }
            "algorithm" => maker.byte(source, field),
            _ => maker.varint(source, field),
        }
    }
}

const STREAM: &[(&str, usize, usize)] = &[
    ("identifier-type", 0, 1),
    ("identifier-length", 1, 3),
    ("identifier", 4, 6),
    ("chunk-type", 10, 1),
    ("chunk-length", 11, 3),
    ("chunk-crc", 14, 4),
    ("decoded-length", 18, 2),
    ("block", 20, 80),
    ("last-checksum", 100, 8),
];

/// What stands behind the head in block 1 of the base, which is checked to have the layout of [`STREAM`].
fn streams(maker: &mut Maker<'_>) -> Result<(), String> {
    let whole = maker.vectors.base("s2", "block msgs/1.blk")?;
    let base = format!("block msgs/1.blk 6..{}", whole.len());
    let source =
        maker.source("s2", &base, "The S2 stream of a block and its last checksum", &["decompress 1 $bytes"])?;
    if source.bytes.len() != 108 || source.bytes.get(11..14) != Some(&[86, 0, 0]) {
        return Err(format!("the base of s2 has another layout: {} bytes", source.bytes.len()));
    }
    stream_family(maker, &source, &named(STREAM));
    Ok(())
}

fn stream_family(maker: &mut Maker<'_>, source: &Source, fields: &[Field]) {
    maker.ends(source, fields);
    for field in fields {
        match field.kind.as_str() {
            "identifier-type" | "chunk-type" => {
                maker.byte(source, field);
                for (what, kind) in
                    [("reserved", 0x02), ("reserved-to-the-last", 0x7f), ("skippable", 0x80), ("padding", 0xfe)]
                {
                    maker.value(source, field, what, &[kind]);
                }
            }
            "identifier-length" | "chunk-length" => maker.fixed(source, field),
            "identifier" => {
                maker.value(source, field, "that-of-snappy", b"sNaPpY");
                maker.flip(source, field);
            }
            "decoded-length" => maker.varint(source, field),
            "block" => block_family(maker, source, field),
            _ => maker.flip(source, field),
        }
    }
    let chunk = 10..fields.iter().find(|field| field.kind == "last-checksum").map_or(10, |field| field.at);
    maker.add(source, "identifier-missing", "no stream identifier at the start", Edit::Replace(0..10, Vec::new()));
    maker.add(
        source,
        "identifier-twice",
        "the identifier comes twice, as where streams are joined",
        Edit::Copy(0..10, 10),
    );
    maker.add(source, "chunk-missing", "an identifier alone", Edit::Replace(chunk.clone(), Vec::new()));
    maker.add(source, "chunk-twice", "the chunk comes twice", Edit::Copy(chunk.clone(), chunk.end));
    let inserted: [(&str, &str, &[u8]); 5] = [
        ("padding-between", "a chunk of padding before the data", &[0xfe, 3, 0, 0, 0, 0, 0]),
        ("skippable-between", "a skippable chunk before the data", &[0x80, 1, 0, 0, 7]),
        ("reserved-between", "a reserved chunk before the data", &[0x40, 1, 0, 0, 7]),
        (
            "empty-plain-chunk-between",
            "a plain chunk without bytes before the data",
            &[1, 4, 0, 0, 0xd8, 0xea, 0x82, 0xa2],
        ),
        ("plain-chunk-without-crc", "a plain chunk too short for its checksum", &[1, 3, 0, 0, 0, 0, 0]),
    ];
    for (name, fault, bytes) in inserted {
        maker.add(source, name, fault, Edit::Replace(10..10, bytes.to_vec()));
    }
}

/// Faults inside the compressed bytes.
fn block_family(maker: &mut Maker<'_>, source: &Source, field: &Field) {
    let at = field.at;
    let tags: [(&str, &str, &[u8]); 8] = [
        ("begins-with-a-copy", "the first element copies from before the start", &[0x05, 0x01]),
        ("begins-with-a-repeat", "the first element repeats an offset that was never given", &[0x05, 0x00]),
        (
            "literal-of-four-length-bytes",
            "the first literal says that it is 4 GiB long",
            &[0xfc, 0xff, 0xff, 0xff, 0xff],
        ),
        ("literal-of-one-length-byte", "the first literal is longer than the chunk", &[0xf0, 0xff]),
        ("copy-of-four-offset-bytes", "the first copy has an offset of 4 GiB", &[0x03, 0xff, 0xff, 0xff, 0xff]),
        ("copy-with-offset-zero", "the first copy has the offset 0 in two bytes", &[0x02, 0x00, 0x00]),
        ("longer-than-said", "more decodes than the length says", &[0x00, 0x41]),
        ("tag-alone", "a literal's tag changed", &[0x00]),
    ];
    for (name, fault, bytes) in tags {
        let edit = Edit::Replace(at..at + bytes.len(), bytes.to_vec());
        maker.add(source, &format!("block-{name}"), fault, edit);
    }
    for offset in [8, 24, 40, 56, 72] {
        let byte = source.bytes.get(at + offset).copied().unwrap_or_default();
        let name = format!("block-byte-{offset}-flipped");
        let fault = format!("a bit of byte {offset} of the compressed bytes is flipped");
        maker.add(source, &name, &fault, Edit::Replace(at + offset..at + offset + 1, vec![byte ^ 4]));
    }
}

/// The file of a compressed block in a store.
fn compressed_files(maker: &mut Maker<'_>) -> Result<(), String> {
    let commands = [
        "write msgs/1.blk $bytes",
        "write msgs/2.blk $(s2/block msgs/2.blk)",
        "open block_size=300",
        "state",
        "inspect",
        "load {i} repeat=8",
        "stop",
    ];
    let mut source = maker.source("block-head", "s2/block msgs/1.blk", "A compressed block in a store", &commands)?;
    source.setting = "none/s2";
    source.prefix = "file-";
    let mut parts = HEAD.to_vec();
    parts.extend(STREAM.iter().map(|(name, at, len)| (*name, at + 6, *len)));
    let fields = named(&parts);
    maker.ends(&source, &fields);
    for field in &fields {
        match field.kind.as_str() {
            "algorithm" => maker.byte(&source, field),
            "original-size" => maker.varint(&source, field),
            "magic" | "identifier" | "chunk-crc" | "block" | "last-checksum" => maker.flip(&source, field),
            _ => {}
        }
    }
    Ok(())
}
