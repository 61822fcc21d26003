//! The classes of errors: what is compared when a port refuses an operation, never the text beside it.
//!
//! The list may grow; a class that this version does not know is kept as it was written ([`ErrorClass::Unlisted`]) and
//! equals only itself.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One table for the variants, their names on the wire and their meanings.
macro_rules! classes {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal)*) => {
        /// What kind of error an operation ended with.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorClass {
            $($(#[doc = $doc])+ $variant,)*
            /// A class that this version of the protocol does not list, as it was written.
            Unlisted(String),
        }

        impl ErrorClass {
            /// The names of all listed classes, in the order of the document.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name on the wire.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unlisted(name) => name,
                }
            }

            /// The class with this name.
            pub fn from_name(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Unlisted(name.to_owned()),
                }
            }
        }
    };
}

classes! {
    /// The store is closed (`ErrStoreClosed`).
    Closed "closed"
    /// No message at or after the asked sequence (`ErrStoreEOF`).
    Eof "eof"
    /// No such message (`ErrStoreMsgNotFound`).
    MsgNotFound "msg_not_found"
    /// The message was removed (`errDeletedMsg`).
    DeletedMsg "deleted_msg"
    /// The limit of messages is reached and new ones are refused (`ErrMaxMsgs`).
    MaxMsgs "max_msgs"
    /// The limit of bytes is reached and new messages are refused (`ErrMaxBytes`).
    MaxBytes "max_bytes"
    /// The limit of messages for a subject is reached (`ErrMaxMsgsPerSubject`).
    MaxMsgsPerSubject "max_msgs_per_subject"
    /// The message, or its subject, is larger than a store takes (`ErrMsgTooLarge`).
    MsgTooLarge "msg_too_large"
    /// A message was to be stored at a sequence that is not the next one (`ErrSequenceMismatch`).
    SequenceMismatch "sequence_mismatch"
    /// The operation does not exist for this kind of store (`ErrStoreWrongType`).
    WrongType "wrong_type"
    /// Encrypted files, and no key to read them with (`errNoMainKey`).
    NoMainKey "no_main_key"
    /// A key file or key of a wrong size (`errBadKeySize`).
    BadKeySize "bad_key_size"
    /// No key at hand opens what is sealed: a wrong key, or damaged bytes (`errKeyInvalid`).
    BadKey "bad_key"
    /// Encryption was asked for where it is not configured (`errNoEncryption`).
    NoEncryption "no_encryption"
    /// A cipher that the store does not know (`errUnknownCipher`).
    UnknownCipher "unknown_cipher"
    /// A compression that the store does not know.
    UnknownCompression "unknown_compression"
    /// A state that cannot be decoded (`errCorruptState`).
    CorruptState "corrupt_state"
    /// A block or message that cannot be decoded (`errBadMsg` and the corruption of blocks).
    CorruptBlock "corrupt_block"
    /// A version of a format that the store does not know.
    BadVersion "bad_version"
    /// A cache that was filled only in part (`errPartialCache`).
    PartialLoad "partial_load"
    /// The block has data that is not written yet (`errPendingData`).
    PendingData "pending_data"
    /// The update is older than the state (`ErrStoreOldUpdate`).
    StateBehind "state_behind"
    /// A snapshot could not be made (`ErrStoreSnapshotInProgress` has a class of its own).
    SnapshotFailed "snapshot_failed"
    /// A snapshot is being made (`ErrStoreSnapshotInProgress`).
    SnapshotInProgress "snapshot_in_progress"
    /// More results than the caller allowed (`ErrTooManyResults`).
    TooManyResults "too_many_results"
    /// The block's cache is gone (`errNoCache`).
    NoCache "no_cache"
    /// A block beyond the largest size (`errMsgBlkTooBig`).
    MsgBlkTooBig "msg_blk_too_big"
    /// A sequence that the operation cannot take (`ErrInvalidSequence`).
    InvalidSequence "invalid_sequence"
    /// There is no such block.
    NoBlock "no_block"
    /// The configuration has no name.
    ConfigName "config_name"
    /// The configuration's storage is not files.
    ConfigStorage "config_storage"
    /// The block size is above the maximum.
    ConfigBlockSize "config_block_size"
    /// A change that `UpdateConfig` refuses.
    ConfigChange "config_change"
    /// The store directory is not a directory.
    NotADirectory "not_a_directory"
    /// The store directory cannot be written.
    NotWritable "not_writable"
    /// A consumer without a name.
    ConsumerName "consumer_name"
    /// A consumer of that name exists.
    ConsumerExists "consumer_exists"
    /// A consumer state that cannot have come about.
    BadConsumerState "bad_consumer_state"
    /// The consumer does not acknowledge (`ErrNoAckPolicy`).
    NoAckPolicy "no_ack_policy"
    /// The state is too big for a write that nobody forced (`errStateTooBig`).
    StateTooBig "state_too_big"
    /// There is nothing to write (`errNoPending`).
    NoPending "no_pending"
    /// A file that is not there.
    NotFound "not_found"
    /// The system refused the access.
    Permission "permission"
    /// Any other failure of the file system.
    Io "io"
    /// The request itself is wrong: a member is missing or malformed.
    InvalidArgument "invalid_argument"
    /// An operation before `open`.
    NoStore "no_store"
    /// An operation on a consumer that was not opened.
    NoConsumer "no_consumer"
    /// The port panicked and its adapter survived.
    Panic "panic"
    /// What the adapter cannot tell.
    Other "other"
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for ErrorClass {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ErrorClass {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer).map(|name| Self::from_name(&name))
    }
}

impl JsonSchema for ErrorClass {
    fn schema_name() -> Cow<'static, str> {
        "ErrorClass".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The class of an error. The list may grow.",
            "examples": Self::NAMES
        })
    }
}
