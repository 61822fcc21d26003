//! The shared store: many threads, a clock that runs, a real directory.
//!
//! What happens in the background is waited for as a condition with a deadline that no machine needs.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod alike;
mod background;
mod callbacks;
mod go;
mod ledger;
mod lifecycle;
mod stress;

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use blkspec::env::{Env, RealFs, Scratch, Stopwatch, copy_tree, fast_scratch_parent};
use blkspec::format::cipher::StoreCipher;
use blkspec::format::compress::StoreCompression;
use blkspec::handle::SharedStore;
use blkspec::store::{FileStoreConfig, KeyGen, OpenKeys, Store, StoreError, StreamConfig, Time};

pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
    let modules = [
        alike::trials(),
        background::trials(),
        callbacks::trials(),
        go::trials(),
        lifecycle::trials(),
        stress::trials(),
    ];
    modules.into_iter().flatten().collect()
}

const SECRET: &[u8] = b"a secret for every store of these tests";
const STREAM: &str = "ORDERS";

/// A cipher and a compression.
#[derive(Clone, Copy, Debug)]
struct Setting {
    cipher: StoreCipher,
    compression: StoreCompression,
}

const PLAIN: Setting = Setting { cipher: StoreCipher::NoCipher, compression: StoreCompression::None };

/// All six.
fn settings() -> impl Iterator<Item = Setting> {
    let ciphers = [StoreCipher::NoCipher, StoreCipher::ChaCha, StoreCipher::Aes];
    ciphers.into_iter().flat_map(|cipher| {
        [StoreCompression::None, StoreCompression::S2].map(|compression| Setting { cipher, compression })
    })
}

/// A directory for a store, and how it is opened.
struct Place {
    scratch: Scratch,
    setting: Setting,
    files: FileStoreConfig,
    config: StreamConfig,
}

impl Place {
    fn new(setting: Setting) -> Self {
        let scratch = Scratch::new(fast_scratch_parent().as_deref()).unwrap();
        let mut files = FileStoreConfig::new(scratch.path().join(STREAM));
        files.cipher = setting.cipher;
        files.compression = setting.compression;
        let config = StreamConfig { subjects: vec!["orders.>".to_owned()], ..StreamConfig::named(STREAM) };
        Self { scratch, setting, files, config }
    }

    /// With flushing in the background.
    fn flushing(mut self) -> Self {
        self.files.async_flush = true;
        self
    }

    fn keys(&self) -> OpenKeys {
        let encrypted = self.setting.cipher != StoreCipher::NoCipher;
        OpenKeys { current: encrypted.then(|| KeyGen::new(SECRET, STREAM)), previous: None }
    }

    fn created(&self) -> Time {
        Time::from_unix_nano(1_700_000_000_000_000_000)
    }

    fn open(&self) -> SharedStore {
        self.open_in(Env::real()).unwrap()
    }

    fn open_in(&self, env: Env) -> Result<SharedStore, StoreError> {
        SharedStore::open(env, self.files.clone(), self.config.clone(), self.created(), self.keys())
    }

    /// Opens a copy of the directory as it is now, with the one-owner store, so that the original is not touched.
    fn recovered(&self) -> (Scratch, Store) {
        let (copy, files) = self.copied();
        let store = Store::open(Env::real(), files, self.config.clone(), self.created(), self.keys()).unwrap();
        (copy, store)
    }

    fn copied(&self) -> (Scratch, FileStoreConfig) {
        let copy = Scratch::new(fast_scratch_parent().as_deref()).unwrap();
        let mut files = self.files.clone();
        files.store_dir = copy.path().join(STREAM);
        copy_tree(&RealFs::new(), &self.files.store_dir, &RealFs::new(), &files.store_dir).unwrap();
        (copy, files)
    }

    /// The length of a file of the store, 0 if there is none.
    fn file_len(&self, name: &str) -> u64 {
        std::fs::metadata(self.files.store_dir.join(name)).map_or(0, |found| found.len())
    }

    fn dir(&self) -> &Path {
        self.scratch.path()
    }
}

/// The machine, with another file system.
fn env_with(fs: impl blkspec::env::FileSystem + 'static) -> Env {
    Env { fs: Arc::new(fs), ..Env::real() }
}

/// Waits until the condition holds.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    const PATIENCE: Duration = Duration::from_secs(30);
    let watch = Stopwatch::start();
    while !holds() {
        assert!(watch.elapsed() < PATIENCE, "still not so after {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Runs something that must come to its end, and fails when it does not.
fn in_time(what: &str, act: impl FnOnce() + Send + 'static) {
    let thread = thread::spawn(act);
    eventually(what, || thread.is_finished());
    thread.join().unwrap();
}
