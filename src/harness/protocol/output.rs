//! The results: one variant of [`Output`] for each shape that a result has.
//!
//! On the wire a result is a plain object whose shape follows from the operation ([`OutputKind`]), so it is parsed with
//! the kind in hand and never guessed. Absent optional members are empty. Maps are ordered by key, for Go's are not.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{Bytes, Int, SeqList, Time, Uint};

/// How a port keeps time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Time passes only by `advance`.
    Virtual,
    /// Time passes by itself.
    Real,
}

/// Who answers, and what it can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// The adapter's name.
    pub adapter: String,
    /// The port's name.
    pub port: String,
    /// The port's version.
    pub port_version: String,
    /// The language of the port.
    pub language: String,
    /// How it keeps time.
    pub clock: Clock,
    /// The groups of operations that it answers, by [`super::Capability::name`].
    pub capabilities: Vec<String>,
    /// The settings that it can open a store in, `CIPHER/COMPRESSION`.
    pub settings: Vec<String>,
    /// Files and directories that the port is made of, where the command does not name them all; evidence has their hashes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub program: Vec<String>,
}

/// A message as it was loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoadedMsg {
    /// Its subject.
    pub subject: String,
    /// Its sequence.
    pub seq: Uint,
    /// Its time in Unix nanoseconds.
    pub ts: Int,
    /// Its headers.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    pub hdr: Bytes,
    /// Its payload.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    pub msg: Bytes,
}

/// Count, first and last of some messages (Go's `SimpleState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SimpleState {
    /// How many there are.
    pub msgs: Uint,
    /// The first sequence.
    pub first: Uint,
    /// The last sequence.
    pub last: Uint,
}

/// Messages that were lost (Go's `LostStreamData`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lost {
    /// Their sequences.
    #[serde(default)]
    pub msgs: SeqList,
    /// Their bytes.
    pub bytes: Uint,
}

/// The state of a stream (Go's `StreamState`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StateMsg {
    /// How many messages there are.
    pub msgs: Uint,
    /// Their size as stored.
    pub bytes: Uint,
    /// The first sequence.
    pub first_seq: Uint,
    /// The time of the first message.
    pub first_time: Time,
    /// The last sequence.
    pub last_seq: Uint,
    /// The time of the last message.
    pub last_time: Time,
    /// How many subjects there are.
    pub num_subjects: Uint,
    /// How many sequences are deleted between first and last.
    pub num_deleted: Uint,
    /// Which ones, in the answer to `state`.
    #[serde(default, skip_serializing_if = "SeqList::is_empty")]
    pub deleted: SeqList,
    /// What was lost, in the answer to `state`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
    /// How many consumers there are.
    pub consumers: Uint,
}

/// A message of `multi_last_msgs` and how many come after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingMsg {
    /// The message.
    pub msg: LoadedMsg,
    /// How many are still to come.
    pub pending: Uint,
}

/// A sequence of the consumer and one of the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SequencePair {
    /// The consumer's own sequence.
    pub consumer: Uint,
    /// The stream's sequence.
    pub stream: Uint,
}

/// A message that was delivered and not acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConsumerPending {
    /// The consumer's sequence of the delivery.
    pub sequence: Uint,
    /// The time of the delivery in Unix nanoseconds.
    pub ts: Int,
}

/// The state of a consumer (Go's `ConsumerState`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConsumerStateMsg {
    /// What was delivered last.
    pub delivered: SequencePair,
    /// Below which everything is acknowledged.
    pub ack_floor: SequencePair,
    /// What is pending, by the stream's sequence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pending: BTreeMap<Uint, ConsumerPending>,
    /// How often messages were redelivered, by the stream's sequence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redelivered: BTreeMap<Uint, Uint>,
}

/// What `gen_encryption_key` shows of an AEAD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EncryptionKey {
    /// The size of its nonce.
    pub nonce_size: Uint,
    /// How much longer the sealed bytes are.
    pub overhead: Uint,
    /// The bytes 00..0f sealed under a zero nonce.
    pub sealed: Bytes,
}

/// Some deleted sequences of a replicated state: a run, or a set with what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeletedMsg {
    /// The first sequence.
    pub first: Uint,
    /// The last sequence.
    pub last: Uint,
    /// How many there are.
    pub num: Uint,
    /// The sequences of a set; absent for a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seqs: Option<SeqList>,
}

/// A decoded replicated state (Go's `StreamReplicatedState`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplicatedStateMsg {
    /// How many messages there are.
    pub msgs: Uint,
    /// Their bytes.
    pub bytes: Uint,
    /// The first sequence.
    pub first_seq: Uint,
    /// The last sequence.
    pub last_seq: Uint,
    /// How many proposals failed.
    pub failed: Uint,
    /// The deleted sequences, in the order of the encoding.
    pub deleted: Vec<DeletedMsg>,
}

/// A sequence and its time, of `thw.db`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ExpiryMsg {
    /// The sequence.
    pub seq: Uint,
    /// When it expires, in Unix nanoseconds.
    pub ts: Int,
}

/// A subject and its schedule, of `sched.db`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleMsg {
    /// The subject, which need not be text in hostile bytes.
    pub subject: Bytes,
    /// The sequence of the message with the schedule.
    pub seq: Uint,
    /// When it fires, in Unix nanoseconds.
    pub ts: Int,
}

/// A snapshot that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotTaken {
    /// The archive: a tar stream, compressed with S2.
    pub archive: Bytes,
    /// What went wrong meanwhile, as texts.
    #[serde(default)]
    pub errors: Vec<String>,
}

/// What a store knows of one of its blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BlockInfo {
    /// The number in the file's name.
    pub index: Uint,
    /// Its first sequence.
    pub first_seq: Uint,
    /// The time of its first message.
    pub first_ts: Int,
    /// Its last sequence.
    pub last_seq: Uint,
    /// The time of its last message.
    pub last_ts: Int,
    /// How many messages it holds.
    pub msgs: Uint,
    /// Their bytes.
    pub bytes: Uint,
    /// The bytes of the block, removed messages included.
    pub rbytes: Uint,
    /// Its deleted sequences.
    #[serde(default)]
    pub deleted: SeqList,
    /// How many messages have a time to live.
    pub ttls: Uint,
    /// How many messages are schedules.
    pub schedules: Uint,
    /// Whether its bytes are in memory.
    pub cached: bool,
    /// Whether it is closed.
    pub closed: bool,
}

/// What a store knows inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspection {
    /// Its blocks, in order.
    pub blocks: Vec<BlockInfo>,
    /// What was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
    /// How many changes the state file has not seen.
    pub dirty: Uint,
    /// How often a cache was loaded.
    pub cache_loads: Uint,
    /// The bytes in caches.
    pub cache_size: Uint,
    /// The entries of all maps of deleted sequences.
    pub dmap_entries: Uint,
    /// How many blocks there are.
    pub num_msg_blocks: Uint,
}

/// One table for the shapes of results: `inline` lists the members, `object` names a struct that is the whole result.
macro_rules! outputs {
    (
        inline { $(
            $(#[doc = $doc:literal])+
            $variant:ident { $($(#[serde($($attribute:tt)*)])* $field:ident: $type:ty),* $(,)? }
        )* }
        object { $($(#[doc = $object_doc:literal])+ $object:ident($object_type:ty))* }
    ) => {
        /// The shape of a result.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum OutputKind {
            $($(#[doc = $doc])+ $variant,)*
            $($(#[doc = $object_doc])+ $object,)*
        }

        /// The result of an operation.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
        #[serde(untagged)]
        #[expect(missing_docs, reason = "the fields are the members of the result, which docs/protocol.md lists")]
        pub enum Output {
            $($(#[doc = $doc])+ $variant { $($(#[serde($($attribute)*)])* $field: $type),* },)*
            $($(#[doc = $object_doc])+ $object($object_type),)*
        }

        impl Output {
            /// Which shape this is.
            pub const fn kind(&self) -> OutputKind {
                match self {
                    $(Self::$variant { .. } => OutputKind::$variant,)*
                    $(Self::$object(_) => OutputKind::$object,)*
                }
            }

            /// The result of shape `kind` in the JSON text `json`.
            pub fn parse(kind: OutputKind, json: &str) -> Result<Self, serde_path_to_error::Error<serde_json::Error>> {
                match kind {
                    $(OutputKind::$variant => {
                        #[derive(Deserialize)]
                        struct Shape { $($(#[serde($($attribute)*)])* $field: $type),* }
                        let Shape { $($field),* } = parse_object(json)?;
                        Ok(Self::$variant { $($field),* })
                    })*
                    $(OutputKind::$object => parse_object(json).map(Self::$object),)*
                }
            }
        }
    };
}

outputs! {
    inline {
        /// The clock in Unix nanoseconds.
        Now { now: Int }
        /// A message was stored.
        Stored { seq: Uint, ts: Int }
        /// A sequence.
        Seq { seq: Uint }
        /// A message.
        Message { msg: LoadedMsg }
        /// A message that was searched for, and Go's second number (how many sequences were passed over).
        Found { msg: LoadedMsg, skip: Uint }
        /// Whether a message was removed.
        Removed { removed: bool }
        /// How many messages were purged.
        Purged { purged: Uint }
        /// Count, first and last by subject.
        SubjectsState { subjects: BTreeMap<String, SimpleState> }
        /// Counts by subject.
        SubjectsTotals { subjects: BTreeMap<String, Uint> }
        /// Sequences in the port's order.
        Seqs { seqs: Vec<Uint> }
        /// Last messages of subjects.
        LastMsgs { msgs: Vec<PendingMsg>, total: Uint, valid_through: Uint }
        /// A subject.
        Subject { subject: String }
        /// Pending messages, and up to which sequence that holds.
        Pending { total: Uint, valid_through: Uint }
        /// The state of the stream.
        State { state: StateMsg }
        /// A type of storage.
        Type { #[serde(rename = "type")] storage: String }
        /// Bytes used and bytes reported.
        Utilization { total: Uint, reported: Uint }
        /// Whether a consumer has a state.
        HasState { has_state: bool }
        /// The state of a consumer.
        ConsumerState { state: ConsumerStateMsg }
        /// An encoded state.
        Encoded { state: Bytes }
        /// A text.
        Text { text: String }
        /// The text of a piece of JSON.
        Json { json: String }
        /// The number of a compression.
        Compression { compression: Uint }
        /// A size in bytes.
        Size { size: Uint }
        /// Whether something matches.
        Match { #[serde(rename = "match")] matches: bool }
        /// A time.
        Timestamp { ts: Time }
        /// A version of a format.
        Version { version: Uint }
        /// A decoded replicated state.
        ReplicatedState { state: ReplicatedStateMsg }
        /// A decoded set: how many bytes it took, the size that it claims, and its members.
        SequenceSet { read: Uint, size: Uint, seqs: SeqList }
        /// Decoded times to live, by sequence and time, and the count that the wheel keeps.
        HashWheel { stamp: Uint, count: Uint, entries: Vec<ExpiryMsg> }
        /// Decoded schedules, by subject.
        MsgScheduling { stamp: Uint, entries: Vec<ScheduleMsg> }
        /// The head of a compressed block; `read` 0 where there is none.
        BlockHead { read: Uint, compression: Uint, size: Uint }
        /// Decompressed bytes.
        Decompressed { bytes: Bytes }
        /// The beginning of a key stream.
        Keystream { keystream: Bytes }
        /// Nothing to say but that it worked: an empty object.
        Nothing {}
    }
    object {
        /// The session is open.
        Started(Started)
        /// Count, first and last.
        Filtered(SimpleState)
        /// A snapshot.
        Snapshot(SnapshotTaken)
        /// An AEAD.
        EncryptionKey(EncryptionKey)
        /// What a store knows inside.
        Inspection(Inspection)
    }
}

/// Reads `json`, and on failure knows at which member it failed.
fn parse_object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, serde_path_to_error::Error<serde_json::Error>> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(json))
}
