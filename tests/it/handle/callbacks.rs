//! What closures are told: everything, once, in order, outside of the lock.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use blkspec::handle::SharedStore;

use super::{PLAIN, Place, eventually, in_time};

super::super::trials![
    updates_come_in_order_from_many_threads,
    a_closure_may_use_the_store,
    a_closure_may_stop_the_store,
    the_thread_may_stop_the_store,
    a_closure_that_panics_harms_nobody_else,
    delete_markers_are_asked_for,
    a_stop_lets_go_of_closures,
];

fn updates_come_in_order_from_many_threads() {
    const WRITERS: u64 = 4;
    const MSGS: u64 = 500;
    let place = Place::new(PLAIN).flushing();
    let store = place.open();
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    store
        .register_storage_updates(move |msgs, _, seq, subject| {
            if seq % 50 == 1 {
                // Time for another thread to overtake.
                thread::sleep(Duration::from_micros(300));
            }
            list.lock().unwrap().push((msgs, seq, subject.to_vec()));
        })
        .unwrap();
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                for _ in 0..MSGS {
                    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
                }
            });
        }
    });
    store.stop().unwrap();
    let told = std::mem::take(&mut *told.lock().unwrap());
    let expected = (1..=WRITERS * MSGS).map(|seq| (1, seq, b"orders.1".to_vec()));
    // The last one says that the store stops.
    assert!(told.iter().take(told.len() - 1).cloned().eq(expected), "{:?}", told.first());
    assert_eq!(told.last(), Some(&(0, 0, Vec::new())));
}

/// The store, reached from a closure without being kept open by it.
fn with_store(store: &SharedStore) -> Arc<Mutex<Option<SharedStore>>> {
    Arc::new(Mutex::new(Some(store.clone())))
}

fn a_closure_may_use_the_store() {
    in_time("the closure uses the store", || {
        let place = Place::new(PLAIN).flushing();
        let store = place.open();
        let inner = with_store(&store);
        store
            .register_storage_updates(move |msgs, _, seq, _| {
                let store = inner.lock().unwrap().clone();
                if let Some(store) = store
                    && msgs == 1
                    && seq < 100
                {
                    store.store_msg(b"orders.2", b"", b"again", 0).unwrap();
                }
            })
            .unwrap();
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        assert_eq!(store.fast_state().unwrap().msgs, 100);
        store.stop().unwrap();
    });
}

fn a_closure_may_stop_the_store() {
    in_time("the closure stops the store", || {
        let place = Place::new(PLAIN).flushing();
        let store = place.open();
        let inner = with_store(&store);
        store
            .register_storage_updates(move |msgs, _, _, _| {
                let store = inner.lock().unwrap().clone();
                if let Some(store) = store
                    && msgs == 1
                {
                    store.stop().unwrap();
                }
            })
            .unwrap();
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        assert_eq!(store.is_closed(), Ok(true));
        let (_copy, recovered) = place.recovered();
        assert_eq!(recovered.state().unwrap().msgs, 1);
    });
}

fn the_thread_may_stop_the_store() {
    in_time("the closure stops the store", || {
        let mut place = Place::new(PLAIN).flushing();
        place.config.max_age_ns = 300_000_000;
        let store = place.open();
        let inner = with_store(&store);
        store
            .register_storage_updates(move |msgs, _, _, _| {
                let store = inner.lock().unwrap().clone();
                if let Some(store) = store
                    && msgs == -1
                {
                    store.stop().unwrap();
                }
            })
            .unwrap();
        store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        eventually("the message expires, which stops the store", || store.is_closed() == Ok(true));
        store.stop().unwrap();
    });
}

fn a_closure_that_panics_harms_nobody_else() {
    let place = Place::new(PLAIN).flushing();
    let store = place.open();
    let told = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&told);
    store
        .register_storage_updates(move |_, _, seq, _| {
            assert!(seq != 2, "this panic is part of the test");
            count.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    let other = store.clone();
    let panicked = thread::spawn(move || {
        for _ in 0..3 {
            other.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
        }
    });
    assert!(panicked.join().is_err(), "the panic goes to the thread that was in the closure");
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    assert_eq!((store.fast_state().unwrap().msgs, told.load(Ordering::SeqCst)), (3, 2));
    store.stop().unwrap();
}

fn delete_markers_are_asked_for() {
    let mut place = Place::new(PLAIN);
    place.config.max_age_ns = 300_000_000;
    place.config.allow_msg_ttl = true;
    place.config.subject_delete_marker_ttl_ns = 3_600_000_000_000;
    let store = place.open();
    let (remover, marker) = (with_store(&store), with_store(&store));
    store
        .register_storage_remove_msg(move |seq| {
            let store = remover.lock().unwrap().clone();
            if let Some(store) = store {
                store.remove_msg(seq).unwrap();
            }
        })
        .unwrap();
    store
        .register_process_msg(move |subject, hdr, msg| {
            let store = marker.lock().unwrap().clone();
            if let Some(store) = store {
                store.store_msg(subject, hdr, msg, 3600).unwrap();
            }
        })
        .unwrap();
    store.store_msg(b"orders.1", b"", b"hello", 0).unwrap();
    eventually("a marker takes the place of the message", || {
        store.load_last_msg(b"orders.1").is_ok_and(|last| last.seq > 1 && !last.hdr.is_empty())
    });
    store.stop().unwrap();
}

fn a_stop_lets_go_of_closures() {
    let place = Place::new(PLAIN);
    let store = place.open();
    let held = Arc::new(());
    let of_closure = (Arc::clone(&held), store.clone());
    store
        .register_storage_updates(move |_, _, _, _| {
            let _kept = &of_closure;
        })
        .unwrap();
    assert_eq!(Arc::strong_count(&held), 2);
    store.stop().unwrap();
    assert_eq!(Arc::strong_count(&held), 1);
}
