//! The store of a consumer: what was delivered, what was acknowledged, what is pending (Go: `consumerFileStore`, and
//! `consumerMemStore` for a consumer that asks for memory).
//!
//! All consumers live in their stream's store and are reached through [`Store::consumer`]. An update changes the state in
//! memory and asks for a flush; see `flush` for when it is written. A consumer that has delivered nothing takes its state
//! from its file whenever it is asked, as Go does.
//!
//! Carries 1218, 1256, 1257 and, of `consumerFileStore`, 1225 to 1227, 1230, 1232, 1233, 1242 to 1247, 1249, 1251 to 1253.

mod files;
mod flush;
#[cfg(test)]
mod tests;
mod updates;

use std::collections::BTreeSet;

use super::Store;
use super::config::ConsumerConfig;
use super::ctx::Ctx;
use super::error::StoreError;
use super::open::CONSUMERS_DIR;
use super::state::Time;
pub(in crate::store) use files::CONSUMER_STATE_FILE;
use files::ConsumerFiles;

pub use crate::format::consumer_state::{ConsumerState, Pending, SequencePair};

/// How long Go mostly waits for the flush loop of a consumer that stops, in nanoseconds (Go: `waitOnFlusher`, 1250): it looks
/// once too early.
pub const CONSUMER_STOP_NS: i64 = 10_000_000;

/// Names a consumer of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId(usize);

/// A consumer as its store keeps it.
pub(crate) struct Consumer {
    name: String,
    created: Time,
    config: ConsumerConfig,
    state: ConsumerState,
    /// None: the consumer is kept in memory only.
    files: Option<ConsumerFiles>,
    closed: bool,
}

/// A consumer and what it needs of its store.
pub struct ConsumerStore<'a> {
    ctx: &'a Ctx,
    consumer: &'a mut Consumer,
    attached: &'a mut Vec<ConsumerId>,
    id: ConsumerId,
}

impl Store {
    /// Opens the store of a consumer, which is made when it is missing (Go: `ConsumerStore`, 1218).
    pub fn consumer_store(
        &mut self,
        name: &str,
        created: Time,
        config: ConsumerConfig,
    ) -> Result<ConsumerId, StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if name.is_empty() {
            return Err(StoreError::BadConsumerConfig);
        }
        let mut consumer = Consumer {
            name: name.to_owned(),
            created,
            state: ConsumerState::default(),
            files: None,
            closed: false,
            config,
        };
        if !consumer.config.memory_storage {
            let dir = self.store_path(CONSUMERS_DIR).join(name);
            consumer.open_files(&self.ctx, dir)?;
        }
        let id = ConsumerId(self.consumers.len());
        self.consumers.push(consumer);
        self.add_consumer(id);
        Ok(id)
    }

    /// A consumer that was opened.
    pub fn consumer(&mut self, id: ConsumerId) -> Option<ConsumerStore<'_>> {
        let Self { ctx, consumers, attached, .. } = self;
        Some(ConsumerStore { ctx, consumer: consumers.get_mut(id.0)?, attached, id })
    }

    /// Counts a consumer to the stream's, which stop with it (Go: `AddConsumer`, 1256).
    pub fn add_consumer(&mut self, id: ConsumerId) {
        self.attached.push(id);
    }

    /// Counts a consumer to the stream's no longer (Go: `RemoveConsumer`, 1257).
    pub fn remove_consumer(&mut self, id: ConsumerId) {
        detach(&mut self.attached, id);
    }

    /// How many consumers the stream has (Go: `numConsumers`).
    pub(crate) fn num_consumers(&self) -> usize {
        self.attached.len()
    }

    /// How many of the stream's consumers Go would wait for one after the other when it stops them.
    pub fn consumers_to_wait_for(&self) -> i64 {
        // One that was added twice is stopped already the second time.
        let attached: BTreeSet<usize> = self.attached.iter().map(|id| id.0).collect();
        let waiting = attached.into_iter().filter(|id| {
            let consumer = self.consumers.get(*id);
            consumer.is_some_and(Consumer::has_flusher)
        });
        i64::try_from(waiting.count()).unwrap_or(i64::MAX)
    }

    /// Stops the stream's consumers, or lets go of them when it is deleted.
    pub(super) fn stop_consumers(&mut self, delete: bool) {
        for id in std::mem::take(&mut self.attached) {
            let Some(mut consumer) = self.consumer(id) else {
                continue;
            };
            // The stream is going either way; the state file keeps what it had.
            let _outcome_of_no_consequence = if delete { consumer.stream_delete() } else { consumer.stop() };
        }
    }
}

/// Takes the first mention of a consumer off the list.
fn detach(attached: &mut Vec<ConsumerId>, id: ConsumerId) {
    if let Some(at) = attached.iter().position(|known| *known == id) {
        attached.remove(at);
    }
}

impl ConsumerStore<'_> {
    /// Whether the consumer is kept in memory only (Go: `Type`).
    pub fn is_memory(&self) -> bool {
        self.consumer.files.is_none()
    }

    /// Whether Go would wait a moment for the flush loop when the consumer stops (Go: `waitOnFlusher`, 1250).
    pub fn waits_for_flusher(&self) -> bool {
        self.consumer.has_flusher()
    }

    /// Starts the consumer after this stream sequence (Go: `SetStarting`, 1225).
    pub fn set_starting(&mut self, stream_seq: u64) -> Result<(), StoreError> {
        self.consumer.state.delivered.stream = stream_seq;
        self.consumer.state.ack_floor.stream = stream_seq;
        let bytes = self.consumer.state.encode(self.ctx.now_ns());
        self.consumer.write_state(self.ctx, bytes)
    }

    /// Moves the start forward (Go: `UpdateStarting`, 1226).
    pub fn update_starting(&mut self, stream_seq: u64) {
        self.consumer.update_starting(stream_seq);
        self.consumer.kick(self.ctx);
    }

    /// Forgets everything and starts after this stream sequence (Go: `Reset`).
    pub fn reset(&mut self, stream_seq: u64) -> Result<(), StoreError> {
        self.consumer.state = ConsumerState::default();
        self.set_starting(stream_seq)
    }

    /// Whether there is a state, in memory or in the file (Go: `HasState`, 1227).
    pub fn has_state(&self) -> bool {
        self.consumer.has_delivered() || self.consumer.has_state_file(self.ctx)
    }

    /// A message was delivered, for the `deliveries`-th time (Go: `UpdateDelivered`, 1228).
    pub fn update_delivered(
        &mut self,
        consumer_seq: u64,
        stream_seq: u64,
        deliveries: u64,
        ts: i64,
    ) -> Result<(), StoreError> {
        if self.consumer.deliver(consumer_seq, stream_seq, deliveries, ts)? {
            self.consumer.kick(self.ctx);
        }
        Ok(())
    }

    /// A message was acknowledged (Go: `UpdateAcks`, 1229).
    pub fn update_acks(&mut self, consumer_seq: u64, stream_seq: u64) -> Result<(), StoreError> {
        let (changed, outcome) = self.consumer.acknowledge(consumer_seq, stream_seq);
        if changed {
            self.consumer.kick(self.ctx);
        }
        outcome
    }

    /// Forgets redeliveries of messages before this stream sequence (Go: `RemoveRedeliveredBelow`).
    pub fn remove_redelivered_below(&mut self, stream_seq: u64) {
        if self.consumer.remove_redelivered_below(stream_seq) {
            self.consumer.kick(self.ctx);
        }
    }

    /// Takes over another configuration (Go: `UpdateConfig`, 1232).
    pub fn update_config(&mut self, config: ConsumerConfig) -> Result<(), StoreError> {
        self.consumer.config = config;
        self.consumer.write_meta(self.ctx)
    }

    /// Takes over a state that is not older than the one at hand (Go: `Update`, 1233).
    pub fn update(&mut self, state: ConsumerState) -> Result<(), StoreError> {
        updates::check(&state)?;
        if self.consumer.is_ahead_of(&state) {
            return Err(StoreError::OldUpdate);
        }
        self.consumer.state = state;
        self.consumer.kick(self.ctx);
        Ok(())
    }

    /// Takes over a state, older or not, and writes it at once (Go: `ForceUpdate`).
    pub fn force_update(&mut self, state: ConsumerState) -> Result<(), StoreError> {
        updates::check(&state)?;
        self.consumer.state = state;
        if self.is_memory() {
            return Ok(());
        }
        let bytes = self.consumer.encode_state(self.ctx)?;
        self.consumer.write_state(self.ctx, bytes)
    }

    /// The state (Go: `State`, 1243, and `BorrowState`, 1244, which differ only in who may change the answer).
    pub fn state(&mut self) -> Result<ConsumerState, StoreError> {
        self.consumer.current_state(self.ctx)
    }

    /// The state as it would lie in its file, unencrypted (Go: `EncodedState`, 1230).
    pub fn encoded_state(&mut self) -> Result<Vec<u8>, StoreError> {
        self.consumer.encode_state(self.ctx)
    }

    /// Stops the consumer and writes what is not written yet (Go: `Stop`, 1249).
    pub fn stop(&mut self) -> Result<(), StoreError> {
        if self.consumer.closed && !self.is_memory() {
            return Ok(());
        }
        let unwritten = self.consumer.end_flushing(self.ctx)?;
        self.consumer.closed = true;
        detach(self.attached, self.id);
        match unwritten {
            Some(bytes) => self.consumer.write_state_file(self.ctx, &bytes),
            None => Ok(()),
        }
    }

    /// Removes the consumer and its files (Go: `Delete`, 1251).
    pub fn delete(&mut self) -> Result<(), StoreError> {
        self.delete_with(false)
    }

    /// Lets go of the consumer, whose files go with the stream's (Go: `StreamDelete`, 1252).
    pub fn stream_delete(&mut self) -> Result<(), StoreError> {
        self.delete_with(true)
    }

    /// Go: `delete` (1253).
    fn delete_with(&mut self, stream_deleted: bool) -> Result<(), StoreError> {
        if self.is_memory() {
            return self.stop();
        }
        if self.consumer.closed {
            return Ok(());
        }
        self.consumer.abandon_flushing();
        self.consumer.closed = true;
        if !stream_deleted {
            self.consumer.remove_files(self.ctx)?;
            detach(self.attached, self.id);
        }
        Ok(())
    }
}
