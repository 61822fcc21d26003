//! Every change of the disk that a program makes fails once, each in a run of its own, as in SQLite's I/O error tests.
//!
//! Whatever fails: nothing panics, the first store that is refused makes every later one be refused in the same way, and a
//! directory that is opened again on a healthy disk holds every message that was acknowledged and not removed.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::sync::Arc;

use blkspec::env::{ChaCha8Entropy, Clock as _, Env, Fault, FaultId, FaultyFs, FileSystem, ManualClock, MemFs};
use blkspec::format::cipher::StoreCipher;
use blkspec::format::compress::StoreCompression;
use blkspec::store::{FileStoreConfig, KeyGen, OpenKeys, Store, StoreError, StreamConfig, Time};

crate::trials!(
    every_change_fails_once,
    every_change_fails_once_with_syncs,
    every_change_fails_once_encrypted,
    every_change_fails_once_compressed,
);

const START_NS: i64 = 1_700_000_000_000_000_000;
/// Longer than the interval between two syncs, which compact blocks and write their state.
const A_WHILE_NS: i64 = 200_000_000_000;

/// How the store is opened.
#[derive(Clone, Copy)]
struct Setting {
    cipher: StoreCipher,
    compression: StoreCompression,
    sync_always: bool,
}

const PLAIN: Setting =
    Setting { cipher: StoreCipher::NoCipher, compression: StoreCompression::None, sync_always: false };

impl Setting {
    fn open(self, fs: Arc<dyn FileSystem>, clock: &Arc<ManualClock>) -> Result<Store, StoreError> {
        let env = Env { fs, clock: clock.clone(), entropy: Arc::new(ChaCha8Entropy::new([7; 32])) };
        let mut files = FileStoreConfig::new("/store");
        files.block_size = 256;
        files.cipher = self.cipher;
        files.compression = self.compression;
        files.sync_always = self.sync_always;
        let config = StreamConfig { subjects: vec![">".to_owned()], ..StreamConfig::named("TEST") };
        let encrypted = self.cipher != StoreCipher::NoCipher;
        let keys = OpenKeys { current: encrypted.then(|| KeyGen::new(b"secret", "TEST")), previous: None };
        Store::open(env, files, config, Time::from_unix_nano(START_NS), keys)
    }
}

/// What a program was promised.
#[derive(Default)]
struct Promises {
    /// Acknowledged messages that nobody asked to remove.
    kept: BTreeMap<u64, Vec<u8>>,
    /// The first refusal of a store.
    refusal: Option<StoreError>,
}

impl Promises {
    fn store(&mut self, store: &mut Store, number: u32) {
        let payload = format!("payload {number}").into_bytes();
        let subject = format!("orders.{}", number % 7);
        match (store.store_msg(subject.as_bytes(), b"", &payload, 0), &self.refusal) {
            (Ok((seq, _)), None) => {
                self.kept.insert(seq, payload);
            }
            (Err(error), None) => self.refusal = Some(error),
            (again, Some(refusal)) => assert_eq!(again.as_ref().err(), Some(refusal), "a refusal stays"),
        }
    }

    fn remove(&mut self, store: &mut Store, seq: u64) {
        self.kept.remove(&seq);
        // Removed or refused: either way nobody may rely on the message.
        let _outcome_of_no_consequence = store.remove_msg(seq);
    }
}

fn program(store: &mut Store, clock: &ManualClock) -> Promises {
    let mut promises = Promises::default();
    for number in 0..30 {
        promises.store(store, number);
        if number % 4 == 3 {
            promises.remove(store, u64::from(number) - 1);
        }
        if number % 11 == 10 {
            clock.set(clock.now_ns() + A_WHILE_NS);
            store.run_due();
        }
    }
    promises.kept.retain(|seq, _| *seq >= 4);
    let _outcome_of_no_consequence = store.compact(4);
    for number in 30..40 {
        promises.store(store, number);
    }
    let _outcome_of_no_consequence = store.stop();
    promises
}

/// Lets the `nth` change fail; false when the program makes fewer.
fn fails_once(setting: Setting, nth: u64) -> bool {
    let (disk, clock) = (Arc::new(MemFs::new()), Arc::new(ManualClock::starting_at(START_NS)));
    let faulty = FaultyFs::new(disk.clone());
    let fault: FaultId = faulty.inject(Fault::on_mutation().nth(nth));
    let (promises, refused) = match setting.open(Arc::new(faulty.clone()), &clock) {
        Ok(mut store) => (program(&mut store, &clock), None),
        Err(error) => (Promises::default(), Some(error)),
    };
    let mut again = setting.open(disk.clone(), &clock);
    // A block without a key that is still empty refuses once and is given one: encryption/empty-block-without-its-key.
    if setting.cipher != StoreCipher::NoCipher && again.as_ref().is_err_and(|error| *error == StoreError::CorruptState)
    {
        again = setting.open(disk, &clock);
    }
    assert!(again.is_ok(), "change {nth} failed ({refused:?}), and then the store does not open: {:?}", again.err());
    let mut store = again.unwrap();
    for (seq, payload) in &promises.kept {
        let loaded = store.load_msg(*seq);
        assert_eq!(loaded.map(|message| message.msg), Ok(payload.clone()), "seq {seq} after change {nth} failed");
    }
    let state = store.state().unwrap();
    let there = (state.first_seq..=state.last_seq).filter(|seq| store.load_msg(*seq).is_ok()).count();
    assert_eq!(state.msgs, there as u64, "the state adds up after change {nth} failed");
    assert_eq!(store.store_msg(b"orders.0", b"", b"more", 0).map(|(seq, _)| seq), Ok(state.last_seq + 1));
    faulty.fired(fault) == Some(1)
}

fn all_fail_once(setting: Setting) {
    let changes = (1..).take_while(|nth| fails_once(setting, *nth)).count();
    assert!(changes > 50, "the program changes the disk {changes} times");
}

fn every_change_fails_once() {
    all_fail_once(PLAIN);
}

fn every_change_fails_once_with_syncs() {
    all_fail_once(Setting { sync_always: true, ..PLAIN });
}

fn every_change_fails_once_encrypted() {
    all_fail_once(Setting { cipher: StoreCipher::ChaCha, ..PLAIN });
}

fn every_change_fails_once_compressed() {
    all_fail_once(Setting { cipher: StoreCipher::Aes, compression: StoreCompression::S2, ..PLAIN });
}
