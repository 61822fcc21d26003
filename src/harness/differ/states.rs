//! Where programs have been: states that a campaign has to reach, or its silence says little.
//!
//! They are read off the commands, the answers of the left port and its files, never off the inside of a port, so that a
//! campaign between any two ports counts the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::states_damage::{DAMAGE, damage};
use crate::env::FsResult;
use crate::format::record::{EMPTY_RECORD_LEN, ERASED_BIT, HEADER_BIT, RawHeaders, TOMBSTONE_BIT, tombstones};
use crate::harness::case::{Cipher, Compression, Setting};
use crate::harness::store_files::{Kind, Plain, StoreFiles};

/// The states, in the order in which they are reported.
pub static STATES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| OWN_STATES.into_iter().chain(DAMAGE.into_iter().flatten()).collect());

const OWN_STATES: [&str; 34] = [
    BLOCK_ROLLED,
    GAP_IN_A_BLOCK,
    TOMBSTONE_IN_A_LATER_BLOCK,
    ERASED_RECORD,
    SUBJECT_LIMIT_OVER_BLOCKS,
    COMPACT_ENCRYPTED,
    COMPACT_COMPRESSED,
    COMPACT_WITH_TTL,
    BLOCK_COMPACTED,
    BLOCK_COMPACTED_SEALED,
    LARGER_THAN_A_BLOCK,
    TRUNCATED,
    PURGED_BUT_KEPT,
    RAN_OUT,
    SCHEDULE_DUE,
    DELETE_MARKER,
    REFUSED_WHEN_FULL,
    REFUSED_OUT_OF_ORDER,
    CLOSED_STORE,
    RECOVERED_AFTER_CRASH,
    RECOVERED_WITHOUT_INDEX,
    RECOVERED_WITH_OLD_INDEX,
    RECOVERED_WITH_LOSS,
    OPEN_REFUSED,
    KEY_CHANGED,
    HANDED_OVER,
    HANDED_OVER_AFTER_CRASH,
    CONSUMER_RECOVERED,
    REDELIVERED_BELOW_FLOOR,
    SYNC_DELETED,
    SYNC_DELETED_OF_A_PEER,
    RESTORED,
    DELETED,
    CONFIG_UPDATED,
];

const BLOCK_ROLLED: &str = "a block was rolled";
const GAP_IN_A_BLOCK: &str = "a gap inside a block";
const TOMBSTONE_IN_A_LATER_BLOCK: &str = "a tombstone for an earlier block";
const ERASED_RECORD: &str = "an erased record";
const SUBJECT_LIMIT_OVER_BLOCKS: &str = "a limit per subject over several blocks";
const COMPACT_ENCRYPTED: &str = "compaction of an encrypted store";
const COMPACT_COMPRESSED: &str = "compaction of a compressed store";
const COMPACT_WITH_TTL: &str = "compaction with TTLs";
const BLOCK_COMPACTED: &str = "a block was compacted";
const BLOCK_COMPACTED_SEALED: &str = "an encrypted and compressed block was compacted";
const LARGER_THAN_A_BLOCK: &str = "a message larger than a block";
const TRUNCATED: &str = "truncated below the last message";
const PURGED_BUT_KEPT: &str = "a subject purged but for some";
const RAN_OUT: &str = "messages ran out by time";
const SCHEDULE_DUE: &str = "a schedule was due";
const DELETE_MARKER: &str = "a delete marker";
const REFUSED_WHEN_FULL: &str = "a message refused by a limit";
const REFUSED_OUT_OF_ORDER: &str = "a sequence out of order";
const CLOSED_STORE: &str = "a closed store was asked";
const RECOVERED_AFTER_CRASH: &str = "recovered after a crash";
const RECOVERED_WITHOUT_INDEX: &str = "recovered without index.db";
const RECOVERED_WITH_OLD_INDEX: &str = "recovered with an old index.db";
const RECOVERED_WITH_LOSS: &str = "recovered with lost messages";
const OPEN_REFUSED: &str = "an opening refused";
const KEY_CHANGED: &str = "opened with a new key";
const HANDED_OVER: &str = "directories changed hands";
const HANDED_OVER_AFTER_CRASH: &str = "directories changed hands after a crash";
const CONSUMER_RECOVERED: &str = "a consumer recovered its state";
const REDELIVERED_BELOW_FLOOR: &str = "redelivered removed below the floor";
const SYNC_DELETED: &str = "deleted sequences were synced";
const SYNC_DELETED_OF_A_PEER: &str = "the deleted sequences of another store were synced";
const RESTORED: &str = "a snapshot was restored";
const DELETED: &str = "a store was deleted";
const CONFIG_UPDATED: &str = "the configuration changed while the store ran";

/// How many runs have reached each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached(BTreeMap<&'static str, u64>);

impl Reached {
    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Reached) {
        for (state, count) in &other.0 {
            *self.0.entry(state).or_default() += count;
        }
    }

    /// How many runs reached `state`.
    #[must_use]
    pub fn count(&self, state: &str) -> u64 {
        self.0.get(state).copied().unwrap_or_default()
    }

    /// The states that no run reached.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        STATES.iter().copied().filter(|state| self.count(state) == 0).collect()
    }
}

/// Watches one run.
pub(super) struct Observer {
    setting: Setting,
    reached: BTreeSet<&'static str>,
    subject_limit: bool,
    ttls: bool,
    /// What is done to the files while the store is down, to be counted once it is open again.
    pending: Vec<&'static str>,
    crashed: bool,
    closed: bool,
    opening: bool,
    /// The messages at the last `state`, while nothing but time can take them away.
    quiet_msgs: Option<u64>,
    time_passed: bool,
    /// Whether each consumer had redelivered messages when it was last looked at.
    redelivered: BTreeMap<String, bool>,
    reopened: BTreeSet<String>,
    /// The directory of the store by its name, and in which one each encoded state was saved.
    directory: String,
    saved_in: BTreeMap<String, String>,
    block_size: u64,
}

impl Observer {
    pub(super) fn new(setting: Setting) -> Self {
        Self {
            setting,
            reached: BTreeSet::new(),
            subject_limit: false,
            ttls: false,
            pending: Vec::new(),
            crashed: false,
            closed: false,
            opening: false,
            quiet_msgs: None,
            time_passed: false,
            redelivered: BTreeMap::new(),
            reopened: BTreeSet::new(),
            directory: "store".to_owned(),
            saved_in: BTreeMap::new(),
            block_size: 0,
        }
    }

    /// The run counts once for each state.
    pub(super) fn reached(self) -> Reached {
        Reached(self.reached.into_iter().map(|state| (state, 1)).collect())
    }

    pub(super) fn handed_over(&mut self) {
        let state = if self.crashed { HANDED_OVER_AFTER_CRASH } else { HANDED_OVER };
        self.pending.push(state);
    }

    fn reach(&mut self, state: &'static str, when: bool) {
        if when {
            self.reached.insert(state);
        }
    }

    /// Takes note of a command and its answer.
    pub(super) fn see(&mut self, command: &str, answer: &[String]) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let name = words.first().copied().unwrap_or_default();
        let first = answer.first().map_or("", String::as_str);
        let failed = first.starts_with("error");
        self.events(answer);
        match name {
            "open" | "restart" | "stop" | "crash" | "delete" => self.lifecycle(name, command, failed),
            "rm" | "cp" | "flip" | "write" | "truncate-file" => self.file_work(command, &words, failed),
            "consumer" => self.consumer(&words, first, failed),
            "state" => self.state(first, failed),
            "inspect" => self.inspect(answer),
            _ => {}
        }
        self.reach(CLOSED_STORE, self.closed && failed);
        let full = ["error max", "error maximum"].iter().any(|start| first.starts_with(start));
        self.reach(REFUSED_WHEN_FULL, name.starts_with("store") && full);
        self.reach(REFUSED_OUT_OF_ORDER, name == "store-raw" && failed && !self.closed && !full);
        let purged = first.strip_prefix("purged ").is_some_and(|count| count != "0");
        self.reach(COMPACT_ENCRYPTED, name == "compact" && purged && self.setting.cipher != Cipher::None);
        self.reach(COMPACT_COMPRESSED, name == "compact" && purged && self.setting.compression != Compression::None);
        self.reach(COMPACT_WITH_TTL, name == "compact" && purged && self.ttls);
        self.reach(PURGED_BUT_KEPT, purged && command.contains("keep="));
        self.reach(TRUNCATED, name == "truncate" && first == "ok");
        self.reach(SYNC_DELETED, name == "sync-deleted" && first == "ok");
        self.reach(CONFIG_UPDATED, name == "update-config" && first == "ok");
        self.others(&words, first == "ok");
        self.time(name);
    }

    /// Other directories: snapshots, a second store, a store that is gone.
    fn others(&mut self, words: &[&str], well: bool) {
        match words {
            ["restore", ..] if well => self.pending.push(RESTORED),
            ["delete", ..] => self.reach(DELETED, well),
            ["open", rest @ ..] => {
                if let Some(dir) = rest.iter().find_map(|word| word.strip_prefix("dir=")) {
                    dir.clone_into(&mut self.directory);
                }
            }
            ["encoded-state", save] if well || save.starts_with("save=") => {
                let name = save.trim_start_matches("save=").to_owned();
                self.saved_in.insert(name, self.directory.clone());
            }
            ["sync-deleted", saved] if well => {
                let of = self.saved_in.get(saved.trim_start_matches("saved="));
                let of_a_peer = of.is_some_and(|directory| *directory != self.directory);
                self.reach(SYNC_DELETED_OF_A_PEER, of_a_peer);
            }
            _ => {}
        }
    }

    fn events(&mut self, answer: &[String]) {
        let has = |text: &str| answer.iter().any(|line| line.starts_with("  ") && line.contains(text));
        let (schedule, marker) = (has("Nats-Scheduler"), has("Nats-Marker-Reason"));
        self.reach(SCHEDULE_DUE, schedule);
        self.reach(DELETE_MARKER, marker);
    }

    fn lifecycle(&mut self, name: &str, command: &str, failed: bool) {
        self.subject_limit |= command.contains("max_msgs_per_subject=") && !command.contains("max_msgs_per_subject=-1");
        self.closed = matches!(name, "stop" | "crash" | "delete");
        self.crashed = name == "crash";
        let block_size = command.split(' ').find_map(|word| word.strip_prefix("block_size="));
        if let Some(size) = block_size.and_then(|size| size.parse().ok()) {
            self.block_size = size;
        }
        self.opening = matches!(name, "open" | "restart") && !failed;
        if self.closed {
            self.pending.clear();
            if self.crashed {
                self.pending.push(RECOVERED_AFTER_CRASH);
            }
        }
        if name == "open" {
            self.reach(OPEN_REFUSED, failed);
            self.reach(KEY_CHANGED, !failed && command.contains("old_key="));
        }
        if self.opening {
            self.reopened.clear();
        }
        // After every opening the program asks for the state: only a store with something in it has recovered.
    }

    fn file_work(&mut self, command: &str, words: &[&str], failed: bool) {
        if failed {
            return;
        }
        self.pending.extend(damage(words));
        if command == "rm msgs/index.db" {
            self.pending.push(RECOVERED_WITHOUT_INDEX);
        } else if command.starts_with("cp kept/msgs/index.db") {
            self.pending.push(RECOVERED_WITH_OLD_INDEX);
        }
    }

    fn state(&mut self, first: &str, failed: bool) {
        if failed {
            return;
        }
        let msgs =
            first.strip_prefix("msgs ").and_then(|rest| rest.split(' ').next()).and_then(|word| word.parse().ok());
        let msgs: u64 = msgs.unwrap_or_default();
        if self.opening && msgs > 0 {
            for state in std::mem::take(&mut self.pending) {
                self.reached.insert(state);
            }
            self.reach(RECOVERED_WITH_LOSS, first.contains("  lost "));
        }
        self.opening = false;
        self.reach(RAN_OUT, self.time_passed && self.quiet_msgs.is_some_and(|before| msgs < before));
        self.quiet_msgs = Some(msgs);
        self.time_passed = false;
    }

    /// Forgets the number of messages at anything that may change it besides time.
    fn time(&mut self, name: &str) {
        const HARMLESS: [&str; 9] = [
            "state",
            "inspect",
            "fast-state",
            "load",
            "num-pending",
            "subjects-state",
            "filtered-state",
            "load-last",
            "consumer",
        ];
        match name {
            "advance" => self.time_passed = true,
            name if HARMLESS.contains(&name) => {}
            _ => self.quiet_msgs = None,
        }
    }

    fn inspect(&mut self, answer: &[String]) {
        let blocks: Vec<&String> = answer.iter().filter(|line| line.starts_with("block ")).collect();
        let folded = |line: &&&String| line.split("  ").next().is_some_and(|name| name.contains(".."));
        let many = blocks.len() > 1 || blocks.iter().any(|line| folded(&line));
        let gap = blocks.iter().any(|line| line.contains("  deleted "));
        self.ttls = blocks.iter().any(|line| line.contains("  ttls "));
        self.reach(BLOCK_ROLLED, many);
        self.reach(GAP_IN_A_BLOCK, gap);
        self.reach(SUBJECT_LIMIT_OVER_BLOCKS, many && gap && self.subject_limit);
    }

    fn consumer(&mut self, words: &[&str], first: &str, failed: bool) {
        let [_, name, verb, ..] = words else { return };
        match *verb {
            "open" if !failed => {
                self.reopened.insert((*name).to_owned());
            }
            "state" if !failed => {
                let recovered = self.reopened.contains(*name) && !first.starts_with("delivered 0/0");
                self.reach(CONSUMER_RECOVERED, recovered);
                self.redelivered.insert((*name).to_owned(), !first.ends_with("redelivered 0"));
            }
            "remove-redelivered-below" => {
                let had = self.redelivered.get(*name).copied().unwrap_or_default();
                self.reach(REDELIVERED_BELOW_FLOOR, had && !failed);
            }
            _ => {
                self.reopened.remove(*name);
            }
        }
    }

    /// Looks into the blocks of a store that is down.
    pub(super) fn files(&mut self, files: &StoreFiles<'_>) -> FsResult<()> {
        for path in files.list()? {
            if !path.starts_with("msgs/") || !matches!(Kind::of(&path), Kind::Block(_)) {
                continue;
            }
            let Plain::Bytes(records) = files.plain(&path)? else {
                continue;
            };
            self.records(&records);
        }
        Ok(())
    }

    /// Looks into a block, decrypted and decompressed.
    fn records(&mut self, records: &[u8]) {
        let (mut first, mut before) = (u64::MAX, None);
        for (_, header) in RawHeaders::new(records) {
            if header.raw_sequence & TOMBSTONE_BIT != 0 {
                continue;
            }
            // A skipped sequence looks like an erased message without a subject and a time.
            let erased = header.raw_sequence & ERASED_BIT != 0 && header.raw_len as usize > EMPTY_RECORD_LEN;
            self.reach(ERASED_RECORD, erased);
            let seq = header.raw_sequence & !ERASED_BIT;
            // Every sequence leaves a record, a removed one too, until the block is compacted.
            let gap = before.is_some_and(|before: u64| seq > before + 1);
            self.reach(BLOCK_COMPACTED, gap);
            let Setting { cipher, compression } = self.setting;
            let sealed = cipher != Cipher::None && compression != Compression::None;
            self.reach(BLOCK_COMPACTED_SEALED, gap && sealed);
            let large = self.block_size > 0 && u64::from(header.raw_len & !HEADER_BIT) > self.block_size;
            self.reach(LARGER_THAN_A_BLOCK, large);
            before = Some(seq);
            first = first.min(seq);
        }
        self.reach(TOMBSTONE_IN_A_LATER_BLOCK, tombstones(records).any(|(seq, _)| seq < first));
    }
}
