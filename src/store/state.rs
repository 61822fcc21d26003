//! The values that describe a stream: its state, the state of a subject, what was lost, and Go's notion of time.
//!
//! Nothing here acts; the acts are in the files beside this one.

use super::block::Block;

/// A point in time as Go's `time.Time` keeps it in the store: Unix nanoseconds, or the zero time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(Option<i64>);

/// What Go's `UnixNano` gives for the zero time: the wrapped product that lands in block records and in `index.db`
/// when a stream without a last time is purged.
const ZERO_TIME_UNIX_NANO: i64 = -6_795_364_578_871_345_152;

impl Time {
    /// The zero time.
    pub const ZERO: Self = Self(None);

    /// The time `ns` nanoseconds after the Unix epoch.
    pub const fn from_unix_nano(ns: i64) -> Self {
        Self(Some(ns))
    }

    /// The time of a stored timestamp, of which 0 stands for the zero time.
    pub const fn from_stored(ns: i64) -> Self {
        if ns == 0 { Self(None) } else { Self(Some(ns)) }
    }

    /// Unix nanoseconds, for the zero time what Go's `UnixNano` gives.
    pub const fn unix_nano(self) -> i64 {
        match self.0 {
            Some(ns) => ns,
            None => ZERO_TIME_UNIX_NANO,
        }
    }

    /// Unix nanoseconds, 0 for the zero time (Go: `timestampNormalized`, 1200).
    pub const fn normalized(self) -> i64 {
        match self.0 {
            Some(ns) => ns,
            None => 0,
        }
    }

    /// Whether this is the zero time.
    pub const fn is_zero(self) -> bool {
        self.0.is_none()
    }
}

/// The state of a stream (Go: `StreamState`). Sequences are 0 in a stream that never held a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamState {
    /// Messages that can be loaded.
    pub msgs: u64,
    /// The bytes of their records.
    pub bytes: u64,
    /// The first sequence; last + 1 when the stream is empty.
    pub first_seq: u64,
    /// When the first message was stored.
    pub first_time: Time,
    /// The last sequence ever given.
    pub last_seq: u64,
    /// When the last message was stored.
    pub last_time: Time,
    /// Distinct subjects.
    pub num_subjects: u64,
    /// Sequences between first and last that hold no message.
    pub num_deleted: u64,
    /// Those sequences, ascending; empty in a fast state.
    pub deleted: Vec<u64>,
    /// What recovery could not read.
    pub lost: Option<LostStreamData>,
    /// Consumers with a store.
    pub consumers: usize,
}

impl StreamState {
    /// Adds the numbers of a block that lies behind those added before.
    pub(super) fn add_block(&mut self, block: &Block) {
        self.msgs += block.msgs;
        self.bytes += block.bytes;
        if self.first_seq == 0 || (block.first.seq < self.first_seq && block.first.ts != 0) {
            self.first_seq = block.first.seq;
            self.first_time = Time::from_stored(block.first.ts);
        }
        // The last message may be erased in its block while a tombstone in a later one has its time.
        if block.last.seq >= self.last_seq {
            self.last_seq = block.last.seq;
            self.last_time = Time::from_stored(block.last.ts);
        }
    }
}

/// The state of the messages that match a subject (Go: `SimpleState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SimpleState {
    /// How many there are.
    pub msgs: u64,
    /// The first sequence, 0 when there are none.
    pub first: u64,
    /// The last sequence, 0 when there are none.
    pub last: u64,
}

/// [`SimpleState`] as a block keeps it for each subject, with what a removal left to be worked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SubjectState {
    pub(crate) msgs: u64,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// `first` was removed and the next one has not been looked for.
    pub(crate) first_needs_update: bool,
    /// `last` was removed and the one before has not been looked for.
    pub(crate) last_needs_update: bool,
}

/// What recovery could not read (Go: `LostStreamData`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostStreamData {
    /// The sequences lost, ascending.
    pub msgs: Vec<u64>,
    /// How many bytes of files they were in.
    pub bytes: u64,
}

/// What the stream knows of a subject (Go: `psi`): how many messages, and hints of the blocks with the first and the
/// last of them. `first_block` is a lower bound that is moved up only when somebody walks past it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SubjectInfo {
    pub(crate) total: u64,
    pub(crate) first_block: u32,
    pub(crate) last_block: u32,
}

/// A sequence with its time in Unix nanoseconds (Go: `msgId`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MsgId {
    pub(crate) seq: u64,
    pub(crate) ts: i64,
}

/// A message as it was stored (Go: `StoreMsg`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Its sequence.
    pub seq: u64,
    /// When it was stored, in Unix nanoseconds.
    pub ts: i64,
    /// Its subject.
    pub subject: Vec<u8>,
    /// Its headers, empty when it has none.
    pub hdr: Vec<u8>,
    /// Its payload.
    pub msg: Vec<u8>,
}

/// A callback that Go would have called, in the order in which it would have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreEvent {
    /// The storage changed (Go: `StorageUpdateHandler`).
    Update {
        /// Change in messages.
        msgs: i64,
        /// Change in bytes.
        bytes: i64,
        /// The sequence, 0 when several changed.
        seq: u64,
        /// The subject, empty when several changed.
        subject: Vec<u8>,
    },
    /// The store asks for the removal of a message (Go: `StorageRemoveMsgHandler`).
    Remove {
        /// The message's sequence.
        seq: u64,
    },
    /// The store asks for a message to be processed: a delete marker or a scheduled message (Go:
    /// `ProcessJetStreamMsgHandler`).
    Process {
        /// The subject to publish to.
        subject: Vec<u8>,
        /// The headers.
        hdr: Vec<u8>,
        /// The payload.
        msg: Vec<u8>,
    },
}
