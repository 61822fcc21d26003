//! Blocks in all settings, as Go wrote them, and their dumps.
//!
//! The files come from stores that did the same operations, so they say the same once opened. Snapshots freeze the dumps of
//! whole files and of files with a fault; changed files must be dumped or refused without a panic.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::format::cipher::StoreCipher;
use crate::format::dump::render_pages;
use crate::format::key::{AssetKey, MIN_BLOCK_KEY_LEN, block_context, derive_key, open_seed};
use crate::format::record::Records;
use crate::format::{compress, fuzz};

/// A file written by Go; tests/data/go-files/README.md says how.
macro_rules! go_file {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/data/go-files/", $name)).as_slice()
    };
}

const PLAIN: &[u8] = go_file!("plain/1.blk");
const S2: &[u8] = go_file!("s2/1.blk");

fn hasher() -> Hasher64 {
    Hasher64::for_block("GOFILES", 1)
}

fn key(cipher: StoreCipher, file: &[u8]) -> AssetKey {
    let context = block_context("GOFILES", 1);
    let key = derive_key(b"blkspec secret", b"ACC", context.as_bytes()).unwrap();
    open_seed(cipher, &key, file, MIN_BLOCK_KEY_LEN).unwrap()
}

fn chacha() -> AssetKey {
    key(StoreCipher::ChaCha, go_file!("chacha/1.key"))
}

/// What a block says but for times, noise and checksums, which differ between stores.
fn outline(records: &[u8]) -> Vec<(u64, String, Vec<u8>, usize)> {
    let hasher = hasher();
    let outline = |record: record::RecordView<'_>| {
        let erased = record.header.is_erased();
        let body = if erased { &[] } else { record.body };
        let subject = String::from_utf8(record.subject.to_vec()).unwrap();
        let len = record.header.len() as usize;
        (record.header.raw_sequence, subject, body.to_vec(), len)
    };
    Records::checked(records, &hasher).map(|(_, record)| outline(record.unwrap())).collect()
}

#[test]
fn the_same_block_is_read_in_every_setting() {
    let files = [
        (S2, None),
        (go_file!("chacha/1.blk"), Some(chacha())),
        (go_file!("chacha-s2/1.blk"), Some(key(StoreCipher::ChaCha, go_file!("chacha-s2/1.key")))),
        (go_file!("aes/1.blk"), Some(key(StoreCipher::Aes, go_file!("aes/1.key")))),
        (go_file!("aes-s2/1.blk"), Some(key(StoreCipher::Aes, go_file!("aes-s2/1.key")))),
    ];
    let plain = outline(PLAIN);
    assert_eq!(plain.len(), 11);
    let mut encrypted = plain.clone();
    // EraseMsg only removes in an encrypted store: Go's removeMsg does not erase there.
    encrypted[2] = (3, "orders.us".to_owned(), b"to be erased".to_vec(), 51);
    for (file, key) in files {
        let expected = if key.is_some() { &encrypted } else { &plain };
        let mut stream = key.map(|key| key.block_stream().unwrap());
        let decoded = decode_encrypted(file.to_vec(), stream.as_mut(), &hasher(), 10_000).unwrap();
        assert_eq!(&outline(&decoded.records), expected);
    }
}

#[test]
fn the_last_checksum_closes_plain_and_compressed_files() {
    for file in [PLAIN, S2] {
        let decoded = decode(file, &hasher(), 10_000).unwrap();
        let (_, last) = Records::new(&decoded.records).last().unwrap();
        assert_eq!(last_checksum(file), Some(last.unwrap().checksum));
    }
    assert_eq!(last_checksum(&PLAIN[..7]), None);
}

#[test]
fn what_looks_compressed_and_is_not_is_refused_at_the_right_byte() {
    let error = decode(b"cmp\x01\x80", &hasher(), 100).unwrap_err();
    assert_eq!((error.what, error.at), ("original size", 4));
    let error = decode(b"cmp\x01\x05\x00\x00\x00\x00AAAABBBB", &hasher(), 100).unwrap_err();
    assert_eq!((error.what, error.at), ("s2 chunk type", 5));
}

#[test]
fn a_plain_block_whose_length_reads_as_compressed_is_plain() {
    let hasher = hasher();
    let payload = vec![b'x'; LEN_THAT_READS_CMP - record::EMPTY_RECORD_LEN - 3];
    let mut file = Vec::new();
    record::encode_record(&mut file, &hasher, 1, 2, b"foo", b"", &payload);
    assert_eq!(&file[..4], b"cmp\x01");
    let decoded = decode(&file, &hasher, compress::DECODED_LIMIT).unwrap();
    assert_eq!(decoded.compression, StoreCompression::None);
    assert_eq!(decoded.records.len(), LEN_THAT_READS_CMP);
    file[30] ^= 1;
    let error = decode(&file, &hasher, compress::DECODED_LIMIT).unwrap_err();
    assert_eq!(error.what, "s2 chunk type");
}

#[test]
fn dump_of_a_plain_block() {
    insta::assert_snapshot!(render_pages(&dump(PLAIN, Some(&hasher()), None)));
}

#[test]
fn dump_of_a_compressed_block() {
    insta::assert_snapshot!(render_pages(&dump(S2, Some(&hasher()), None)));
}

#[test]
fn dump_of_an_encrypted_block() {
    let file = go_file!("chacha/1.blk");
    insta::assert_snapshot!(render_pages(&dump(file, Some(&hasher()), Some(&chacha()))));
}

#[test]
fn dump_of_an_encrypted_and_compressed_block() {
    let key = key(StoreCipher::Aes, go_file!("aes-s2/1.key"));
    let file = go_file!("aes-s2/1.blk");
    insta::assert_snapshot!(render_pages(&dump(file, Some(&hasher()), Some(&key))));
}

#[test]
fn dumps_of_faults_name_the_field() {
    let mut rotten = PLAIN[..150].to_vec();
    rotten[25] ^= 1;
    let mut shown = vec![("a torn block whose first message has rotted", rotten)];
    shown.push(("a torn record header", PLAIN[..50].to_vec()));
    shown.push(("a torn stream", S2[..100].to_vec()));
    let mut rotten = S2.to_vec();
    rotten[200] ^= 1;
    shown.push(("a stream that has rotted", rotten));
    shown.push(("an original size without an end", b"cmp\x01\xff\xff".to_vec()));
    shown.push(("an encrypted block without its key", go_file!("aes/1.blk")[..40].to_vec()));
    let text = |(what, file): &(&str, Vec<u8>)| format!("{what}\n{}", render_pages(&dump(file, Some(&hasher()), None)));
    insta::assert_snapshot!(shown.iter().map(text).collect::<Vec<_>>().join("\n"));
}

#[test]
fn go_files_pass_the_fuzz_target() {
    for file in [PLAIN, S2, go_file!("chacha/1.blk"), go_file!("aes-s2/1.blk")] {
        fuzz::fuzz_block(file);
    }
}

proptest! {
    #[test]
    fn a_block_of_go_with_changes_is_dumped_or_refused(
        s2: bool,
        cut in 0usize..700,
        changes in proptest::collection::vec((0usize..700, any::<u8>()), 0..4),
    ) {
        let file = if s2 { S2 } else { PLAIN };
        let mut file = file[..cut.min(file.len())].to_vec();
        for (at, byte) in changes {
            if let Some(slot) = file.get_mut(at) {
                *slot = byte;
            }
        }
        fuzz::fuzz_block(&file);
    }

    #[test]
    fn any_bytes_are_dumped_or_refused(head in 0usize..4, noise: Vec<u8>) {
        let head: &[u8] = [b"".as_slice(), b"cmp\x01\x10", b"cmp\x01\x10\xff\x06\x00\x00S2sTwO", &PLAIN[..38]][head];
        fuzz::fuzz_block(&[head, &noise].concat());
    }
}
