//! What a worker of either side is told to do, and what it answers: one line of JSON each way.
//!
//! Integers travel as decimal strings, as in the adapter protocol.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::harness::protocol::Uint;

/// What is done and measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Stores all messages in an empty directory, and flushes.
    Store,
    /// The same, and stops the store; not measured.
    Prepare,
    /// Loads every message by its sequence.
    LoadInOrder,
    /// Loads messages by sequences at random.
    LoadRandom,
    /// Loads every message that a wildcard takes, each as the next after the one before.
    LoadNext,
    /// Loads the last message of subjects at random.
    LoadLast,
    /// Counts what is pending for a subject, a wildcard and everything, from sequences at random on.
    NumPending,
    /// Asks for the state of every subject.
    SubjectsState,
    /// Removes half of the messages at random, then all in the first half of the sequences.
    RemoveCompact,
    /// Opens the store.
    Recover,
}

/// What a worker is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Workload {
    /// What to do.
    pub act: Act,
    /// The directory of the store.
    pub dir: PathBuf,
    /// How many messages the stream gets or has.
    pub messages: Uint,
    /// On how many subjects they are.
    pub subjects: Uint,
    /// The bytes of each payload.
    pub size: Uint,
    /// How often the act is repeated, where that does not follow from the messages.
    pub operations: Uint,
    /// Decides everything random.
    pub seed: Uint,
    /// `none`, `aes` or `chacha`.
    pub cipher: String,
    /// `none` or `s2`.
    pub compression: String,
    /// Whether writes are gathered and flushed in the background.
    pub async_flush: bool,
}

/// What a worker answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// How long the measured section took, in nanoseconds.
    pub ns: Uint,
    /// How much processor time the process used meanwhile, in all its threads.
    pub cpu_ns: Uint,
    /// How many operations it made.
    pub operations: Uint,
    /// A number that follows from everything that the store answered.
    pub check: Uint,
    /// The largest that the process's resident memory was, in bytes; 0 where the system does not say.
    pub peak_bytes: Uint,
}
