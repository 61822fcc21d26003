//! The operations of a stream on a shared store: each is the operation of [`Store`](crate::store::Store) by the same name,
//! under the lock. Only where the core lends something out (a visitor, events) the form differs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SharedStore;
use crate::index::sublist::Sublist;
use crate::store::{Message, SimpleState, Snapshot, StoreError, StoreInfo, StreamConfig, StreamState};

/// The last messages of subjects, from [`SharedStore::multi_last_msgs`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastMsgs {
    /// The messages in order.
    pub msgs: Vec<Message>,
    /// How many there are in all, those before `min_seq` included.
    pub total: u64,
}

impl SharedStore {
    /// Stores a message at the next sequence and says which, and when (Go: `StoreMsg`).
    pub fn store_msg(&self, subject: &[u8], hdr: &[u8], msg: &[u8], ttl: i64) -> Result<(u64, i64), StoreError> {
        self.with(|store| store.store_msg(subject, hdr, msg, ttl))
    }

    /// Stores a message at a sequence and time that the caller knows (Go: `StoreRawMsg`).
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of StreamStore.StoreRawMsg")]
    pub fn store_raw_msg(
        &self,
        subject: &[u8],
        hdr: &[u8],
        msg: &[u8],
        seq: u64,
        ts: i64,
        ttl: i64,
        discard_new_check: bool,
    ) -> Result<(), StoreError> {
        self.with(|store| store.store_raw_msg(subject, hdr, msg, seq, ts, ttl, discard_new_check))
    }

    /// Uses the next sequence without storing anything (Go: `SkipMsg`).
    pub fn skip_msg(&self, seq: u64) -> Result<u64, StoreError> {
        self.with(|store| store.skip_msg(seq))
    }

    /// Uses `num` sequences from `seq` on without storing anything (Go: `SkipMsgs`).
    pub fn skip_msgs(&self, seq: u64, num: u64) -> Result<(), StoreError> {
        self.with(|store| store.skip_msgs(seq, num))
    }

    /// Writes what is pending in memory to the files (Go: `FlushAllPending`).
    pub fn flush_all_pending(&self) -> Result<(), StoreError> {
        self.with(|store| store.flush_all_pending())
    }

    /// The message of `seq`, or the first one for 0 (Go: `LoadMsg`).
    pub fn load_msg(&self, seq: u64) -> Result<Message, StoreError> {
        self.with(|store| store.load_msg(seq))
    }

    /// [`Self::load_msg`] over a message at hand, whose room is used again; what an error leaves in it means nothing.
    pub fn load_msg_into(&self, seq: u64, message: &mut Message) -> Result<(), StoreError> {
        self.with(|store| store.load_msg_into(seq, message))
    }

    /// [`Self::load_last_msg`] over a message at hand, whose room is used again.
    pub fn load_last_msg_into(&self, subject: &[u8], message: &mut Message) -> Result<(), StoreError> {
        self.with(|store| store.load_last_msg_into(subject, message))
    }

    /// [`Self::load_next_msg`] over a message at hand, whose room is used again.
    pub fn load_next_msg_into(
        &self,
        filter: &[u8],
        wildcard: bool,
        start: u64,
        message: &mut Message,
    ) -> Result<u64, StoreError> {
        self.with(|store| store.load_next_msg_into(filter, wildcard, start, message))
    }

    /// The last message of a subject or a wildcard, of the stream for an empty one (Go: `LoadLastMsg`).
    pub fn load_last_msg(&self, subject: &[u8]) -> Result<Message, StoreError> {
        self.with(|store| store.load_last_msg(subject))
    }

    /// The next message from `start` on that the filter takes, with its sequence (Go: `LoadNextMsg`).
    pub fn load_next_msg(&self, filter: &[u8], wildcard: bool, start: u64) -> Result<(Message, u64), StoreError> {
        self.with(|store| store.load_next_msg(filter, wildcard, start))
    }

    /// The next message from `start` on that the sublist takes (Go: `LoadNextMsgMulti`).
    pub fn load_next_msg_multi(&self, sublist: &Sublist, start: u64) -> Result<(Message, u64), StoreError> {
        self.with(|store| store.load_next_msg_multi(sublist, start))
    }

    /// The message before or at `start` that the filter takes, with its sequence (Go: `LoadPrevMsg`).
    pub fn load_prev_msg(&self, filter: &[u8], wildcard: bool, start: u64) -> Result<(Message, u64), StoreError> {
        self.with(|store| store.load_prev_msg(filter, wildcard, start))
    }

    /// The message before or at `start` that the sublist takes (Go: `LoadPrevMsgMulti`).
    pub fn load_prev_msg_multi(&self, sublist: &Sublist, start: u64) -> Result<(Message, u64), StoreError> {
        self.with(|store| store.load_prev_msg_multi(sublist, start))
    }

    /// The last messages of each subject that a filter takes, from `min_seq` on (Go: `MultiLastMsgs`).
    pub fn multi_last_msgs(
        &self,
        filters: &[Vec<u8>],
        min_seq: u64,
        max_seq: u64,
        max_allowed: i64,
    ) -> Result<LastMsgs, StoreError> {
        self.with(|store| {
            let mut msgs = Vec::new();
            let (total, _) = store.multi_last_msgs(filters, min_seq, max_seq, max_allowed, |message, _| {
                msgs.push(message);
                true
            })?;
            Ok(LastMsgs { msgs, total })
        })
    }

    /// The subject of `seq` (Go: `SubjectForSeq`).
    pub fn subject_for_seq(&self, seq: u64) -> Result<Vec<u8>, StoreError> {
        self.with(|store| store.subject_for_seq(seq))
    }

    /// Removes a message; false if it was not there (Go: `RemoveMsg`).
    pub fn remove_msg(&self, seq: u64) -> Result<bool, StoreError> {
        self.with(|store| store.remove_msg(seq))
    }

    /// Removes a message and overwrites its bytes; false if it was not there (Go: `EraseMsg`).
    pub fn erase_msg(&self, seq: u64) -> Result<bool, StoreError> {
        self.with(|store| store.erase_msg(seq))
    }

    /// Removes all messages and says how many (Go: `Purge`).
    pub fn purge(&self) -> Result<u64, StoreError> {
        self.with(|store| store.purge())
    }

    /// Removes messages of a subject, those before a sequence or all but the last `keep`, and says how many (Go: `PurgeEx`).
    pub fn purge_ex(&self, subject: &[u8], sequence: u64, keep: u64) -> Result<u64, StoreError> {
        self.with(|store| store.purge_ex(subject, sequence, keep))
    }

    /// Removes the messages before a sequence and says how many (Go: `Compact`).
    pub fn compact(&self, seq: u64) -> Result<u64, StoreError> {
        self.with(|store| store.compact(seq))
    }

    /// Removes the messages after a sequence (Go: `Truncate`).
    pub fn truncate(&self, seq: u64) -> Result<(), StoreError> {
        self.with(|store| store.truncate(seq))
    }

    /// Takes over another configuration (Go: `UpdateConfig`).
    pub fn update_config(&self, config: StreamConfig) -> Result<(), StoreError> {
        self.with(|store| store.update_config(config))
    }

    /// The state without the deleted sequences (Go: `FastState`).
    pub fn fast_state(&self) -> Result<StreamState, StoreError> {
        self.with(|store| Ok(store.fast_state()))
    }

    /// The state with the deleted sequences and what was lost (Go: `State`).
    pub fn state(&self) -> Result<StreamState, StoreError> {
        self.with(|store| store.state())
    }

    /// How many messages from `start` on match the subject, and the first and last of them (Go: `FilteredState`).
    pub fn filtered_state(&self, start: u64, subject: &[u8]) -> Result<SimpleState, StoreError> {
        self.with(|store| store.filtered_state(start, subject))
    }

    /// The states of the subjects that the filter takes (Go: `SubjectsState`).
    pub fn subjects_state(&self, filter: &[u8]) -> Result<BTreeMap<Vec<u8>, SimpleState>, StoreError> {
        self.with(|store| Ok(store.subjects_state(filter)))
    }

    /// How many messages each subject has that the filter takes (Go: `SubjectsTotals`).
    pub fn subjects_totals(&self, filter: &[u8]) -> Result<BTreeMap<Vec<u8>, u64>, StoreError> {
        self.with(|store| Ok(store.subjects_totals(filter)))
    }

    /// The last sequence of every subject (Go: `AllLastSeqs`).
    pub fn all_last_seqs(&self) -> Result<Vec<u64>, StoreError> {
        self.with(|store| store.all_last_seqs())
    }

    /// The last sequences of the subjects that a filter takes (Go: `MultiLastSeqs`).
    pub fn multi_last_seqs(&self, filters: &[Vec<u8>], max_seq: u64, max_allowed: i64) -> Result<Vec<u64>, StoreError> {
        self.with(|store| store.multi_last_seqs(filters, max_seq, max_allowed))
    }

    /// How many messages from `start` on the filter takes, and up to which sequence that is so (Go: `NumPending`).
    pub fn num_pending(&self, start: u64, filter: &[u8], last_per_subject: bool) -> Result<(u64, u64), StoreError> {
        self.with(|store| store.num_pending(start, filter, last_per_subject))
    }

    /// How many messages from `start` on the sublist takes (Go: `NumPendingMulti`).
    pub fn num_pending_multi(
        &self,
        start: u64,
        sublist: Option<&Sublist>,
        last_per_subject: bool,
    ) -> Result<(u64, u64), StoreError> {
        self.with(|store| store.num_pending_multi(start, sublist, last_per_subject))
    }

    /// The first sequence at or after a time in Unix nanoseconds (Go: `GetSeqFromTime`).
    pub fn get_seq_from_time(&self, ts: i64) -> Result<u64, StoreError> {
        self.with(|store| Ok(store.get_seq_from_time(ts)))
    }

    /// The bytes of all blocks, and those that can be loaded (Go: `Utilization`).
    pub fn utilization(&self) -> Result<(u64, u64), StoreError> {
        self.with(|store| Ok(store.utilization()))
    }

    /// What the store knows inside.
    pub fn inspect(&self) -> Result<StoreInfo, StoreError> {
        self.with(|store| Ok(store.inspect()))
    }

    /// The state for a replica, binary (Go: `EncodedStreamState`).
    pub fn encoded_stream_state(&self, failed: u64) -> Result<Vec<u8>, StoreError> {
        self.with(|store| Ok(store.encoded_stream_state(failed)))
    }

    /// Removes what another replica's state says is deleted (Go: `SyncDeleted`).
    pub fn sync_deleted_from(&self, state: &[u8]) -> Result<(), StoreError> {
        self.with(|store| store.sync_deleted_from(state))
    }

    /// Takes a snapshot (Go: `Snapshot`); the store is held until the archive is made.
    pub fn snapshot(
        &self,
        deadline_ns: i64,
        check_msgs: bool,
        include_consumers: bool,
    ) -> Result<Snapshot, StoreError> {
        self.with(|store| store.snapshot(deadline_ns, check_msgs, include_consumers))
    }

    /// Forgets what is in flight, so that it is published again (Go: `ResetState`).
    pub fn reset_state(&self) -> Result<(), StoreError> {
        self.with(|store| {
            store.reset_state();
            Ok(())
        })
    }

    /// Has a closure told of every change: messages and bytes more or less, and the sequence and subject if it is one message
    /// (Go: `RegisterStorageUpdates`). A closure that holds the store keeps it open until it is stopped.
    pub fn register_storage_updates(
        &self,
        update: impl Fn(i64, i64, u64, &[u8]) + Send + Sync + 'static,
    ) -> Result<(), StoreError> {
        self.with(|store| {
            self.owner.core.callbacks.on_update(Arc::new(update));
            store.register_storage_updates();
            Ok(())
        })
    }

    /// Has a closure asked for the removals that delete markers need (Go: `RegisterStorageRemoveMsg`).
    pub fn register_storage_remove_msg(&self, remove: impl Fn(u64) + Send + Sync + 'static) -> Result<(), StoreError> {
        self.with(|store| {
            self.owner.core.callbacks.on_remove(Arc::new(remove));
            store.register_storage_remove_msg();
            Ok(())
        })
    }

    /// Has a closure asked to store delete markers and scheduled messages: subject, headers, payload (Go:
    /// `RegisterProcessJetStreamMsg`).
    pub fn register_process_msg(
        &self,
        process: impl Fn(&[u8], &[u8], &[u8]) + Send + Sync + 'static,
    ) -> Result<(), StoreError> {
        self.with(|store| {
            self.owner.core.callbacks.on_process(Arc::new(process));
            store.register_process_msg();
            Ok(())
        })
    }
}
