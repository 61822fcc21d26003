//! The one trait through which the harness sees a port, and what can go wrong with one.
//!
//! A port that crashes, hangs or talks nonsense is a finding about the port: a [`PortFailure`] is a verdict on a case and
//! never an error of the harness. After a failure (other than [`PortFailure::NotStarted`]) every call fails with the same
//! failure until [`Port::start`] begins afresh, so that a dead port costs one case.

use std::fmt;
use std::time::Duration;

use super::protocol::{Capability, Diagnosis, Event, Op, Outcome, Started};

/// What an operation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// How it went.
    pub outcome: Outcome,
    /// The callbacks that fired while it ran, in order.
    pub events: Vec<Event>,
}

/// How many operations a port has answered, and in how much time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The operations.
    pub operations: u64,
    /// The time from the first byte written to the last answer read, summed up.
    pub elapsed: Duration,
}

impl Cost {
    /// The mean time of one operation.
    pub fn per_operation(&self) -> Option<Duration> {
        u32::try_from(self.operations).ok().and_then(|operations| self.elapsed.checked_div(operations))
    }
}

/// An implementation of the file store that answers operations.
pub trait Port: Send {
    /// What the user called it: `reference`, `go@v2.14.9`, `cmd:...`.
    fn name(&self) -> &str;

    /// Starts the port or starts it afresh, whatever state it is in, and asks who it is.
    fn start(&mut self) -> Result<Started, PortFailure>;

    /// Runs one operation.
    fn call(&mut self, op: &Op) -> Result<Reply, PortFailure>;

    /// Runs operations in order, as many as go well, and at most one that fails: the last item of the result. A port
    /// behind a pipe writes several requests before it reads.
    fn call_many(&mut self, ops: &[Op]) -> Vec<Result<Reply, PortFailure>> {
        let mut replies = Vec::with_capacity(ops.len());
        for op in ops {
            let reply = self.call(op);
            let failed = reply.is_err();
            replies.push(reply);
            if failed {
                break;
            }
        }
        replies
    }

    /// How long an operation may take from now on. A port inside this process cannot be stopped and ignores it.
    fn set_deadline(&mut self, _deadline: Duration) {}

    /// What the operations have cost so far, the way there and back included.
    fn cost(&self) -> Cost {
        Cost::default()
    }

    /// The last lines that the port wrote for people, kept and never judged.
    fn stderr_tail(&self) -> String {
        String::new()
    }
}

/// A port that cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortFailure {
    /// There is no port to talk to: the program is missing, or cannot be built. A fault of the environment.
    NotStarted {
        /// Why, and what to do about it.
        reason: String,
    },
    /// The process ended.
    Crashed {
        /// How it ended.
        status: String,
        /// The last of what it wrote to stderr.
        stderr_tail: String,
    },
    /// No answer came in time.
    TimedOut {
        /// The operation that was waited for.
        op: &'static str,
        /// How long was waited.
        after: Duration,
        /// Whether the process has ever written a byte to stdout.
        silent: bool,
        /// The last of what it wrote to stderr.
        stderr_tail: String,
    },
    /// The adapter does not speak the protocol.
    Protocol {
        /// What is wrong with its answer.
        diagnosis: Diagnosis,
        /// The operation that it answered.
        op: &'static str,
        /// The last of what it wrote to stderr.
        stderr_tail: String,
    },
}

impl PortFailure {
    /// The last of what the process wrote to stderr.
    pub fn stderr_tail(&self) -> &str {
        match self {
            Self::NotStarted { .. } => "",
            Self::Crashed { stderr_tail, .. }
            | Self::TimedOut { stderr_tail, .. }
            | Self::Protocol { stderr_tail, .. } => stderr_tail,
        }
    }

    /// The failure with the last of what the process wrote to stderr, where it wrote anything.
    pub fn with_stderr(&self) -> String {
        let mut text = self.to_string();
        let tail = self.stderr_tail().trim_end();
        if !tail.is_empty() {
            text.push_str("\n  the port wrote to stderr:");
        }
        for line in tail.lines() {
            text.push_str("\n    | ");
            text.push_str(line);
        }
        text
    }
}

impl fmt::Display for PortFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { reason } => write!(f, "the port could not be started: {reason}"),
            Self::Crashed { status, .. } => write!(f, "the port's process ended ({status})"),
            Self::TimedOut { op, after, silent, .. } => {
                let silence = if *silent { "; it has never written to stdout" } else { "" };
                write!(f, "no answer to {op} within {after:?}{silence}")
            }
            Self::Protocol { diagnosis, op, .. } => write!(f, "{diagnosis} (answering {op})"),
        }
    }
}

impl Started {
    /// Whether the port declared `capability`; every port has a session.
    pub fn has(&self, capability: Capability) -> bool {
        capability == Capability::Session || self.capabilities.iter().any(|name| name == capability.name())
    }

    /// Whether the port can open a store in this setting (`CIPHER/COMPRESSION`).
    pub fn has_setting(&self, setting: &str) -> bool {
        self.settings.iter().any(|name| name == setting)
    }
}
