//! The fuzz bodies of the small files and of what lies inside messages: keys, metadata, headers, archives of snapshots.
//!
//! As in `fuzz.rs`: nothing panics, dumps included, what decodes is bounded by its input, and what is written is read again.

use super::checksum::Hasher64;
use super::cipher::StoreCipher;
use super::dump::render_pages;
use super::key::{self, AssetKey};
use super::snapshot::{ArchiveError, ArchivedFile, SnapshotWriter, read_archive};
use super::{go_json, headers, message_schedule, meta};

/// What an archive may be, so that one input does not cost seconds.
const ARCHIVE_LIMIT: usize = 1 << 16;

/// Any bytes as a key file, of either cipher, and as what is sealed with a key.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_key(data: &[u8]) {
    let Ok(context_key) = key::derive_key(b"secret", b"", key::block_context("FUZZ", 1).as_bytes()) else { return };
    assert!(!key::dump("key", data, Some(&context_key)).lines.is_empty(), "a dump says something");
    for cipher in [StoreCipher::ChaCha, StoreCipher::Aes] {
        if let Ok(opened) = key::open_seed(cipher, &context_key, data, key::MIN_BLOCK_KEY_LEN) {
            let again = key::seal_seed(cipher, &context_key, &opened.seed, &opened.nonce);
            assert!(again.is_ok_and(|again| again == data), "a key that was sealed again differs");
        }
        // The bytes as seed and nonce of a new key, whose file must open.
        let (seed, nonce) = data.split_at_checked(32).unwrap_or((&[], data));
        if let Ok((made, file)) = key::new_key(cipher, &context_key, seed, nonce) {
            let opened = key::open_seed(cipher, &context_key, &file, 0);
            assert!(opened.is_ok_and(|opened| opened == made), "a written key does not open");
            check_sealed(&made, data);
        }
    }
}

fn check_sealed(key: &AssetKey, data: &[u8]) {
    let Ok(sealing) = key.box_key() else { return };
    if let Ok(file) = meta::encode(data, Some((&sealing, &key.nonce))) {
        let opened = meta::decode(&file, Some(&sealing));
        assert!(opened.is_ok_and(|opened| opened == data), "sealed bytes do not open");
    }
    let _: Result<_, _> = meta::decode(data, Some(&sealing));
}

/// Any bytes as `meta.inf`, plain JSON as Go reads it, and as `meta.sum`.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_meta(data: &[u8]) {
    let hasher = Hasher64::for_stream("FUZZ");
    assert!(!render_pages(&meta::dump(data, None)).is_empty(), "a dump says something");
    assert!(!meta::dump_sum(data, Some((&hasher, data))).lines.is_empty(), "a dump says something");
    assert!(meta::sum_matches(&hasher, data, meta::sum(&hasher, data).as_bytes()), "a sum does not match its file");
    let Ok(value) = go_json::parse(data) else { return };
    let members = go_json::members(data).map(|members| members.len()).unwrap_or_default();
    assert!(members <= data.len(), "members come from bytes");
    // A member by its last value is among those of its name.
    for name in ["name", "created", "max_msgs", "subjects"] {
        let last = value.last(name);
        assert!(value.field(name).last() == last, "the last member of a name is another one");
        let _: Option<Result<_, _>> = last.map(|value| value.as_time());
        let _: Option<Result<_, _>> = last.map(|value| value.as_integer::<i64>());
    }
}

/// Any bytes as the headers of a message.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_headers(data: &[u8]) {
    const KEY: &str = "Nats-TTL";
    let value = headers::slice_header(KEY, data);
    assert!(value.is_none_or(|value| value.len() <= data.len()), "a value comes from bytes");
    assert_eq!(headers::header_or_empty(KEY, data), value.unwrap_or_default(), "two readers of a header disagree");
    let _: Result<_, _> = headers::message_ttl(data);
    let _: Result<_, _> = headers::parse_message_ttl(data);
    let _: Result<_, _> = message_schedule::next_message_schedule(data, 0, 1_000_000_000);
    let _: Result<_, _> = message_schedule::schedule_ttl(data);
    assert!(headers::remove_header(data.to_vec(), KEY).len() <= data.len(), "removing adds");
    assert!(headers::remove_headers_with_prefix(data.to_vec(), "Nats-").len() <= data.len(), "removing adds");
    let clean = data.iter().all(|byte| byte.is_ascii_graphic());
    if clean && !data.is_empty() {
        let made = headers::add_header(b"", "Fuzz-Key", data);
        assert_eq!(headers::slice_header("Fuzz-Key", &made), Some(data), "a written header is not found");
    }
}

/// Any bytes as the archive of a snapshot, and as the content of a file in one.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_snapshot(data: &[u8]) {
    if data.len() > ARCHIVE_LIMIT {
        return;
    }
    let _: Result<(), ArchiveError> = read_archive(data, |_: ArchivedFile| Ok(()));
    let (name, content) = data.split_at_checked(8).unwrap_or((data, &[]));
    let name: String = name.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
    let mut writer = SnapshotWriter::new(i64::from(data.first().copied().unwrap_or_default()) * 1_000_000_007);
    writer.file(&format!("msgs/{name}"), content);
    let mut found = Vec::new();
    let read: Result<(), ArchiveError> = read_archive(&writer.finish(), |file| {
        found.push(file);
        Ok(())
    });
    assert!(read.is_ok(), "a written archive does not read");
    let same = found.first().is_some_and(|file| file.is_regular && file.content == content && found.len() == 1);
    assert!(same, "an archive gives another file");
}
