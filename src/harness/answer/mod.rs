//! Answers as text: what a port said, in the form that cases record and people compare.
//!
//! The rendering is exact: two answers with the same text are the same, and equal answers have the same text whatever the
//! port. Times are relative to the start of the case, long payloads are shown by length and CRC-32, error texts are left out.

mod decoded;
mod group;
mod result;
mod text;

pub use group::group;
pub use result::{Context, events, inspection, outcome, utilization};
pub use text::{payload, quoted, subject};
