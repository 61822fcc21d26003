//! The configuration of a store: where and how its files lie ([`FileStoreConfig`]), what the stream may hold
//! ([`StreamConfig`]) and what a consumer is ([`ConsumerConfig`]).
//!
//! The stream's and the consumer's configuration are kept for one reason besides their limits: they are written to
//! `meta.inf` as Go writes them, byte for byte, so every member has Go's JSON name, order and rule of omission. Nothing
//! here checks limits against each other; the upper layers of a server do that before a store sees them.
//!
//! Carries 964 (`dynBlkSize`).

mod consumer;
mod json;
mod stream;

use std::path::PathBuf;

pub use consumer::{AckPolicy, ConsumerConfig, DeliverPolicy, PriorityPolicy, ReplayPolicy};
pub use stream::{
    ConsumerLimits, Discard, ExternalStream, PersistMode, Placement, Republish, Retention, SourceConsumer, Storage,
    StreamConfig, StreamSource, SubjectTransform,
};

pub(crate) use json::{go_json, go_time};

use super::error::StoreError;
use crate::format::cipher::StoreCipher;
use crate::format::compress::StoreCompression;

/// The largest block (Go: `FileStoreMaxBlkSize`, `maxBlockSize`).
pub(crate) const MAX_BLOCK_SIZE: u64 = 8 * 1024 * 1024;
/// The block of a stream without a byte limit that is not a log (Go: `defaultMediumBlockSize`).
const MEDIUM_BLOCK_SIZE: u64 = 4 * 1024 * 1024;
/// The smallest block that is chosen for a byte limit (Go: `FileStoreMinBlkSize`).
const MIN_BLOCK_SIZE: u64 = 32 * 1000;
/// The largest block that is chosen for an encrypted stream (Go: `maximumEncryptedBlockSize`).
const MAX_ENCRYPTED_BLOCK_SIZE: u64 = 2 * 1024 * 1024;

const SECOND_NS: i64 = 1_000_000_000;
const DEFAULT_CACHE_EXPIRE_NS: i64 = 10 * SECOND_NS;
const DEFAULT_SUBJECT_STATE_EXPIRE_NS: i64 = 120 * SECOND_NS;
const DEFAULT_SYNC_INTERVAL_NS: i64 = 120 * SECOND_NS;

/// Where and how the files of a store lie (Go: `FileStoreConfig`). A zero stands for the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStoreConfig {
    /// The directory of the store.
    pub store_dir: PathBuf,
    /// The size at which a block is full.
    pub block_size: u64,
    /// How long an idle block keeps its cache.
    pub cache_expire_ns: i64,
    /// How long an idle block keeps its subjects.
    pub subject_state_expire_ns: i64,
    /// How often the files are synced in the background.
    pub sync_interval_ns: i64,
    /// Sync after every write.
    pub sync_always: bool,
    /// Gather writes and flush them in the background.
    pub async_flush: bool,
    /// The cipher, when the store is opened with a key.
    pub cipher: StoreCipher,
    /// The compression of blocks that are full.
    pub compression: StoreCompression,
}

impl FileStoreConfig {
    /// The defaults for a store in `store_dir`, without cipher and compression.
    pub fn new(store_dir: impl Into<PathBuf>) -> Self {
        Self {
            store_dir: store_dir.into(),
            block_size: 0,
            cache_expire_ns: 0,
            subject_state_expire_ns: 0,
            sync_interval_ns: 0,
            sync_always: false,
            async_flush: false,
            cipher: StoreCipher::NoCipher,
            compression: StoreCompression::None,
        }
    }

    /// The configuration with every default filled in for this stream, or why it is refused.
    pub(crate) fn completed(mut self, stream: &StreamConfig, encrypted: bool) -> Result<Self, StoreError> {
        if self.block_size == 0 {
            self.block_size = dyn_blk_size(stream.retention, stream.max_bytes, encrypted);
        }
        if self.block_size > MAX_BLOCK_SIZE {
            return Err(StoreError::BlockSizeTooBig(self.block_size));
        }
        let or_default = |value: i64, default| if value == 0 { default } else { value };
        self.cache_expire_ns = or_default(self.cache_expire_ns, DEFAULT_CACHE_EXPIRE_NS);
        self.subject_state_expire_ns = or_default(self.subject_state_expire_ns, DEFAULT_SUBJECT_STATE_EXPIRE_NS);
        self.sync_interval_ns = or_default(self.sync_interval_ns, DEFAULT_SYNC_INTERVAL_NS);
        Ok(self)
    }
}

/// The block size of a stream that configures none (Go: `dynBlkSize`, 964). A byte limit gives either the smallest or
/// the largest block or the medium one, whatever lies between.
pub fn dyn_blk_size(retention: Retention, max_bytes: i64, encrypted: bool) -> u64 {
    match u64::try_from(max_bytes) {
        Ok(max_bytes) if max_bytes > 0 => {
            let quarter = (max_bytes / 4 + 1).next_multiple_of(100);
            let size = if quarter <= MIN_BLOCK_SIZE {
                MIN_BLOCK_SIZE
            } else if quarter >= MAX_BLOCK_SIZE {
                MAX_BLOCK_SIZE
            } else {
                MEDIUM_BLOCK_SIZE
            };
            if encrypted { size.min(MAX_ENCRYPTED_BLOCK_SIZE) } else { size }
        }
        _ if encrypted => MAX_ENCRYPTED_BLOCK_SIZE,
        _ if retention == Retention::Limits => MAX_BLOCK_SIZE,
        _ => MEDIUM_BLOCK_SIZE,
    }
}
