//! Gives a command its meaning: a [`Step`] that the interpreter can carry out.
//!
//! Most commands are one operation of the adapter protocol. The others change the configuration of the store, keep values for
//! later, or are work that the harness does itself on the files.

use serde_json::Value as Json;

use super::error::Fault;
use super::expand::{Argument, Arguments};
use super::files::{self, FileStep};
use super::grammar;
use super::operations;
use super::quantity;
use super::syntax::Command;
use super::template::Variables;
use crate::harness::protocol::{Bytes, Op, StreamConfigMsg};

/// What one command does at one repetition. Times in it are still relative to the start of the case.
#[derive(Debug, Clone)]
pub enum Step {
    /// An operation of the protocol.
    Call(Box<Op>),
    /// `open`, and with `stop` before it `restart`: the last configuration with changes.
    Open {
        /// What changes.
        changes: Changes,
        /// Whether the store is stopped first.
        restart: bool,
    },
    /// The directory is copied as it lies and the store abandoned.
    Crash,
    /// The configuration of the stream changes.
    UpdateConfig(Changes),
    /// An operation whose bytes are kept under a name.
    Save {
        /// The operation.
        op: Box<Op>,
        /// The name.
        name: String,
    },
    /// `sync-deleted`.
    SyncDeleted {
        /// The saved state that holds the deleted sequences.
        saved: Option<String>,
        /// The deleted sequences when there is no saved state: runs of the first and the last.
        deleted: Vec<(u64, u64)>,
    },
    /// Bytes are kept under a name.
    SaveBytes {
        /// The name.
        name: String,
        /// The bytes.
        bytes: Bytes,
    },
    /// What was kept under a name, in hexadecimal.
    SavedBytes(String),
    /// A saved snapshot is unpacked.
    Restore {
        /// The name it was saved under.
        name: String,
        /// The directory, or that of the store.
        dir: Option<String>,
    },
    /// What the store knows inside, or some members of it.
    Inspect(Vec<String>),
    /// A pure function that writes a file below the case's directory.
    WriteFile {
        /// The path as the case names it.
        path: String,
        /// What is written.
        bytes: Bytes,
        /// `write_atomically` and its flag; nothing for `write_file_with_sync`.
        atomically: Option<bool>,
    },
    /// Work on files.
    File(FileStep),
}

/// Changes of a configuration.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The arguments that are not members of StreamConfig.
    pub file: Vec<(&'static str, Argument)>,
    /// The members of StreamConfig by their JSON names.
    pub stream: StreamConfigMsg,
}

/// The meaning of `command` for `variables`, with the case starting at `start_ns`.
pub fn lower_at(command: &Command, variables: &Variables, start_ns: i64) -> Result<Step, Fault> {
    let arguments = Arguments::of(command, variables)?;
    match command.spec.name {
        "open" | "restart" => Ok(Step::Open { changes: changes(&arguments), restart: command.spec.name == "restart" }),
        "update-config" => Ok(Step::UpdateConfig(changes(&arguments))),
        "crash" => Ok(Step::Crash),
        "sync-deleted" => sync_deleted(&arguments),
        "restore" => Ok(Step::Restore {
            name: arguments.text("name").unwrap_or_default().to_owned(),
            dir: arguments.text("dir").map(str::to_owned),
        }),
        "save-bytes" => Ok(Step::SaveBytes {
            name: arguments.text("name").unwrap_or_default().to_owned(),
            bytes: Bytes(arguments.bytes("bytes").unwrap_or_default().to_vec()),
        }),
        "bytes-saved" => Ok(Step::SavedBytes(arguments.text("name").unwrap_or_default().to_owned())),
        "inspect" => inspect(&arguments),
        "write-file-with-sync" | "write-atomically" => {
            let atomically = command.spec.name == "write-atomically";
            Ok(Step::WriteFile {
                path: arguments.text("path").unwrap_or_default().to_owned(),
                bytes: Bytes(arguments.payload(variables)?),
                atomically: atomically.then(|| arguments.flag("sync").unwrap_or(false)),
            })
        }
        _ => {
            if let Some(step) = files::file_step(command.spec.name, &arguments, variables)? {
                return Ok(Step::File(step));
            }
            let op = Box::new(operations::operation(command, &arguments, variables, start_ns)?);
            Ok(match arguments.text("save") {
                Some(name) => Step::Save { op, name: name.to_owned() },
                None => Step::Call(op),
            })
        }
    }
}

/// The meaning of `command` for `variables` when it does not matter when the case starts: for checking.
pub(super) fn lower(command: &Command, variables: &Variables) -> Result<Step, Fault> {
    lower_at(command, variables, crate::harness::protocol::EPOCH_NS)
}

fn sync_deleted(arguments: &Arguments) -> Result<Step, Fault> {
    let saved = arguments.text("saved").map(str::to_owned);
    let listed = arguments.list("deleted");
    if saved.is_some() == listed.is_some() {
        return Err(Fault::new(
            "either `[..]` with sequences or `saved=`",
            if saved.is_some() { "both" } else { "neither" },
        ));
    }
    let run = |text: &String| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (quantity::unsigned(first)?, quantity::unsigned(last)?);
        match first <= last {
            true => Ok((first, last)),
            false => Err(Fault::new("a sequence or a range such as 5-9", format!("`{text}`"))),
        }
    };
    let deleted: Result<Vec<(u64, u64)>, Fault> = listed.unwrap_or_default().iter().map(run).collect();
    Ok(Step::SyncDeleted { saved, deleted: deleted? })
}

/// The members that `inspect` can be asked for.
pub const INSPECT_MEMBERS: [&str; 7] =
    ["blocks", "lost", "dirty", "cache_loads", "cache_size", "dmap_entries", "num_msg_blocks"];

fn inspect(arguments: &Arguments) -> Result<Step, Fault> {
    let members = arguments.list("members").unwrap_or_default().to_vec();
    match members.iter().find(|member| !INSPECT_MEMBERS.contains(&member.as_str())) {
        Some(unknown) => {
            Err(Fault::new(format!("members out of {}", INSPECT_MEMBERS.join(", ")), format!("`{unknown}`")))
        }
        None => Ok(Step::Inspect(members)),
    }
}

/// Splits the arguments of an opening into those of the stream's configuration and the others.
fn changes(arguments: &Arguments) -> Changes {
    let mut changes = Changes::default();
    for (name, argument) in arguments.iter() {
        if grammar::STREAM.iter().any(|param| param.name == name) {
            let name = if name == "stream_compression" { "compression" } else { name };
            changes.stream.set(name, json(argument));
        } else {
            changes.file.push((name, argument.clone()));
        }
    }
    changes
}

/// An argument as a member of a configuration: integers as decimal strings.
pub(super) fn json(argument: &Argument) -> Json {
    match argument {
        Argument::Bytes(bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
        Argument::Text(text) => Json::String(text.clone()),
        Argument::Unsigned(value) => Json::String(value.to_string()),
        Argument::Signed(value) => Json::String(value.to_string()),
        Argument::Moment(_) => Json::Null,
        Argument::Flag(value) => Json::Bool(*value),
        Argument::List(values) => Json::Array(values.iter().cloned().map(Json::String).collect()),
    }
}
