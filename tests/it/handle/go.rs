//! The Go store opens what a shared store left, and answers as the reference does on another copy of it.
//!
//! Needs Go, so it runs only when asked for (`--ignored`), as CI does.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use blkspec::env::{RealFs, Scratch, copy_tree, fast_scratch_parent};
use blkspec::format::cipher::StoreCipher;
use blkspec::format::compress::StoreCompression;
use blkspec::harness::go_port::{self, GoVersion};
use blkspec::harness::port::Port;
use blkspec::harness::protocol::{
    Bytes, ConsumerConfigMsg, FileConfig, KeyConfig, Op, Outcome, StreamConfigMsg, Time, Uint,
};
use blkspec::harness::reference::ReferencePort;
use blkspec::store::{AckPolicy, ConsumerConfig};
use libtest_mimic::Trial;

use super::{Place, SECRET, STREAM, settings};

pub(crate) fn trials() -> Vec<Trial> {
    let trial = Trial::test(concat!(module_path!(), "::go_opens_what_threads_left"), || {
        go_opens_what_threads_left();
        Ok(())
    });
    vec![trial.with_ignored_flag(true)]
}

const MSGS: u64 = 400;

/// Has threads fill a store and stops it.
fn fill(place: &Place) {
    let store = place.open();
    let config = ConsumerConfig { ack_policy: AckPolicy::Explicit, ..ConsumerConfig::default() };
    let consumer = store.consumer_store("C", place.created(), config).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4_u64 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..MSGS / 4 {
                    let msg = format!("{writer}/{number} ").repeat(5);
                    let (seq, _) =
                        store.store_msg(format!("orders.{writer}").as_bytes(), b"", msg.as_bytes(), 0).unwrap();
                    if number % 5 == 0 {
                        store.remove_msg(seq).unwrap();
                    }
                }
            });
        }
        scope.spawn(|| {
            for seq in 1..=MSGS {
                consumer.update_delivered(seq, seq, 1, 1).unwrap();
                if !seq.is_multiple_of(3) {
                    consumer.update_acks(seq, seq).unwrap();
                }
            }
        });
    });
    store.stop().unwrap();
}

/// What a port says of a copy of the directory.
fn ask(port: &mut dyn Port, place: &Place) -> Vec<Outcome> {
    let copy = Scratch::new(fast_scratch_parent().as_deref()).unwrap();
    let dir = copy.path().join(STREAM);
    copy_tree(&RealFs::new(), &place.files.store_dir, &RealFs::new(), &dir).unwrap();
    let encrypted = place.setting.cipher != StoreCipher::NoCipher;
    let cipher = match place.setting.cipher {
        StoreCipher::NoCipher => "none",
        StoreCipher::ChaCha => "chacha",
        StoreCipher::Aes => "aes",
    };
    let compression = if place.setting.compression == StoreCompression::S2 { "s2" } else { "none" };
    let file = FileConfig {
        block_size: Some(Uint(place.files.block_size)),
        cipher: Some(cipher.to_owned()),
        compression: Some(compression.to_owned()),
        ..FileConfig::default()
    };
    let mut stream = StreamConfigMsg::default();
    stream.set("name", STREAM);
    stream.set("subjects", vec!["orders.>"]);
    let mut consumer = ConsumerConfigMsg::default();
    consumer.set("ack_policy", "explicit");
    let key = encrypted.then(|| KeyConfig { secret: Bytes(SECRET.to_vec()), prefix: STREAM.to_owned() });
    let mut ops = vec![
        Op::Begin { case: "handle".to_owned() },
        Op::Open {
            dir: dir.to_string_lossy().into_owned(),
            file,
            stream,
            created: Time(Some(place.created().unix_nano())),
            key,
            old_key: None,
        },
        Op::ConsumerOpen { name: "C".to_owned(), created: Time(Some(place.created().unix_nano())), config: consumer },
        Op::ConsumerState { consumer: "C".to_owned() },
        Op::State {},
        Op::SubjectsTotals { filter: ">".to_owned() },
    ];
    ops.extend((1..=MSGS).map(|seq| Op::LoadMsg { seq: Uint(seq) }));
    ops.push(Op::Stop {});
    let mut answers = Vec::new();
    for op in &ops {
        let outcome = port.call(op).unwrap().outcome;
        // Errors compare by class; the text is each port's own.
        answers.push(match outcome {
            Outcome::Error(mut error) => {
                error.text.clear();
                Outcome::Error(error)
            }
            other => other,
        });
    }
    answers
}

fn go_opens_what_threads_left() {
    let mut go = go_port::connect(&GoVersion::default(), &|_| {}).unwrap();
    let mut reference = ReferencePort::new();
    go.start().unwrap();
    for setting in settings() {
        let mut place = Place::new(setting).flushing();
        place.files.block_size = 4000;
        fill(&place);
        let (found, expected) = (ask(&mut go, &place), ask(&mut reference, &place));
        let loaded = found.iter().filter(|outcome| matches!(outcome, Outcome::Result(_))).count() as u64;
        assert!(loaded >= MSGS * 4 / 5, "{setting:?}: Go loads what was stored: {:?}", found.get(1));
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "{setting:?}, answer {at}");
        }
    }
}
