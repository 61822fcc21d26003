//! The numbers of a stream summed up from its blocks, to hold against the stream's own: Go's `updateTrackingState` and
//! `trackingStatesEqual`. A difference makes writing rebuild the state and makes recovery refuse the file.

use super::{BlockFacts, FullStateHead};

/// What a stream's blocks say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// How many messages they hold.
    pub msgs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The first sequence.
    pub first_seq: u64,
    /// The last sequence.
    pub last_seq: u64,
}

impl Tracking {
    /// Adds a block with this many messages.
    pub const fn add(&mut self, facts: &BlockFacts, msgs: u64) {
        // A block that never held a message has no first time, and its first sequence counts only if it is the first block.
        let earlier = facts.first_seq < self.first_seq && facts.first_ts != 0;
        if self.first_seq == 0 || earlier {
            self.first_seq = facts.first_seq;
        }
        if facts.last_seq > self.last_seq {
            self.last_seq = facts.last_seq;
        }
        self.msgs = self.msgs.wrapping_add(msgs);
        self.bytes = self.bytes.wrapping_add(facts.bytes);
    }

    /// Whether the stream's own numbers agree. First sequences below 2 in the blocks are not compared: a new stream says 0
    /// where its block says 1.
    pub const fn agrees_with(&self, head: &FullStateHead) -> bool {
        let firsts_agree = self.first_seq <= 1 || self.first_seq == head.first_seq;
        firsts_agree && self.msgs == head.msgs && self.last_seq == head.last_seq && self.bytes == head.bytes
    }
}
