//! Vectors of the states that decode without a store: consumers, replicated streams, sequence sets, times to live, schedules.
//!
//! Each goes to its decoder; the last three and a consumer's state also lie in a store, where Go may fall back to its messages.

use super::super::fields::{Field, fields};
use super::{Edit, Maker, Source};
use crate::format::{consumer_state, delete_blocks, hash_wheel, schedule, sequence_set};

pub(super) fn all(maker: &mut Maker<'_>) -> Result<(), String> {
    consumers(maker)?;
    streams(maker)?;
    sets(maker)?;
    wheels(maker)?;
    schedules(maker)
}

fn consumers(maker: &mut Maker<'_>) -> Result<(), String> {
    let decode = ["decode-consumer-state $bytes", "check-consumer-header $bytes"];
    let source = maker.source("consumer-state", "two obs/C/o.dat", "A consumer's state", &decode)?;
    consumer_family(maker, &source);
    let mut old = maker.source("consumer-state", "v1 v1", "A consumer's state of version 1", &decode)?;
    old.prefix = "v1-";
    consumer_family(maker, &old);
    let in_store = [
        "open",
        "store a \"x\"",
        "consumer C open ack_policy=explicit",
        "stop",
        "write obs/C/o.dat $bytes",
        "open",
        "consumer C open ack_policy=explicit",
        "consumer C has-state",
        "consumer C state",
    ];
    let mut file = maker.source("consumer-state", "two obs/C/o.dat", "A consumer's file in a store", &in_store)?;
    file.prefix = "file-";
    let all = fields(&consumer_state::dump(&file.bytes));
    maker.add(&file, "whole", "nothing is wrong", Edit::None);
    for field in all.iter().filter(|field| ["magic", "version", "number-pending"].contains(&field.kind.as_str())) {
        let fault = format!("cut off before {}", field.name);
        maker.add(&file, &format!("cut-before-{}", field.name), &fault, Edit::Cut(field.at));
        maker.byte(&file, field);
    }
    maker.add(&file, "cut-last-byte", "the last byte is missing", Edit::Cut(file.bytes.len() - 1));
    maker.add(&file, "trailing-zero", "a zero behind the end", Edit::Append(vec![0]));
    Ok(())
}

fn consumer_family(maker: &mut Maker<'_>, source: &Source) {
    let all = fields(&consumer_state::dump(&source.bytes));
    maker.ends(source, &all);
    for field in &all {
        match field.kind.as_str() {
            "magic" | "version" => maker.byte(source, field),
            _ => maker.varint(source, field),
        }
    }
    let entries: Vec<&Field> = all.iter().filter(|field| field.kind == "pending-stream").collect();
    if let ([first, second], Some(end)) =
        (entries.as_slice(), all.iter().find(|field| field.kind == "number-redelivered"))
    {
        let (one, two) = (first.at..second.at, second.at..end.at);
        maker.add(
            source,
            "pending-entries-swapped",
            "the pending entries are in the other order",
            Edit::Move(two.clone(), one.start),
        );
        maker.add(source, "pending-entry-missing", "an entry is missing", Edit::Replace(two.clone(), Vec::new()));
        maker.add(source, "pending-entry-too-many", "an entry comes twice", Edit::Copy(two, end.at));
        let twice = source.bytes.get(one).unwrap_or_default().to_vec();
        maker.add(
            source,
            "pending-sequence-twice",
            "both entries are of one sequence",
            Edit::Replace(second.at..end.at, twice),
        );
    }
}

fn streams(maker: &mut Maker<'_>) -> Result<(), String> {
    let decode = ["decode-stream-state $bytes"];
    let runs = maker.source("stream-state", "runs s", "A replicated state with two runs", &decode)?;
    let all = fields(&delete_blocks::dump(&runs.bytes));
    maker.ends(&runs, &all);
    for field in &all {
        match field.kind.as_str() {
            "magic" | "version" | "run-magic" => maker.byte(&runs, field),
            _ => maker.varint(&runs, field),
        }
    }
    run_orders(maker, &runs, &all);
    let mut sets = maker.source("stream-state", "sets s", "A replicated state with a run and sets", &decode)?;
    sets.prefix = "sets-";
    let all = fields(&delete_blocks::dump(&sets.bytes));
    maker.ends(&sets, &all);
    for field in &all {
        match field.kind.as_str() {
            "sequence-set-magic" | "version" => maker.byte(&sets, field),
            "nodes" | "size" => maker.fixed(&sets, field),
            _ => {}
        }
    }
    let mut synced = maker.source(
        "stream-state",
        "runs s",
        "A replicated state that a store is synced with",
        &["open", "store a \"x\" repeat=15", "save-bytes s $bytes", "sync-deleted saved=s", "state"],
    )?;
    synced.prefix = "synced-";
    let all = fields(&delete_blocks::dump(&synced.bytes));
    maker.add(&synced, "whole", "nothing is wrong", Edit::None);
    for field in all.iter().filter(|field| field.kind.starts_with("run-") && field.kind != "run-magic") {
        maker.varint(&synced, field);
    }
    run_orders(maker, &synced, &all);
    Ok(())
}

fn run_orders(maker: &mut Maker<'_>, source: &Source, all: &[Field]) {
    let starts: Vec<usize> = all.iter().filter(|field| field.kind == "run-magic").map(|field| field.at).collect();
    let [first, second] = starts.as_slice() else { return };
    let (one, end) = (*first..*second, source.bytes.len());
    maker.add(source, "runs-swapped", "the runs are in the other order", Edit::Move(one.clone(), end));
    maker.add(source, "run-twice", "a run comes twice", Edit::Copy(one.clone(), *second));
    maker.add(source, "run-missing", "a run is missing", Edit::Replace(one, Vec::new()));
    let unknown = vec![0x17, 1, 1];
    maker.add(
        source,
        "unknown-block-between",
        "a block of deletes of an unknown kind",
        Edit::Replace(*second..*second, unknown),
    );
}

fn sets(maker: &mut Maker<'_>) -> Result<(), String> {
    let decode = ["decode-sequence-set $bytes"];
    let one = maker.source("sequence-set", "stream-state/sets s 11..287", "A set of one node", &decode)?;
    set_family(maker, &one);
    let mut three = maker.source("sequence-set", "nodes s 10..818", "A set of three nodes", &decode)?;
    three.prefix = "nodes-";
    set_family(maker, &three);
    node_orders(maker, &three);
    let mut old = maker.source("sequence-set", "v1 v1", "A set of version 1", &decode)?;
    old.prefix = "v1-";
    set_family(maker, &old);
    Ok(())
}

fn set_family(maker: &mut Maker<'_>, source: &Source) {
    let all = fields(&sequence_set::dump(&source.bytes));
    maker.ends(source, &all);
    for field in &all {
        match field.kind.as_str() {
            "sequence-set-magic" | "version" => maker.byte(source, field),
            "nodes" | "size" => maker.fixed(source, field),
            _ => node_family(maker, source, field),
        }
    }
}

/// Faults inside a node: base, bits and height.
fn node_family(maker: &mut Maker<'_>, source: &Source, node: &Field) {
    let part = |name: &str, at: usize, len: usize| Field {
        name: format!("{}-{name}", node.name),
        kind: String::new(),
        at,
        len,
    };
    let base = part("base", node.at, 8);
    maker.value(source, &base, "one", &1_u64.to_le_bytes());
    maker.value(source, &base, "not-a-multiple-of-its-width", &2_049_u64.to_le_bytes());
    maker.value(source, &base, "the-last-node", &(u64::MAX - 2_047).to_le_bytes());
    maker.value(source, &base, "the-greatest", &u64::MAX.to_le_bytes());
    let bits = part("first-bits", node.at + 8, 8);
    maker.value(source, &bits, "zero", &[0; 8]);
    maker.value(source, &bits, "all-ones", &[0xff; 8]);
    let height = part("height", node.at + node.len - 2, 2);
    maker.value(source, &height, "zero", &[0, 0]);
    maker.value(source, &height, "all-ones", &[0xff, 0xff]);
}

/// The bytes of a set before its nodes, and of a node.
const SET_HEADER: usize = 10;
const NODE: usize = 8 + 32 * 8 + 2;

fn node_orders(maker: &mut Maker<'_>, source: &Source) {
    let node = |at: usize| SET_HEADER + at * NODE..SET_HEADER + (at + 1) * NODE;
    let (first, last) = (node(0), node(2));
    maker.add(source, "order-last-first", "the last node comes first", Edit::Move(last.clone(), first.start));
    let one = source.bytes.get(first).unwrap_or_default().to_vec();
    maker.add(source, "order-first-again", "the last node is the first again", Edit::Replace(last, one));
}

fn wheels(maker: &mut Maker<'_>) -> Result<(), String> {
    let source = maker.source(
        "hash-wheel",
        "three msgs/thw.db",
        "The times to live of two messages",
        &["decode-hash-wheel $bytes"],
    )?;
    timed_family(maker, &source, &fields(&hash_wheel::dump(&source.bytes)), "expires");
    let in_store = [
        "write msgs/1.blk $(hash-wheel/three msgs/1.blk)",
        "write msgs/thw.db $bytes",
        "open allow_msg_ttl",
        "ls msgs/*",
        "inspect",
        "advance 61s",
        "state",
        "advance 2h",
        "state",
        "stop",
        "dump msgs/thw.db",
    ];
    let mut file = maker.source("hash-wheel", "three msgs/thw.db", "thw.db in a store", &in_store)?;
    file.prefix = "file-";
    in_a_store(maker, &file, &fields(&hash_wheel::dump(&file.bytes)));
    Ok(())
}

fn schedules(maker: &mut Maker<'_>) -> Result<(), String> {
    let source = maker.source("schedules", "two msgs/sched.db", "Two schedules", &["decode-msg-scheduling $bytes"])?;
    let all = fields(&schedule::dump(&source.bytes));
    timed_family(maker, &source, &all, "subject-length");
    for field in &all {
        match field.kind.as_str() {
            "subject-length" => maker.fixed(&source, field),
            "subject" => {
                maker.value(&source, field, "no-text", &[0xff; 7]);
                maker.value(&source, field, "zeros", &[0; 7]);
            }
            _ => {}
        }
    }
    let in_store = [
        "write msgs/1.blk $(schedules/two msgs/1.blk)",
        "write msgs/sched.db $bytes",
        "open allow_msg_schedules subjects=[>]",
        "register process",
        "ls msgs/*",
        "advance 31s",
        "advance 30s",
        "state",
        "stop",
        "dump msgs/sched.db",
    ];
    let mut file = maker.source("schedules", "two msgs/sched.db", "sched.db in a store", &in_store)?;
    file.prefix = "file-";
    in_a_store(maker, &file, &fields(&schedule::dump(&file.bytes)));
    Ok(())
}

/// What thw.db and sched.db share: version, count and stamp, then entries that begin with the field `starts`.
fn timed_family(maker: &mut Maker<'_>, source: &Source, all: &[Field], starts: &str) {
    maker.ends(source, all);
    for field in all {
        match field.kind.as_str() {
            "version" => maker.byte(source, field),
            "entries" | "stamp" => maker.fixed(source, field),
            "expires" | "sequence" | "fires-at" => maker.varint(source, field),
            _ => {}
        }
    }
    let starts: Vec<usize> = all.iter().filter(|field| field.kind == starts).map(|field| field.at).collect();
    let [first, second] = starts.as_slice() else { return };
    let (one, end) = (*first..*second, source.bytes.len());
    maker.add(source, "entries-swapped", "the entries are in the other order", Edit::Move(one.clone(), end));
    let twice = source.bytes.get(one.clone()).unwrap_or_default().to_vec();
    maker.add(source, "entry-twice", "both entries are the first", Edit::Replace(*second..end, twice));
    maker.add(source, "entry-missing", "an entry is missing", Edit::Replace(one.clone(), Vec::new()));
    maker.add(source, "entry-too-many", "an entry more than announced", Edit::Copy(one, end));
}

/// A few of the same in a store, which may put the file aside and read its messages.
fn in_a_store(maker: &mut Maker<'_>, file: &Source, all: &[Field]) {
    maker.add(file, "whole", "nothing is wrong", Edit::None);
    for field in all.iter().filter(|field| ["version", "entries", "stamp"].contains(&field.kind.as_str())) {
        let fault = format!("cut off before {}", field.name);
        maker.add(file, &format!("cut-before-{}", field.name), &fault, Edit::Cut(field.at));
        if field.kind == "version" {
            maker.byte(file, field);
        } else {
            maker.fixed(file, field);
        }
    }
    maker.add(file, "cut-last-byte", "the last byte is missing", Edit::Cut(file.bytes.len() - 1));
    maker.add(file, "trailing-zero", "a zero behind the end", Edit::Append(vec![0]));
    for field in all.iter().filter(|field| ["expires", "fires-at", "sequence"].contains(&field.kind.as_str())) {
        maker.varint(file, field);
    }
}
