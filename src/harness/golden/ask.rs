//! Asking a port about a directory: it opens a copy and answers a fixed list of questions.
//!
//! The questions are the same for every golden: states, subjects, the use of space, the blocks, the first messages one by one
//! and what the consumers know. Answers are the lines that cases use, so that a difference reads the same.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::GoldenError;
use super::manifest::Directory;
use crate::env::{FileSystem, RealFs, copy_tree};
use crate::harness::answer::{self, Context};
use crate::harness::execute::Stop;
use crate::harness::port::{Port, PortFailure};
use crate::harness::protocol::{ConsumerConfigMsg, Int, Op, Outcome, Output, Time, Uint};

/// How many messages are loaded one by one from each end.
const LOADED: u64 = 24;

/// What the port answers about the directory `source`, which is copied to `copy` first.
pub(super) fn ask(
    port: &mut dyn Port,
    case: &str,
    directory: &Directory,
    source: &Path,
    copy: &Path,
) -> Result<Vec<String>, GoldenError> {
    let fs: Arc<dyn FileSystem> = Arc::new(RealFs::new());
    copy_tree(&*fs, source, &*fs, copy)?;
    // Git keeps no empty directories.
    for folder in ["msgs", "obs"] {
        fs.create_dir_all(&copy.join(folder))?;
    }
    let compressed = match &directory.open {
        Op::Open { file, .. } => file.compression.as_deref().is_some_and(|name| name != "none"),
        _ => false,
    };
    let mut asking = Asking { port, context: Context { start_ns: 0, now_ns: 0, compressed }, lines: Vec::new() };
    let begun = asking.call(&Op::Begin { case: format!("golden/{case}") })?;
    if let Outcome::Result(Output::Now { now }) = begun {
        asking.context = Context { start_ns: now.0, now_ns: now.0, compressed };
    }
    let Int(after_ns) = directory.ended_after_ns;
    if let Outcome::Result(Output::Now { now }) = asking.call(&Op::Advance { ns: Int(after_ns) })? {
        asking.context.now_ns = now.0;
    }
    asking.open(directory, copy)?;
    for consumer in consumers(&*fs, copy)? {
        let op = Op::ConsumerOpen { name: consumer.clone(), created: Time(None), config: ConsumerConfigMsg::default() };
        asking.question(&format!("consumer {consumer} open"), &op)?;
        asking.question(&format!("consumer {consumer} state"), &Op::ConsumerState { consumer })?;
    }
    asking.question("stop", &Op::Stop {})?;
    let lines = asking.lines;
    port.call(&Op::End {}).map_err(|failure| Stop::Port { line: 0, failure })?;
    Ok(lines)
}

/// The consumers that have a folder.
fn consumers(fs: &dyn FileSystem, dir: &Path) -> Result<Vec<String>, GoldenError> {
    let entries = fs.read_dir(&dir.join("obs"))?;
    Ok(entries.iter().filter(|entry| entry.is_dir()).filter_map(|entry| entry.name_str().map(str::to_owned)).collect())
}

struct Asking<'a> {
    port: &'a mut dyn Port,
    context: Context,
    lines: Vec<String>,
}

impl Asking<'_> {
    fn call(&mut self, op: &Op) -> Result<Outcome, Stop> {
        let reply = self.port.call(op).map_err(|failure: PortFailure| Stop::Port { line: 0, failure })?;
        match reply.outcome {
            Outcome::Unsupported(what) => Err(Stop::Unsupported { line: 0, what }),
            outcome => Ok(outcome),
        }
    }

    /// Asks, and notes the question with its answer.
    fn question(&mut self, name: &str, op: &Op) -> Result<Outcome, Stop> {
        let outcome = self.call(op)?;
        for line in answer::outcome(&outcome, self.context) {
            self.lines.push(format!("{name}: {line}"));
        }
        Ok(outcome)
    }

    fn open(&mut self, directory: &Directory, copy: &Path) -> Result<(), Stop> {
        let mut op = directory.open.clone();
        if let Op::Open { dir, .. } = &mut op {
            *dir = copy.to_string_lossy().into_owned();
        }
        self.question("open", &op)?;
        let state = self.question("state", &Op::State {})?;
        self.question("subjects", &Op::SubjectsState { filter: ">".to_owned() })?;
        self.question("utilization", &Op::Utilization {})?;
        let members = ["blocks".to_owned(), "lost".to_owned()];
        if let Outcome::Result(Output::Inspection(inside)) = self.call(&Op::Inspect {})? {
            for line in answer::inspection(&inside, &members, &BTreeSet::new(), self.context) {
                self.lines.push(format!("inside: {line}"));
            }
        }
        if let Outcome::Result(Output::State { state }) = state {
            let (first, last) = (state.first_seq.0, state.last_seq.0);
            for seq in (first..=last).filter(|seq| seq - first < LOADED || last - seq < LOADED) {
                self.question(&format!("load {seq}"), &Op::LoadMsg { seq: Uint(seq) })?;
            }
        }
        Ok(())
    }
}
