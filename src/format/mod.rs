//! The file formats of the store, pure: bytes in, value or [`DecodeError`] out, and back.
//!
//! Nothing here knows a path, a clock, a random source or a log. A decoder and its encoder share a file.

pub mod dump;
mod error;
pub mod varint;

pub use error::DecodeError;
