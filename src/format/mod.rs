//! The file formats of the store, pure: bytes in, value or [`DecodeError`] out, and back.
//!
//! Nothing here knows a path, a clock, a random source or a log. A decoder and its encoder share a file.

pub mod block;
pub mod checksum;
pub mod cipher;
pub mod compress;
pub mod consumer_state;
mod cursor;
pub mod delete_blocks;
pub mod dump;
pub mod duration;
mod error;
pub mod fuzz;
pub mod fuzz_files;
pub mod fuzz_state;
pub mod go_json;
#[cfg(test)]
mod go_vectors;
pub mod hash_wheel;
pub mod headers;
pub mod index_info;
pub mod key;
pub mod message_schedule;
pub mod meta;
pub mod record;
pub mod s2;
pub mod schedule;
pub mod sequence_set;
pub mod snapshot;
pub mod stream_state;
pub mod varint;

pub use consumer_state::{ConsumerState, Pending, SequencePair};
pub use error::DecodeError;
pub use sequence_set::SequenceSet;
