//! What decoders without a store gave: states, sets, times and schedules, one line for each part.
//!
//! Lists come in the order in which the port gives them, which the protocol fixes; only runs of like lines are folded.

use super::group::group;
use super::result::Context;
use super::text::{payload, quoted};
use crate::harness::case::quantity::print_time;
use crate::harness::protocol::{Output, ReplicatedStateMsg};

/// The lines of a decoder's result; none for any other.
pub(super) fn lines(output: &Output, context: Context) -> Vec<String> {
    match output {
        Output::ReplicatedState { state } => replicated(state),
        Output::SequenceSet { read, size, seqs } => vec![format!("read {read}  size {size}  seqs {seqs}")],
        Output::HashWheel { stamp, count, entries } => {
            let rest = entries.iter().map(|entry| {
                let expires = print_time(Some(entry.ts.0), context.start_ns);
                format!("  seq {} expires {expires}", entry.seq)
            });
            headed(format!("stamp {stamp}  count {count}"), rest)
        }
        Output::MsgScheduling { stamp, entries } => {
            let rest = entries.iter().map(|entry| {
                let fires = print_time(Some(entry.ts.0), context.start_ns);
                format!("  {} seq {} fires {fires}", quoted(&entry.subject.0), entry.seq)
            });
            headed(format!("stamp {stamp}  schedules {}", entries.len()), rest)
        }
        Output::BlockHead { read, .. } if read.0 == 0 => vec!["no head".to_owned()],
        Output::BlockHead { read, compression, size } => {
            vec![format!("head of {read} bytes  compression {compression}  size {size}")]
        }
        Output::Decompressed { bytes } => vec![format!("bytes {}", payload(&bytes.0))],
        _ => Vec::new(),
    }
}

fn headed(head: String, rest: impl Iterator<Item = String>) -> Vec<String> {
    let rest: Vec<Vec<String>> = rest.map(|line| vec![line]).collect();
    let mut lines = vec![head];
    if !rest.is_empty() {
        lines.extend(group(&rest));
    }
    lines
}

fn replicated(state: &ReplicatedStateMsg) -> Vec<String> {
    let head = format!(
        "msgs {}  bytes {}  first {}  last {}  failed {}  delete blocks {}",
        state.msgs,
        state.bytes,
        state.first_seq,
        state.last_seq,
        state.failed,
        state.deleted.len()
    );
    let rest = state.deleted.iter().map(|block| {
        let numbers = format!("first {} last {} num {}", block.first, block.last, block.num);
        match &block.seqs {
            Some(seqs) => format!("  set {numbers} {seqs}"),
            None => format!("  run {numbers}"),
        }
    });
    headed(head, rest)
}
