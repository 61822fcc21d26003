//! Vectors of files that Go reads only when it opens a store: `index.db`, keys and what is sealed with them, `meta.*`, archives.
//!
//! The blocks beside `index.db` hold other subjects than it says, so that an answer shows which of them Go believed.

use super::super::fields::{Field, fields};
use super::{Edit, Maker, Mend, Source};
use crate::format::dump::DumpPage;
use crate::format::stream_state;

pub(super) fn all(maker: &mut Maker<'_>) -> Result<(), String> {
    indexes(maker)?;
    keys(maker)?;
    metas(maker)?;
    archives(maker)
}

fn indexes(maker: &mut Maker<'_>) -> Result<(), String> {
    let open = ["open block_size=160", "ls msgs/*", "state", "inspect", "subjects-totals >", "load {i} repeat=7"];
    let mut plain =
        vec!["write msgs/1.blk $(index-db/other msgs/1.blk)", "write msgs/2.blk $(index-db/other msgs/2.blk)"];
    plain.push("write msgs/index.db $bytes");
    plain.extend(open);
    let mut source = maker.source("index-db", "two msgs/index.db", "index.db of two blocks", &plain)?;
    source.mend = Some(Mend::Index);
    let all = fields(&stream_state::dump(source.edited()));
    maker.ends(&source, &all);
    for field in &all {
        match field.kind.as_str() {
            "magic" | "version" => maker.byte(&source, field),
            "last-checksum" => {
                maker.fixed(&source, field);
                let mut bytes = source.edited().get(field.range()).unwrap_or_default().to_vec();
                bytes.reverse();
                maker.value(&source, field, "the-other-way-round", &bytes);
            }
            "subject" => {
                for (what, subject) in [
                    ("a-wildcard", b"*"),
                    ("a-full-wildcard", b">"),
                    ("a-dot", b"."),
                    ("a-space", b" "),
                    ("no-text", b"\xff"),
                    ("unknown", b"q"),
                ] {
                    maker.value(&source, field, what, subject);
                }
            }
            _ => maker.varint(&source, field),
        }
    }
    frames(maker, &source);

    let mut sets = vec![
        "write msgs/1.blk $(index-db/sets msgs/1.blk)",
        "write msgs/2.blk $(index-db/sets msgs/2.blk)",
        "write msgs/3.blk $(index-db/sets msgs/3.blk)",
        "write msgs/index.db $bytes",
    ];
    sets.extend(open);
    let mut source = maker.source("index-db", "sets msgs/index.db", "index.db with deleted sequences", &sets)?;
    source.mend = Some(Mend::Index);
    source.prefix = "sets-";
    let all = fields(&stream_state::dump(source.edited()));
    maker.add(&source, "whole", "nothing is wrong", Edit::None);
    for field in all.iter().filter(|field| field.kind == "sequence-set-magic" || field.kind == "nodes") {
        maker.add(
            &source,
            &format!("cut-before-{}", field.name),
            &format!("cut off before {}", field.name),
            Edit::Cut(field.at),
        );
    }
    for field in &all {
        match field.kind.as_str() {
            "sequence-set-magic" | "version" if field.at > 1 => maker.byte(&source, field),
            "nodes" | "size" => maker.fixed(&source, field),
            "block-number-deleted" => maker.varint(&source, field),
            _ => {}
        }
    }
    Ok(())
}

/// The hash at the end, and what a wrong one hides.
fn frames(maker: &mut Maker<'_>, source: &Source) {
    let plain = Source { prefix: "file-", ..source.with(None) };
    let len = plain.bytes.len();
    for at in [0, 1, 2, 8, 31, 32, 33, len.saturating_sub(8), len.saturating_sub(1)] {
        maker.add(
            &plain,
            &format!("cut-after-{at}"),
            &format!("cut off after {at} of {len} bytes, hash and all"),
            Edit::Cut(at),
        );
    }
    for (name, at) in [("body", 2), ("hash", len.saturating_sub(8)), ("last-byte", len.saturating_sub(1))] {
        let byte = plain.bytes.get(at).copied().unwrap_or_default();
        let edit = Edit::Replace(at..at + 1, vec![byte ^ 0x10]);
        maker.add(&plain, &format!("{name}-with-a-bit-flipped"), "the hash at the end is wrong", edit);
    }
    maker.add(&plain, "trailing-zero", "a zero behind the hash", Edit::Append(vec![0]));
    maker.add(&plain, "hash-zero", "the hash is zero", Edit::Replace(len.saturating_sub(8)..len, vec![0; 8]));
    maker.add(&plain, "hash-missing", "no hash at all", Edit::Cut(len.saturating_sub(8)));
}

/// Faults of every file of an encrypted store.
fn keys(maker: &mut Maker<'_>) -> Result<(), String> {
    const FILES: [&str; 10] = [
        "meta.inf",
        "meta.sum",
        "meta.key",
        "msgs/1.key",
        "msgs/1.blk",
        "msgs/index.db",
        "obs/C/meta.key",
        "obs/C/meta.inf",
        "obs/C/meta.sum",
        "obs/C/o.dat",
    ];
    for (base, setting, nonce) in [("chacha", "chacha/none", 24), ("aes", "aes/none", 12)] {
        let sealed = [
            ("meta.key", "meta-key", "The key of a stream"),
            ("msgs/1.key", "block-key", "The key of a block"),
            ("msgs/index.db", "index", "A sealed index.db"),
            ("obs/C/meta.key", "consumer-key", "The key of a consumer"),
            ("obs/C/o.dat", "consumer-state", "A sealed consumer's state"),
        ];
        for (file, name, about) in sealed {
            let mut commands: Vec<String> = FILES
                .iter()
                .filter(|other| **other != file)
                .map(|other| format!("write {other} $(keys/{base} {other})"))
                .collect();
            commands.push(format!("write {file} $bytes"));
            let then = [
                "open",
                "state",
                "load {i} repeat=2",
                "ls msgs/*",
                "consumer C open ack_policy=explicit",
                "consumer C state",
            ];
            commands.extend(then.map(str::to_owned));
            let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
            let mut source = maker.source("keys", &format!("{base} {file}"), about, &commands)?;
            source.setting = setting;
            if file == "msgs/index.db" {
                source.mend = Some(Mend::Index);
            }
            sealed_family(maker, &source, &format!("{base}-{name}"), nonce);
        }
    }
    Ok(())
}

/// A sealed file: nonce, sealed bytes, tag.
fn sealed_family(maker: &mut Maker<'_>, source: &Source, name: &str, nonce: usize) {
    const TAG: usize = 16;
    let len = source.edited().len();
    maker.add(source, &format!("{name}-whole"), "nothing is wrong", Edit::None);
    let cuts = [
        ("empty", 0),
        ("nonce-cut", nonce / 2),
        ("nonce-alone", nonce),
        ("nonce-and-half-a-tag", nonce + TAG / 2),
        ("nonce-and-a-tag", nonce + TAG),
        ("tag-missing", len - TAG),
        ("last-byte-missing", len - 1),
    ];
    for (what, at) in cuts {
        let fault = format!("cut off after {at} of {len} bytes");
        maker.add(source, &format!("{name}-{what}"), &fault, Edit::Cut(at));
    }
    for (what, at) in [("nonce", 0), ("sealed-bytes", nonce), ("tag", len - TAG), ("last-byte", len - 1)] {
        let byte = source.edited().get(at).copied().unwrap_or_default();
        let fault = format!("a bit of byte {at} is flipped");
        maker.add(source, &format!("{name}-{what}-flipped"), &fault, Edit::Replace(at..at + 1, vec![byte ^ 1]));
    }
    maker.add(source, &format!("{name}-trailing-zero"), "a zero behind the end", Edit::Append(vec![0]));
    maker.add(source, &format!("{name}-zeros"), "nothing but zeros", Edit::Replace(0..len, vec![0; len]));
    maker.add(
        source,
        &format!("{name}-first-byte-missing"),
        "the first byte of the nonce is missing",
        Edit::Replace(0..1, Vec::new()),
    );
}

fn metas(maker: &mut Maker<'_>) -> Result<(), String> {
    const FILES: [(&str, &str, &str); 4] = [
        ("meta.inf", "stream", "meta.inf of a stream"),
        ("meta.sum", "stream-sum", "meta.sum of a stream"),
        ("obs/C/meta.inf", "consumer", "meta.inf of a consumer"),
        ("obs/C/meta.sum", "consumer-sum", "meta.sum of a consumer"),
    ];
    for (file, name, about) in FILES {
        let others = FILES.iter().filter(|(other, ..)| *other != file);
        let mut commands: Vec<String> =
            others.map(|(other, ..)| format!("write {other} $(meta/plain {other})")).collect();
        commands.push(format!("write {file} $bytes"));
        let then = [
            "open",
            "state",
            "consumer C open ack_policy=explicit",
            "consumer C state",
            "stop",
            "dump meta.sum",
            "dump obs/C/meta.sum",
        ];
        commands.extend(then.map(str::to_owned));
        let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
        let source = maker.source("meta", &format!("plain {file}"), about, &commands)?;
        let len = source.bytes.len();
        maker.add(&source, &format!("{name}-whole"), "nothing is wrong", Edit::None);
        for (what, at) in [("empty", 0), ("one-byte", 1), ("half", len / 2), ("last-byte-missing", len - 1)] {
            let fault = format!("cut off after {at} of {len} bytes");
            maker.add(&source, &format!("{name}-{what}"), &fault, Edit::Cut(at));
        }
        let byte = source.bytes.first().copied().unwrap_or_default();
        maker.add(
            &source,
            &format!("{name}-first-byte-flipped"),
            "a bit of the first byte is flipped",
            Edit::Replace(0..1, vec![byte ^ 1]),
        );
        maker.add(&source, &format!("{name}-trailing-newline"), "a line end behind the end", Edit::Append(vec![b'\n']));
        maker.add(&source, &format!("{name}-no-text"), "bytes that are no text", Edit::Replace(0..len, vec![0xff; 16]));
        maker.add(
            &source,
            &format!("{name}-another-kind"),
            "JSON of another kind",
            Edit::Replace(0..len, b"[]".to_vec()),
        );
    }
    Ok(())
}

fn archives(maker: &mut Maker<'_>) -> Result<(), String> {
    let commands = ["save-bytes archive $bytes", "restore archive", "ls **", "open", "state", "load 1", "load 2"];
    let packed = maker.source("snapshot", "small s", "A snapshot of one message", &commands)?;
    let parts = [
        ("identifier-type", 0, 1),
        ("identifier-length", 1, 3),
        ("identifier", 4, 6),
        ("chunk-type", 10, 1),
        ("chunk-length", 11, 3),
        ("chunk-crc", 14, 4),
        ("decoded-length", 18, 2),
        ("block", 20, packed.bytes.len() - 20),
    ];
    let all = by_hand(&parts);
    maker.ends(&packed, &all);
    for field in &all {
        match field.kind.as_str() {
            "identifier-type" | "chunk-type" => maker.byte(&packed, field),
            "decoded-length" => maker.varint(&packed, field),
            _ => maker.flip(&packed, field),
        }
    }
    tars(maker, &commands)
}

fn by_hand(parts: &[(&str, usize, usize)]) -> Vec<Field> {
    let mut page = DumpPage::new("", &[]);
    for (name, at, len) in parts {
        page.line(*at, *len, name.replace('-', " "));
    }
    fields(&page)
}

/// Faults of the tar stream, in an archive whose one chunk is not compressed, so that edits reach it.
fn tars(maker: &mut Maker<'_>, commands: &[&str]) -> Result<(), String> {
    const CHUNK: usize = 10;
    const TAR: usize = CHUNK + 8;
    let mut source = maker.source("snapshot", "plain tar", "A snapshot, its tar stream not compressed", commands)?;
    source.prefix = "tar-";
    source.mend = Some(Mend::Chunk(CHUNK));
    maker.add(&source, "whole", "nothing is wrong", Edit::None);
    let header: [(&str, usize, &[u8], &str); 16] = [
        ("name-leaves-the-directory", 0, b"../x\0\0\0\0", "the first name leads out of the directory"),
        ("name-empty", 0, b"\0\0\0\0\0\0\0\0", "the first name is empty"),
        ("name-absolute", 0, b"/etc/x\0\0", "the first name is absolute"),
        ("mode-no-number", 100, b"zzzzzzz\0", "the mode is no number"),
        ("uid-no-number", 108, b"-------\0", "the uid is no number"),
        ("size-no-number", 124, b"xxxxxxxxxxx\0", "the size is no number"),
        ("size-zero", 124, b"00000000000\0", "the size is 0"),
        ("size-beyond-the-end", 124, b"00000777777\0", "the size is beyond the end"),
        ("size-one-more", 124, b"00000000605\0", "the size is one more"),
        ("size-negative", 124, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", "the size is negative in binary"),
        ("mtime-no-number", 136, b"xxxxxxxxxxx\0", "the time is no number"),
        ("checksum-wrong", 148, b"000000\0 ", "the checksum of the header is wrong"),
        ("checksum-no-number", 148, b"zzzzzz\0 ", "the checksum of the header is no number"),
        ("type-directory", 156, b"5", "the first entry is a directory"),
        ("type-link", 156, b"2", "the first entry is a symbolic link"),
        ("magic-missing", 257, b"\0\0\0\0\0\0\0\0", "the header is of the time before POSIX"),
    ];
    for (name, at, bytes, fault) in header {
        let at = TAR + at;
        // But for the checksum itself, that of the header is right: what is edited is bytes and checksum in one piece.
        let edited = tar_header(&source.bytes, TAR, at - TAR, bytes, !name.starts_with("checksum"));
        maker.add(&source, name, fault, Edit::Replace(TAR..TAR + 512, edited));
    }
    let end = source.bytes.len();
    for (name, from, fault) in [
        ("end-missing", end - 1024, "the two empty blocks at the end are missing"),
        ("end-half-missing", end - 512, "one of the two empty blocks at the end is missing"),
        ("first-entry-missing", TAR + 1024, "the first entry is missing"),
    ] {
        let part = if name == "first-entry-missing" { TAR..from } else { from..end };
        let removed = part.len();
        let len = (end - TAR + 4 - removed) as u32;
        let [a, b, c, _] = len.to_le_bytes();
        // The chunk says its length in front: both are one piece.
        let mut bytes = source.bytes.get(CHUNK..end).unwrap_or_default().to_vec();
        bytes.drain(part.start - CHUNK..part.end - CHUNK);
        for (to, byte) in bytes.iter_mut().skip(1).zip([a, b, c]) {
            *to = byte;
        }
        maker.add(&source, name, fault, Edit::Replace(CHUNK..end, bytes));
    }
    Ok(())
}

/// The tar header at `tar` with `bytes` at `at`, and its checksum made right if asked.
fn tar_header(archive: &[u8], tar: usize, at: usize, bytes: &[u8], mend: bool) -> Vec<u8> {
    let mut header = archive.get(tar..tar + 512).unwrap_or_default().to_vec();
    for (to, byte) in header.iter_mut().skip(at).zip(bytes) {
        *to = *byte;
    }
    if mend {
        for to in header.iter_mut().skip(148).take(8) {
            *to = b' ';
        }
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        for (to, digit) in header.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()) {
            *to = digit;
        }
    }
    header
}
