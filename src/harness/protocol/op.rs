//! The operations: every request that an adapter can get, in the order of `docs/protocol.md`.
//!
//! One table gives the variant, the name on the wire, the capability that an adapter declares to answer it, and the kind
//! of result; everything that must agree about an operation is written in one place. Arguments keep Go's order and terms
//! (`StreamStore` and `ConsumerStore` of server/store.go). An argument of type `Option` may be absent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::{ConsumerConfigMsg, FileConfig, KeyConfig, StreamConfigMsg};
use super::output::{ConsumerStateMsg, OutputKind};
use super::value::{Bytes, Int, Time, Uint};

/// A group of operations that a port has or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// The session itself; every adapter has it and none declares it.
    Session,
    /// Opening a store and the operations of `StreamStore`.
    Stream,
    /// `Snapshot`, and unpacking one.
    Snapshot,
    /// The operations of `ConsumerStore`.
    Consumer,
    /// Pure functions, which need no store.
    Pure,
    /// What the store knows inside.
    Inspect,
}

impl Capability {
    /// The capabilities that an adapter may declare.
    pub const DECLARED: [Self; 5] = [Self::Stream, Self::Snapshot, Self::Consumer, Self::Pure, Self::Inspect];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Stream => "stream",
            Self::Snapshot => "snapshot",
            Self::Consumer => "consumer",
            Self::Pure => "pure",
            Self::Inspect => "inspect",
        }
    }
}

macro_rules! ops {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident $name:literal $capability:ident $kind:ident
        { $($(#[serde($($attribute:tt)*)])* $field:ident: $type:ty),* $(,)? }
    )*) => {
        /// An operation with its arguments.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "op")]
        #[expect(clippy::large_enum_variant, reason = "operations are handled one at a time")]
        #[expect(missing_docs, reason = "the fields are the arguments, which carry Go's names; docs/protocol.md lists them")]
        pub enum Op {
            $(
                $(#[doc = $doc])+
                #[serde(rename = $name)]
                $variant { $($(#[serde($($attribute)*)])* $field: $type),* },
            )*
        }

        impl Op {
            /// The names of all operations, in the order of the document.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name on the wire.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }

            /// The capability that a port declares to answer it.
            pub const fn capability(&self) -> Capability {
                match self { $(Self::$variant { .. } => Capability::$capability,)* }
            }

            /// What a result of it looks like.
            pub const fn output_kind(&self) -> OutputKind {
                match self { $(Self::$variant { .. } => OutputKind::$kind,)* }
            }
        }
    };
}

ops! {
    /// Opens the session; the adapter says who it is and what it can do.
    Start "start" Session Started { version: u32 }
    /// A new case begins; `now` is its first instant.
    Begin "begin" Session Now { case: String }
    /// Time passes, and everything that comes due has run.
    Advance "advance" Session Now { ns: Int }
    /// Waits until no background work is runnable.
    Settle "settle" Session Nothing {}
    /// The port's clock.
    Now "now" Session Now {}
    /// The case is over: every store and consumer is dropped.
    End "end" Session Nothing {}
    /// What no port has: it is answered `unsupported`, like every name that an adapter does not know.
    NoSuchOperation "no_such_operation" Session Nothing {}

    /// Opens or creates the store in `dir`.
    Open "open" Stream Nothing {
        dir: String,
        file: FileConfig,
        stream: StreamConfigMsg,
        #[serde(default, skip_serializing_if = "Time::is_zero")]
        created: Time,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<KeyConfig>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old_key: Option<KeyConfig>,
    }
    /// Stops the store.
    Stop "stop" Stream Nothing {}
    /// A crash: the store object is never used again, and nothing more is asked of the old directory.
    Abandon "abandon" Stream Nothing {}
    /// Deletes the store and its directory.
    Delete "delete" Stream Nothing { inline: bool }
    /// Changes the stream's configuration.
    UpdateConfig "update_config" Stream Nothing { stream: StreamConfigMsg }

    /// Stores a message at the next sequence.
    StoreMsg "store_msg" Stream Stored {
        subject: String,
        #[serde(default, skip_serializing_if = "Bytes::is_empty")]
        hdr: Bytes,
        #[serde(default, skip_serializing_if = "Bytes::is_empty")]
        msg: Bytes,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl: Option<Int>,
    }
    /// Stores a message at a given sequence and time, as a replica does.
    StoreRawMsg "store_raw_msg" Stream Nothing {
        subject: String,
        #[serde(default, skip_serializing_if = "Bytes::is_empty")]
        hdr: Bytes,
        #[serde(default, skip_serializing_if = "Bytes::is_empty")]
        msg: Bytes,
        seq: Uint,
        ts: Int,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl: Option<Int>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        discard_new_check: Option<bool>,
    }
    /// Skips one sequence.
    SkipMsg "skip_msg" Stream Seq { seq: Uint }
    /// Skips one sequence that no consumer is interested in.
    SkipMsgNoInterest "skip_msg_no_interest" Stream Seq { seq: Uint }
    /// Skips `num` sequences from `seq` on.
    SkipMsgs "skip_msgs" Stream Nothing { seq: Uint, num: Uint }
    /// Writes everything that is pending.
    FlushAllPending "flush_all_pending" Stream Nothing {}
    /// The message at a sequence.
    LoadMsg "load_msg" Stream Message { seq: Uint }
    /// The next message at or after `start` that matches.
    LoadNextMsg "load_next_msg" Stream Found { filter: String, wc: bool, start: Uint }
    /// The previous message at or before `start` that matches.
    LoadPrevMsg "load_prev_msg" Stream Found { filter: String, wc: bool, start: Uint }
    /// The next message that matches one of the filters; absent filters are Go's nil sublist.
    LoadNextMsgMulti "load_next_msg_multi" Stream Found {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filters: Option<Vec<String>>,
        start: Uint,
    }
    /// The previous message that matches one of the filters; absent filters are Go's nil sublist.
    LoadPrevMsgMulti "load_prev_msg_multi" Stream Found {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filters: Option<Vec<String>>,
        start: Uint,
    }
    /// The last message of a subject.
    LoadLastMsg "load_last_msg" Stream Message { subject: String }
    /// Removes a message.
    RemoveMsg "remove_msg" Stream Removed { seq: Uint }
    /// Removes a message and overwrites its bytes.
    EraseMsg "erase_msg" Stream Removed { seq: Uint }
    /// Removes all messages.
    Purge "purge" Stream Purged {}
    /// Removes the messages of a subject, up to a sequence or keeping the last ones.
    PurgeEx "purge_ex" Stream Purged { subject: String, seq: Uint, keep: Uint }
    /// Removes all messages below a sequence.
    Compact "compact" Stream Purged { seq: Uint }
    /// Removes all messages above a sequence.
    Truncate "truncate" Stream Nothing { seq: Uint }
    /// The first sequence at or after an instant.
    GetSeqFromTime "get_seq_from_time" Stream Seq { ts: Time }
    /// Count, first and last of the messages from `seq` on that match.
    FilteredState "filtered_state" Stream Filtered { seq: Uint, subject: String }
    /// Count, first and last for every subject that matches.
    SubjectsState "subjects_state" Stream SubjectsState { filter: String }
    /// The count of messages for every subject that matches.
    SubjectsTotals "subjects_totals" Stream SubjectsTotals { filter: String }
    /// The last sequence of every subject.
    AllLastSeqs "all_last_seqs" Stream Seqs {}
    /// The last sequences of the subjects that match, none above `max_seq` unless that is 0.
    MultiLastSeqs "multi_last_seqs" Stream Seqs { filters: Vec<String>, max_seq: Uint, max_allowed: Int }
    /// The last messages of the subjects that match; the callback stops after `stop_after` messages when given.
    MultiLastMsgs "multi_last_msgs" Stream LastMsgs {
        filters: Vec<String>,
        min_seq: Uint,
        max_seq: Uint,
        max_allowed: Int,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop_after: Option<Uint>,
    }
    /// The subject of a message.
    SubjectForSeq "subject_for_seq" Stream Subject { seq: Uint }
    /// How many messages a consumer has still to see.
    NumPending "num_pending" Stream Pending { seq: Uint, filter: String, last_per_subject: bool }
    /// The same for several filters; absent filters are Go's nil sublist.
    NumPendingMulti "num_pending_multi" Stream Pending {
        seq: Uint,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filters: Option<Vec<String>>,
        last_per_subject: bool,
    }
    /// The state of the stream.
    State "state" Stream State {}
    /// The state without deleted sequences and lost data.
    FastState "fast_state" Stream State {}
    /// The state as it is sent to replicas.
    EncodedStreamState "encoded_stream_state" Stream Encoded {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<Uint>,
    }
    /// Applies the deleted blocks of an encoded stream state.
    SyncDeleted "sync_deleted" Stream Nothing { state: Bytes }
    /// The type of storage.
    Type "type" Stream Type {}
    /// Bytes used on disk, and bytes reported.
    Utilization "utilization" Stream Utilization {}
    /// Resets what the store derives from its messages.
    ResetState "reset_state" Stream Nothing {}
    /// Storage updates are reported as events from now on.
    RegisterUpdates "register_updates" Stream Nothing {}
    /// Removals by the store are reported as events from now on.
    RegisterRemoves "register_removes" Stream Nothing {}
    /// Messages that the store wants processed are reported as events from now on.
    RegisterProcess "register_process" Stream Nothing {}

    /// A snapshot of the stream.
    Snapshot "snapshot" Snapshot Snapshot {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Int>,
        include_consumers: bool,
        check_msgs: bool,
    }
    /// Unpacks a snapshot into a directory.
    Restore "restore" Snapshot Nothing { dir: String, archive: Bytes }

    /// Opens or creates a consumer of the open stream.
    ConsumerOpen "consumer_open" Consumer Nothing {
        name: String,
        #[serde(default, skip_serializing_if = "Time::is_zero")]
        created: Time,
        config: ConsumerConfigMsg,
    }
    /// `SetStarting`.
    ConsumerSetStarting "consumer_set_starting" Consumer Nothing { consumer: String, seq: Uint }
    /// `UpdateStarting`.
    ConsumerUpdateStarting "consumer_update_starting" Consumer Nothing { consumer: String, seq: Uint }
    /// `Reset`.
    ConsumerReset "consumer_reset" Consumer Nothing { consumer: String, seq: Uint }
    /// `HasState`.
    ConsumerHasState "consumer_has_state" Consumer HasState { consumer: String }
    /// `UpdateDelivered`.
    ConsumerUpdateDelivered "consumer_update_delivered" Consumer Nothing {
        consumer: String, dseq: Uint, sseq: Uint, dc: Uint, ts: Int
    }
    /// `UpdateAcks`.
    ConsumerUpdateAcks "consumer_update_acks" Consumer Nothing { consumer: String, dseq: Uint, sseq: Uint }
    /// `RemoveRedeliveredBelow`.
    ConsumerRemoveRedeliveredBelow "consumer_remove_redelivered_below" Consumer Nothing { consumer: String, seq: Uint }
    /// `UpdateConfig` of a consumer.
    ConsumerUpdateConfig "consumer_update_config" Consumer Nothing { consumer: String, config: ConsumerConfigMsg }
    /// `Update`.
    ConsumerUpdate "consumer_update" Consumer Nothing { consumer: String, state: ConsumerStateMsg }
    /// `ForceUpdate`.
    ConsumerForceUpdate "consumer_force_update" Consumer Nothing { consumer: String, state: ConsumerStateMsg }
    /// `State` of a consumer.
    ConsumerState "consumer_state" Consumer ConsumerState { consumer: String }
    /// `BorrowState`, followed by the release of the state.
    ConsumerBorrowState "consumer_borrow_state" Consumer ConsumerState { consumer: String }
    /// `EncodedState`.
    ConsumerEncodedState "consumer_encoded_state" Consumer Encoded { consumer: String }
    /// `Type` of a consumer.
    ConsumerType "consumer_type" Consumer Type { consumer: String }
    /// `Stop` of a consumer.
    ConsumerStop "consumer_stop" Consumer Nothing { consumer: String }
    /// `Delete` of a consumer.
    ConsumerDelete "consumer_delete" Consumer Nothing { consumer: String }
    /// `StreamDelete`: the whole stream goes.
    ConsumerStreamDelete "consumer_stream_delete" Consumer Nothing { consumer: String }
    /// `AddConsumer` of the stream.
    AddConsumer "add_consumer" Consumer Nothing { consumer: String }
    /// `RemoveConsumer` of the stream.
    RemoveConsumer "remove_consumer" Consumer Nothing { consumer: String }

    /// The name of a cipher, by its number.
    CipherString "cipher_string" Pure Text { cipher: Uint }
    /// The name of a compression, by its number.
    CompressionString "compression_string" Pure Text { compression: Uint }
    /// The JSON of a compression, by its number.
    CompressionMarshalJson "compression_marshal_json" Pure Json { compression: Uint }
    /// The number of a compression, from the text of its JSON.
    CompressionUnmarshalJson "compression_unmarshal_json" Pure Compression { json: String }
    /// The block size that a configuration gets; the retention is its JSON name or its number.
    DynBlkSize "dyn_blk_size" Pure Size { retention: String, max_bytes: Int, encrypted: bool }
    /// The size of a stored message.
    FileStoreMsgSize "file_store_msg_size" Pure Size { subject: String, hdr: Bytes, msg: Bytes }
    /// The same, from the lengths.
    FileStoreMsgSizeRaw "file_store_msg_size_raw" Pure Size { slen: Int, hlen: Int, mlen: Int }
    /// Whether two subjects are the same.
    SubjectsEqual "subjects_equal" Pure Match { a: String, b: String }
    /// Whether any two subjects match, as a store without a filter asks.
    SubjectsAll "subjects_all" Pure Match { a: String, b: String }
    /// A time as the store keeps it.
    TimestampNormalized "timestamp_normalized" Pure Timestamp { ts: Time }
    /// The version in a consumer state's header.
    CheckConsumerHeader "check_consumer_header" Pure Version { bytes: Bytes }
    /// A consumer state from its bytes.
    DecodeConsumerState "decode_consumer_state" Pure ConsumerState { bytes: Bytes }
    /// A replicated stream state from its bytes.
    DecodeStreamState "decode_stream_state" Pure ReplicatedState { bytes: Bytes }
    /// A set of sequences from the beginning of some bytes.
    DecodeSequenceSet "decode_sequence_set" Pure SequenceSet { bytes: Bytes }
    /// The times to live of `thw.db` from its bytes.
    DecodeHashWheel "decode_hash_wheel" Pure HashWheel { bytes: Bytes }
    /// The schedules of `sched.db` from its bytes.
    DecodeMsgScheduling "decode_msg_scheduling" Pure MsgScheduling { bytes: Bytes }
    /// The head of a compressed block, if the bytes begin with one.
    UnmarshalMetadata "unmarshal_metadata" Pure BlockHead { bytes: Bytes }
    /// The content of a block without its head, decompressed.
    Decompress "decompress" Pure Decompressed { compression: Uint, bytes: Bytes }
    /// The AEAD of a cipher, shown by what it makes of 16 bytes 00..0f under a zero nonce.
    GenEncryptionKey "gen_encryption_key" Pure EncryptionKey { cipher: Uint, seed: Bytes }
    /// The first 64 bytes of the key stream of a block.
    GenBlockEncryptionKey "gen_block_encryption_key" Pure Keystream { cipher: Uint, seed: Bytes, nonce: Bytes }
    /// Writes a file and syncs it.
    WriteFileWithSync "write_file_with_sync" Pure Nothing { path: String, bytes: Bytes }
    /// Writes a file beside its place and renames it.
    WriteAtomically "write_atomically" Pure Nothing { path: String, bytes: Bytes, sync: bool }

    /// What the store knows inside.
    Inspect "inspect" Inspect Inspection {}
}
