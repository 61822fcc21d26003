//! Many threads on one store: no acknowledged message is lost, the state adds up at every moment and at the end, and a clean
//! stop leaves a directory that opens with the same state.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Scope};

use blkspec::handle::{SharedConsumer, SharedStore};
use blkspec::store::{AckPolicy, ConsumerConfig, ConsumerState, StoreError, StreamState};

use super::ledger::{Ledger, Stored};
use super::{Place, Setting, eventually, settings};

super::super::trials![
    threads_lose_nothing_in_any_setting,
    threads_keep_the_limits_in_any_setting,
    a_stop_among_writers_loses_nothing_acknowledged,
];

const WRITERS: usize = 4;
const MSGS_OF_WRITER: u64 = 400;
const CONSUMERS: usize = 2;
/// Deliveries that are never acknowledged, at the end.
const UNACKNOWLEDGED: u64 = 7;

/// One run: the store, what was done to it, and how many writers are still at it.
struct Run {
    store: SharedStore,
    ledger: Ledger,
    writing: AtomicUsize,
}

impl Run {
    fn goes_on(&self) -> bool {
        self.writing.load(Ordering::SeqCst) > 0
    }

    fn write(&self, writer: usize, with_ttl: bool) {
        for number in 0..MSGS_OF_WRITER {
            let subject = format!("orders.{}", (writer as u64 + number) % 7).into_bytes();
            let msg = format!("{writer}/{number} ").repeat(1 + (number % 9) as usize).into_bytes();
            let expires = with_ttl && number % 11 == 0;
            let (seq, _) = self.store.store_msg(&subject, b"", &msg, i64::from(expires)).unwrap();
            let known = self.ledger.stored.lock().unwrap().insert(seq, Stored { subject, msg, expires });
            assert_eq!(known, None, "sequence {seq} was given twice");
        }
        self.writing.fetch_sub(1, Ordering::SeqCst);
    }

    /// Loads messages by sequence and in order, and looks at the state.
    fn read(&self, salt: u64) {
        let mut round = salt;
        while self.goes_on() {
            round = round.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let Some(seq) = self.ledger.some_seq(round >> 33) else { continue };
            let stored = self.ledger.stored.lock().unwrap().get(&seq).cloned();
            match self.store.load_msg(seq) {
                Ok(message) => assert_eq!(Some(message.msg), stored.map(|stored| stored.msg), "message {seq}"),
                Err(StoreError::MsgNotFound | StoreError::DeletedMsg) => {}
                Err(error) => panic!("message {seq}: {error}"),
            }
            if let Ok((message, found)) = self.store.load_next_msg(b"orders.3", false, seq) {
                assert_eq!((message.subject.as_slice(), message.seq), (b"orders.3".as_slice(), found));
                assert!(found >= seq, "{found} does not follow {seq}");
            }
            let state = self.store.state().unwrap();
            if state.msgs > 0 {
                let span = state.last_seq - state.first_seq + 1;
                assert_eq!(state.msgs + state.deleted.len() as u64, span, "{state:?}");
            }
            let (pending, through) = self.store.num_pending(1, b">", false).unwrap();
            assert!(pending <= through, "{pending} messages up to {through}");
        }
    }

    fn remove(&self, salt: u64) {
        let mut round = salt;
        while self.goes_on() {
            round = round.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let Some(seq) = self.ledger.some_seq(round >> 33) else { continue };
            let removed = if round.is_multiple_of(3) { self.store.erase_msg(seq) } else { self.store.remove_msg(seq) };
            match removed {
                Ok(true) => {
                    let is_new = self.ledger.removed.lock().unwrap().insert(seq);
                    assert!(is_new, "{seq} was removed twice");
                }
                Ok(false) | Err(StoreError::MsgNotFound | StoreError::DeletedMsg | StoreError::Eof) => {}
                Err(error) => panic!("removing {seq}: {error}"),
            }
            thread::yield_now();
        }
    }

    /// Compacts, purges a subject, purges all, and changes the configuration, now and then.
    fn cut(&self, place: &Place) {
        let total = WRITERS as u64 * MSGS_OF_WRITER;
        let mut done = 0;
        while self.goes_on() {
            let last = self.store.fast_state().unwrap().last_seq;
            if last < (done + 1) * total / 9 {
                thread::yield_now();
                continue;
            }
            done += 1;
            match done % 4 {
                1 => {
                    let to = last.saturating_sub(total / 8).max(1);
                    self.store.compact(to).unwrap();
                    self.ledger.compacted.fetch_max(to, Ordering::SeqCst);
                }
                2 => {
                    self.store.purge_ex(b"orders.2", last, 0).unwrap();
                    self.ledger.purged_subjects.lock().unwrap().push((b"orders.2".to_vec(), last));
                }
                3 => {
                    // Among others this turns the background flush on and off.
                    let replicas = if done == 3 { 3 } else { 1 };
                    self.store
                        .update_config(blkspec::store::StreamConfig { replicas, ..place.config.clone() })
                        .unwrap();
                }
                _ => {
                    self.store.purge().unwrap();
                    let last = self.store.fast_state().unwrap().last_seq;
                    self.ledger.purged.fetch_max(last, Ordering::SeqCst);
                }
            }
        }
    }

    /// One thread delivers, another acknowledges.
    fn consume<'a>(&'a self, scope: &'a Scope<'a, '_>, consumer: &'a SharedConsumer) {
        let (sender, receiver) = std::sync::mpsc::channel();
        scope.spawn(move || {
            for seq in 1..=MSGS_OF_WRITER {
                // The file has whole seconds.
                let ts = (1_700_000_000 + seq.cast_signed()) * 1_000_000_000;
                consumer.update_delivered(seq, seq, 1, ts).unwrap();
                if seq + UNACKNOWLEDGED <= MSGS_OF_WRITER {
                    sender.send(seq).unwrap();
                }
            }
        });
        scope.spawn(move || {
            for seq in receiver {
                consumer.update_acks(seq, seq).unwrap();
                let state = consumer.state().unwrap();
                assert!(state.ack_floor.stream <= state.delivered.stream, "{state:?}");
            }
        });
    }
}

/// Has all threads at a store, and stops it. Gives the state in front of the stop, and the consumers'.
fn run_threads(place: &Place, ledger: Ledger, with_ttl: bool) -> (Ledger, StreamState, Vec<ConsumerState>) {
    let run = Arc::new(Run { store: place.open(), ledger, writing: AtomicUsize::new(WRITERS) });
    let told = Arc::downgrade(&run);
    run.store
        .register_storage_updates(move |msgs, bytes, _, _| {
            if let Some(run) = told.upgrade() {
                run.ledger.msgs.fetch_add(msgs, Ordering::SeqCst);
                run.ledger.bytes.fetch_add(bytes, Ordering::SeqCst);
            }
        })
        .unwrap();
    let config = ConsumerConfig { ack_policy: AckPolicy::Explicit, ..ConsumerConfig::default() };
    let consumers: Vec<SharedConsumer> = (0..CONSUMERS)
        .map(|at| run.store.consumer_store(&format!("C{at}"), place.created(), config.clone()).unwrap())
        .collect();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let run = &run;
            scope.spawn(move || run.write(writer, with_ttl));
        }
        let run = &run;
        scope.spawn(|| run.read(1));
        scope.spawn(|| run.read(2));
        scope.spawn(|| run.remove(3));
        scope.spawn(|| run.cut(place));
        for consumer in &consumers {
            run.consume(scope, consumer);
        }
    });
    if with_ttl {
        let expired = |seq: &u64| run.store.load_msg(*seq).is_err();
        let stored = run.ledger.stored.lock().unwrap().clone();
        let expiring: Vec<u64> = stored.iter().filter(|(_, stored)| stored.expires).map(|(seq, _)| *seq).collect();
        eventually("every TTL is over", || expiring.iter().all(expired));
    }
    let (state, totals) = (run.store.state().unwrap(), run.store.subjects_totals(b">").unwrap());
    run.ledger.check(&state, &totals, |seq| run.store.load_msg(seq));
    eventually("all updates were told", || run.ledger.msgs.load(Ordering::SeqCst) == state.msgs.cast_signed());
    run.ledger.check_updates(&state);
    let states: Vec<ConsumerState> = consumers.iter().map(|consumer| consumer.state().unwrap()).collect();
    for state in &states {
        assert_eq!((state.delivered.stream, state.ack_floor.stream), (MSGS_OF_WRITER, MSGS_OF_WRITER - UNACKNOWLEDGED));
        assert_eq!(state.pending.len() as u64, UNACKNOWLEDGED);
    }
    run.store.stop().unwrap();
    assert_eq!(run.store.load_msg(0), Err(StoreError::Closed));
    drop(consumers);
    let run = Arc::into_inner(run).expect("nobody else has the run");
    (run.ledger, state, states)
}

/// Opens what a run left and holds it to what the run knew, from `index.db` and without it.
fn check_reopened(place: &Place, ledger: &Ledger, before: &StreamState, consumers: &[ConsumerState]) {
    // What a TTL removed leaves no tombstone: without the index it comes back, to expire by its header, which these lack.
    let without_index = !place.config.allow_msg_ttl;
    for keeps_index in [Some(true), without_index.then_some(false)].into_iter().flatten() {
        if !keeps_index {
            std::fs::remove_file(place.files.store_dir.join("msgs/index.db")).unwrap();
        }
        let (_copy, mut store) = place.recovered();
        for (at, expected) in consumers.iter().enumerate() {
            let config = ConsumerConfig { ack_policy: AckPolicy::Explicit, ..ConsumerConfig::default() };
            let id = store.consumer_store(&format!("C{at}"), place.created(), config).unwrap();
            assert_eq!(store.consumer(id).unwrap().state().as_ref(), Ok(expected), "consumer C{at}");
        }
        let state = store.state().unwrap();
        if keeps_index {
            assert_eq!(state, *before, "the state from index.db");
        }
        let totals = store.subjects_totals(b">");
        ledger.check(&state, &totals, |seq| store.load_msg(seq));
    }
}

/// Small blocks, so that there are many.
fn place(setting: Setting) -> Place {
    let mut place = Place::new(setting).flushing();
    place.files.block_size = 2000;
    place
}

fn threads_lose_nothing_in_any_setting() {
    for setting in settings() {
        let place = place(setting);
        let (ledger, state, consumers) = run_threads(&place, Ledger::default(), false);
        check_reopened(&place, &ledger, &state, &consumers);
    }
}

fn threads_keep_the_limits_in_any_setting() {
    for setting in settings() {
        let mut place = place(setting);
        place.config.max_msgs = 300;
        place.config.max_msgs_per = 60;
        place.config.allow_msg_ttl = true;
        let ledger = Ledger { max_msgs: 300, max_per_subject: 60, ..Ledger::default() };
        let (ledger, state, consumers) = run_threads(&place, ledger, true);
        check_reopened(&place, &ledger, &state, &consumers);
    }
}

fn a_stop_among_writers_loses_nothing_acknowledged() {
    for setting in settings() {
        let place = place(setting);
        let store = place.open();
        let (ledger, stopped) = (Ledger::default(), AtomicBool::new(false));
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (store, ledger, stopped) = (&store, &ledger, &stopped);
                scope.spawn(move || {
                    for number in 0.. {
                        let (subject, msg) = (b"orders.1".to_vec(), format!("{writer}/{number}").into_bytes());
                        match store.store_msg(&subject, b"", &msg, 0) {
                            Ok((seq, _)) => {
                                let stored = Stored { subject, msg, expires: false };
                                ledger.stored.lock().unwrap().insert(seq, stored);
                            }
                            Err(error) => {
                                assert_eq!(error, StoreError::Closed);
                                assert!(stopped.load(Ordering::SeqCst), "closed before it was stopped");
                                return;
                            }
                        }
                    }
                });
            }
            eventually("writers are at it", || ledger.stored.lock().unwrap().len() > 500);
            stopped.store(true, Ordering::SeqCst);
            store.stop().unwrap();
        });
        let (_copy, mut store) = place.recovered();
        let (state, totals) = (store.state().unwrap(), store.subjects_totals(b">"));
        ledger.check(&state, &totals, |seq| store.load_msg(seq));
    }
}
