//! The benchmark: the reference and the Go store side by side in one run, as a ratio.
//!
//! A [`Workload`] is done by a fresh process of either side, which measures itself and says how much memory it needed; the
//! rounds alternate, and the medians are compared. Both sides answer a check of what they found, and a run in which the
//! checks differ measured nothing. docs/bench.md says what each row is.

mod data;
mod measure;
mod report;
mod rows;
mod workload;

pub use data::{Data, mix};
pub use measure::{BenchError, Plan, bench};
pub use report::{Report, RowReport, SideReport};
pub use rows::{Row, rows};
pub use workload::{Act, Figures, Workload};
