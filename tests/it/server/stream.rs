//! A stream of the server in the hands of the reference: opened with what its metadata says, as the server opens it, asked for
//! all that is known, and written to.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use blkspec::env::{Env, FileKind, RealFs, walk};
use blkspec::format::cipher::StoreCipher;
use blkspec::harness::protocol::{Bytes, KeyConfig};
use blkspec::harness::store_files::{Plain, StoreFiles};
use blkspec::index::sublist::Sublist;
use blkspec::store::{
    AckPolicy, ConsumerConfig, ConsumerId, DeliverPolicy, FileStoreConfig, KeyGen, OpenKeys, Retention, Store,
    StreamConfig, Time,
};
use serde_json::Value;

use super::known::Known;
use super::process::{Encryption, KEY};

/// The account that the server puts before the context of every key.
const ACCOUNT: &str = "$G";

/// A stream and its consumers, open.
pub(super) struct Opened {
    store: Store,
    config: StreamConfig,
    consumers: BTreeMap<String, (ConsumerId, ConsumerConfig)>,
}

impl Opened {
    pub(super) fn open(directory: &Path, stream: &str, encryption: Encryption) -> Self {
        let fs = RealFs::new();
        let keys = vec![KeyConfig { secret: Bytes(KEY.into()), prefix: ACCOUNT.to_owned() }];
        let files = StoreFiles::new(&fs, directory, stream, keys);
        let (config, created) = read_meta(&files, "meta.inf");
        let config = StreamConfig::from_go_json(&config).unwrap();
        let mut fcfg = FileStoreConfig::new(directory);
        fcfg.block_size = block_size(&config);
        fcfg.compression = config.compression;
        let keygen = KeyGen::new(KEY, ACCOUNT);
        let (cipher, current) = match encryption {
            Encryption::None => (StoreCipher::NoCipher, None),
            Encryption::ChaCha => (StoreCipher::ChaCha, Some(keygen)),
            Encryption::Aes => (StoreCipher::Aes, Some(keygen)),
        };
        fcfg.cipher = cipher;
        let keys = OpenKeys { current, previous: None };
        let mut store = Store::open(Env::real(), fcfg, config.clone(), created, keys).unwrap();
        let mut consumers = BTreeMap::new();
        for name in consumer_names(directory) {
            let (config, created) = read_meta(&files, &format!("obs/{name}/meta.inf"));
            let config = ConsumerConfig::from_go_json(&config).unwrap();
            let id = store.consumer_store(&name, created, config.clone()).unwrap();
            consumers.insert(name, (id, config));
        }
        Self { store, config, consumers }
    }

    /// All that the reference knows of the stream.
    pub(super) fn known(&mut self) -> Known {
        let mut known = Known::default();
        let state = self.store.state().unwrap();
        let consumers = self.consumers.len() as u64;
        let numbers = [
            ("messages", state.msgs),
            ("bytes", state.bytes),
            ("first_seq", state.first_seq),
            ("last_seq", state.last_seq),
            ("num_deleted", state.num_deleted),
            ("num_subjects", state.num_subjects),
            ("consumer_count", consumers),
        ];
        for (name, number) in numbers {
            known.note(name, number);
        }
        known.note("first_ts", time_text(state.first_time));
        known.note("last_ts", time_text(state.last_time));
        known.note("deleted", format!("{:?}", state.deleted));
        known.note("lost", format!("{:?}", state.lost));
        for (subject, total) in self.store.subjects_totals(b">") {
            known.note(format!("subject {}", text(subject)), total);
        }
        for seq in state.first_seq..=state.last_seq {
            if state.deleted.binary_search(&seq).is_ok() {
                continue;
            }
            let found = self.store.load_msg(seq).unwrap();
            let time = time_text(Time::from_unix_nano(found.ts));
            known.message(seq, &text(found.subject), &found.hdr, &found.msg, &time);
        }
        for name in self.consumers.keys().cloned().collect::<Vec<_>>() {
            self.know_consumer(&mut known, &name);
        }
        known
    }

    fn know_consumer(&mut self, known: &mut Known, name: &str) {
        let (id, config) = self.consumers.get(name).cloned().unwrap();
        let state = self.store.consumer(id).unwrap().state().unwrap();
        known.pair(name, "delivered", (state.delivered.consumer, state.delivered.stream));
        known.pair(name, "ack_floor", (state.ack_floor.consumer, state.ack_floor.stream));
        for (seq, pending) in &state.pending {
            known.pending(name, *seq, pending.sequence, pending.timestamp_ns);
        }
        for (seq, count) in &state.redelivered {
            known.redelivered(name, *seq, *count);
        }
        let next = state.delivered.stream + 1;
        let last_per_subject = config.deliver_policy == DeliverPolicy::LastPerSubject;
        let (count, _) = match filters(&config).as_slice() {
            [] => self.store.num_pending(next, b"", last_per_subject).unwrap(),
            [filter] => self.store.num_pending(next, filter.as_bytes(), last_per_subject).unwrap(),
            several => self.store.num_pending_multi(next, Some(&sublist(several)), last_per_subject).unwrap(),
        };
        known.num_pending(name, count);
    }

    /// For each consumer the messages, by sequence and subject, that it has not been given and has to be.
    pub(super) fn unseen(&mut self) -> BTreeMap<String, Vec<(u64, String)>> {
        let mut unseen = BTreeMap::new();
        for (name, (id, config)) in self.consumers.clone() {
            let mut next = self.store.consumer(id).unwrap().state().unwrap().delivered.stream + 1;
            let filters = filters(&config);
            let filters = if filters.is_empty() { vec![">".to_owned()] } else { filters };
            let mut messages = Vec::new();
            while let Ok((message, _)) = self.store.load_next_msg_multi(&sublist(&filters), next) {
                next = message.seq + 1;
                messages.push((message.seq, text(message.subject)));
            }
            unseen.insert(name, messages);
        }
        unseen
    }

    pub(super) fn stop(mut self) {
        self.store.stop().unwrap();
    }
}

/// Does on the stream what a server would have its store do: publishing, removing, consuming. The server is to find nothing to
/// mend in it: what a work queue acknowledges is removed, and a mirror's origin gets nothing that the mirror has not.
pub(super) fn write(opened: &mut Opened) {
    let Some(pattern) = opened.config.subjects.first().cloned() else {
        // A mirror: what it has may be removed.
        let first = opened.store.fast_state().first_seq;
        assert!(opened.store.remove_msg(first + 3).unwrap());
        return;
    };
    if opened.config.name != "AGED" {
        store_messages(opened, &pattern);
    }
    if opened.config.retention == Retention::Limits {
        let state = opened.store.state().unwrap();
        let present: Vec<u64> =
            (state.first_seq..=state.last_seq).filter(|seq| state.deleted.binary_search(seq).is_err()).collect();
        let nth = |at: usize| present.get(at).copied().unwrap();
        assert!(opened.store.remove_msg(nth(0)).unwrap());
        assert!(opened.store.remove_msg(nth(present.len() / 2)).unwrap());
        assert!(opened.store.erase_msg(nth(present.len() / 2 + 1)).unwrap());
        assert!(opened.store.remove_msg(nth(present.len() - 1)).unwrap());
        opened.store.purge_ex(subject(&pattern, 2).as_bytes(), 0, 1).unwrap();
    }
    for (name, (id, config)) in opened.consumers.clone() {
        consume(opened, &name, id, &config);
    }
}

fn store_messages(opened: &mut Opened, pattern: &str) {
    for i in 0..60 {
        let ttl = if opened.config.allow_msg_ttl && i % 5 == 0 { 3 * 3600 } else { 0 };
        let hdr = match i % 3 {
            _ if ttl > 0 => format!("NATS/1.0\r\nNats-TTL: {ttl}s\r\n\r\n"),
            0 => format!("NATS/1.0\r\nFrom: the reference\r\nNumber: {i}\r\n\r\n"),
            _ => String::new(),
        };
        let payload = format!("stored by the reference {i} ").repeat(1 + i % 40);
        let subject = subject(pattern, i % 10);
        opened.store.store_msg(subject.as_bytes(), hdr.as_bytes(), payload.as_bytes(), ttl).unwrap();
    }
}

/// A subject that `pattern` matches.
fn subject(pattern: &str, number: usize) -> String {
    pattern.replace('>', &format!("1.{number}")).replace('*', &(number % 4).to_string())
}

/// Delivers three messages to a consumer, refuses and delivers again the second, and acknowledges the first.
fn consume(opened: &mut Opened, name: &str, id: ConsumerId, config: &ConsumerConfig) {
    if name == "fresh" {
        return;
    }
    let unseen = opened.unseen().remove(name).unwrap_or_default();
    let state = opened.store.consumer(id).unwrap().state().unwrap();
    let now = opened.store.fast_state().last_time.unix_nano();
    let mut delivery = state.delivered.consumer;
    let mut given = Vec::new();
    for (seq, _) in unseen.iter().take(3) {
        delivery += 1;
        given.push((delivery, *seq));
        opened.store.consumer(id).unwrap().update_delivered(delivery, *seq, 1, now).unwrap();
    }
    let (Some((first, first_seq)), Some((_, second_seq))) = (given.first(), given.get(1)) else {
        return;
    };
    if config.ack_policy == AckPolicy::None {
        return;
    }
    opened.store.consumer(id).unwrap().update_acks(*first, *first_seq).unwrap();
    if opened.config.retention != Retention::Limits && !others_wait(opened, name, *first_seq) {
        assert!(opened.store.remove_msg(*first_seq).unwrap());
    }
    if config.ack_policy == AckPolicy::Explicit {
        opened.store.consumer(id).unwrap().update_delivered(delivery + 1, *second_seq, 2, now).unwrap();
    }
}

/// Whether a consumer besides `name` has to acknowledge the message, too.
fn others_wait(opened: &mut Opened, name: &str, seq: u64) -> bool {
    let subject = text(opened.store.subject_for_seq(seq).unwrap());
    let others = opened.consumers.iter().filter(|(other, _)| *other != name);
    let mut filters = others.map(|(_, (_, config))| filters(config));
    filters.any(|filters| filters.is_empty() || filters.contains(&subject))
}

/// The size of blocks that a server chooses for a stream; 0 leaves it to the store.
fn block_size(config: &StreamConfig) -> u64 {
    const SMALLEST: u64 = 32_000;
    const MEDIUM: u64 = 4 * 1024 * 1024;
    const LARGEST: u64 = 8 * 1024 * 1024;
    match u64::try_from(config.max_bytes) {
        Ok(max_bytes) if max_bytes > 0 => match (max_bytes / 4 + 1).next_multiple_of(100) {
            size if size <= SMALLEST => SMALLEST,
            size if size >= LARGEST => LARGEST,
            _ => MEDIUM,
        },
        _ if config.max_msgs_per > 0 => MEDIUM,
        _ => 0,
    }
}

/// The configuration in a metadata file, and the time of creation.
fn read_meta(files: &StoreFiles<'_>, path: &str) -> (Value, Time) {
    let Plain::Bytes(bytes) = files.plain(path).unwrap() else { unopened(path) };
    let mut meta: Value = serde_json::from_slice(&bytes).unwrap();
    let created = meta.as_object_mut().unwrap().remove("Created").unwrap();
    let created: jiff::Timestamp = created.as_str().unwrap().parse().unwrap();
    (meta, Time::from_unix_nano(i64::try_from(created.as_nanosecond()).unwrap()))
}

#[expect(clippy::panic, reason = "this is how a test fails")]
fn unopened(path: &str) -> ! {
    panic!("{path} cannot be opened with the key of the server")
}

/// The consumers that have files.
pub(super) fn consumer_names(directory: &Path) -> Vec<String> {
    let entries = walk(&RealFs::new(), &directory.join("obs")).unwrap();
    let names = entries.iter().filter(|entry| entry.kind == FileKind::Dir);
    names.map(|entry| entry.path.to_string_lossy().into_owned()).collect()
}

/// The metadata of a stream and its consumers, with their keys, as they lie.
pub(super) fn metadata(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = walk(&RealFs::new(), directory).unwrap();
    let files = entries.into_iter().filter(|entry| entry.kind == FileKind::File).map(|entry| entry.path);
    let metadata = files.filter(|path| path.file_stem().is_some_and(|stem| stem == "meta"));
    metadata.map(|path| (path.clone(), std::fs::read(directory.join(path)).unwrap())).collect()
}

fn filters(config: &ConsumerConfig) -> Vec<String> {
    match config.filter_subject.as_str() {
        "" => config.filter_subjects.clone(),
        filter => vec![filter.to_owned()],
    }
}

fn sublist(filters: &[String]) -> Sublist {
    let mut sublist = Sublist::new();
    for filter in filters {
        sublist.insert(filter.as_bytes()).unwrap();
    }
    sublist
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// A time as Go puts it in JSON.
fn time_text(time: Time) -> String {
    if time.is_zero() {
        return "0001-01-01T00:00:00Z".to_owned();
    }
    jiff::Timestamp::from_nanosecond(i128::from(time.unix_nano())).unwrap().to_string()
}
