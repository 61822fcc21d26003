//! A consumer of a shared store: the operations of [`ConsumerStore`](crate::store::ConsumerStore), each under the store's
//! lock. Updates change memory; the background thread writes them, ten times a second at the most.
//!
//! As long as there is a handle on a consumer, the store stays open.

use std::fmt;

use super::SharedStore;
use crate::store::{ConsumerConfig, ConsumerId, ConsumerState, ConsumerStore, StoreError, Time};

/// A consumer that threads share. Clones and [`SharedStore::consumer_store`] with its name reach the same one only in the
/// first case: opening it again gives another, as in Go.
#[derive(Clone)]
pub struct SharedConsumer {
    store: SharedStore,
    id: ConsumerId,
}

impl SharedStore {
    /// Opens the store of a consumer, which is made when it is missing (Go: `ConsumerStore`).
    pub fn consumer_store(
        &self,
        name: &str,
        created: Time,
        config: ConsumerConfig,
    ) -> Result<SharedConsumer, StoreError> {
        let id = self.with(|store| store.consumer_store(name, created, config))?;
        Ok(SharedConsumer { store: self.clone(), id })
    }

    /// Counts a consumer to the stream's, which stop with it (Go: `AddConsumer`).
    pub fn add_consumer(&self, consumer: &SharedConsumer) -> Result<(), StoreError> {
        self.with(|store| {
            store.add_consumer(consumer.id);
            Ok(())
        })
    }

    /// Counts a consumer to the stream's no longer (Go: `RemoveConsumer`).
    pub fn remove_consumer(&self, consumer: &SharedConsumer) -> Result<(), StoreError> {
        self.with(|store| {
            store.remove_consumer(consumer.id);
            Ok(())
        })
    }
}

impl SharedConsumer {
    fn with<T>(&self, act: impl FnOnce(&mut ConsumerStore<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.store.with(|store| {
            // The store never forgets a consumer that it opened.
            let mut consumer = store.consumer(self.id).ok_or(StoreError::Closed)?;
            act(&mut consumer)
        })
    }

    /// The store that the consumer belongs to.
    pub fn store(&self) -> &SharedStore {
        &self.store
    }

    /// Whether the consumer is kept in memory only (Go: `Type`).
    pub fn is_memory(&self) -> Result<bool, StoreError> {
        self.with(|consumer| Ok(consumer.is_memory()))
    }

    /// Starts the consumer after this stream sequence (Go: `SetStarting`).
    pub fn set_starting(&self, stream_seq: u64) -> Result<(), StoreError> {
        self.with(|consumer| consumer.set_starting(stream_seq))
    }

    /// Moves the start forward (Go: `UpdateStarting`).
    pub fn update_starting(&self, stream_seq: u64) -> Result<(), StoreError> {
        self.with(|consumer| {
            consumer.update_starting(stream_seq);
            Ok(())
        })
    }

    /// Forgets everything and starts after this stream sequence (Go: `Reset`).
    pub fn reset(&self, stream_seq: u64) -> Result<(), StoreError> {
        self.with(|consumer| consumer.reset(stream_seq))
    }

    /// Whether there is a state, in memory or in the file (Go: `HasState`).
    pub fn has_state(&self) -> Result<bool, StoreError> {
        self.with(|consumer| Ok(consumer.has_state()))
    }

    /// A message was delivered, for the `deliveries`-th time (Go: `UpdateDelivered`).
    pub fn update_delivered(
        &self,
        consumer_seq: u64,
        stream_seq: u64,
        deliveries: u64,
        ts: i64,
    ) -> Result<(), StoreError> {
        self.with(|consumer| consumer.update_delivered(consumer_seq, stream_seq, deliveries, ts))
    }

    /// A message was acknowledged (Go: `UpdateAcks`).
    pub fn update_acks(&self, consumer_seq: u64, stream_seq: u64) -> Result<(), StoreError> {
        self.with(|consumer| consumer.update_acks(consumer_seq, stream_seq))
    }

    /// Forgets redeliveries of messages before this stream sequence (Go: `RemoveRedeliveredBelow`).
    pub fn remove_redelivered_below(&self, stream_seq: u64) -> Result<(), StoreError> {
        self.with(|consumer| {
            consumer.remove_redelivered_below(stream_seq);
            Ok(())
        })
    }

    /// Takes over another configuration (Go: `UpdateConfig`).
    pub fn update_config(&self, config: ConsumerConfig) -> Result<(), StoreError> {
        self.with(|consumer| consumer.update_config(config))
    }

    /// Takes over a state that is not older than the one at hand (Go: `Update`).
    pub fn update(&self, state: ConsumerState) -> Result<(), StoreError> {
        self.with(|consumer| consumer.update(state))
    }

    /// Takes over a state, older or not, and writes it at once (Go: `ForceUpdate`).
    pub fn force_update(&self, state: ConsumerState) -> Result<(), StoreError> {
        self.with(|consumer| consumer.force_update(state))
    }

    /// The state (Go: `State`).
    pub fn state(&self) -> Result<ConsumerState, StoreError> {
        self.with(|consumer| consumer.state())
    }

    /// The state as it would lie in its file, unencrypted (Go: `EncodedState`).
    pub fn encoded_state(&self) -> Result<Vec<u8>, StoreError> {
        self.with(|consumer| consumer.encoded_state())
    }

    /// Stops the consumer and writes what is not written yet (Go: `Stop`).
    pub fn stop(&self) -> Result<(), StoreError> {
        self.with(|consumer| consumer.stop())
    }

    /// Removes the consumer and its files (Go: `Delete`).
    pub fn delete(&self) -> Result<(), StoreError> {
        self.with(|consumer| consumer.delete())
    }
}

impl fmt::Debug for SharedConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedConsumer").field("id", &self.id).finish_non_exhaustive()
    }
}
