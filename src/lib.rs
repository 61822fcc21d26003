//! blkspec measures ports of the JetStream file store against the Go original.
//!
//! The layers, each of which may use only those below it:
//! `cli -> harness -> store -> env, index, format`. `format` and `index` are pure: bytes in, value or
//! error out. Only `env` touches the file system, the clock and randomness. ARCHITECTURE.md says why;
//! `tests/it/tidy.rs` holds the tree to it.

pub mod cli;
pub mod env;
pub mod format;
pub mod handle;
pub mod harness;
pub mod index;
pub mod store;
