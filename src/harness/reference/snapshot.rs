//! The operations of snapshots: taking one of the open store, and unpacking one, which needs no store.

use std::path::Path;

use super::{Answered, Case, Refusal};
use crate::harness::protocol::{Op, Output, SnapshotTaken};
use crate::store::restore_snapshot;

pub(super) fn answer(case: &mut Case, op: &Op) -> Answered {
    match op {
        Op::Snapshot { deadline, include_consumers, check_msgs } => {
            let deadline = deadline.map_or(0, |deadline| deadline.0);
            let store = case.store()?;
            let snapshot = store.snapshot(deadline, *check_msgs, *include_consumers)?;
            Ok(Output::Snapshot(SnapshotTaken { archive: snapshot.archive.into(), errors: snapshot.errors }))
        }
        Op::Restore { dir, .. } if dir.is_empty() => Err(Refusal::invalid("restore without dir")),
        Op::Restore { dir, archive } => {
            restore_snapshot(case.env.fs.as_ref(), Path::new(dir), &archive.0)?;
            Ok(Output::Nothing {})
        }
        _ => Err(Refusal::Unsupported(op.name().to_owned())),
    }
}
