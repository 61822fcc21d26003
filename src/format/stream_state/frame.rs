//! The frame of `index.db`: which bytes the hash covers, where it lies, and where the nonce lies in an encrypted file.
//!
//! The hash is HighwayHash-64 under the SHA-256 of the stream's name; computing it and opening the seal are the caller's.

use crate::format::DecodeError;

/// A shorter file is corrupt whatever it holds.
pub const MIN_FILE_LEN: usize = 32;
/// The hash at the end of the file.
pub const HASH_LEN: usize = 8;

/// The file from its content (the body, or nonce and sealed body) and the hash of that content.
pub fn frame(mut content: Vec<u8>, hash: [u8; HASH_LEN]) -> Vec<u8> {
    content.extend_from_slice(&hash);
    content
}

/// The content that the hash covers, and the hash.
pub fn unframe(file: &[u8]) -> Result<(&[u8], [u8; HASH_LEN]), DecodeError> {
    match file.split_last_chunk::<HASH_LEN>() {
        Some((content, hash)) if file.len() >= MIN_FILE_LEN => Ok((content, *hash)),
        _ => Err(DecodeError::new("stream state file", 0, "shorter than 32 bytes")),
    }
}

/// The nonce and the sealed body of an encrypted file's content.
pub fn split_sealed(content: &[u8], nonce_len: usize) -> Result<(&[u8], &[u8]), DecodeError> {
    content.split_at_checked(nonce_len).ok_or(DecodeError::new("stream state nonce", 0, "shorter than a nonce"))
}
