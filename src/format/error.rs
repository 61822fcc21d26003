//! The one error of every decoder: what was being decoded, at which offset, and why it was refused.
//!
//! Both texts are static, so that an error costs nothing to make and a class of errors can be compared.

/// Bytes that a decoder refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at offset {at}: {why}")]
pub struct DecodeError {
    /// The structure or field that was being decoded.
    pub what: &'static str,
    /// The offset in bytes from the start of the decoder's input.
    pub at: usize,
    /// What was expected there.
    pub why: &'static str,
}

impl DecodeError {
    /// An error for `what` at offset `at`.
    pub const fn new(what: &'static str, at: usize, why: &'static str) -> Self {
        Self { what, at, why }
    }
}
