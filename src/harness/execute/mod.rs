//! The interpreter: carries out a case on a port in a setting and gives the answers as text.
//!
//! It goes paragraph by paragraph, because whoever drives it (run, record, the goldens) decides after each whether to go on.
//! Operations of the protocol are sent in batches; anything the harness does itself waits for the answers before it. The port
//! is borrowed for each paragraph anew, so that a driver may put another one in its place while no store is open. It knows no
//! recorded answer: comparing is the driver's.

mod archive;
mod config;
mod delete_blocks;
mod dump;
mod files;
mod listing;
mod plain;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

pub use config::StoreConfig;
pub use workspace::Workspace;

use plain::Keys;

use super::answer::{self, Context};
use super::case::template::Variables;
use super::case::{Case, Changes, Fault, Paragraph, Setting, Statement, Step, expand, lower_at};
use super::port::{Port, PortFailure, Reply};
use super::protocol::{Op, Outcome, Output};
use crate::env::FsError;

/// The most operations that are sent before an answer is read.
const BATCH_OPERATIONS: usize = 256;
/// The most payload bytes that are sent before an answer is read.
const BATCH_BYTES: usize = 1 << 20;
/// The bytes on a line of hexadecimal.
const HEX_LINE: usize = 48;

/// Why an execution cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Stop {
    /// The port failed at a line.
    #[error("line {line}: {failure}")]
    Port {
        /// The line of the command, or 0 outside any.
        line: usize,
        /// How it failed.
        failure: PortFailure,
    },
    /// The port does not have an operation.
    #[error("line {line}: the port does not support {what}")]
    Unsupported {
        /// The line of the command, or 0 outside any.
        line: usize,
        /// What it said that it does not have.
        what: String,
    },
    /// The case asks for something that makes no sense, or the harness could not do its own part.
    #[error("line {line}: {text}")]
    Case {
        /// The line of the command, or 0 outside any.
        line: usize,
        /// What is wrong.
        text: String,
    },
}

/// A line of an answer and the line of the command that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerLine {
    /// The line of the command in the case file, from 1.
    pub command_line: usize,
    /// The text.
    pub text: String,
}

/// The answer of one operation, not yet folded with its neighbours.
#[derive(Debug)]
struct Answered {
    lines: Vec<String>,
}

impl Answered {
    /// The lines and what was reported meanwhile.
    fn with_events(mut lines: Vec<String>, reply: &Reply) -> Self {
        lines.extend(answer::events(&reply.events));
        Self { lines }
    }
}

/// An execution of a case.
#[derive(Debug)]
pub struct Interpreter {
    setting: Setting,
    workspace: Workspace,
    context: Context,
    config: Option<StoreConfig>,
    /// Encoded states and archives by the name that the case gave them.
    saved: BTreeMap<String, Vec<u8>>,
    operations: u64,
    /// Whether the store was ever opened with compression.
    compresses: bool,
}

impl Interpreter {
    /// Begins `case` on `port` in `setting`, with its files in `workspace`.
    pub fn begin(
        port: &mut dyn Port,
        case: &Case,
        setting: Setting,
        workspace: Workspace,
    ) -> Result<Interpreter, Stop> {
        let mut interpreter = Interpreter {
            setting,
            workspace,
            context: Context { start_ns: 0, now_ns: 0, compressed: false },
            config: None,
            saved: BTreeMap::new(),
            operations: 0,
            compresses: false,
        };
        let reply = interpreter.call(port, &Op::Begin { case: case.name.clone() }, 0)?;
        if let Outcome::Result(Output::Now { now }) = reply.outcome {
            interpreter.context = Context { start_ns: now.0, now_ns: now.0, compressed: false };
        }
        Ok(interpreter)
    }

    /// Carries out one paragraph and gives its answers.
    pub fn paragraph(&mut self, port: &mut dyn Port, paragraph: &Paragraph) -> Result<Vec<AnswerLine>, Stop> {
        let mut pass = Pass { interpreter: self, port, batch: Vec::new(), batch_bytes: 0, answers: Vec::new() };
        pass.statements(&paragraph.statements, &Variables::new())?;
        pass.flush()?;
        let mut answers = pass.answers.into_iter();
        fold(&paragraph.statements, &Variables::new(), &mut answers)
    }

    /// Stops the store, if one is open, and keeps a copy of its directory as it lies then.
    pub fn stop_and_keep(&mut self, port: &mut dyn Port) -> Result<(), Stop> {
        // A case that closed its store itself is answered with an error, which is as well.
        self.call(port, &Op::Stop {}, 0)?;
        self.workspace.keep().map_err(|error| harness_fault(0, &error))
    }

    /// Ends the case on the port and gives the files back.
    pub fn end(mut self, port: &mut dyn Port) -> Result<Workspace, Stop> {
        self.call(port, &Op::End {}, 0)?;
        Ok(self.workspace)
    }

    /// The files as they are now.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The operation that opened the store last, if one did.
    #[must_use]
    pub fn last_open(&self) -> Option<Op> {
        let config = self.config.as_ref()?;
        Some(config.open(self.setting, &mut self.workspace.clone(), self.context.start_ns))
    }

    /// How far the clock of the port has come since the case began, in nanoseconds.
    #[must_use]
    pub fn elapsed_ns(&self) -> i64 {
        self.context.now_ns.saturating_sub(self.context.start_ns)
    }

    /// How many operations were sent.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations
    }

    fn call(&mut self, port: &mut dyn Port, op: &Op, line: usize) -> Result<Reply, Stop> {
        self.operations += 1;
        let reply = port.call(op).map_err(|failure| Stop::Port { line, failure })?;
        self.check(&reply, line)?;
        Ok(reply)
    }

    /// Takes note of the clock, and stops at what the port does not support.
    fn check(&mut self, reply: &Reply, line: usize) -> Result<(), Stop> {
        match &reply.outcome {
            Outcome::Unsupported(what) => Err(Stop::Unsupported { line, what: what.clone() }),
            Outcome::Result(Output::Now { now }) => {
                self.context.now_ns = now.0;
                Ok(())
            }
            Outcome::Result(_) | Outcome::Error(_) => Ok(()),
        }
    }

    /// The text of a reply.
    fn answered(&mut self, reply: &Reply, line: usize) -> Result<Answered, Stop> {
        self.check(reply, line)?;
        let lines = match &reply.outcome {
            Outcome::Result(Output::Encoded { state }) => self.encoded(&state.0),
            Outcome::Result(Output::Snapshot(taken)) => archive::describe(taken),
            outcome => answer::outcome(outcome, self.context),
        };
        Ok(Answered::with_events(lines, reply))
    }

    /// An encoded state of the stream or of a consumer, decoded.
    fn encoded(&self, bytes: &[u8]) -> Vec<String> {
        delete_blocks::describe(bytes, self.context)
    }

    /// Carries out a step that is not just one operation.
    fn special(&mut self, port: &mut dyn Port, step: Step, line: usize) -> Result<Answered, Stop> {
        let reply = match step {
            Step::Call(op) => {
                let reply = self.call(port, &op, line)?;
                if let Outcome::Result(Output::Utilization { total, reported }) = &reply.outcome {
                    let compressed = !self.compressed_blocks(line)?.is_empty();
                    let answered = vec![answer::utilization(*total, *reported, compressed)];
                    return Ok(Answered::with_events(answered, &reply));
                }
                reply
            }
            Step::Open { changes, restart } => {
                if restart {
                    let stopped = self.call(port, &Op::Stop {}, line)?;
                    if matches!(stopped.outcome, Outcome::Error(_)) {
                        return self.answered(&stopped, line);
                    }
                }
                self.open(port, &changes, line)?
            }
            Step::UpdateConfig(changes) => {
                let mut config = self.config.take().unwrap_or_default();
                config.apply(&changes);
                let op = Op::UpdateConfig { stream: config.stream() };
                self.config = Some(config);
                self.call(port, &op, line)?
            }
            Step::Crash => {
                self.workspace.crash().map_err(|error| harness_fault(line, &error))?;
                self.call(port, &Op::Abandon {}, line)?
            }
            Step::Save { op, name } => return self.save(port, &op, name, line),
            Step::SyncDeleted { saved, deleted } => {
                let state = match saved {
                    Some(name) => self.saved(&name, line)?,
                    None => delete_blocks::encode(&deleted),
                };
                self.call(port, &Op::SyncDeleted { state: state.into() }, line)?
            }
            Step::Restore { name, dir } => {
                let archive = self.saved(&name, line)?.into();
                let dir = self.workspace.absolute_directory(dir.as_deref());
                self.call(port, &Op::Restore { dir, archive }, line)?
            }
            Step::SaveBytes { name, bytes } => {
                self.saved.insert(name, bytes.0);
                return Ok(Answered { lines: vec!["ok".to_owned()] });
            }
            Step::SavedBytes(name) => return Ok(Answered { lines: hex_lines(&self.saved(&name, line)?) }),
            Step::Inspect(members) => {
                let reply = self.call(port, &Op::Inspect {}, line)?;
                if let Outcome::Result(Output::Inspection(inside)) = &reply.outcome {
                    let lines = answer::inspection(inside, &members, &self.compressed_blocks(line)?, self.context);
                    return Ok(Answered::with_events(lines, &reply));
                }
                reply
            }
            Step::WriteFile { path, bytes, atomically } => {
                let path = self.workspace.absolute(&path);
                let op = match atomically {
                    Some(sync) => Op::WriteAtomically { path, bytes, sync },
                    None => Op::WriteFileWithSync { path, bytes },
                };
                self.call(port, &op, line)?
            }
            Step::File(work) => return self.file(&work, line),
        };
        self.answered(&reply, line)
    }

    /// The blocks whose file is compressed now: their sizes on disk are their encoder's to choose.
    fn compressed_blocks(&self, line: usize) -> Result<BTreeSet<u64>, Stop> {
        if !self.compresses {
            return Ok(BTreeSet::new());
        }
        let keys = Keys::new(&self.workspace, self.config.as_ref(), self.setting);
        keys.compressed_blocks().map_err(|error| harness_fault(line, &error))
    }

    /// Opens the store as it was opened before, with `changes`.
    fn open(&mut self, port: &mut dyn Port, changes: &Changes, line: usize) -> Result<Reply, Stop> {
        let mut config = self.config.take().unwrap_or_default();
        config.apply(changes);
        let op = config.open(self.setting, &mut self.workspace, self.context.start_ns);
        // Blocks stay compressed when a later opening compresses no more.
        self.compresses |= config.compresses(self.setting);
        self.config = Some(config);
        self.call(port, &op, line)
    }

    /// Carries out an operation and keeps its bytes.
    fn save(&mut self, port: &mut dyn Port, op: &Op, name: String, line: usize) -> Result<Answered, Stop> {
        let reply = self.call(port, op, line)?;
        match &reply.outcome {
            Outcome::Result(Output::Encoded { state }) => self.saved.insert(name, state.0.clone()),
            Outcome::Result(Output::Snapshot(taken)) => self.saved.insert(name, taken.archive.0.clone()),
            _ => None,
        };
        self.answered(&reply, line)
    }

    fn saved(&self, name: &str, line: usize) -> Result<Vec<u8>, Stop> {
        self.saved.get(name).cloned().ok_or_else(|| Stop::Case { line, text: format!("nothing was saved as `{name}`") })
    }
}

/// Bytes in hexadecimal, a line for every [`HEX_LINE`] of them.
fn hex_lines(bytes: &[u8]) -> Vec<String> {
    match bytes.is_empty() {
        true => vec!["hex:".to_owned()],
        false => bytes.chunks(HEX_LINE).map(|part| format!("hex:{}", hex::encode(part))).collect(),
    }
}

fn harness_fault(line: usize, error: &FsError) -> Stop {
    Stop::Case { line, text: format!("the harness could not do its part: {error}") }
}

fn case_fault(line: usize, fault: &Fault) -> Stop {
    Stop::Case { line, text: format!("expected {}, found {}", fault.expected, fault.found) }
}

/// One way through a paragraph: steps go in, answers come out, operations gather in a batch between.
struct Pass<'a> {
    interpreter: &'a mut Interpreter,
    port: &'a mut dyn Port,
    batch: Vec<(usize, Op)>,
    batch_bytes: usize,
    answers: Vec<Answered>,
}

impl Pass<'_> {
    fn statements(&mut self, statements: &[Statement], variables: &Variables) -> Result<(), Stop> {
        for statement in statements {
            each_turn(statement, variables, &mut |turn, variables| match turn {
                Turn::Command(command) => {
                    let start_ns = self.interpreter.context.start_ns;
                    let step =
                        lower_at(command, variables, start_ns).map_err(|fault| case_fault(command.line, &fault))?;
                    self.step(step, command.line)
                }
                Turn::Body(body) => self.statements(body, variables),
            })?;
        }
        Ok(())
    }

    fn step(&mut self, step: Step, line: usize) -> Result<(), Stop> {
        match step {
            // What it says of sizes is judged by the files as they are then.
            Step::Call(op) if !matches!(*op, Op::Utilization {}) => {
                if let Op::StoreMsg { msg, .. } | Op::StoreRawMsg { msg, .. } = &*op {
                    self.batch_bytes += msg.0.len();
                }
                self.batch.push((line, *op));
                if self.batch.len() >= BATCH_OPERATIONS || self.batch_bytes >= BATCH_BYTES {
                    self.flush()?;
                }
                Ok(())
            }
            other => {
                self.flush()?;
                let answered = self.interpreter.special(self.port, other, line)?;
                self.answers.push(answered);
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> Result<(), Stop> {
        let (lines, ops): (Vec<usize>, Vec<Op>) = std::mem::take(&mut self.batch).into_iter().unzip();
        self.batch_bytes = 0;
        self.interpreter.operations += ops.len() as u64;
        let replies = if ops.is_empty() { Vec::new() } else { self.port.call_many(&ops) };
        let answered = replies.len();
        for (line, reply) in lines.iter().zip(replies) {
            let reply = reply.map_err(|failure| Stop::Port { line: *line, failure })?;
            let answer = self.interpreter.answered(&reply, *line)?;
            self.answers.push(answer);
        }
        match lines.get(answered) {
            None => Ok(()),
            Some(line) => Err(Stop::Case { line: *line, text: "the port answered too few operations".to_owned() }),
        }
    }
}

/// One repetition of a statement.
enum Turn<'a> {
    Command(&'a super::case::Command),
    Body(&'a [Statement]),
}

/// Calls `each` for every repetition of `statement`, in order.
fn each_turn(
    statement: &Statement,
    variables: &Variables,
    each: &mut dyn FnMut(Turn<'_>, &Variables) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let fault = |fault: Fault| case_fault(statement.line(), &fault);
    match statement {
        Statement::Command(command) => match &command.repeat {
            None => each(Turn::Command(command), variables),
            Some(repeat) => {
                for turn in 1..=expand::count(repeat, variables).map_err(fault)? {
                    each(Turn::Command(command), &variables.with("i", i128::from(turn), turn))?;
                }
                Ok(())
            }
        },
        Statement::Loop(repeated) => {
            let values = expand::loop_values(&repeated.values, variables).map_err(fault)?;
            for (value, turn) in values.into_iter().zip(1..) {
                each(Turn::Body(&repeated.body), &variables.with(&repeated.variable, value, turn))?;
            }
            Ok(())
        }
    }
}

/// The answers of `statements` with repetitions folded, taken from `answers` in the order in which they were given.
fn fold(
    statements: &[Statement],
    variables: &Variables,
    answers: &mut dyn Iterator<Item = Answered>,
) -> Result<Vec<AnswerLine>, Stop> {
    let mut lines = Vec::new();
    for statement in statements {
        let mut turns: Vec<Vec<String>> = Vec::new();
        each_turn(statement, variables, &mut |turn, variables| {
            turns.push(match turn {
                Turn::Command(_) => answers.next().map(|answered| answered.lines).unwrap_or_default(),
                Turn::Body(body) => fold(body, variables, answers)?.into_iter().map(|line| line.text).collect(),
            });
            Ok(())
        })?;
        let command_line = statement.line();
        lines.extend(answer::group(&turns).into_iter().map(|text| AnswerLine { command_line, text }));
    }
    Ok(lines)
}
