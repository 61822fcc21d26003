//! The store's two ciphers: a keystream over a block's bytes, and sealed boxes for keys, metadata and state.
//!
//! A block is xored with a keystream whose offset is the byte offset in the file: XChaCha20 (24-byte nonce) or AES in counter
//! mode (16-byte IV, the whole 128 bits a big-endian counter). Boxes are `nonce ++ sealed`, with XChaCha20-Poly1305 or AES-GCM
//! with a 16-byte nonce. Nothing here makes a nonce: randomness comes from the caller. Go: StoreCipher.String (955),
//! genEncryptionKey (965), genBlockEncryptionKey (967). Go takes 16- and 24-byte AES keys too, and so do we.

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use chacha20::{ChaCha20, XChaCha20};
use chacha20poly1305::aead::consts::U16;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ctr::Ctr128BE;

/// How a store encrypts, by Go's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StoreCipher {
    /// XChaCha20 and Poly1305.
    #[default]
    ChaCha = 0,
    /// AES in counter mode and GCM.
    Aes = 1,
    /// No encryption.
    NoCipher = 2,
}

impl StoreCipher {
    /// The cipher with Go's number `value`.
    pub const fn from_number(value: i64) -> Option<Self> {
        match value {
            0 => Some(Self::ChaCha),
            1 => Some(Self::Aes),
            2 => Some(Self::NoCipher),
            _ => None,
        }
    }

    /// Go's text for the cipher with the number `value`, known or not.
    pub const fn text_for(value: i64) -> &'static str {
        match Self::from_number(value) {
            Some(cipher) => cipher.as_str(),
            None => "Unknown StoreCipher",
        }
    }

    /// Go's text for the cipher.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChaCha => "ChaCha20-Poly1305",
            Self::Aes => "AES-GCM",
            Self::NoCipher => "None",
        }
    }

    /// The cipher that a conversion tries when this one does not open a block's key.
    pub const fn other(self) -> Self {
        match self {
            Self::ChaCha => Self::Aes,
            Self::Aes | Self::NoCipher => Self::ChaCha,
        }
    }

    /// The length of a box's nonce; nothing without encryption.
    pub const fn nonce_len(self) -> Option<usize> {
        match self {
            Self::ChaCha => Some(24),
            Self::Aes => Some(16),
            Self::NoCipher => None,
        }
    }
}

impl std::fmt::Display for StoreCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a cipher refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    /// The cipher encrypts nothing (Go: errUnknownCipher).
    #[error("unknown cipher")]
    UnknownCipher,
    /// The key has a length that the cipher does not take.
    #[error("bad key length")]
    BadKeyLength,
    /// The nonce has a length that the cipher does not take.
    #[error("bad nonce length")]
    BadNonceLength,
    /// A box shorter than its nonce and tag, or a key file below the minimum (Go: errBadKeySize).
    #[error("encrypted bytes too short")]
    TooShort,
    /// The box was sealed with another key or has changed.
    #[error("message authentication failed")]
    Authentication,
    /// The keystream cannot reach that offset.
    #[error("keystream exhausted")]
    KeystreamEnd,
}

/// How many bytes longer a sealed text is than its plain text.
pub const BOX_OVERHEAD: usize = 16;

/// A key for sealed boxes.
pub struct BoxKey {
    algorithm: BoxAlgorithm,
}

enum BoxAlgorithm {
    ChaCha(Box<XChaCha20Poly1305>),
    Aes128(Box<AesGcm<Aes128, U16>>),
    Aes192(Box<AesGcm<Aes192, U16>>),
    Aes256(Box<AesGcm<Aes256, U16>>),
}

impl BoxKey {
    /// The key made from `seed` (genEncryptionKey).
    pub fn new(cipher: StoreCipher, seed: &[u8]) -> Result<Self, CipherError> {
        let algorithm = match (cipher, seed.len()) {
            (StoreCipher::NoCipher, _) => return Err(CipherError::UnknownCipher),
            (StoreCipher::ChaCha, _) => BoxAlgorithm::ChaCha(keyed(seed)?),
            (StoreCipher::Aes, 16) => BoxAlgorithm::Aes128(keyed(seed)?),
            (StoreCipher::Aes, 24) => BoxAlgorithm::Aes192(keyed(seed)?),
            (StoreCipher::Aes, _) => BoxAlgorithm::Aes256(keyed(seed)?),
        };
        Ok(Self { algorithm })
    }

    /// The length of a nonce.
    pub const fn nonce_len(&self) -> usize {
        match self.algorithm {
            BoxAlgorithm::ChaCha(_) => 24,
            _ => 16,
        }
    }

    /// `nonce ++ sealed`.
    pub fn seal(&self, nonce: &[u8], plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        let sealed = match &self.algorithm {
            BoxAlgorithm::ChaCha(key) => key.encrypt(x_nonce(nonce)?, plain),
            BoxAlgorithm::Aes128(key) => key.encrypt(gcm_nonce(nonce)?, plain),
            BoxAlgorithm::Aes192(key) => key.encrypt(gcm_nonce(nonce)?, plain),
            BoxAlgorithm::Aes256(key) => key.encrypt(gcm_nonce(nonce)?, plain),
        };
        let sealed = sealed.map_err(|_| CipherError::KeystreamEnd)?;
        let mut out = Vec::with_capacity(nonce.len() + sealed.len());
        out.extend_from_slice(nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens `nonce ++ sealed`.
    pub fn open(&self, bytes: &[u8]) -> Result<Vec<u8>, CipherError> {
        let split = bytes.split_at_checked(self.nonce_len());
        let (nonce, sealed) = split.ok_or(CipherError::TooShort)?;
        let plain = match &self.algorithm {
            BoxAlgorithm::ChaCha(key) => key.decrypt(x_nonce(nonce)?, sealed),
            BoxAlgorithm::Aes128(key) => key.decrypt(gcm_nonce(nonce)?, sealed),
            BoxAlgorithm::Aes192(key) => key.decrypt(gcm_nonce(nonce)?, sealed),
            BoxAlgorithm::Aes256(key) => key.decrypt(gcm_nonce(nonce)?, sealed),
        };
        plain.map_err(|_| CipherError::Authentication)
    }
}

impl std::fmt::Debug for BoxKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BoxKey")
    }
}

fn keyed<K: KeyInit>(seed: &[u8]) -> Result<Box<K>, CipherError> {
    let key = K::new_from_slice(seed).map_err(|_| CipherError::BadKeyLength)?;
    Ok(Box::new(key))
}

fn x_nonce(nonce: &[u8]) -> Result<&XNonce, CipherError> {
    nonce.try_into().map_err(|_| CipherError::BadNonceLength)
}

fn gcm_nonce(nonce: &[u8]) -> Result<&aes_gcm::Nonce<U16>, CipherError> {
    nonce.try_into().map_err(|_| CipherError::BadNonceLength)
}

/// The keystream of a block, at an offset that moves on as bytes pass.
pub struct BlockStream {
    algorithm: StreamAlgorithm,
    position: u64,
}

enum StreamAlgorithm {
    ChaCha(Box<ChaCha20>),
    XChaCha(Box<XChaCha20>),
    Aes128(Box<Ctr128BE<Aes128>>),
    Aes192(Box<Ctr128BE<Aes192>>),
    Aes256(Box<Ctr128BE<Aes256>>),
}

impl BlockStream {
    /// The keystream made from `seed` and `nonce`, at offset 0 (genBlockEncryptionKey).
    pub fn new(cipher: StoreCipher, seed: &[u8], nonce: &[u8]) -> Result<Self, CipherError> {
        let algorithm = match (cipher, seed.len()) {
            (StoreCipher::NoCipher, _) => return Err(CipherError::UnknownCipher),
            (StoreCipher::ChaCha, _) if nonce.len() == 12 => StreamAlgorithm::ChaCha(started(seed, nonce)?),
            (StoreCipher::ChaCha, _) => StreamAlgorithm::XChaCha(started(seed, nonce)?),
            (StoreCipher::Aes, 16) => StreamAlgorithm::Aes128(started(seed, nonce)?),
            (StoreCipher::Aes, 24) => StreamAlgorithm::Aes192(started(seed, nonce)?),
            (StoreCipher::Aes, _) => StreamAlgorithm::Aes256(started(seed, nonce)?),
        };
        Ok(Self { algorithm, position: 0 })
    }

    /// Where in the block the next byte lies.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Moves to `offset` in the block.
    pub fn seek(&mut self, offset: u64) -> Result<(), CipherError> {
        let moved = match &mut self.algorithm {
            StreamAlgorithm::ChaCha(stream) => stream.try_seek(offset),
            StreamAlgorithm::XChaCha(stream) => stream.try_seek(offset),
            StreamAlgorithm::Aes128(stream) => stream.try_seek(offset),
            StreamAlgorithm::Aes192(stream) => stream.try_seek(offset),
            StreamAlgorithm::Aes256(stream) => stream.try_seek(offset),
        };
        moved.map_err(|_| CipherError::KeystreamEnd)?;
        self.position = offset;
        Ok(())
    }

    /// Encrypts or decrypts `bytes` in place and moves on past them.
    pub fn apply(&mut self, bytes: &mut [u8]) -> Result<(), CipherError> {
        let applied = match &mut self.algorithm {
            StreamAlgorithm::ChaCha(stream) => stream.try_apply_keystream(bytes),
            StreamAlgorithm::XChaCha(stream) => stream.try_apply_keystream(bytes),
            StreamAlgorithm::Aes128(stream) => stream.try_apply_keystream(bytes),
            StreamAlgorithm::Aes192(stream) => stream.try_apply_keystream(bytes),
            StreamAlgorithm::Aes256(stream) => stream.try_apply_keystream(bytes),
        };
        applied.map_err(|_| CipherError::KeystreamEnd)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Encrypts or decrypts the `bytes` that lie at `offset` in the block.
    pub fn apply_at(&mut self, offset: u64, bytes: &mut [u8]) -> Result<(), CipherError> {
        if offset != self.position {
            self.seek(offset)?;
        }
        self.apply(bytes)
    }
}

/// A keystream for writes that follow one another: worked out some way ahead, because for a few bytes at a time it costs
/// much more than it has to.
pub struct KeystreamAhead {
    stream: BlockStream,
    /// The keystream from `start` on.
    ahead: Vec<u8>,
    start: u64,
}

impl KeystreamAhead {
    /// How far ahead; longer writes do without.
    const AHEAD_BYTES: usize = 2048;

    /// The keystream of a stream, nothing worked out yet.
    pub const fn new(stream: BlockStream) -> Self {
        Self { stream, ahead: Vec::new(), start: 0 }
    }

    /// Encrypts or decrypts the `bytes` that lie at `offset` in the block.
    pub fn apply_at(&mut self, offset: u64, bytes: &mut [u8]) -> Result<(), CipherError> {
        if bytes.len() >= Self::AHEAD_BYTES {
            return self.stream.apply_at(offset, bytes);
        }
        let (mut offset, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let known = offset.checked_sub(self.start).and_then(|skipped| usize::try_from(skipped).ok());
            let known = known.and_then(|skipped| self.ahead.get(skipped..)).unwrap_or_default();
            if known.is_empty() {
                self.ahead.clear();
                self.ahead.resize(Self::AHEAD_BYTES, 0);
                self.start = offset;
                if let Err(error) = self.stream.apply_at(offset, &mut self.ahead) {
                    self.ahead.clear();
                    // Near the end of the keystream there may be enough for these bytes all the same.
                    return self.stream.apply_at(offset, rest).map_err(|_| error);
                }
                continue;
            }
            let (now, later) = rest.split_at_mut(known.len().min(rest.len()));
            for (byte, key) in now.iter_mut().zip(known) {
                *byte ^= key;
            }
            offset += now.len() as u64;
            rest = later;
        }
        Ok(())
    }
}

impl std::fmt::Debug for KeystreamAhead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeystreamAhead").field("start", &self.start).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for BlockStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockStream").field("position", &self.position).finish_non_exhaustive()
    }
}

fn started<S: KeyIvInit>(seed: &[u8], nonce: &[u8]) -> Result<Box<S>, CipherError> {
    if seed.len() != S::key_size() {
        return Err(CipherError::BadKeyLength);
    }
    let stream = S::new_from_slices(seed, nonce).map_err(|_| CipherError::BadNonceLength)?;
    Ok(Box::new(stream))
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a test may stop at the first surprise"
    )]

    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    use super::*;

    /// Recorded from Go; the file says how.
    const VECTORS: &str = include_str!("../../tests/data/format/cipher.txt");

    fn ramp(len: usize, first: u8) -> Vec<u8> {
        (0..len).map(|i| first.wrapping_add(i as u8)).collect()
    }

    fn keystream(cipher: StoreCipher, seed: &[u8], nonce: &[u8]) -> Result<Vec<u8>, CipherError> {
        let mut bytes = vec![0; 300];
        BlockStream::new(cipher, seed, nonce)?.apply(&mut bytes)?;
        Ok(bytes)
    }

    fn sum(bytes: &[u8]) -> String {
        hex::encode(&Sha256::digest(bytes)[..8])
    }

    fn check_box(cipher: StoreCipher, seed_len: usize, expected: &[&str]) {
        let key = BoxKey::new(cipher, &ramp(seed_len, 1));
        if expected == ["error"] {
            assert!(key.is_err(), "{cipher} {seed_len}");
            return;
        }
        let (key, plain) = (key.unwrap(), ramp(21, 100));
        let nonce = ramp(key.nonce_len(), 9);
        let sealed = key.seal(&nonce, &plain).unwrap();
        let found = [key.nonce_len().to_string(), BOX_OVERHEAD.to_string(), hex::encode(&sealed[nonce.len()..])];
        assert_eq!(found, expected, "{cipher} {seed_len}");
        assert_eq!(key.open(&sealed), Ok(plain));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(&changed), Err(CipherError::Authentication), "{at}");
        }
        let short = &sealed[..nonce.len() - 1];
        assert_eq!(key.open(short), Err(CipherError::TooShort));
    }

    #[test]
    fn texts_boxes_and_keystreams_equal_gos() {
        let cipher = |number: &str| StoreCipher::from_number(number.parse().unwrap()).unwrap();
        let len = |number: &str| number.parse::<usize>().unwrap();
        let lines = VECTORS.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["string", number, text @ ..] => {
                    let number = number.parse().unwrap();
                    assert_eq!(StoreCipher::text_for(number), text.join(" "));
                }
                ["box", number, seed, expected @ ..] => {
                    check_box(cipher(number), len(seed), expected);
                }
                ["stream", number, seed, nonce, expected @ ..] => {
                    let (seed, nonce) = (ramp(len(seed), 1), ramp(len(nonce), 250));
                    let found = keystream(cipher(number), &seed, &nonce).map_or_else(
                        |_| vec!["error".to_owned()],
                        |bytes| vec![hex::encode(&bytes[..24]), sum(&bytes)],
                    );
                    assert_eq!(found, expected, "{line}");
                }
                ["carry", expected] => {
                    let bytes = keystream(StoreCipher::Aes, &ramp(32, 1), &[0xff; 16]).unwrap();
                    assert_eq!(sum(&bytes), *expected);
                }
                ["derive", expected] => {
                    let context = crate::format::key::block_context("GOFILES", 1);
                    let secret = b"blkspec secret";
                    let key = crate::format::key::derive_key(secret, b"ACC", context.as_bytes());
                    assert_eq!(hex::encode(key.unwrap()), *expected);
                }
                _ => panic!("{line}"),
            }
        }
    }

    proptest! {
        #[test]
        fn any_piece_of_the_keystream_can_be_had_alone(
            aes: bool,
            offset in 0usize..1000,
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let cipher = if aes { StoreCipher::Aes } else { StoreCipher::ChaCha };
            let (seed, nonce) = (ramp(32, 3), ramp(cipher.nonce_len().unwrap(), 5));
            let mut whole = vec![0; offset];
            whole.extend_from_slice(&bytes);
            BlockStream::new(cipher, &seed, &nonce).unwrap().apply(&mut whole).unwrap();
            let mut stream = BlockStream::new(cipher, &seed, &nonce).unwrap();
            let mut piece = bytes.clone();
            stream.apply_at(offset as u64, &mut piece).unwrap();
            prop_assert_eq!(&piece[..], &whole[offset..]);
            prop_assert_eq!(stream.position(), whole.len() as u64);
            stream.apply_at(offset as u64, &mut piece).unwrap();
            prop_assert_eq!(piece, bytes);
        }

        #[test]
        fn a_keystream_worked_out_ahead_is_the_same(
            cipher in prop_oneof![Just(StoreCipher::ChaCha), Just(StoreCipher::Aes)],
            writes in prop::collection::vec((0_u64..9000, 0_usize..3000), 1..20),
        ) {
            let (seed, nonce) = (ramp(32, 3), ramp(cipher.nonce_len().unwrap(), 5));
            let new = || BlockStream::new(cipher, &seed, &nonce).unwrap();
            let mut whole = vec![0; 12_000];
            new().apply(&mut whole).unwrap();
            let mut ahead = KeystreamAhead::new(new());
            let mut next = 0;
            for (jump, len) in writes {
                // Most writes follow the one before, as in a block.
                let offset = if jump < 1000 { jump } else { next };
                let offset = if offset + len as u64 > 12_000 { 0 } else { offset };
                let mut piece = vec![0; len];
                ahead.apply_at(offset, &mut piece).unwrap();
                next = offset + len as u64;
                prop_assert_eq!(&piece[..], &whole[offset as usize..next as usize]);
            }
        }
    }
}
