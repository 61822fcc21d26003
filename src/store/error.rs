//! The one error of the store: every way in which an operation can be refused.
//!
//! Where Go has an error value, the variant has its name and meaning; an I/O failure carries its path. The
//! error is cloned because a failed write stays with the store (and with the block that failed) and is given
//! again to every later write: see `Store::set_write_error`.

use crate::env::{EntropyError, FsError};
use crate::format::DecodeError;
use crate::format::snapshot::ArchiveError;

/// Why a store operation failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store is closed (Go: `ErrStoreClosed`).
    #[error("store is closed")]
    Closed,
    /// The sequence lies after the last one (Go: `ErrStoreEOF`).
    #[error("end of the stream")]
    Eof,
    /// No such message (Go: `ErrStoreMsgNotFound`).
    #[error("no message found")]
    MsgNotFound,
    /// The message was removed (Go: `errDeletedMsg`).
    #[error("message was deleted")]
    DeletedMsg,
    /// The message limit is reached and new messages are discarded (Go: `ErrMaxMsgs`).
    #[error("maximum number of messages reached")]
    MaxMsgs,
    /// The byte limit is reached and new messages are discarded (Go: `ErrMaxBytes`).
    #[error("maximum number of bytes reached")]
    MaxBytes,
    /// The limit of the subject is reached and new messages are discarded (Go: `ErrMaxMsgsPerSubject`).
    #[error("maximum number of messages of the subject reached")]
    MaxMsgsPerSubject,
    /// The record would be larger than a block may hold (Go: `ErrMsgTooLarge`).
    #[error("message is too large")]
    MsgTooLarge,
    /// The sequence given is not the next one (Go: `ErrSequenceMismatch`).
    #[error("sequence is not the one expected")]
    SequenceMismatch,
    /// The store is of another storage type (Go: `ErrStoreWrongType`).
    #[error("wrong storage type")]
    WrongType,
    /// More results than the caller allowed (Go: `ErrTooManyResults`).
    #[error("too many results")]
    TooManyResults,
    /// A consumer state older than the one kept (Go: `ErrStoreOldUpdate`).
    #[error("older than the state kept")]
    OldUpdate,
    /// A consumer that does not acknowledge was asked for what only acknowledgements give (Go: `ErrNoAckPolicy`).
    #[error("consumer has no ack policy")]
    NoAckPolicy,
    /// An encrypted directory was opened without a key (Go: `errNoMainKey`).
    #[error("encrypted store opened without its key")]
    NoMainKey,
    /// Keys were asked of a store without encryption (Go: `errNoEncryption`).
    #[error("store is not encrypted")]
    NoEncryption,
    /// A key file is too short (Go: `errBadKeySize`).
    #[error("key file is too short")]
    BadKeySize,
    /// No key at hand opens the key file (Go: `errKeyInvalid`).
    #[error("no key opens the key file")]
    KeyInvalid,
    /// The cipher is none of those known (Go: `errUnknownCipher`).
    #[error("unknown cipher")]
    UnknownCipher,
    /// Sealed bytes do not open with the key: a wrong key or damaged bytes.
    #[error("{what}: does not open with this key")]
    Unsealable {
        /// The file or field that was being opened.
        what: &'static str,
    },
    /// A state file or an index does not hold together (Go: `errCorruptState`).
    #[error("corrupt state")]
    CorruptState,
    /// The state file is older than the blocks (Go: `errPriorState`).
    #[error("state file is older than the blocks")]
    PriorState,
    /// A record in a block is damaged (Go: `errBadMsg`).
    #[error("damaged record in block {block}: {why}")]
    BadMsg {
        /// The index of the block.
        block: u32,
        /// What is wrong with the record.
        why: &'static str,
    },
    /// A block does not hold together, found while it was rewritten.
    #[error("block {block} does not hold together: {why}")]
    BadBlock {
        /// The index of the block.
        block: u32,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The index of a block leads to another message than the one asked for.
    #[error("block index leads to sequence {found} instead of {expected}")]
    CacheMismatch {
        /// The sequence asked for.
        expected: u64,
        /// The sequence of the record found.
        found: u64,
    },
    /// The block has no cache to look in (Go: `errNoCache`).
    #[error("no cache of the block")]
    NoCache,
    /// The cache does not reach to the sequence (Go: `errPartialCache`).
    #[error("cache of the block is partial")]
    PartialCache,
    /// The block still has bytes to write (Go: `errPendingData`).
    #[error("block has unwritten data")]
    PendingData,
    /// The file of a block is gone (Go: `errNoBlkData`).
    #[error("file of the block is missing")]
    NoBlockData,
    /// There is no block to act on (Go: `errNoMsgBlk`).
    #[error("no message block")]
    NoMsgBlock,
    /// The file of a new block cannot be made. Even where a directory is missing that stops later writes.
    #[error("block cannot begin: {0}")]
    NoNewBlock(FsError),
    /// The file of the block that is written to cannot be opened, because the block was removed (Go: `enableForWriting`).
    #[error("the file of a block cannot be opened: {0}")]
    BlockGone(FsError),
    /// The last block was to go and no other could begin in its place; why is lost, as in Go.
    #[error("last block missing")]
    LastBlockMissing,
    /// The block is larger than its index can say (Go: `errMsgBlkTooBig`).
    #[error("message block is too big")]
    MsgBlockTooBig,
    /// What was recovered could not be brought under the limits of the configuration. Go loses the error: it panics.
    #[error("limits could not be enforced while opening: {0}")]
    Enforcement(Box<StoreError>),
    /// More sequences are deleted than can be listed. Go makes the list all the same: it panics, or runs out of memory.
    #[error("{0} deleted sequences are too many to list")]
    TooManyDeleted(u64),
    /// What was sealed is shorter than a nonce. Go slices behind its end: it panics.
    #[error("shorter than a nonce: {0}")]
    NonceCut(&'static str),
    /// The index of the last block in `index.db` does not end. Go reads the checksum before the start of the file: it panics.
    #[error("index of the last block does not end")]
    EndlessLastBlock,
    /// The directory of the blocks cannot be read (Go: `errNotReadable`).
    #[error("storage directory is not readable")]
    NotReadable,
    /// The state is too big for a write that nobody forced (Go: `errStateTooBig`).
    #[error("state is too big for an optional write")]
    StateTooBig,
    /// The stream, or the consumer, has no name.
    #[error("name required")]
    NameRequired,
    /// The configuration asks for another storage than files.
    #[error("file storage required")]
    NotFileStorage,
    /// The configured block size is above the largest allowed, 8 MiB.
    #[error("block size {0} is above the maximum of 8 MiB")]
    BlockSizeTooBig(u64),
    /// The interval between syncs is negative, or too short to be halved. Go panics.
    #[error("sync interval is too short")]
    SyncIntervalTooShort,
    /// The storage directory is a file, or something else.
    #[error("storage directory is not a directory")]
    NotADirectory,
    /// The storage directory refuses new files.
    #[error("storage directory is not writable")]
    NotWritable,
    /// A configuration change that the store refuses.
    #[error("configuration change refused: {0}")]
    ConfigChange(&'static str),
    /// The consumer's configuration is missing or has no name.
    #[error("bad consumer configuration")]
    BadConsumerConfig,
    /// A consumer state that cannot have come about.
    #[error("bad consumer state: {0}")]
    BadConsumerState(&'static str),
    /// The check before a snapshot could not be made.
    #[error("snapshot check failed: {0}")]
    SnapshotCheck(Box<StoreError>),
    /// The check before a snapshot found that messages are lost.
    #[error("snapshot check: {0} messages are lost")]
    SnapshotLost(usize),
    /// The archive of a snapshot cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A snapshot holds what is no file, or lies outside of the directory.
    #[error("unexpected entry of a snapshot: {0}")]
    ArchiveEntry(String),
    /// An operation panicked while it held the store; nobody may use it before it is opened anew.
    #[error("an operation on the store panicked")]
    Poisoned,
    /// The thread that flushes, syncs and expires could not be started.
    #[error("no background thread: {0}")]
    NoThread(String),
    /// The random source refused.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Bytes that a decoder refused.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The file system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl StoreError {
    /// Whether the failure came from reading and so must not stop later writes (Go: `isReadErr`).
    pub(crate) fn is_read_error(&self) -> bool {
        matches!(
            self,
            Self::NoCache
                | Self::DeletedMsg
                | Self::PartialCache
                | Self::CorruptState
                | Self::PriorState
                | Self::MsgBlockTooBig
                | Self::BadMsg { .. }
        )
    }
}
