//! What the thread of a shared store does by itself: flushes, syncs, state writes, expiry, compression of full blocks; what
//! becomes of its failures; and that neither a clock nor an idle store keeps it busy.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use blkspec::env::{Clock, Env, Fault, FaultyFs, Operation, RealClock, RealFs};
use blkspec::format::cipher::StoreCipher;
use blkspec::format::compress::StoreCompression;
use blkspec::handle::SharedStore;
use blkspec::store::{AckPolicy, ConsumerConfig, ConsumerState, StoreError};

use super::{PLAIN, Place, Setting, env_with, eventually, in_time};

super::super::trials![
    a_message_reaches_its_file_without_a_flush,
    each_message_after_a_pause_reaches_its_file,
    messages_expire_by_age,
    messages_expire_by_ttl,
    files_are_synced_again_and_again,
    a_consumer_is_written,
    a_full_block_is_compressed,
    a_purged_directory_goes,
    a_failed_flush_stays,
    a_failed_sync_stays,
    a_sync_holds_nobody_up,
    a_compression_holds_nobody_up,
    a_block_purged_while_it_is_compressed_stays_gone,
    a_writer_far_ahead_flushes_itself,
    a_stop_waits_for_the_thread,
    a_stop_comes_before_compressions_that_never_end,
    a_clock_that_is_set_back_delays_nothing,
    an_idle_store_sleeps,
    timers_moved_on_wake_nobody,
];

const RECORD: u64 = 30 + 8 + 5;

fn a_message_reaches_its_file_without_a_flush() {
    let place = Place::new(PLAIN).flushing();
    let store = place.open();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    eventually("the record is in its file", || place.file_len("msgs/1.blk") == RECORD);
    store.stop().unwrap();
}

/// A wake-up that gets lost leaves the message in memory until the next sync, two minutes later.
fn each_message_after_a_pause_reaches_its_file() {
    let mut place = Place::new(PLAIN).flushing();
    // No other timer is to wake the thread.
    place.files.cache_expire_ns = 3_600_000_000_000;
    let store = place.open();
    for number in 1..=300 {
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        eventually("the record is in its file", || place.file_len("msgs/1.blk") == number * RECORD);
        // All phases of the thread: awake, lingering, asleep.
        thread::sleep(Duration::from_micros(number % 30 * 500));
    }
    store.stop().unwrap();
}

fn messages_expire_by_age() {
    let mut place = Place::new(PLAIN).flushing();
    place.config.max_age_ns = 300_000_000;
    let store = place.open();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    assert_eq!(store.fast_state().unwrap().msgs, 1);
    eventually("the message is too old", || store.fast_state().unwrap().msgs == 0);
    store.stop().unwrap();
}

fn messages_expire_by_ttl() {
    let mut place = Place::new(PLAIN);
    place.config.allow_msg_ttl = true;
    let store = place.open();
    let (short, _) = store.store_msg(b"orders.1", b"", b"hello", 1).unwrap();
    let (long, _) = store.store_msg(b"orders.1", b"", b"hello", 3600).unwrap();
    eventually("the TTL is over", || store.load_msg(short) == Err(StoreError::MsgNotFound));
    assert_eq!(store.load_msg(long).unwrap().seq, long);
    store.stop().unwrap();
}

fn files_are_synced_again_and_again() {
    let mut place = Place::new(PLAIN);
    place.files.sync_interval_ns = 20_000_000;
    let fs = FaultyFs::new(Arc::new(RealFs::new()));
    let calls = fs.clone();
    let store = place.open_in(env_with(fs)).unwrap();
    for _ in 0..5 {
        let before = calls.calls(Operation::Sync);
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        eventually("the block is synced", || calls.calls(Operation::Sync) > before);
    }
    store.stop().unwrap();
}

fn a_consumer_is_written() {
    let place = Place::new(PLAIN);
    let store = place.open();
    let config = ConsumerConfig { ack_policy: AckPolicy::Explicit, ..ConsumerConfig::default() };
    let consumer = store.consumer_store("C", place.created(), config).unwrap();
    let path = place.files.store_dir.join("obs/C/o.dat");
    for seq in 1..=20 {
        consumer.update_delivered(seq, seq, 1, 1).unwrap();
        consumer.update_acks(seq, seq).unwrap();
    }
    eventually("the last acknowledgement is in the file", || {
        let file = std::fs::read(&path).unwrap_or_default();
        ConsumerState::decode(&file).is_ok_and(|state| state.ack_floor.stream == 20)
    });
    store.stop().unwrap();
}

fn a_full_block_is_compressed() {
    for cipher in [StoreCipher::NoCipher, StoreCipher::ChaCha, StoreCipher::Aes] {
        let mut place = Place::new(Setting { cipher, compression: StoreCompression::S2 }).flushing();
        place.files.block_size = 20_000;
        let store = place.open();
        for _ in 0..100 {
            store.store_msg(b"orders.1", b"", &[b'x'; 500], 0).unwrap();
        }
        eventually("full blocks are short", || {
            (1..=2).all(|at| (1..2000).contains(&place.file_len(&format!("msgs/{at}.blk"))))
        });
        assert_eq!(store.load_msg(1).unwrap().msg, [b'x'; 500]);
        store.stop().unwrap();
    }
}

fn a_purged_directory_goes() {
    let place = Place::new(PLAIN);
    let store = place.open();
    for _ in 0..50 {
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        assert_eq!(store.purge(), Ok(1));
    }
    eventually("the directory is gone", || !place.files.store_dir.join("__msgs__").exists());
    store.stop().unwrap();
}

fn a_failed_flush_stays() {
    let place = Place::new(PLAIN).flushing();
    let fs = FaultyFs::new(Arc::new(RealFs::new()));
    let faults = fs.clone();
    let store = place.open_in(env_with(fs)).unwrap();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    eventually("the first record is in its file", || place.file_len("msgs/1.blk") == RECORD);
    let fault = faults.inject(Fault::on(Operation::WriteAt).path_contains("1.blk").times(1));
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    eventually("the flush has failed", || faults.fired(fault) == Some(1));
    for _ in 0..3 {
        assert!(matches!(store.store_msg(b"orders.1", b"", b"hello", 0), Err(StoreError::Fs(_))), "the failure stays");
    }
    assert!(matches!(store.stop(), Err(StoreError::Fs(_))), "the stop tells of it");
    assert!(matches!(store.stop(), Err(StoreError::Fs(_))), "and so does the next one");
    let (_copy, mut store) = place.recovered();
    assert_eq!(store.load_msg(1).unwrap().msg, b"hello");
    assert_eq!(store.state().unwrap().last_seq, 1);
}

fn a_failed_sync_stays() {
    let mut place = Place::new(PLAIN);
    place.files.sync_interval_ns = 20_000_000;
    let fs = FaultyFs::new(Arc::new(RealFs::new()));
    let faults = fs.clone();
    let store = place.open_in(env_with(fs)).unwrap();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    faults.inject(Fault::on(Operation::Sync).path_contains("1.blk").times(1));
    eventually("the failure shows", || store.store_msg(b"orders.1", b"", b"hello", 0).is_err());
    assert!(matches!(store.store_msg(b"orders.1", b"", b"hello", 0), Err(StoreError::Fs(_))), "the failure stays");
    assert!(matches!(store.stop(), Err(StoreError::Fs(_))), "the stop tells of it");
}

/// A file system whose syncs and temporary files of blocks take until somebody says so.
#[derive(Debug)]
struct SlowSync {
    inner: RealFs,
    syncing: AtomicBool,
    go_on: AtomicBool,
    /// How long they take, if nobody is to say so.
    takes: Option<Duration>,
}

impl SlowSync {
    fn until(takes: Option<Duration>) -> Arc<Self> {
        let (syncing, go_on) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { inner: RealFs::new(), syncing, go_on, takes })
    }

    fn wait(&self) {
        self.syncing.store(true, Ordering::SeqCst);
        match self.takes {
            Some(time) => thread::sleep(time),
            None => eventually("the disk is done", || self.go_on.load(Ordering::SeqCst)),
        }
    }
}

/// Writes the methods that only hand on.
macro_rules! hand_on {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($arg: $kind),*) -> blkspec::env::FsResult<$answer> { self.0.inner.$name($($arg),*) })*
    };
}

#[derive(Debug)]
struct SharedSlowSync(Arc<SlowSync>);

impl blkspec::env::FileSystem for SharedSlowSync {
    hand_on! {
        create_dir_all(path: &std::path::Path) -> ();
        metadata(path: &std::path::Path) -> blkspec::env::Metadata;
        read(path: &std::path::Path) -> Vec<u8>;
        read_range(path: &std::path::Path, offset: u64, len: usize) -> Vec<u8>;
        write(path: &std::path::Path, bytes: &[u8]) -> ();
        rename(source: &std::path::Path, target: &std::path::Path) -> ();
        remove_file(path: &std::path::Path) -> ();
        remove_dir(path: &std::path::Path) -> ();
        remove_dir_all(path: &std::path::Path) -> ();
        read_dir(path: &std::path::Path) -> Vec<blkspec::env::DirEntry>;
        create_temp(dir: &std::path::Path, prefix: &str) -> std::path::PathBuf;
        sync_dir(path: &std::path::Path) -> ();
        set_permissions(path: &std::path::Path, mode: u32) -> ();
    }

    fn open(
        &self,
        path: &std::path::Path,
        mode: blkspec::env::OpenMode,
    ) -> blkspec::env::FsResult<Box<dyn blkspec::env::File>> {
        if path.to_string_lossy().ends_with(".blk.tmp") {
            self.0.wait();
        }
        self.0.inner.open(path, mode)
    }

    fn sync_file(&self, path: &std::path::Path) -> blkspec::env::FsResult<()> {
        self.0.wait();
        self.0.inner.sync_file(path)
    }
}

fn a_sync_holds_nobody_up() {
    let mut place = Place::new(PLAIN);
    place.files.sync_interval_ns = 20_000_000;
    let slow = SlowSync::until(None);
    let store = place.open_in(env_with(SharedSlowSync(Arc::clone(&slow)))).unwrap();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    eventually("the disk is busy", || slow.syncing.load(Ordering::SeqCst));
    let (seq, _) = store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    assert_eq!(store.load_msg(seq).unwrap().msg, b"hello");
    slow.go_on.store(true, Ordering::SeqCst);
    store.stop().unwrap();
}

/// A store whose first block is full, while the thread is at its temporary file.
fn compressing(place: &mut Place) -> (Arc<SlowSync>, SharedStore) {
    place.files.block_size = 20_000;
    let slow = SlowSync::until(None);
    let store = place.open_in(env_with(SharedSlowSync(Arc::clone(&slow)))).unwrap();
    for _ in 0..50 {
        store.store_msg(b"orders.1", b"", &[b'x'; 500], 0).unwrap();
    }
    eventually("the disk is busy", || slow.syncing.load(Ordering::SeqCst));
    (slow, store)
}

fn a_compression_holds_nobody_up() {
    for cipher in [StoreCipher::NoCipher, StoreCipher::ChaCha, StoreCipher::Aes] {
        let mut place = Place::new(Setting { cipher, compression: StoreCompression::S2 });
        let (slow, store) = compressing(&mut place);
        let (seq, _) = store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        assert_eq!(store.load_msg(seq).unwrap().msg, b"hello");
        assert_eq!(store.load_msg(1).unwrap().msg, [b'x'; 500]);
        let stopping = store.clone();
        let stop = thread::spawn(move || stopping.stop());
        thread::sleep(Duration::from_millis(50));
        assert!(!stop.is_finished(), "the block is not compressed");
        slow.go_on.store(true, Ordering::SeqCst);
        assert_eq!(stop.join().unwrap(), Ok(()));
        assert!((1..2000).contains(&place.file_len("msgs/1.blk")), "the full block is short");
        let (_copy, mut store) = place.recovered();
        assert_eq!(store.load_msg(1).unwrap().msg, [b'x'; 500]);
    }
}

fn a_block_purged_while_it_is_compressed_stays_gone() {
    let mut place = Place::new(Setting { compression: StoreCompression::S2, ..PLAIN });
    let (slow, store) = compressing(&mut place);
    assert_eq!(store.purge(), Ok(50));
    slow.go_on.store(true, Ordering::SeqCst);
    eventually("the purged directory is gone", || !place.files.store_dir.join("__msgs__").exists());
    store.stop().unwrap();
    let msgs = std::fs::read_dir(place.files.store_dir.join("msgs")).unwrap();
    let names: Vec<String> = msgs.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.iter().any(|name| name.starts_with("1.blk")), "{names:?}");
}

/// With the thread away from the store, what is pending goes to the file all the same.
fn a_writer_far_ahead_flushes_itself() {
    let mut place = Place::new(PLAIN).flushing();
    place.files.sync_interval_ns = 20_000_000;
    let slow = SlowSync::until(None);
    let store = place.open_in(env_with(SharedSlowSync(Arc::clone(&slow)))).unwrap();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    eventually("the disk is busy", || slow.syncing.load(Ordering::SeqCst));
    for _ in 0..100 {
        store.store_msg(b"orders.1", b"", &[b'x'; 1000], 0).unwrap();
    }
    let written = place.file_len("msgs/1.blk");
    assert!((60_000..90_000).contains(&written), "{written} bytes of 100,000 are written");
    slow.go_on.store(true, Ordering::SeqCst);
    store.stop().unwrap();
}

fn a_stop_waits_for_the_thread() {
    let mut place = Place::new(PLAIN);
    place.files.sync_interval_ns = 20_000_000;
    let slow = SlowSync::until(None);
    let store = place.open_in(env_with(SharedSlowSync(Arc::clone(&slow)))).unwrap();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    eventually("the disk is busy", || slow.syncing.load(Ordering::SeqCst));
    let stopping = store.clone();
    let stop = thread::spawn(move || stopping.stop());
    eventually("the store is closed", || store.is_closed() == Ok(true));
    thread::sleep(Duration::from_millis(50));
    assert!(!stop.is_finished(), "the thread is still at the disk");
    slow.go_on.store(true, Ordering::SeqCst);
    assert_eq!(stop.join().unwrap(), Ok(()));
}

/// A writer that fills blocks faster than the thread compresses them must not keep the store from stopping.
fn a_stop_comes_before_compressions_that_never_end() {
    let mut place = Place::new(Setting { compression: StoreCompression::S2, ..PLAIN });
    place.files.block_size = 500;
    let slow = SlowSync::until(Some(Duration::from_millis(1)));
    let store = place.open_in(env_with(SharedSlowSync(Arc::clone(&slow)))).unwrap();
    let writing = store.clone();
    let writer = thread::spawn(move || while writing.store_msg(b"orders.1", b"", &[b'x'; 200], 0).is_ok() {});
    eventually("blocks are compressed", || slow.syncing.load(Ordering::SeqCst));
    thread::sleep(Duration::from_millis(100));
    in_time("the store stops", move || store.stop().unwrap());
    writer.join().unwrap();
}

/// The machine's clock, moved by so much, that counts how often it is asked.
#[derive(Default)]
struct MovedClock {
    by_ns: AtomicI64,
    asked: AtomicU64,
}

impl fmt::Debug for MovedClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MovedClock")
    }
}

impl Clock for MovedClock {
    fn now_ns(&self) -> i64 {
        self.asked.fetch_add(1, Ordering::SeqCst);
        RealClock::new().now_ns() + self.by_ns.load(Ordering::SeqCst)
    }
}

fn a_clock_that_is_set_back_delays_nothing() {
    const HOUR_NS: i64 = 3_600_000_000_000;
    let mut place = Place::new(PLAIN).flushing();
    place.files.sync_interval_ns = 200_000_000;
    let clock = Arc::new(MovedClock::default());
    let fs = FaultyFs::new(Arc::new(RealFs::new()));
    let calls = fs.clone();
    let store = place.open_in(Env { clock: clock.clone(), ..env_with(fs) }).unwrap();
    let config = ConsumerConfig { ack_policy: AckPolicy::Explicit, ..ConsumerConfig::default() };
    let consumer = store.consumer_store("C", place.created(), config).unwrap();
    let path = place.files.store_dir.join("obs/C/o.dat");
    for number in 1..=5 {
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        consumer.update_delivered(number, number, 1, 1).unwrap();
        clock.by_ns.fetch_sub(HOUR_NS, Ordering::SeqCst);
        let synced = calls.calls(Operation::Sync);
        eventually("the record is in its file", || place.file_len("msgs/1.blk") == number * RECORD);
        eventually("the block is synced", || calls.calls(Operation::Sync) > synced);
        eventually("the consumer is in its file", || {
            let file = std::fs::read(&path).unwrap_or_default();
            ConsumerState::decode(&file).is_ok_and(|state| state.delivered.stream == number)
        });
    }
    store.stop().unwrap();
}

/// How often the clock is asked in a fifth of a second, in which nobody uses the store.
fn asked_while_idle(clock: &MovedClock) -> u64 {
    // The thread may linger after what happened before.
    thread::sleep(Duration::from_millis(100));
    let before = clock.asked.load(Ordering::SeqCst);
    thread::sleep(Duration::from_millis(200));
    clock.asked.load(Ordering::SeqCst) - before
}

fn an_idle_store_sleeps() {
    let mut place = Place::new(PLAIN).flushing();
    place.config.max_age_ns = 3_600_000_000_000;
    let clock = Arc::new(MovedClock::default());
    let store = place.open_in(Env { clock: clock.clone(), ..Env::real() }).unwrap();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    let asked = asked_while_idle(&clock);
    assert!(asked < 20, "the clock was asked {asked} times");
    store.stop().unwrap();
}

/// Every write moves the timer of the cache on; the thread learns of it when it wakes anyway.
fn timers_moved_on_wake_nobody() {
    let place = Place::new(PLAIN);
    let clock = Arc::new(MovedClock::default());
    let store = place.open_in(Env { clock: clock.clone(), ..Env::real() }).unwrap();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    let of_idle_thread = asked_while_idle(&clock);
    let before = clock.asked.load(Ordering::SeqCst);
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    let of_one = clock.asked.load(Ordering::SeqCst) - before;
    let before = clock.asked.load(Ordering::SeqCst);
    for _ in 0..1000 {
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        thread::yield_now();
    }
    let of_all = clock.asked.load(Ordering::SeqCst) - before;
    let most = 1000 * of_one + 50 + of_idle_thread;
    assert!(of_all <= most, "1000 operations asked the clock {of_all} times, one asks {of_one} times");
    store.stop().unwrap();
}
