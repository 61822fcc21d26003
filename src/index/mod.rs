//! Subject matching, the subject tree and the sublist: pure in-memory structures beside `format`.
//!
//! They answer as server/sublist.go, server/stree and server/gsl answer, corner cases included, because the
//! order in which a tree hands out its subjects is visible in what the store writes. Subjects are bytes: a
//! damaged block may hold any. Nothing here knows of files, time or messages.

pub mod subject;
pub mod subject_tree;
pub mod sublist;

pub use subject::Comparison;
pub use subject_tree::SubjectTree;
pub use sublist::{Sublist, SublistError};

#[cfg(test)]
mod tests;
