//! The store's errors by class, as the Go adapter tells Go's.

use super::Refusal;
use crate::env::FsErrorKind;
use crate::format::DecodeError;
use crate::format::cipher::CipherError;
use crate::format::consumer_state::VERSION_FIELD;
use crate::format::snapshot::ArchiveError;
use crate::harness::protocol::ErrorClass;
use crate::store::StoreError;

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::new(ErrorClass::from_name(class_name(&error)), error.to_string())
    }
}

fn class_name(error: &StoreError) -> &'static str {
    match error {
        StoreError::Closed => "closed",
        StoreError::Eof => "eof",
        StoreError::MsgNotFound => "msg_not_found",
        StoreError::DeletedMsg => "deleted_msg",
        StoreError::MaxMsgs => "max_msgs",
        StoreError::MaxBytes => "max_bytes",
        StoreError::MaxMsgsPerSubject => "max_msgs_per_subject",
        StoreError::MsgTooLarge => "msg_too_large",
        StoreError::SequenceMismatch => "sequence_mismatch",
        StoreError::WrongType => "wrong_type",
        StoreError::TooManyResults => "too_many_results",
        StoreError::OldUpdate => "state_behind",
        StoreError::NoAckPolicy => "no_ack_policy",
        StoreError::NoMainKey => "no_main_key",
        StoreError::NoEncryption => "no_encryption",
        StoreError::BadKeySize => "bad_key_size",
        StoreError::KeyInvalid | StoreError::Unsealable { .. } => "bad_key",
        StoreError::UnknownCipher => "unknown_cipher",
        StoreError::CorruptState | StoreError::PriorState => "corrupt_state",
        StoreError::BadMsg { .. } => "corrupt_block",
        StoreError::NoCache => "no_cache",
        StoreError::PartialCache => "partial_load",
        StoreError::PendingData => "pending_data",
        StoreError::NoBlockData | StoreError::NoMsgBlock => "no_block",
        StoreError::NotReadable => "permission",
        StoreError::StateTooBig => "state_too_big",
        StoreError::NameRequired => "config_name",
        StoreError::NotFileStorage => "config_storage",
        StoreError::BlockSizeTooBig(_) => "config_block_size",
        // Go does not survive these; the reference refuses them, and the answers agree that no store opens.
        StoreError::SyncIntervalTooShort
        | StoreError::Enforcement(_)
        | StoreError::EndlessLastBlock
        | StoreError::TooManyDeleted(_)
        | StoreError::NonceCut(_) => "panic",
        StoreError::NotADirectory => "not_a_directory",
        StoreError::NotWritable => "not_writable",
        StoreError::ConfigChange(_) => "config_change",
        StoreError::BadConsumerConfig => "consumer_name",
        StoreError::BadConsumerState(_) => "bad_consumer_state",
        StoreError::SnapshotCheck(error) => check_class(error),
        StoreError::SnapshotLost(_) => "snapshot_failed",
        StoreError::Archive(ArchiveError::Stream(_)) => "corrupt_block",
        StoreError::Archive(ArchiveError::Cut) => "io",
        StoreError::ArchiveEntry(_) => "corrupt_state",
        StoreError::Decode(error) => decode_class(error),
        StoreError::Fs(error) | StoreError::NoNewBlock(error) | StoreError::BlockGone(error) => file_class(error.kind),
        _ => "other",
    }
}

/// Why a check failed shows through only where Go has a variable for it.
fn check_class(error: &StoreError) -> &'static str {
    let has_variable = match error {
        StoreError::Unsealable { .. }
        | StoreError::BadBlock { .. }
        | StoreError::CacheMismatch { .. }
        | StoreError::BlockGone(_) => false,
        StoreError::Decode(error) => error.what.starts_with("s2"),
        StoreError::Fs(error) => matches!(error.kind, FsErrorKind::NotFound | FsErrorKind::PermissionDenied),
        error => class_name(error) != "other",
    };
    if has_variable { class_name(error) } else { "snapshot_failed" }
}

/// Formats of state files are corrupt states; what lies in blocks is a corrupt block.
pub(super) fn decode_class(error: &DecodeError) -> &'static str {
    const OF_BLOCKS: [&str; 5] = ["block", "record", "original size", "length", "s2"];
    if error.what == VERSION_FIELD {
        "bad_version"
    } else if OF_BLOCKS.iter().any(|what| error.what.starts_with(what)) {
        "corrupt_block"
    } else {
        "corrupt_state"
    }
}

pub(super) fn file_class(kind: FsErrorKind) -> &'static str {
    match kind {
        FsErrorKind::NotFound => "not_found",
        FsErrorKind::PermissionDenied => "permission",
        _ => "io",
    }
}

pub(super) fn cipher_class(error: CipherError) -> &'static str {
    match error {
        CipherError::UnknownCipher => "unknown_cipher",
        CipherError::BadKeyLength | CipherError::TooShort => "bad_key_size",
        CipherError::Authentication => "bad_key",
        CipherError::BadNonceLength | CipherError::KeystreamEnd => "other",
    }
}
