//! The decoders that need no store, asked directly; `decode_consumer_state` is in `pure.rs`.
//!
//! Wrong versions have a class of their own; whatever else does not decode is a corrupt state, or a corrupt block.

use super::{Answered, Refusal};
use crate::format::DecodeError;
use crate::format::compress::{CompressionInfo, DECODED_LIMIT, StoreCompression, decompress};
use crate::format::delete_blocks::{DeleteBlock, StreamReplicatedState};
use crate::format::hash_wheel::HashWheel;
use crate::format::schedule::MsgScheduling;
use crate::format::sequence_set::SequenceSet;
use crate::harness::protocol::{
    DeletedMsg, ErrorClass, ExpiryMsg, Op, Output, ReplicatedStateMsg, ScheduleMsg, SeqList, Uint,
};

pub(super) fn answer(op: &Op) -> Answered {
    match op {
        Op::DecodeStreamState { bytes } => {
            let state = replicated(&StreamReplicatedState::decode(&bytes.0)?);
            Ok(Output::ReplicatedState { state })
        }
        Op::DecodeSequenceSet { bytes } => {
            let (set, read) =
                SequenceSet::decode(&bytes.0).map_err(|error| versioned(error, "sequence set version"))?;
            Ok(Output::SequenceSet {
                read: (read as u64).into(),
                size: set.size().into(),
                seqs: SeqList::from_seqs(set.iter()),
            })
        }
        Op::DecodeHashWheel { bytes } => {
            let (wheel, stamp) = HashWheel::decode(&bytes.0).map_err(|error| versioned(error, "version"))?;
            let entry = |seq: u64, ns: i64| ExpiryMsg { seq: seq.into(), ts: ns.into() };
            let mut entries: Vec<ExpiryMsg> =
                wheel.entries().map(|wheeled| entry(wheeled.seq, wheeled.expires_ns)).collect();
            entries.sort_unstable();
            Ok(Output::HashWheel { stamp: stamp.into(), count: wheel.count().into(), entries })
        }
        Op::DecodeMsgScheduling { bytes } => {
            let (scheduling, stamp) = MsgScheduling::decode(&bytes.0).map_err(|error| versioned(error, "version"))?;
            let mut entries: Vec<ScheduleMsg> = scheduling
                .iter()
                .map(|(subject, schedule)| ScheduleMsg {
                    subject: subject.into(),
                    seq: schedule.seq.into(),
                    ts: schedule.fires_ns.into(),
                })
                .collect();
            entries.sort_unstable();
            Ok(Output::MsgScheduling { stamp: stamp.into(), entries })
        }
        Op::UnmarshalMetadata { bytes } => Ok(match CompressionInfo::decode(&bytes.0)? {
            None => Output::BlockHead { read: Uint(0), compression: Uint(0), size: Uint(0) },
            Some((info, read)) => Output::BlockHead {
                read: (read as u64).into(),
                compression: u64::from(info.algorithm as u8).into(),
                size: info.original_size.into(),
            },
        }),
        Op::Decompress { compression, bytes } => {
            let known = u8::try_from(compression.0).ok().and_then(StoreCompression::from_number);
            // As in Go, bytes too short for a checksum are found first.
            let unknown = Refusal::new(ErrorClass::UnknownCompression, "compression algorithm not known".to_owned());
            let algorithm = match (known, bytes.0.len() < 8) {
                (Some(algorithm), _) => algorithm,
                (None, true) => StoreCompression::None,
                (None, false) => return Err(unknown),
            };
            Ok(Output::Decompressed { bytes: decompress(algorithm, &bytes.0, DECODED_LIMIT)?.into() })
        }
        _ => Err(Refusal::Unsupported(op.name().to_owned())),
    }
}

/// A decoder's error, with a class of its own when it is about `field`, the version.
fn versioned(error: DecodeError, field: &str) -> Refusal {
    if error.what == field { Refusal::new(ErrorClass::BadVersion, error.to_string()) } else { error.into() }
}

fn replicated(state: &StreamReplicatedState) -> ReplicatedStateMsg {
    let deleted = state.deleted.iter().map(|block| {
        let (first, last, num) = block.state();
        let seqs = match block {
            DeleteBlock::Range(_) => None,
            DeleteBlock::Set(_) | DeleteBlock::Slice(_) => Some(SeqList::from_seqs(block.sequences())),
        };
        DeletedMsg { first: first.into(), last: last.into(), num: num.into(), seqs }
    });
    ReplicatedStateMsg {
        msgs: state.head.msgs.into(),
        bytes: state.head.bytes.into(),
        first_seq: state.head.first_seq.into(),
        last_seq: state.head.last_seq.into(),
        failed: state.head.failed.into(),
        deleted: deleted.collect(),
    }
}
