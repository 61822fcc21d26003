//! blkspec measures ports of the JetStream file store against the Go original.
//!
//! The layers, each of which may use only those below it:
//! `cli -> harness -> store -> env, index, format`. `format` and `index` are pure: bytes in, value or
//! error out. Only `env` touches the file system, the clock and randomness. ARCHITECTURE.md says why;
//! `tests/it/tidy.rs` holds the tree to it.
//!
//! As a library: [`handle::SharedStore`] is a file store that threads share, in real time; [`store::Store`] is the same
//! store with one owner, who tells it the time.

pub mod cli;
pub mod env;
pub mod format;
pub mod handle;
pub mod harness;
pub mod index;
pub mod store;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
