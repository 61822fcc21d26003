//! What deliveries and acknowledgements do to a consumer's state. Pure: nothing here writes.
//!
//! Updates that a restart replays are recognised by the consumer sequence at or below the ack floor and change nothing.
//!
//! Carries 1228, 1229 and the rules of 1226, 1233.

use super::super::config::AckPolicy;
use super::super::error::StoreError;
use super::{Consumer, ConsumerState, Pending};

/// A state that cannot have come about is refused.
pub(super) fn check(state: &ConsumerState) -> Result<(), StoreError> {
    if state.ack_floor.consumer > state.delivered.consumer {
        return Err(StoreError::BadConsumerState("ack floor of the consumer is past what was delivered"));
    }
    if state.ack_floor.stream > state.delivered.stream {
        return Err(StoreError::BadConsumerState("ack floor of the stream is past what was delivered"));
    }
    let expected = |seq: &u64| *seq > state.ack_floor.stream && *seq <= state.delivered.stream;
    if state.pending.keys().all(expected) {
        Ok(())
    } else {
        Err(StoreError::BadConsumerState("pending sequence out of range"))
    }
}

impl Consumer {
    /// Whether anything was delivered since the consumer was made.
    pub(super) fn has_delivered(&self) -> bool {
        self.state.delivered.consumer != 0 || self.state.delivered.stream != 0
    }

    /// Whether the other state is outdated.
    pub(super) fn is_ahead_of(&self, other: &ConsumerState) -> bool {
        other.delivered.consumer < self.state.delivered.consumer || other.ack_floor.stream < self.state.ack_floor.stream
    }

    pub(super) fn update_starting(&mut self, stream_seq: u64) {
        if stream_seq > self.state.delivered.stream {
            self.state.delivered.stream = stream_seq;
            if self.config.ack_policy == AckPolicy::None {
                self.state.ack_floor.stream = stream_seq;
            }
        }
    }

    /// Notes a delivery; says whether anything was there to note.
    pub(super) fn deliver(
        &mut self,
        consumer_seq: u64,
        stream_seq: u64,
        deliveries: u64,
        ts: i64,
    ) -> Result<bool, StoreError> {
        let acknowledges = self.config.ack_policy != AckPolicy::None;
        if deliveries != 1 && !acknowledges {
            return Err(StoreError::NoAckPolicy);
        }
        if consumer_seq <= self.state.ack_floor.consumer {
            return Ok(false);
        }
        if acknowledges {
            self.await_ack(consumer_seq, stream_seq, deliveries, ts);
            return Ok(true);
        }
        let state = &mut self.state;
        if consumer_seq > state.delivered.consumer {
            state.delivered.consumer = consumer_seq;
            state.ack_floor.consumer = consumer_seq;
        }
        if stream_seq > state.delivered.stream {
            state.delivered.stream = stream_seq;
            state.ack_floor.stream = stream_seq;
        }
        Ok(true)
    }

    fn await_ack(&mut self, consumer_seq: u64, stream_seq: u64, deliveries: u64, ts: i64) {
        // A limit of 0 is none; a negative one is too great to be reached, which comes to the same.
        let max_deliveries = self.config.max_deliver.cast_unsigned();
        let state = &mut self.state;
        if stream_seq <= state.delivered.stream {
            if let Some(pending) = state.pending.get_mut(&stream_seq) {
                // The sequence stays that of the first delivery.
                pending.timestamp_ns = ts;
            }
        } else {
            let pending = Pending { sequence: consumer_seq, timestamp_ns: ts };
            state.pending.insert(stream_seq, pending);
        }
        state.delivered.consumer = state.delivered.consumer.max(consumer_seq);
        state.delivered.stream = state.delivered.stream.max(stream_seq);
        if deliveries > 1 {
            if max_deliveries > 0 && deliveries > max_deliveries {
                state.pending.remove(&stream_seq);
            }
            let redelivered = state.redelivered.entry(stream_seq).or_default();
            *redelivered = (*redelivered).max(deliveries - 1);
        }
    }

    /// Notes an acknowledgement; says whether the state changed, which it may even where the answer is an error.
    pub(super) fn acknowledge(&mut self, consumer_seq: u64, stream_seq: u64) -> (bool, Result<(), StoreError>) {
        if self.config.ack_policy == AckPolicy::None {
            return (false, Err(StoreError::NoAckPolicy));
        }
        let changed = self.state.redelivered.remove(&stream_seq).is_some();
        if consumer_seq <= self.state.ack_floor.consumer {
            return (changed, Ok(()));
        }
        if !self.state.pending.contains_key(&stream_seq) {
            return (changed, Err(StoreError::MsgNotFound));
        }
        match self.config.ack_policy {
            AckPolicy::All | AckPolicy::FlowControl => {
                self.acknowledge_up_to(consumer_seq, stream_seq);
            }
            _ => self.acknowledge_one(consumer_seq, stream_seq),
        }
        (true, Ok(()))
    }

    fn acknowledge_up_to(&mut self, consumer_seq: u64, stream_seq: u64) {
        let state = &mut self.state;
        let floor = state.ack_floor.stream;
        let gap = stream_seq.wrapping_sub(floor);
        state.ack_floor.consumer = consumer_seq;
        state.ack_floor.stream = stream_seq;
        if gap > state.pending.len() as u64 {
            let later = state.pending.split_off(&stream_seq.saturating_add(1));
            for seq in std::mem::replace(&mut state.pending, later).keys() {
                state.redelivered.remove(seq);
            }
            return;
        }
        let mut seq = stream_seq;
        while seq > floor && !state.pending.is_empty() {
            state.pending.remove(&seq);
            state.redelivered.remove(&seq);
            seq -= 1;
        }
    }

    fn acknowledge_one(&mut self, consumer_seq: u64, stream_seq: u64) {
        let state = &mut self.state;
        let mut consumer_seq = consumer_seq;
        if let Some(pending) = state.pending.remove(&stream_seq)
            && pending.sequence > 0
        {
            consumer_seq = consumer_seq.min(pending.sequence);
        }
        if state.pending.is_empty() {
            state.ack_floor = state.delivered;
            return;
        }
        if consumer_seq != state.ack_floor.consumer.wrapping_add(1) {
            return;
        }
        state.ack_floor.consumer = consumer_seq;
        state.ack_floor.stream = stream_seq;
        if state.delivered.consumer <= consumer_seq || stream_seq >= state.delivered.stream {
            return;
        }
        // The floor rises to just below the next message that is still pending.
        let next = state.pending.range(stream_seq + 1..=state.delivered.stream).next();
        if let Some((seq, pending)) = next
            && pending.sequence > 0
        {
            state.ack_floor.consumer = pending.sequence - 1;
            state.ack_floor.stream = seq - 1;
        }
    }

    /// Forgets redeliveries before a sequence; says whether there were any.
    pub(super) fn remove_redelivered_below(&mut self, stream_seq: u64) -> bool {
        let kept = self.state.redelivered.split_off(&stream_seq);
        !std::mem::replace(&mut self.state.redelivered, kept).is_empty()
    }
}
