//! Where a scan for stubs comes in: code and tests of a port that are there in name only.
//!
//! A scan gives what it finds in a directory. Without one nothing is claimed: the gate's output does not speak of stubs.

use std::path::{Path, PathBuf};

use super::GateError;

/// A function or a test that does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stub {
    /// Its file.
    pub file: PathBuf,
    /// Its name.
    pub name: String,
    /// What makes it one.
    pub what: String,
}

/// A scan of a directory.
pub type Scan = fn(&Path) -> Result<Vec<Stub>, GateError>;

/// The scan that the gate uses.
pub const SCAN: Option<Scan> = None;

/// What the scan finds in `place`.
pub(super) fn of(place: &Path) -> Result<Vec<Stub>, GateError> {
    SCAN.map_or(Ok(Vec::new()), |scan| scan(place))
}
