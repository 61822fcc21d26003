//! The results of operations, one form for each shape; errors by class; events below the operation that caused them.

use std::collections::BTreeSet;

use super::decoded;
use super::group::group;
use super::text::{payload, quoted, subject};
use crate::harness::case::quantity::print_time;
use crate::harness::protocol::{
    BlockInfo, ConsumerStateMsg, Event, Inspection, LoadedMsg, Lost, Outcome, Output, SeqList, StateMsg, Time, Uint,
};

/// What an answer is relative to.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The start of the case in Unix nanoseconds.
    pub start_ns: i64,
    /// The port's clock, as far as the harness was told.
    pub now_ns: i64,
    /// Whether every size on disk is shown as `~`, because blocks may be compressed and nobody looked which are.
    pub compressed: bool,
}

impl Context {
    /// A time of the protocol.
    fn time(self, time: Time) -> String {
        print_time(time.0, self.start_ns)
    }

    fn at(self, ns: i64) -> String {
        print_time(Some(ns), self.start_ns)
    }
}

/// The lines of an outcome. An operation that the port does not support has the line `unsupported WHAT`.
#[must_use]
pub fn outcome(outcome: &Outcome, context: Context) -> Vec<String> {
    match outcome {
        Outcome::Result(output) => result(output, context),
        Outcome::Unsupported(what) => vec![format!("unsupported {}", quoted(what.as_bytes()))],
        Outcome::Error(error) => vec![format!("error {}", error.class)],
    }
}

/// The lines of the events of one operation, indented.
#[must_use]
pub fn events(events: &[Event]) -> Vec<String> {
    let lines: Vec<Vec<String>> = events.iter().map(|event| vec![event_line(event)]).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    group(&lines).into_iter().map(|line| format!("  {line}")).collect()
}

fn event_line(event: &Event) -> String {
    match event {
        Event::StorageUpdate { msgs, bytes, seq, subject: of } => {
            format!("update msgs {msgs} bytes {bytes} seq {seq} subject {}", subject(of))
        }
        Event::RemoveMsg { seq } => format!("remove-msg seq {seq}"),
        Event::ProcessMsg { subject: of, hdr, msg } => {
            format!("process-msg {}{} {}", subject(of), header(&hdr.0), payload(&msg.0))
        }
    }
}

fn header(hdr: &[u8]) -> String {
    const SHOWN: usize = 120;
    match hdr {
        [] => String::new(),
        short if short.len() <= SHOWN => format!(" hdr {}", quoted(short)),
        long => format!(" hdr {}", payload(long)),
    }
}

fn message(msg: &LoadedMsg, context: Context) -> String {
    format!(
        "seq {} {} {}{} {}",
        msg.seq,
        context.at(msg.ts.0),
        subject(&msg.subject),
        header(&msg.hdr.0),
        payload(&msg.msg.0)
    )
}

fn one(line: impl Into<String>) -> Vec<String> {
    vec![line.into()]
}

/// Lines that belong together, folded, or `none`.
fn list(lines: Vec<String>) -> Vec<String> {
    match lines.is_empty() {
        true => one("none"),
        false => group(&lines.into_iter().map(|line| vec![line]).collect::<Vec<_>>()),
    }
}

fn result(output: &Output, context: Context) -> Vec<String> {
    match output {
        Output::Now { now } => one(context.at(now.0)),
        Output::Stored { seq, ts } if ts.0 == context.now_ns => one(format!("seq {seq}")),
        Output::Stored { seq, ts } => one(format!("seq {seq} {}", context.at(ts.0))),
        Output::Seq { seq } => one(format!("seq {seq}")),
        Output::Message { msg } => one(message(msg, context)),
        Output::Found { msg, skip } => one(format!("{} skip {skip}", message(msg, context))),
        Output::Removed { removed } => one(if *removed { "removed" } else { "not removed" }),
        Output::Purged { purged } => one(format!("purged {purged}")),
        Output::SubjectsState { subjects } => list(
            subjects
                .iter()
                .map(|(of, s)| format!("{} msgs {} first {} last {}", subject(of), s.msgs, s.first, s.last))
                .collect(),
        ),
        Output::SubjectsTotals { subjects } => {
            list(subjects.iter().map(|(of, count)| format!("{} {count}", subject(of))).collect())
        }
        Output::Seqs { seqs } => one(format!("seqs [{}]", runs(seqs))),
        Output::LastMsgs { msgs, total, valid_through } => {
            let mut lines: Vec<String> =
                msgs.iter().map(|one| format!("{} pending {}", message(&one.msg, context), one.pending)).collect();
            lines.push(format!("total {total} valid_through {valid_through}"));
            list(lines)
        }
        Output::Subject { subject: of } => one(format!("subject {}", subject(of))),
        Output::Pending { total, valid_through } => one(format!("total {total} valid_through {valid_through}")),
        Output::State { state } => one(state_line(state, context)),
        Output::Filtered(state) => one(format!("msgs {} first {} last {}", state.msgs, state.first, state.last)),
        Output::ConsumerState { state } => consumer_state(state, context),
        Output::ReplicatedState { .. }
        | Output::SequenceSet { .. }
        | Output::HashWheel { .. }
        | Output::MsgScheduling { .. }
        | Output::BlockHead { .. }
        | Output::Decompressed { .. } => decoded::lines(output, context),
        Output::Inspection(inside) => inspection(inside, &[], &BTreeSet::new(), context),
        other => plain(other, context),
    }
}

/// How much of the disk is used; what compressed blocks use is their encoder's to choose.
#[must_use]
pub fn utilization(total: Uint, reported: Uint, compressed: bool) -> String {
    if compressed { format!("total ~ reported {reported}") } else { format!("total {total} reported {reported}") }
}

/// The results that are one value.
fn plain(output: &Output, context: Context) -> Vec<String> {
    one(match output {
        Output::Type { storage } => format!("type {storage}"),
        Output::Utilization { total, reported } => utilization(*total, *reported, context.compressed),
        Output::HasState { has_state } => (if *has_state { "has state" } else { "no state" }).to_owned(),
        Output::Encoded { state } => format!("bytes {}", payload(&state.0)),
        Output::Text { text } => format!("text {}", quoted(text.as_bytes())),
        Output::Json { json } => format!("json {json}"),
        Output::Compression { compression } => format!("compression {compression}"),
        Output::Size { size } => format!("size {size}"),
        Output::Match { matches } => (if *matches { "match" } else { "no match" }).to_owned(),
        Output::Timestamp { ts } => format!("ts {}", context.time(*ts)),
        Output::Version { version } => format!("version {version}"),
        Output::Keystream { keystream } => format!("keystream {}", hex::encode(&keystream.0)),
        Output::EncryptionKey(key) => {
            format!("nonce_size {} overhead {} sealed {}", key.nonce_size, key.overhead, hex::encode(&key.sealed.0))
        }
        Output::Started(started) => format!("port {} {}", started.port, started.port_version),
        Output::Snapshot(taken) => format!("archive {} errors {}", payload(&taken.archive.0), taken.errors.len()),
        _ => "ok".to_owned(),
    })
}

fn state_line(state: &StateMsg, context: Context) -> String {
    let mut line = format!(
        "msgs {}  bytes {}  first {}{}  last {}{}",
        state.msgs,
        state.bytes,
        state.first_seq,
        place(state.first_time, context),
        state.last_seq,
        place(state.last_time, context),
    );
    // `fast_state` gives the count alone; where the list says the same, the count adds nothing.
    if u128::from(state.num_deleted.0) != state.deleted.count() {
        line.push_str(&format!("  num_deleted {}", state.num_deleted));
    }
    if !state.deleted.is_empty() {
        line.push_str(&format!("  deleted {}", state.deleted));
    }
    line.push_str(&format!("  subjects {}  consumers {}", state.num_subjects, state.consumers));
    if let Some(lost) = &state.lost {
        line.push_str(&lost_text(lost));
    }
    line
}

/// A time behind its sequence; Go's zero time is left out.
fn place(time: Time, context: Context) -> String {
    match time.0 {
        None => String::new(),
        Some(_) => context.time(time),
    }
}

fn lost_text(lost: &Lost) -> String {
    format!("  lost {} lost_bytes {}", lost.msgs, lost.bytes)
}

/// Sequences in the given order, with runs that count up by one as `A-B`.
fn runs(seqs: &[Uint]) -> String {
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for Uint(seq) in seqs {
        match parts.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*seq) => *last = *seq,
            _ => parts.push((*seq, *seq)),
        }
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    parts.join(" ")
}

fn consumer_state(state: &ConsumerStateMsg, context: Context) -> Vec<String> {
    let mut lines = one(format!(
        "delivered {}/{}  ack_floor {}/{}  pending {}  redelivered {}",
        state.delivered.consumer,
        state.delivered.stream,
        state.ack_floor.consumer,
        state.ack_floor.stream,
        state.pending.len(),
        state.redelivered.len()
    ));
    let pending: Vec<Vec<String>> = state
        .pending
        .iter()
        .map(|(stream, pending)| vec![format!("  pending {stream}:{} {}", pending.sequence, context.at(pending.ts.0))])
        .collect();
    let redelivered: Vec<Vec<String>> =
        state.redelivered.iter().map(|(stream, count)| vec![format!("  redelivered {stream}:{count}")]).collect();
    for part in [pending, redelivered] {
        if !part.is_empty() {
            lines.extend(group(&part));
        }
    }
    lines
}

/// What a store knows inside: the members asked for, or all that do not depend on when caches were last looked at.
///
/// The size on disk of a block that is `compressed` is its encoder's to choose, and is shown as `~`.
#[must_use]
pub fn inspection(
    inside: &Inspection,
    members: &[String],
    compressed: &BTreeSet<u64>,
    context: Context,
) -> Vec<String> {
    let wanted = |name: &str| {
        if members.is_empty() { name == "blocks" || name == "lost" } else { members.iter().any(|m| m == name) }
    };
    let mut lines = Vec::new();
    let numbers = [
        ("num_msg_blocks", inside.num_msg_blocks),
        ("dmap_entries", inside.dmap_entries),
        ("dirty", inside.dirty),
        ("cache_loads", inside.cache_loads),
        ("cache_size", inside.cache_size),
    ];
    for (name, value) in numbers.iter().filter(|(name, _)| wanted(name)) {
        lines.push(format!("{name} {value}"));
    }
    if wanted("blocks") {
        let blocks: Vec<Vec<String>> = inside
            .blocks
            .iter()
            .map(|block| vec![block_line(block, context.compressed || compressed.contains(&block.index.0), context)])
            .collect();
        lines.extend(if blocks.is_empty() { one("no blocks") } else { group(&blocks) });
    }
    match &inside.lost {
        Some(lost) if wanted("lost") => lines.push(lost_text(lost).trim_start().to_owned()),
        _ => {}
    }
    if lines.is_empty() { one("nothing lost") } else { lines }
}

fn block_line(block: &BlockInfo, compressed: bool, context: Context) -> String {
    let rbytes = if compressed { "~".to_owned() } else { block.rbytes.to_string() };
    let time = |ns: i64| if ns == 0 { String::new() } else { context.at(ns) };
    let mut line = format!(
        "block {}  first {}{}  last {}{}  msgs {}  bytes {}  rbytes {rbytes}",
        block.index,
        block.first_seq,
        time(block.first_ts.0),
        block.last_seq,
        time(block.last_ts.0),
        block.msgs,
        block.bytes
    );
    if block.deleted != SeqList::default() {
        line.push_str(&format!("  deleted {}", block.deleted));
    }
    for (name, count) in [("ttls", block.ttls), ("schedules", block.schedules)] {
        if count.0 > 0 {
            line.push_str(&format!("  {name} {count}"));
        }
    }
    if block.closed {
        line.push_str("  closed");
    }
    line
}
