//! Snapshots against one that Go took, byte for byte, in every setting; and what happens when a block or the time is missing.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;

use super::*;
use crate::env::{Clock, Env, ManualClock, MemFs, SeededEntropy, VIRTUAL_EPOCH_NS};
use crate::format::cipher::StoreCipher;
use crate::format::compress::StoreCompression;
use crate::format::s2;
use crate::format::snapshot::{ArchiveError, MAX_TAR_LEN, read_archive};
use crate::store::{ConsumerConfig, FileStoreConfig, KeyGen, OpenKeys, StreamConfig, Time, restore_snapshot};

/// Recorded from Go; the file says how.
const GO_SNAPSHOT: &str = include_str!("../../../tests/data/store/snapshot.txt");

const MINUTE_NS: i64 = 60_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;

fn open(
    clock: Arc<dyn Clock>,
    fs: &Arc<MemFs>,
    dir: &str,
    cipher: StoreCipher,
    compression: StoreCompression,
) -> Store {
    let env = Env { fs: fs.clone(), clock, entropy: Arc::new(SeededEntropy::new(7)) };
    let mut fcfg = FileStoreConfig::new(dir);
    fcfg.block_size = 200;
    fcfg.cipher = cipher;
    fcfg.compression = compression;
    let keys =
        OpenKeys { current: (cipher != StoreCipher::NoCipher).then(|| KeyGen::new("secret", "p")), previous: None };
    let config = StreamConfig::from_go_json(&json!({"name": "S", "subjects": ["foo.*"]})).unwrap();
    Store::open(env, fcfg, config, Time::from_unix_nano(VIRTUAL_EPOCH_NS), keys).unwrap()
}

fn settings() -> impl Iterator<Item = (StoreCipher, StoreCompression)> {
    let ciphers = [StoreCipher::NoCipher, StoreCipher::ChaCha, StoreCipher::Aes];
    ciphers.into_iter().flat_map(|cipher| [StoreCompression::None, StoreCompression::S2].map(|form| (cipher, form)))
}

/// What the recording says was stored.
fn fill(store: &mut Store) -> ConsumerId {
    for i in 0..9 {
        let (subject, msg) = (format!("foo.{}", i % 3), format!("hello {i}"));
        store.store_msg(subject.as_bytes(), b"", msg.as_bytes(), 0).unwrap();
    }
    assert!(store.remove_msg(4).unwrap());
    let config = json!({"durable_name": "o22", "ack_policy": "explicit"});
    let config = ConsumerConfig::from_go_json(&config).unwrap();
    let created = Time::from_unix_nano(VIRTUAL_EPOCH_NS);
    let id = store.consumer_store("o22", created, config).unwrap();
    let mut consumer = store.consumer(id).unwrap();
    consumer.update_delivered(1, 1, 1, VIRTUAL_EPOCH_NS).unwrap();
    id
}

/// Bytes in the notation of the recording.
fn notation(bytes: &[u8]) -> String {
    let mut text = String::new();
    for run in bytes.chunk_by(|a, b| (*a == 0) == (*b == 0)) {
        if run.starts_with(&[0]) {
            text += &format!("~{}~", run.len());
            continue;
        }
        for byte in run {
            match byte {
                b'%' | b'~' | 0..=b' ' | 0x7f.. => text += &format!("%{byte:02x}"),
                plain => text.push(char::from(*plain)),
            }
        }
    }
    text
}

fn names(archive: &[u8]) -> Result<Vec<String>, ArchiveError> {
    let mut names = Vec::new();
    read_archive(archive, |file| {
        names.push(String::from_utf8_lossy(&file.name).into_owned());
        Ok(())
    })
    .map(|()| names)
}

#[test]
fn snapshots_equal_gos() {
    let expected = GO_SNAPSHOT.lines().find(|line| !line.starts_with('#')).unwrap();
    for (cipher, compression) in settings() {
        let clock = Arc::new(ManualClock::starting_at(VIRTUAL_EPOCH_NS));
        let mut store = open(clock.clone(), &Arc::new(MemFs::new()), "/s", cipher, compression);
        fill(&mut store);
        clock.set(VIRTUAL_EPOCH_NS + SECOND_NS + SECOND_NS / 2);
        store.run_due();
        let snapshot = store.snapshot(0, true, true).unwrap();
        assert_eq!(snapshot.errors, Vec::<String>::new());
        assert_eq!(snapshot.state, store.fast_state());
        let tar = s2::decode_stream(&snapshot.archive, MAX_TAR_LEN).unwrap();
        assert_eq!(notation(&tar), expected, "{cipher:?} {compression:?}");
    }
}

#[test]
fn a_snapshot_opens_in_any_setting() {
    let clock = Arc::new(ManualClock::starting_at(VIRTUAL_EPOCH_NS));
    for (cipher, compression) in settings() {
        let fs = Arc::new(MemFs::new());
        let mut source = open(clock.clone(), &fs, "/s", cipher, compression);
        let id = fill(&mut source);
        let state = source.consumer(id).unwrap().state().unwrap();
        let snapshot = source.snapshot(MINUTE_NS, false, true).unwrap();
        for (number, (cipher, compression)) in settings().enumerate() {
            let dir = format!("/t{number}");
            restore_snapshot(fs.as_ref(), Path::new(&dir), &snapshot.archive).unwrap();
            let mut target = open(clock.clone(), &fs, &dir, cipher, compression);
            assert_eq!(target.fast_state(), snapshot_state(&snapshot));
            assert_eq!(target.load_msg(9).unwrap(), source.load_msg(9).unwrap());
            let config = ConsumerConfig::from_go_json(&json!({"durable_name": "o22"})).unwrap();
            let id = target.consumer_store("o22", Time::ZERO, config).unwrap();
            assert_eq!(target.consumer(id).unwrap().state().unwrap(), state);
            assert!(target.check_msgs().unwrap().is_none());
        }
    }
}

/// The stream's state without the consumers, which nobody opened yet.
fn snapshot_state(snapshot: &Snapshot) -> StreamState {
    StreamState { consumers: 0, ..snapshot.state.clone() }
}

#[test]
fn what_cannot_be_read_ends_the_archive() {
    let clock = Arc::new(ManualClock::starting_at(VIRTUAL_EPOCH_NS));
    let fs = Arc::new(MemFs::new());
    let mut store = open(clock, &fs, "/s", StoreCipher::NoCipher, StoreCompression::None);
    fill(&mut store);
    crate::env::FileSystem::remove_file(fs.as_ref(), Path::new("/s/msgs/2.blk")).unwrap();
    let snapshot = store.snapshot(0, false, true).unwrap();
    assert_eq!(snapshot.errors, ["cannot read message block 2: file of the block is missing"]);
    let found = names(&snapshot.archive).unwrap();
    assert_eq!(found, ["meta.inf", "meta.sum", "msgs/1.blk", "errors.txt"]);
    assert_eq!(store.snapshot(0, true, false), Err(StoreError::SnapshotLost(4)));
    store.stop().unwrap();
    assert_eq!(store.snapshot(0, false, false), Err(StoreError::Closed));
}

/// A clock that is a second further on whenever somebody looks.
#[derive(Debug, Default)]
struct Hurried(AtomicI64);

impl Clock for Hurried {
    fn now_ns(&self) -> i64 {
        VIRTUAL_EPOCH_NS + self.0.fetch_add(SECOND_NS, Ordering::Relaxed)
    }
}

#[test]
fn a_late_archive_has_no_end() {
    let fs = Arc::new(MemFs::new());
    let clock = Arc::new(Hurried::default());
    let mut store = open(clock, &fs, "/s", StoreCipher::NoCipher, StoreCompression::None);
    fill(&mut store);
    let late = store.snapshot(2 * SECOND_NS, false, true).unwrap();
    assert_eq!(late.archive, Vec::<u8>::new());
    assert_eq!(late.errors, Vec::<String>::new());
    let in_time = store.snapshot(10 * MINUTE_NS, false, true).unwrap();
    assert_eq!(names(&in_time.archive).unwrap().len(), 9);
}
