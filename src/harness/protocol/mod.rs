//! The adapter protocol, version 1, as Rust types: what `docs/protocol.md` says in prose.
//!
//! One JSON object a line each way. A [`Request`] is an [`Op`] with an id; an [`Answer`] echoes the id and carries an
//! [`Outcome`] and the [`Event`]s that fired meanwhile. Integers are decimal strings ([`Uint`], [`Int`]), so that no JSON
//! library can round one; a result is parsed into the [`Output`] of its own operation. The schemas in `schemas/` are
//! generated from these types. Nothing here reads a pipe, knows a port, or touches a file.

mod answer;
mod class;
mod config;
mod op;
mod output;
mod request;
mod schema;
mod value;

pub(crate) use answer::shorten;
pub use answer::{Answer, Diagnosis, Event, OpError, Outcome};
pub use class::ErrorClass;
pub use config::{ConsumerConfigMsg, FileConfig, KeyConfig, StreamConfigMsg};
pub use op::{Capability, Op};
pub use output::{
    BlockInfo, Clock, ConsumerPending, ConsumerStateMsg, DeletedMsg, EncryptionKey, ExpiryMsg, Inspection, LoadedMsg,
    Lost, Output, OutputKind, PendingMsg, ReplicatedStateMsg, ScheduleMsg, SequencePair, SimpleState, SnapshotTaken,
    Started, StateMsg,
};
pub use request::{BadRequest, Request};
pub use schema::{ANSWER_SCHEMA_PATH, REQUEST_SCHEMA_PATH, answer_schema, request_schema};
pub use value::{Bytes, Int, SeqList, Time, Uint, ValueError};

/// The version of the protocol that this crate speaks.
pub const VERSION: u32 = 1;

/// The instant at which the virtual clock of a new case stands: 2000-01-01T00:00:00Z in Unix nanoseconds.
pub const EPOCH_NS: i64 = 946_684_800_000_000_000;

#[cfg(test)]
mod tests;
