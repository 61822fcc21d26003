//! The differential runner: seeded random programs on two ports, every answer and every file compared.
//!
//! `random` and `generate` make a program from a seed; it is the text of an ordinary case. `execution` runs it on both ports
//! side by side and gives the first `difference`; `shrink` makes the program small while the class of the difference stays;
//! `states` counts where the programs have been; `campaign` does all that for many seeds. Nothing here knows which port is
//! right: Go is, and the saved case says what it answers.

mod campaign;
mod difference;
mod execution;
mod generate;
mod program;
mod random;
mod report;
mod shrink;
mod states;
mod states_damage;

use thiserror::Error;

pub use campaign::{Finding, Found, Plan, Reported, campaign};
pub use difference::{Class, Difference};
pub use execution::{Executed, Sides, execute};
pub use generate::generate;
pub use program::Program;
pub use report::DiffReport;
pub use shrink::{Fails, shrink};
pub use states::{Reached, STATES};

use super::case::CaseError;
use super::port::PortFailure;
use super::record::RecordError;
use crate::env::FsError;

/// What keeps programs from being run at all: never a verdict on a port.
#[derive(Debug, Error)]
pub enum DiffError {
    /// There is no port to run on.
    #[error("{0}")]
    NoPort(PortFailure),
    /// A program is not a case: a fault of the generator, or of a file that was given.
    #[error("{0}")]
    Case(#[from] CaseError),
    /// The left port cannot give the answers of a case.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// The file system refused.
    #[error("{0}")]
    Fs(#[from] FsError),
}
