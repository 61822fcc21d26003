//! The commands of the case language, as a table: names, arguments and their kinds.
//!
//! The parser checks a line against this table, the suggestions of its errors come from it, and `lower.rs` gives each row its
//! meaning. A command that takes the name of a consumer is listed as `consumer VERB`.

/// What an argument may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text: a subject, a name, a path.
    Text,
    /// Bytes: quoted text or `hex:0a0b`.
    Bytes,
    /// An unsigned number or a size.
    Unsigned,
    /// A signed number or a size.
    Signed,
    /// A duration such as `1h30m`.
    Duration,
    /// A time such as `@10s`.
    Moment,
    /// Present or not; `key=false` takes it back.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `[a, b]`.
    TextList,
    /// A number of seconds or a duration of whole seconds.
    Seconds,
}

/// An argument of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// Its name: the key of a pair, or what messages call it.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// Whether it has to be there.
    pub required: bool,
}

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Its name.
    pub name: &'static str,
    /// The arguments told by their place.
    pub places: &'static [Param],
    /// Groups of arguments told by their key.
    pub keys: &'static [&'static [Param]],
}

impl Spec {
    /// The argument with the key `name`.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Param> {
        self.keys.iter().flat_map(|group| group.iter()).find(|param| param.name == name)
    }
}

const fn must(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: true }
}

const fn may(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: false }
}

const fn command(name: &'static str, places: &'static [Param], keys: &'static [&'static [Param]]) -> Spec {
    Spec { name, places, keys }
}

use Kind::{Bytes, Choice, Duration, Flag, Moment, Seconds, Signed, Text, TextList, Unsigned};

/// The members of FileStoreConfig and what else belongs to an opening.
const FILE: &[Param] = &[
    may("block_size", Unsigned),
    may("cache_expire", Duration),
    may("subject_state_expire", Duration),
    may("sync_interval", Duration),
    may("sync_always", Flag),
    may("async_flush", Flag),
    may("cipher", Choice(&["none", "chacha", "aes"])),
    may("compression", Choice(&["none", "s2"])),
    may("key", Text),
    may("key_prefix", Text),
    may("no_key", Flag),
    may("old_key", Text),
    may("old_key_prefix", Text),
    may("no_old_key", Flag),
    may("created", Moment),
    may("dir", Text),
    may("defaults", Flag),
];

/// The members of StreamConfig that the store reads or keeps.
pub const STREAM: &[Param] = &[
    may("name", Text),
    may("description", Text),
    may("subjects", TextList),
    may("retention", Choice(&["limits", "interest", "workqueue"])),
    may("max_consumers", Signed),
    may("max_msgs", Signed),
    may("max_bytes", Signed),
    may("max_age", Duration),
    may("max_msgs_per_subject", Signed),
    may("max_msg_size", Signed),
    may("discard", Choice(&["old", "new"])),
    may("discard_new_per_subject", Flag),
    may("storage", Choice(&["file", "memory"])),
    may("num_replicas", Signed),
    may("no_ack", Flag),
    may("duplicate_window", Duration),
    may("first_seq", Unsigned),
    may("allow_direct", Flag),
    may("mirror_direct", Flag),
    may("sealed", Flag),
    may("deny_delete", Flag),
    may("deny_purge", Flag),
    may("allow_rollup_hdrs", Flag),
    may("allow_msg_ttl", Flag),
    may("subject_delete_marker_ttl", Duration),
    may("allow_msg_counter", Flag),
    may("allow_atomic", Flag),
    may("allow_batched", Flag),
    may("allow_msg_schedules", Flag),
    may("persist_mode", Choice(&["default", "async"])),
    may("stream_compression", Choice(&["none", "s2"])),
];

/// The members of ConsumerConfig that the store reads or keeps.
const CONSUMER: &[Param] = &[
    may("durable_name", Text),
    may("description", Text),
    may("deliver_policy", Choice(&["all", "last", "new", "by_start_sequence", "by_start_time", "last_per_subject"])),
    may("opt_start_seq", Unsigned),
    may("ack_policy", Choice(&["none", "all", "explicit"])),
    may("ack_wait", Duration),
    may("max_deliver", Signed),
    may("filter_subject", Text),
    may("filter_subjects", TextList),
    may("replay_policy", Choice(&["instant", "original"])),
    may("max_waiting", Signed),
    may("max_ack_pending", Signed),
    may("headers_only", Flag),
    may("deliver_subject", Text),
    may("inactive_threshold", Duration),
    may("num_replicas", Signed),
    may("mem_storage", Flag),
    may("direct", Flag),
];

const CONSUMER_STATE: &[Param] =
    &[may("delivered", Text), may("ack_floor", Text), may("pending", TextList), may("redelivered", TextList)];

const PAYLOAD: &[Param] = &[may("size", Unsigned), may("fill", Text), may("seed", Unsigned)];
const HEADER: &[Param] = &[may("hdr", Bytes), may("header", TextList)];
const CIPHERS: &[&str] = &["chacha", "aes", "none"];

/// Every command.
pub const COMMANDS: &[Spec] = &[
    // Lifecycle.
    command("open", &[], &[FILE, STREAM]),
    command("restart", &[], &[FILE, STREAM]),
    command("stop", &[], &[]),
    command("crash", &[], &[]),
    command("delete", &[], &[&[may("inline", Flag)]]),
    command("update-config", &[], &[STREAM]),
    // Time.
    command("advance", &[must("by", Duration)], &[]),
    command("settle", &[], &[]),
    command("now", &[], &[]),
    // Messages.
    command("store", &[must("subject", Text), may("payload", Bytes)], &[PAYLOAD, HEADER, &[may("ttl", Seconds)]]),
    command(
        "store-raw",
        &[must("subject", Text), may("payload", Bytes)],
        &[
            PAYLOAD,
            HEADER,
            &[must("seq", Unsigned), must("ts", Moment), may("ttl", Seconds), may("discard_new_check", Flag)],
        ],
    ),
    command("skip", &[must("seq", Unsigned)], &[]),
    command("skip-no-interest", &[must("seq", Unsigned)], &[]),
    command("skip-msgs", &[must("seq", Unsigned), must("num", Unsigned)], &[]),
    command("flush", &[], &[]),
    command("load", &[must("seq", Unsigned)], &[]),
    command("load-next", &[must("filter", Text)], &[&[may("start", Unsigned), may("wc", Flag)]]),
    command("load-prev", &[must("filter", Text)], &[&[may("start", Unsigned), may("wc", Flag)]]),
    command("load-next-multi", &[may("filters", TextList)], &[&[may("start", Unsigned)]]),
    command("load-prev-multi", &[may("filters", TextList)], &[&[may("start", Unsigned)]]),
    command("load-last", &[must("subject", Text)], &[]),
    command("remove", &[must("seq", Unsigned)], &[]),
    command("erase", &[must("seq", Unsigned)], &[]),
    command("purge", &[], &[]),
    command("purge-ex", &[must("subject", Text)], &[&[may("seq", Unsigned), may("keep", Unsigned)]]),
    command("compact", &[must("seq", Unsigned)], &[]),
    command("truncate", &[must("seq", Unsigned)], &[]),
    command("seq-from-time", &[must("time", Moment)], &[]),
    // Queries.
    command("state", &[], &[]),
    command("fast-state", &[], &[]),
    command("filtered-state", &[must("subject", Text)], &[&[may("seq", Unsigned)]]),
    command("subjects-state", &[must("filter", Text)], &[]),
    command("subjects-totals", &[must("filter", Text)], &[]),
    command("all-last-seqs", &[], &[]),
    command(
        "multi-last-seqs",
        &[must("filters", TextList)],
        &[&[may("max_seq", Unsigned), may("max_allowed", Signed)]],
    ),
    command(
        "multi-last-msgs",
        &[must("filters", TextList)],
        &[&[
            may("min_seq", Unsigned),
            may("max_seq", Unsigned),
            may("max_allowed", Signed),
            may("stop_after", Unsigned),
        ]],
    ),
    command("subject-for-seq", &[must("seq", Unsigned)], &[]),
    command("num-pending", &[must("filter", Text)], &[&[may("seq", Unsigned), may("last_per_subject", Flag)]]),
    command(
        "num-pending-multi",
        &[may("filters", TextList)],
        &[&[may("seq", Unsigned), may("last_per_subject", Flag)]],
    ),
    command("utilization", &[], &[]),
    command("type", &[], &[]),
    command("encoded-state", &[], &[&[may("failed", Unsigned), may("save", Text)]]),
    command("sync-deleted", &[may("deleted", TextList)], &[&[may("saved", Text)]]),
    command("reset-state", &[], &[]),
    command("inspect", &[may("members", TextList)], &[]),
    command("register", &[must("callback", Choice(&["updates", "removes", "process"]))], &[]),
    // Snapshots.
    command(
        "snapshot",
        &[],
        &[&[may("deadline", Duration), may("consumers", Flag), may("check", Flag), may("save", Text)]],
    ),
    command("restore", &[must("name", Text)], &[&[may("dir", Text)]]),
    // Consumers.
    command("consumer open", &[], &[CONSUMER, &[may("created", Moment)]]),
    command("consumer set-starting", &[must("seq", Unsigned)], &[]),
    command("consumer update-starting", &[must("seq", Unsigned)], &[]),
    command("consumer reset", &[must("seq", Unsigned)], &[]),
    command("consumer has-state", &[], &[]),
    command(
        "consumer delivered",
        &[must("dseq", Unsigned), must("sseq", Unsigned), must("dc", Unsigned)],
        &[&[may("ts", Moment)]],
    ),
    command("consumer acks", &[must("dseq", Unsigned), must("sseq", Unsigned)], &[]),
    command("consumer remove-redelivered-below", &[must("seq", Unsigned)], &[]),
    command("consumer update-config", &[], &[CONSUMER]),
    command("consumer update", &[], &[CONSUMER_STATE]),
    command("consumer force-update", &[], &[CONSUMER_STATE]),
    command("consumer state", &[], &[]),
    command("consumer borrow-state", &[], &[]),
    command("consumer encoded-state", &[], &[&[may("save", Text)]]),
    command("consumer type", &[], &[]),
    command("consumer stop", &[], &[]),
    command("consumer delete", &[], &[]),
    command("consumer stream-delete", &[], &[]),
    command("consumer add", &[], &[]),
    command("consumer remove", &[], &[]),
    // Pure functions.
    command("cipher-string", &[must("cipher", Unsigned)], &[]),
    command("compression-string", &[must("compression", Unsigned)], &[]),
    command("compression-marshal-json", &[must("compression", Unsigned)], &[]),
    command("compression-unmarshal-json", &[must("json", Text)], &[]),
    command(
        "dyn-blk-size",
        &[],
        &[&[
            may("retention", Choice(&["limits", "interest", "workqueue"])),
            may("max_bytes", Signed),
            may("encrypted", Flag),
        ]],
    ),
    command("file-store-msg-size", &[must("subject", Text), may("payload", Bytes)], &[PAYLOAD, HEADER]),
    command("file-store-msg-size-raw", &[must("slen", Signed), must("hlen", Signed), must("mlen", Signed)], &[]),
    command("subjects-equal", &[must("a", Text), must("b", Text)], &[]),
    command("subjects-all", &[must("a", Text), must("b", Text)], &[]),
    command("timestamp-normalized", &[must("ts", Moment)], &[]),
    command("check-consumer-header", &[must("bytes", Bytes)], &[]),
    command("decode-consumer-state", &[must("bytes", Bytes)], &[]),
    command("decode-stream-state", &[must("bytes", Bytes)], &[]),
    command("decode-sequence-set", &[must("bytes", Bytes)], &[]),
    command("decode-hash-wheel", &[must("bytes", Bytes)], &[]),
    command("decode-msg-scheduling", &[must("bytes", Bytes)], &[]),
    command("unmarshal-metadata", &[must("bytes", Bytes)], &[]),
    command("decompress", &[must("compression", Unsigned), must("bytes", Bytes)], &[]),
    command("gen-encryption-key", &[must("cipher", Choice(CIPHERS)), must("seed", Bytes)], &[]),
    command(
        "gen-block-encryption-key",
        &[must("cipher", Choice(CIPHERS)), must("seed", Bytes), must("nonce", Bytes)],
        &[],
    ),
    command("write-file-with-sync", &[must("path", Text), may("payload", Bytes)], &[PAYLOAD]),
    command("write-atomically", &[must("path", Text), may("payload", Bytes)], &[PAYLOAD, &[may("sync", Flag)]]),
    // Files, by the harness.
    command("ls", &[may("glob", Text)], &[]),
    command("dump", &[must("file", Text)], &[]),
    command("bytes", &[must("file", Text)], &[]),
    command("bytes-saved", &[must("name", Text)], &[]),
    command("save-bytes", &[must("name", Text), must("bytes", Bytes)], &[]),
    command("truncate-file", &[must("file", Text), must("size", Signed)], &[]),
    command("flip", &[must("file", Text)], &[&[must("offset", Signed), may("bit", Unsigned)]]),
    command("rm", &[must("glob", Text)], &[]),
    command("cp", &[must("from", Text), must("to", Text)], &[]),
    command("mv", &[must("from", Text), must("to", Text)], &[]),
    command("write", &[must("file", Text), may("payload", Bytes)], &[PAYLOAD, &[may("offset", Signed)]]),
    command("mkdir", &[must("dir", Text)], &[]),
    command("link", &[must("target", Text), must("file", Text)], &[]),
    command("chmod", &[must("mode", Text), must("file", Text)], &[]),
    command("save-dir", &[must("name", Text)], &[]),
    command("restore-dir", &[must("name", Text)], &[]),
];

/// The command called `name`.
#[must_use]
pub fn command_named(name: &str) -> Option<&'static Spec> {
    COMMANDS.iter().find(|spec| spec.name == name)
}

/// The member of `names` that `word` is most likely a slip of, when one is near.
#[must_use]
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (distance(word, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The number of single-character edits between `a` and `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        let mut next = vec![before];
        for (right, above) in b.iter().zip(row.iter().skip(1)) {
            let change = diagonal + usize::from(left != *right);
            before = change.min(before + 1).min(above + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
