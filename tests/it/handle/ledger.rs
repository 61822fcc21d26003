//! What threads did to a store, written down beside it, and whether the store agrees.
//!
//! A message that was acknowledged must be there unless something may have taken it: a removal, a compaction or purge that
//! reached it, a limit that so many later messages filled, a TTL. What was taken for certain must be gone.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use blkspec::store::{Message, StoreError, StreamState};

/// A message that the store acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) subject: Vec<u8>,
    pub(super) msg: Vec<u8>,
    pub(super) expires: bool,
}

/// What was done. The limits hold from the first message on.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) stored: Mutex<BTreeMap<u64, Stored>>,
    /// For certain.
    pub(super) removed: Mutex<BTreeSet<u64>>,
    /// Everything below went for certain.
    pub(super) compacted: AtomicU64,
    /// Of each subject, everything below went for certain.
    pub(super) purged_subjects: Mutex<Vec<(Vec<u8>, u64)>>,
    /// Everything up to here may have gone with a purge.
    pub(super) purged: AtomicU64,
    pub(super) max_msgs: u64,
    pub(super) max_per_subject: u64,
    /// What storage updates add up to.
    pub(super) msgs: AtomicI64,
    pub(super) bytes: AtomicI64,
}

/// The bytes of a record without headers.
fn record_len(message: &Message) -> u64 {
    const FIXED: u64 = 30;
    FIXED + message.subject.len() as u64 + message.msg.len() as u64
}

impl Ledger {
    /// A sequence in the middle of what is stored, to do something to.
    pub(super) fn some_seq(&self, salt: u64) -> Option<u64> {
        let stored = self.stored.lock().unwrap();
        let (first, last) = (*stored.first_key_value()?.0, *stored.last_key_value()?.0);
        let from = first + salt % (last - first + 1);
        stored.range(from..).next().map(|(seq, _)| *seq)
    }

    /// Whether something may have taken the message.
    fn may_be_gone(&self, seq: u64, message: &Stored, stored: &BTreeMap<u64, Stored>) -> bool {
        let last = stored.last_key_value().map_or(0, |(last, _)| *last);
        let later_of_subject = || stored.range(seq + 1..).filter(|(_, later)| later.subject == message.subject).count();
        message.expires
            || self.must_be_gone(seq, &message.subject)
            || seq <= self.purged.load(Ordering::SeqCst)
            || (self.max_msgs > 0 && seq + self.max_msgs <= last)
            || (self.max_per_subject > 0 && later_of_subject() as u64 >= self.max_per_subject)
    }

    fn must_be_gone(&self, seq: u64, subject: &[u8]) -> bool {
        let purged_with_subject = || {
            let purges = self.purged_subjects.lock().unwrap();
            purges.iter().any(|(purged, below)| purged == subject && seq < *below)
        };
        seq < self.compacted.load(Ordering::SeqCst)
            || self.removed.lock().unwrap().contains(&seq)
            || purged_with_subject()
    }

    /// Holds a store at rest to what was done: each message, and the state that adds up.
    pub(super) fn check(
        &self,
        state: &StreamState,
        totals: &BTreeMap<Vec<u8>, u64>,
        mut load: impl FnMut(u64) -> Result<Message, StoreError>,
    ) {
        let stored = self.stored.lock().unwrap().clone();
        let mut found = StreamState::default();
        let mut subjects: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        for (seq, expected) in &stored {
            match load(*seq) {
                Ok(message) => {
                    assert!(!self.must_be_gone(*seq, &message.subject), "message {seq} was removed and is there");
                    assert!(!expected.expires, "message {seq} expired and is there");
                    assert_eq!((&message.subject, &message.msg), (&expected.subject, &expected.msg), "message {seq}");
                    found.msgs += 1;
                    found.bytes += record_len(&message);
                    *subjects.entry(message.subject).or_default() += 1;
                    if found.first_seq == 0 {
                        found.first_seq = *seq;
                    }
                }
                Err(StoreError::MsgNotFound | StoreError::DeletedMsg) => {
                    assert!(self.may_be_gone(*seq, expected, &stored), "message {seq} is lost: {expected:?}");
                    found.deleted.push(*seq);
                }
                Err(error) => panic!("message {seq}: {error}"),
            }
        }
        let last = stored.last_key_value().map_or(0, |(last, _)| *last);
        assert!(stored.keys().copied().eq(1..=last), "every sequence was acknowledged once");
        let first = if found.msgs == 0 { last + 1 } else { found.first_seq };
        found.deleted.retain(|seq| *seq > first);
        assert_eq!((state.msgs, state.bytes), (found.msgs, found.bytes), "messages and bytes");
        assert_eq!((state.first_seq, state.last_seq), (first, last), "first and last");
        assert_eq!(state.deleted, found.deleted, "deleted");
        assert_eq!(state.num_deleted, found.deleted.len() as u64, "the number of deleted");
        assert_eq!(*totals, subjects, "messages of each subject");
        assert_eq!(state.num_subjects, subjects.len() as u64, "the number of subjects");
        assert_eq!(state.lost, None, "lost");
        if self.max_msgs > 0 {
            assert!(state.msgs <= self.max_msgs, "{} messages are above the limit", state.msgs);
        }
        if self.max_per_subject > 0 {
            let most = subjects.values().max().copied().unwrap_or_default();
            assert!(most <= self.max_per_subject, "{most} messages of a subject are above the limit");
        }
    }

    /// Holds what storage updates told to the state.
    pub(super) fn check_updates(&self, state: &StreamState) {
        let told = (self.msgs.load(Ordering::SeqCst), self.bytes.load(Ordering::SeqCst));
        assert_eq!(told, (state.msgs.cast_signed(), state.bytes.cast_signed()), "what updates add up to");
    }
}
