//! The beginning and the end of a shared store: what a stop writes, who may stop it how often, and what follows a panic.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use blkspec::env::{Clock, Env, RealClock};
use blkspec::store::{AckPolicy, ConsumerConfig, StoreError};

use super::{PLAIN, Place, in_time, settings};

super::super::trials![
    a_stop_writes_everything,
    the_last_handle_stops_the_store,
    a_stopped_store_is_closed,
    threads_may_all_stop_the_store,
    a_deleted_store_is_gone,
    a_panic_poisons_the_store,
];

fn a_stop_writes_everything() {
    for setting in settings() {
        let mut place = Place::new(setting).flushing();
        place.files.block_size = 2000;
        let store = place.open();
        let config = ConsumerConfig { ack_policy: AckPolicy::Explicit, ..ConsumerConfig::default() };
        let consumer = store.consumer_store("C", place.created(), config.clone()).unwrap();
        for number in 1..=100_u64 {
            store.store_msg(b"orders.1", b"", format!("message {number}").as_bytes(), 0).unwrap();
            consumer.update_delivered(number, number, 1, place.created().unix_nano()).unwrap();
        }
        store.remove_msg(50).unwrap();
        let (state, consumed) = (store.state().unwrap(), consumer.state().unwrap());
        store.stop().unwrap();
        let (_copy, mut recovered) = place.recovered();
        let id = recovered.consumer_store("C", place.created(), config).unwrap();
        assert_eq!(recovered.state(), Ok(state), "{setting:?}");
        assert_eq!(recovered.consumer(id).unwrap().state(), Ok(consumed), "{setting:?}");
        assert_eq!(recovered.inspect().dirty, 0, "{setting:?}: the state came from index.db");
        assert_eq!(recovered.load_msg(100).unwrap().msg, b"message 100", "{setting:?}");
    }
}

fn the_last_handle_stops_the_store() {
    in_time("handles are dropped", || {
        let place = Place::new(PLAIN).flushing();
        let store = place.open();
        let consumer = store.consumer_store("C", place.created(), ConsumerConfig::default()).unwrap();
        let other = store.clone();
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        drop(store);
        other.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        drop(other);
        consumer.store().store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        assert_eq!(place.file_len("msgs/index.db"), 0, "a handle is left");
        drop(consumer);
        assert_ne!(place.file_len("msgs/index.db"), 0, "the last handle writes the state");
        let (_copy, recovered) = place.recovered();
        assert_eq!(recovered.state().unwrap().msgs, 3);
    });
}

fn a_stopped_store_is_closed() {
    let place = Place::new(PLAIN);
    let store = place.open();
    let consumer = store.consumer_store("C", place.created(), ConsumerConfig::default()).unwrap();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    for _ in 0..3 {
        assert_eq!(store.stop(), Ok(()));
    }
    let closed = StoreError::Closed;
    assert_eq!(store.store_msg(b"orders.1", b"", b"hello", 0), Err(closed.clone()));
    assert_eq!(store.load_msg(1), Err(closed.clone()));
    assert_eq!(store.skip_msg(0), Err(closed.clone()));
    assert_eq!(store.state(), Err(closed.clone()));
    assert_eq!(store.flush_all_pending(), Err(closed.clone()));
    assert_eq!(consumer.update_delivered(1, 1, 1, 1), Err(closed.clone()));
    assert_eq!(consumer.state(), Err(closed.clone()));
    assert_eq!(store.consumer_store("D", place.created(), ConsumerConfig::default()).err(), Some(closed));
    assert_eq!(store.is_closed(), Ok(true));
}

fn threads_may_all_stop_the_store() {
    in_time("all threads stop the store", || {
        let place = Place::new(PLAIN).flushing();
        let store = place.open();
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    assert_eq!(store.stop(), Ok(()));
                    assert_ne!(place.file_len("msgs/index.db"), 0, "whoever returns finds the store stopped");
                });
            }
        });
    });
}

fn a_deleted_store_is_gone() {
    let place = Place::new(PLAIN);
    let store = place.open();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    store.delete().unwrap();
    assert!(!place.files.store_dir.exists(), "the directory is gone");
    assert_eq!(std::fs::read_dir(place.dir()).unwrap().count(), 0, "nothing is left beside it");
    assert_eq!(store.load_msg(1), Err(StoreError::Closed));
    assert_eq!(store.stop(), Ok(()));

    let store = place.open();
    store.stop().unwrap();
    assert_eq!(store.delete(), Err(StoreError::Closed));
    assert!(!place.files.store_dir.exists(), "a stopped store can be deleted, too");
}

/// A clock that panics when told to.
#[derive(Default)]
struct BreakingClock {
    breaks: AtomicBool,
}

impl fmt::Debug for BreakingClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BreakingClock")
    }
}

impl Clock for BreakingClock {
    fn now_ns(&self) -> i64 {
        assert!(!self.breaks.swap(false, Ordering::SeqCst), "this panic is part of the test");
        RealClock::new().now_ns()
    }
}

fn a_panic_poisons_the_store() {
    in_time("a poisoned store is dropped", || {
        let place = Place::new(PLAIN);
        let clock = Arc::new(BreakingClock::default());
        let store = place.open_in(Env { clock: clock.clone(), ..Env::real() }).unwrap();
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        clock.breaks.store(true, Ordering::SeqCst);
        let other = store.clone();
        let panicked = thread::spawn(move || {
            // The thread of the store may be the one that asks the clock first.
            while other.store_msg(b"orders.1", b"", b"hello", 0).is_ok() {}
        });
        let _by_either_thread = panicked.join();
        assert_eq!(store.store_msg(b"orders.1", b"", b"hello", 0), Err(StoreError::Poisoned));
        assert_eq!(store.load_msg(1), Err(StoreError::Poisoned));
        assert_eq!(store.stop(), Err(StoreError::Poisoned));
        drop(store);
        let (_copy, mut recovered) = place.recovered();
        assert_eq!(recovered.load_msg(1).unwrap().msg, b"hello");
    });
}
