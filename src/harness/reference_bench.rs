//! The reference's side of the benchmark: does a workload in this process and measures itself.
//!
//! The store runs as a server would run it: a store that threads share, with its background thread, real files, real time.
//! adapters/go/bench.go is the other side and
//! takes the same steps; what is made beforehand (subjects, payloads, the order of things) is not measured.

use super::bench::{Act, Data, Figures, Workload};
use crate::env::{Env, Stopwatch, peak_memory_bytes, process_time_ns, reset_peak_memory};
use crate::format::cipher::StoreCipher;
use crate::format::compress::StoreCompression;
use crate::handle::SharedStore;
use crate::store::{FileStoreConfig, KeyGen, Message, OpenKeys, Storage, StoreError, StreamConfig, Time};

/// When every stream was created.
const CREATED_NS: i64 = 1_700_000_000_000_000_000;
const SECRET: &[u8] = b"the secret of every benchmark";
const KEY_PREFIX: &[u8] = b"bench";
const WILDCARD: &[u8] = b"orders.r3.*";

/// Why a workload was not done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory is not the one that the workload is for.
    #[error("the directory does not hold the workload's messages")]
    NotTheWorkload,
    /// A cipher or a compression that does not exist.
    #[error("no cipher or compression {0:?}")]
    NoSuchSetting(String),
}

/// Does the workload.
pub fn perform(workload: &Workload) -> Result<Figures, WorkError> {
    let data = Data::new(workload.seed.0, workload.subjects.0, workload.size.0);
    // Where the system does not say the peak, there is none to reset.
    reset_peak_memory();
    let mut worker = Worker { workload, data, check: 0, ns: 0, cpu_ns: 0 };
    let operations = worker.act()?;
    Ok(Figures {
        ns: worker.ns.into(),
        cpu_ns: worker.cpu_ns.into(),
        operations: operations.into(),
        check: worker.check.into(),
        peak_bytes: peak_memory_bytes().unwrap_or_default().into(),
    })
}

struct Worker<'a> {
    workload: &'a Workload,
    data: Data,
    check: u64,
    ns: u64,
    cpu_ns: u64,
}

/// What is running while something is measured.
struct Watch {
    wall: Stopwatch,
    cpu_ns: i64,
}

impl Watch {
    fn start() -> Self {
        Self { cpu_ns: process_time_ns(), wall: Stopwatch::start() }
    }
}

impl Worker<'_> {
    fn act(&mut self) -> Result<u64, WorkError> {
        match self.workload.act {
            Act::Store => self.store().map(|_| self.workload.messages.0),
            Act::Prepare => {
                self.store()?.stop()?;
                Ok(self.workload.messages.0)
            }
            Act::Recover => {
                let watch = Watch::start();
                let store = self.open()?;
                self.took(watch);
                self.add_state(&store)?;
                Ok(1)
            }
            act => {
                let store = self.open()?;
                match act {
                    Act::LoadInOrder => self.load_in_order(&store),
                    Act::LoadRandom => self.load_random(&store),
                    Act::LoadNext => self.load_next(&store),
                    Act::LoadLast => self.load_last(&store),
                    Act::NumPending => self.num_pending(&store),
                    Act::SubjectsState => self.subjects_state(&store),
                    Act::RemoveCompact => self.remove_and_compact(&store),
                    Act::Store | Act::Prepare | Act::Recover => Ok(0),
                }
            }
        }
    }

    /// Mixes a number into the check.
    fn add(&mut self, number: u64) {
        self.check = self.check.wrapping_mul(31).wrapping_add(number);
    }

    fn add_state(&mut self, store: &SharedStore) -> Result<(), WorkError> {
        let state = store.fast_state()?;
        for number in [state.msgs, state.bytes, state.first_seq, state.last_seq, state.num_subjects] {
            self.add(number);
        }
        Ok(())
    }

    fn add_message(&mut self, message: &Message) {
        self.add(message.seq);
        self.add(message.subject.len() as u64);
        self.add(message.msg.len() as u64);
        if let Some(last) = message.msg.last() {
            self.add(u64::from(*last));
        }
    }

    fn took(&mut self, watch: Watch) {
        self.ns = self.ns.saturating_add(u64::try_from(watch.wall.elapsed().as_nanos()).unwrap_or(u64::MAX));
        self.cpu_ns = self.cpu_ns.saturating_add(process_time_ns().saturating_sub(watch.cpu_ns).unsigned_abs());
    }

    fn open(&self) -> Result<SharedStore, WorkError> {
        let mut fcfg = FileStoreConfig::new(&self.workload.dir);
        fcfg.async_flush = self.workload.async_flush;
        fcfg.compression = match self.workload.compression.as_str() {
            "none" => StoreCompression::None,
            "s2" => StoreCompression::S2,
            other => return Err(WorkError::NoSuchSetting(other.to_owned())),
        };
        let mut keys = OpenKeys::default();
        fcfg.cipher = match self.workload.cipher.as_str() {
            "none" => StoreCipher::NoCipher,
            "aes" => StoreCipher::Aes,
            "chacha" => StoreCipher::ChaCha,
            other => return Err(WorkError::NoSuchSetting(other.to_owned())),
        };
        if fcfg.cipher != StoreCipher::NoCipher {
            keys.current = Some(KeyGen::new(SECRET, KEY_PREFIX));
        }
        let config = StreamConfig {
            name: "BENCH".to_owned(),
            subjects: vec!["orders.>".to_owned()],
            storage: Storage::File,
            ..StreamConfig::default()
        };
        Ok(SharedStore::open(Env::real(), fcfg, config, Time::from_unix_nano(CREATED_NS), keys)?)
    }

    fn store(&mut self) -> Result<SharedStore, WorkError> {
        let store = self.open()?;
        let watch = Watch::start();
        for i in 0..self.workload.messages.0 {
            store.store_msg(self.data.subject(i), &[], self.data.payload(i), 0)?;
        }
        store.flush_all_pending()?;
        self.took(watch);
        self.add_state(&store)?;
        Ok(store)
    }

    fn load_in_order(&mut self, store: &SharedStore) -> Result<u64, WorkError> {
        let watch = Watch::start();
        let mut message = Message::default();
        for seq in 1..=self.workload.messages.0 {
            store.load_msg_into(seq, &mut message)?;
            self.add_message(&message);
        }
        self.took(watch);
        Ok(self.workload.messages.0)
    }

    fn load_random(&mut self, store: &SharedStore) -> Result<u64, WorkError> {
        let messages = self.workload.messages.0.max(1);
        let watch = Watch::start();
        let mut message = Message::default();
        for i in 0..self.workload.operations.0 {
            store.load_msg_into(1 + self.data.number(i) % messages, &mut message)?;
            self.add_message(&message);
        }
        self.took(watch);
        Ok(self.workload.operations.0)
    }

    /// Walks the stream as a consumer with a wildcard filter does.
    fn load_next(&mut self, store: &SharedStore) -> Result<u64, WorkError> {
        let (mut start, mut found) = (1, 0);
        let watch = Watch::start();
        let mut message = Message::default();
        loop {
            match store.load_next_msg_into(WILDCARD, true, start, &mut message) {
                Ok(seq) => {
                    self.add_message(&message);
                    (start, found) = (seq + 1, found + 1);
                }
                Err(StoreError::Eof) => break,
                Err(error) => return Err(error.into()),
            }
        }
        self.add(found);
        self.took(watch);
        Ok(found)
    }

    fn load_last(&mut self, store: &SharedStore) -> Result<u64, WorkError> {
        let subjects = self.workload.subjects.0.max(1);
        let watch = Watch::start();
        let mut message = Message::default();
        for i in 0..self.workload.operations.0 {
            store.load_last_msg_into(self.data.subject(self.data.number(i) % subjects), &mut message)?;
            self.add_message(&message);
        }
        self.took(watch);
        Ok(self.workload.operations.0)
    }

    /// Asks in turn for a subject, for a wildcard and for everything, from a sequence somewhere in the stream on.
    fn num_pending(&mut self, store: &SharedStore) -> Result<u64, WorkError> {
        let (messages, subjects) = (self.workload.messages.0.max(1), self.workload.subjects.0.max(1));
        let watch = Watch::start();
        for i in 0..self.workload.operations.0 {
            let number = self.data.number(i);
            let filter = match i % 3 {
                0 => self.data.subject(number % subjects),
                1 => WILDCARD,
                _ => b">",
            };
            let (total, through) = store.num_pending(1 + number % messages, filter, false)?;
            self.add(total);
            self.add(through);
        }
        self.took(watch);
        Ok(self.workload.operations.0)
    }

    fn subjects_state(&mut self, store: &SharedStore) -> Result<u64, WorkError> {
        let watch = Watch::start();
        for _ in 0..self.workload.operations.0 {
            let mut sum = 0_u64;
            for (subject, state) in store.subjects_state(b">")? {
                let numbers = [(subject.len() as u64, 7), (state.msgs, 31), (state.first, 37), (state.last, 41)];
                sum = numbers.iter().fold(sum, |sum, (number, factor)| sum.wrapping_add(number.wrapping_mul(*factor)));
            }
            self.add(sum);
        }
        self.took(watch);
        Ok(self.workload.operations.0)
    }

    /// Removes every other message in a random order, then all of the first half.
    fn remove_and_compact(&mut self, store: &SharedStore) -> Result<u64, WorkError> {
        let half = self.workload.messages.0 / 2;
        let mut order = self.data.shuffled(self.workload.messages.0);
        order.truncate(usize::try_from(half).unwrap_or(usize::MAX));
        let watch = Watch::start();
        for seq in order {
            if !store.remove_msg(seq)? {
                return Err(WorkError::NotTheWorkload);
            }
        }
        let purged = store.compact(half + 1)?;
        self.add(purged);
        self.took(watch);
        self.add_state(store)?;
        Ok(half)
    }
}
