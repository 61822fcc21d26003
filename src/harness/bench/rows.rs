//! The rows of the table: which workloads there are, and how large.
//!
//! The sizes are for `scale` 1, where a measured section takes about a second in Go.

use std::path::PathBuf;

use super::workload::{Act, Workload};
use crate::harness::protocol::Uint;

/// The seed of every workload.
const SEED: u64 = 20_261_123;

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name, by which it is selected.
    pub name: &'static str,
    /// What is measured; the directory is filled in by whoever runs it.
    pub workload: Workload,
    /// Whether the directory holds the messages already.
    pub prepared: bool,
    /// Whether the act changes the directory, so that every round needs a copy of its own.
    pub changes: bool,
    /// Whether `index.db` is taken away first.
    pub without_index: bool,
}

/// All rows, in the order of the table; `scale` multiplies messages, subjects and operations.
pub fn rows(scale: f64) -> Vec<Row> {
    let sizes = Sizes { scale };
    let mut rows = storing(&sizes);
    rows.extend(loading(&sizes));
    rows.extend(counting(&sizes));
    rows.extend(changing(&sizes));
    rows
}

struct Sizes {
    scale: f64,
}

impl Sizes {
    fn scaled(&self, count: u64) -> Uint {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are small and positive")]
        let scaled = (count as f64 * self.scale).ceil() as u64;
        Uint(scaled.max(1))
    }

    fn workload(&self, act: Act, messages: u64, subjects: u64, size: u64, operations: u64) -> Workload {
        Workload {
            act,
            dir: PathBuf::new(),
            messages: self.scaled(messages),
            subjects: self.scaled(subjects),
            size: Uint(size),
            operations: self.scaled(operations),
            seed: Uint(SEED),
            cipher: "none".to_owned(),
            compression: "none".to_owned(),
            async_flush: false,
        }
    }

    /// A single subject stays one at any scale.
    fn on_one_subject(&self, messages: u64, size: u64) -> Workload {
        Workload { subjects: Uint(1), ..self.workload(Act::Store, messages, 1, size, 1) }
    }
}

fn storing(sizes: &Sizes) -> Vec<Row> {
    let row = |name, workload| Row { name, workload, prepared: false, changes: true, without_index: false };
    let small = sizes.on_one_subject(500_000, 128);
    let kib = sizes.on_one_subject(200_000, 1024);
    let with = |cipher: &str, compression: &str| Workload {
        cipher: cipher.to_owned(),
        compression: compression.to_owned(),
        ..small.clone()
    };
    vec![
        row("store 128 B", small.clone()),
        row("store 128 B, 100,000 subjects", sizes.workload(Act::Store, 500_000, 100_000, 128, 1)),
        row("store 8 KiB", sizes.on_one_subject(50_000, 8192)),
        row("store 128 B, AES", with("aes", "none")),
        row("store 128 B, ChaCha", with("chacha", "none")),
        row("store 128 B, S2", with("none", "s2")),
        row("store 128 B, async flush", Workload { async_flush: true, ..small.clone() }),
        row("store 1 KiB, async flush", Workload { async_flush: true, ..kib }),
    ]
}

fn loading(sizes: &Sizes) -> Vec<Row> {
    let row = |name, workload| Row { name, workload, prepared: true, changes: false, without_index: false };
    let stream = |act, operations| sizes.workload(act, 500_000, 100_000, 128, operations);
    vec![
        row("load in order", stream(Act::LoadInOrder, 1)),
        row("load at random", stream(Act::LoadRandom, 500_000)),
        row("load next by wildcard", stream(Act::LoadNext, 1)),
        row("load last by subject", stream(Act::LoadLast, 200_000)),
    ]
}

fn counting(sizes: &Sizes) -> Vec<Row> {
    let row = |name, workload| Row { name, workload, prepared: true, changes: false, without_index: false };
    let stream = |act, operations| sizes.workload(act, 500_000, 100_000, 128, operations);
    vec![
        row("num pending", stream(Act::NumPending, 300)),
        row("subjects state, 100,000 subjects", stream(Act::SubjectsState, 3)),
    ]
}

fn changing(sizes: &Sizes) -> Vec<Row> {
    let gib = sizes.workload(Act::Recover, 1 << 20, 100_000, 1024, 1);
    let recover =
        |name, without_index| Row { name, workload: gib.clone(), prepared: true, changes: false, without_index };
    vec![
        Row {
            name: "remove 50 % at random, compact",
            workload: sizes.workload(Act::RemoveCompact, 200_000, 10_000, 128, 1),
            prepared: true,
            changes: true,
            without_index: false,
        },
        recover("recover 1 GiB with index.db", false),
        recover("recover 1 GiB by scanning", true),
    ]
}
