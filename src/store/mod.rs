//! The reference file store: a file for each act, deterministic, told the time by its owner.
//!
//! [`Store`] has one owner and no threads. Every timer of the Go store is a deadline here: the owner asks for
//! [`Store::next_deadline`], moves the clock of its [`Env`](crate::env::Env) and calls [`Store::run_due`]. What Go hands to goroutines runs
//! at the end of the operation that started it. What Go reports through callbacks is queued as [`StoreEvent`]s.
//!
//! The order of blocks is the order of their indexes. `block/` alone changes the numbers of a block; the acts change the
//! numbers of the store. Nothing here names the file system, the clock or randomness except through `Env`.

mod append;
mod atomic;
mod background;
mod block;
mod block_list;
mod blocks;
mod check;
mod checkpoint;
mod compact;
mod config;
mod consumer;
mod ctx;
mod delete_markers;
mod error;
mod expire;
mod expire_recover;
mod keys;
mod last_seqs;
mod limits;
mod load;
mod meta;
mod open;
mod pending;
mod purge;
mod purge_ex;
mod query;
mod recover;
mod recover_state;
mod recover_timers;
mod remove;
mod replica;
mod restore;
mod scheduling;
mod snapshot;
mod state;
mod stop;
mod sync;
mod timers;
mod truncate;
mod update_config;

use std::collections::VecDeque;

pub use atomic::{write_atomically, write_file_with_sync};
pub use background::FileSync;
pub use block::{Recompressed, Recompression};
pub use config::{
    AckPolicy, ConsumerConfig, ConsumerLimits, DeliverPolicy, Discard, ExternalStream, FileStoreConfig, PersistMode,
    Placement, PriorityPolicy, ReplayPolicy, Republish, Retention, SourceConsumer, Storage, StreamConfig, StreamSource,
    SubjectTransform, dyn_blk_size,
};
pub use consumer::{CONSUMER_STOP_NS, ConsumerId, ConsumerState, ConsumerStore, Pending, SequencePair};
pub use error::StoreError;
pub use keys::KeyGen;
pub use open::OpenKeys;
pub use query::{BlockInfo, StoreInfo};
pub use restore::restore_snapshot;
pub use snapshot::Snapshot;
pub use state::{LostStreamData, Message, SimpleState, StoreEvent, StreamState, Time};

use block::Block;
use consumer::Consumer;
use ctx::Ctx;
use delete_markers::DeleteMarkers;
use scheduling::Scheduling;
use state::SubjectInfo;

use crate::format::checksum::Hasher64;
use crate::format::cipher::BoxKey;
use crate::format::hash_wheel::HashWheel;
use crate::index::subject_tree::SubjectTree;

/// A file store of one stream.
pub struct Store {
    ctx: Ctx,
    /// The stream's configuration and when it was created (Go: `cfg`).
    config: StreamConfig,
    created: Time,
    /// The state kept up to date by every act; `num_*`, `deleted`, `lost` and `consumers` are filled in on request.
    state: StreamState,
    /// Sequences that recovery found tombstones for (Go: `tombs`).
    tombs: Vec<u64>,
    lost: Option<LostStreamData>,
    /// In the order in which they were begun, normally ascending by index.
    blocks: Vec<Block>,
    /// A block was begun whose index is not above those before it.
    blocks_out_of_order: bool,
    /// The index of the block that is written to (Go: `lmb`). It is normally the last of `blocks`.
    last_block: Option<u32>,
    /// That block when it was removed without a successor (Go keeps `lmb` then).
    removed_last: Option<blocks::RemovedBlock>,
    /// What is known of each subject (Go: `psim`).
    subjects: SubjectTree<SubjectInfo>,
    /// The length of all subjects together (Go: `tsl`).
    subjects_len: usize,
    /// The checksum of stream files (Go: `hh`).
    hasher: Hasher64,
    /// Seals stream files (Go: `aek`).
    aead: Option<BoxKey>,
    /// The failure that stops all further writes (Go: `werr`).
    write_error: Option<StoreError>,
    /// Changes since the last `index.db` (Go: `dirty`).
    dirty: u64,
    /// Stopping has begun.
    closing: bool,
    closed: bool,
    received_any: bool,
    first_moved: bool,
    ttls: Option<HashWheel>,
    /// The messages to be published later (Go: `scheduling`).
    scheduling: Option<Scheduling>,
    /// The removals asked for and not seen yet (Go: `sdm`).
    delete_markers: DeleteMarkers,
    /// When `purge_ex` was last called (Go: `lpex`).
    last_purge_ex_ns: Option<i64>,
    /// When the expiry of messages is due (Go: `ageChk`), and the time it aims at (Go: `ageChkTime`, 0: none). A timer that
    /// fired and was not set again is `Some(i64::MAX)`: Go still has it, and does not start another.
    age_check: Option<i64>,
    age_check_time: i64,
    age_check_running: bool,
    /// When the blocks are synced next (Go: `syncTmr`).
    sync_due: Option<i64>,
    /// When `index.db` is written next, and how often (Go: the ticker of `flushStreamStateLoop`).
    state_write_due: Option<i64>,
    state_write_every_ns: i64,
    /// Every consumer that was opened, and those among them that belong to the stream now (Go: `cfs`).
    consumers: Vec<Consumer>,
    attached: Vec<ConsumerId>,
    events: VecDeque<StoreEvent>,
    updates_registered: bool,
    removes_registered: bool,
    process_registered: bool,
}
