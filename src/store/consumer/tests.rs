//! Consumers held to writes that come late, to every cipher over a restart and a change of it, and to a wrong key.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::env::{Clock, Env, ManualClock, MemFs, SeededEntropy};
use crate::format::cipher::StoreCipher;
use crate::store::{AckPolicy, FileStoreConfig, KeyGen, OpenKeys, StreamConfig};

const STATE_FILE: &str = "/s/obs/o/o.dat";

/// A stream with a clock of its own.
struct World {
    env: Env,
    clock: Arc<ManualClock>,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        Self {
            env: Env { fs: Arc::new(MemFs::new()), clock: clock.clone(), entropy: Arc::new(SeededEntropy::new(1)) },
            clock,
        }
    }

    fn open(&self, cipher: StoreCipher) -> (Store, ConsumerId) {
        let mut fcfg = FileStoreConfig::new("/s");
        fcfg.cipher = cipher;
        let keys =
            OpenKeys { current: (cipher != StoreCipher::NoCipher).then(|| KeyGen::new("secret", "")), previous: None };
        let config = StreamConfig::named("S");
        let mut store = Store::open(self.env.clone(), fcfg, config, self.now(), keys).unwrap();
        let config = ConsumerConfig { ack_policy: AckPolicy::Explicit, ..ConsumerConfig::default() };
        let id = store.consumer_store("o", self.now(), config).unwrap();
        (store, id)
    }

    fn now(&self) -> Time {
        Time::from_unix_nano(self.clock.now_ns())
    }

    fn file(&self) -> Option<Vec<u8>> {
        self.env.fs.read(Path::new(STATE_FILE)).ok()
    }
}

#[test]
fn updates_are_written_at_most_ten_times_a_second() {
    let world = World::new();
    let (mut store, id) = world.open(StoreCipher::NoCipher);
    let mut files = vec![world.file()];
    for seq in 1..=3 {
        let ts = world.clock.now_ns();
        store.consumer(id).unwrap().update_delivered(seq, seq, 1, ts).unwrap();
        files.push(world.file());
    }
    // The first update is written at once, the others wait.
    let [none, first, second, third] = files.try_into().unwrap();
    assert_eq!(none, None);
    assert_eq!(ConsumerState::decode(&first.clone().unwrap()).unwrap().delivered.stream, 1);
    assert_eq!((&second, &third), (&first, &first));
    // One write gathers both, and another follows for the update that came while it was waited for.
    for _ in 0..2 {
        let due = store.next_deadline().unwrap();
        assert_eq!(due, world.clock.now_ns() + 100_000_000);
        world.clock.set(due);
        store.run_due();
        let written = ConsumerState::decode(&world.file().unwrap()).unwrap();
        assert_eq!(written.delivered.stream, 3);
    }
    let consumer = store.consumers.first().unwrap();
    assert_eq!(consumer.flush_due(), None);
}

#[test]
fn a_consumer_is_the_same_after_a_restart_in_every_cipher_and_after_its_change() {
    let ciphers = [StoreCipher::NoCipher, StoreCipher::ChaCha, StoreCipher::Aes, StoreCipher::ChaCha];
    let world = World::new();
    let mut expected = None;
    // The plain consumer is encrypted by the second opening, then twice converted.
    for cipher in ciphers {
        // The server removes the stream's key file when it converts a stream to another cipher.
        world.env.fs.remove_dir_all(Path::new("/s/meta.key")).unwrap();
        let (mut store, id) = world.open(cipher);
        let mut consumer = store.consumer(id).unwrap();
        if let Some(expected) = &expected {
            assert_eq!(consumer.state().as_ref(), Ok(expected));
        } else {
            for seq in 1..=5 {
                consumer.update_delivered(seq, seq * 2, 1, world.clock.now_ns()).unwrap();
            }
            consumer.update_acks(1, 2).unwrap();
            consumer.update_delivered(6, 4, 2, world.clock.now_ns()).unwrap();
            expected = Some(consumer.state().unwrap());
        }
        store.stop().unwrap();
        let plain = ConsumerState::decode(&world.file().unwrap()).is_ok();
        assert_eq!(plain, cipher == StoreCipher::NoCipher);
    }
    let state = expected.unwrap();
    assert_eq!(state.ack_floor, SequencePair { consumer: 1, stream: 3 });
    assert_eq!(state.redelivered.get(&4), Some(&1));
}

#[test]
fn a_wrong_key_is_an_error() {
    let world = World::new();
    let (mut store, _) = world.open(StoreCipher::Aes);
    store.stop().unwrap();
    let mut fcfg = FileStoreConfig::new("/s");
    fcfg.cipher = StoreCipher::Aes;
    let keys = OpenKeys { current: Some(KeyGen::new("another", "")), previous: None };
    let opened = Store::open(world.env.clone(), fcfg, StreamConfig::named("S"), world.now(), keys);
    assert_eq!(opened.err(), Some(StoreError::Unsealable { what: "key" }));
}
