//! The doctor: a fixed list of checks that tells a broken adapter from a broken port.
//!
//! An adapter is broken when it does not speak the protocol: the [`super::protocol::Diagnosis`] says how, and what to do.
//! A port is broken when its adapter speaks well and the port fails or answers what no file store answers. A check looks
//! at one thing; after a failure the port is started afresh, so that no check suffers from the one before. The doctor
//! judges no behaviour beyond a message stored and loaded: that is what the cases are for.

mod checks;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::port::{Port, PortFailure};
use super::protocol::{Capability, Started};
use checks::CHECKS;

/// Who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    /// The program that speaks the protocol.
    Adapter,
    /// The store behind it.
    Port,
    /// Neither: the program could not be run at all.
    Environment,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// All is well; the text says what was seen.
    Well(String),
    /// The port does not have what the check needs.
    Skipped(String),
    /// Something is wrong.
    Broken {
        /// Who is at fault.
        culprit: Culprit,
        /// What was seen.
        what: String,
        /// What to do about it.
        advice: String,
        /// The last of what the port wrote to stderr.
        stderr_tail: String,
    },
}

/// A check and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The name of the check.
    pub name: &'static str,
    /// What it found.
    pub finding: Finding,
}

/// What the doctor found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The name of the port, as the user gave it.
    pub port: String,
    /// The checks in their order.
    pub checks: Vec<Checked>,
}

/// What a check works with.
struct Patient<'a> {
    port: &'a mut dyn Port,
    started: Started,
    /// An empty directory of its own for each check.
    dir: &'a Path,
    check: &'static str,
}

/// What ends a check early.
enum Complaint {
    /// The port does not have what the check needs.
    Skip(String),
    /// The call failed while doing something; an operation of the session is the adapter's own.
    Failure { failure: PortFailure, capability: Capability },
    /// The answer is wrong.
    Wrong { culprit: Culprit, what: String, advice: String },
}

/// Runs all checks on `port`, whose operations have `deadline` each. Stores live in directories under `scratch`.
pub fn examine(port: &mut dyn Port, scratch: &Path, deadline: Duration) -> Report {
    port.set_deadline(deadline);
    let name = port.name().to_owned();
    let mut checks = Vec::new();
    let mut started = match port.start() {
        Ok(started) => started,
        Err(failure) => {
            let finding = broken(Complaint::Failure { failure, capability: Capability::Session });
            return Report { port: name, checks: vec![Checked { name: "start", finding }] };
        }
    };
    for (check, run) in CHECKS {
        let mut patient = Patient { port, started: started.clone(), dir: scratch, check };
        let finding = match run(&mut patient) {
            Ok(seen) => Finding::Well(seen),
            Err(complaint) => broken(complaint),
        };
        let failed = matches!(finding, Finding::Broken { .. });
        checks.push(Checked { name: check, finding });
        if failed {
            // The next check deserves a port in a known state; one that cannot start again has no next check.
            match port.start() {
                Ok(again) => started = again,
                Err(failure) => {
                    let finding = broken(Complaint::Failure { failure, capability: Capability::Session });
                    checks.push(Checked { name: "start again", finding });
                    break;
                }
            }
        }
    }
    Report { port: name, checks }
}

impl Report {
    /// The first culprit, the adapter before the port: a port behind a broken adapter cannot be judged.
    pub fn culprit(&self) -> Option<Culprit> {
        let culprits = self.checks.iter().filter_map(|checked| match &checked.finding {
            Finding::Broken { culprit, .. } => Some(*culprit),
            Finding::Well(_) | Finding::Skipped(_) => None,
        });
        let all: Vec<Culprit> = culprits.collect();
        [Culprit::Environment, Culprit::Adapter, Culprit::Port].into_iter().find(|culprit| all.contains(culprit))
    }

    /// The verdict in one sentence.
    pub fn verdict(&self) -> &'static str {
        match self.culprit() {
            None => "the adapter speaks the protocol and the port answers",
            Some(Culprit::Adapter) => "the adapter is broken: mend it before looking at the port",
            Some(Culprit::Port) => "the adapter is fine; the port behind it is broken",
            Some(Culprit::Environment) => "the port could not be run",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "doctor of {}", self.port)?;
        for Checked { name, finding } in &self.checks {
            match finding {
                Finding::Well(seen) => writeln!(f, "  ok      {name}: {seen}")?,
                Finding::Skipped(why) => writeln!(f, "  skipped {name}: {why}")?,
                Finding::Broken { culprit, what, advice, stderr_tail } => {
                    let whose = match culprit {
                        Culprit::Adapter => "ADAPTER",
                        Culprit::Port => "PORT",
                        Culprit::Environment => "ERROR",
                    };
                    writeln!(f, "  {whose:<7} {name}: {what}")?;
                    if !advice.is_empty() {
                        writeln!(f, "          advice: {advice}")?;
                    }
                    for line in stderr_tail.lines() {
                        writeln!(f, "          stderr: {line}")?;
                    }
                }
            }
        }
        writeln!(f, "verdict: {}", self.verdict())
    }
}

/// Turns a complaint into a finding: who is at fault, and what to do.
fn broken(complaint: Complaint) -> Finding {
    match complaint {
        Complaint::Skip(why) => Finding::Skipped(why),
        Complaint::Wrong { culprit, what, advice } => {
            Finding::Broken { culprit, what, advice, stderr_tail: String::new() }
        }
        Complaint::Failure { failure, capability } => {
            let of_session = capability == Capability::Session;
            let (culprit, advice) = match &failure {
                PortFailure::NotStarted { .. } => (Culprit::Environment, String::new()),
                PortFailure::Protocol { diagnosis, .. } => (Culprit::Adapter, diagnosis.advice().to_owned()),
                PortFailure::TimedOut { silent: true, .. } => {
                    (Culprit::Adapter, "read requests line by line, and flush stdout after each answer".to_owned())
                }
                PortFailure::TimedOut { .. } if of_session => {
                    (Culprit::Adapter, "answer every request, whatever its operation, and flush stdout".to_owned())
                }
                PortFailure::Crashed { .. } if of_session => {
                    (Culprit::Adapter, "serve requests until stdin ends; what stderr says is shown below".to_owned())
                }
                PortFailure::TimedOut { .. } => {
                    (Culprit::Port, "the operation hangs: a lock, or a wait for time that does not pass".to_owned())
                }
                PortFailure::Crashed { .. } => {
                    (Culprit::Port, "answer a panic as an error of class panic, and mend its cause".to_owned())
                }
            };
            let stderr_tail = failure.stderr_tail().to_owned();
            Finding::Broken { culprit, what: failure.to_string(), advice, stderr_tail }
        }
    }
}
