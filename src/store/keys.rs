//! The keys of an encrypted store: where they come from, and the stream's own.
//!
//! A [`KeyGen`] derives the key of a context; that key seals the random seed that a key file holds; the seed is what
//! encrypts. Seed and nonce are drawn in that order, so that given bytes of entropy give the same files everywhere.
//! What key files and sealed boxes look like is known to `format`.
//!
//! Carries 966, 968, 969 and 1032's drawing of keys.

use std::fmt;

use super::Store;
use super::atomic::write_with_optional_sync;
use super::ctx::Ctx;
use super::error::StoreError;
use crate::format::cipher::{BoxKey, CipherError, StoreCipher};
use crate::format::key::{AssetKey, SEED_LEN, derive_key, new_key, open_seed, stream_context};

/// The name of a key file of a stream or a consumer (Go: `JetStreamMetaFileKey`).
pub(crate) const META_KEY_FILE: &str = "meta.key";

/// Derives the key of a context from a secret (Go: `keyGen`, as a server makes it).
#[derive(Clone, PartialEq, Eq)]
pub struct KeyGen {
    secret: Vec<u8>,
    prefix: Vec<u8>,
}

impl KeyGen {
    /// Derives HMAC-SHA256(`secret`, `prefix` ++ context).
    pub fn new(secret: impl Into<Vec<u8>>, prefix: impl Into<Vec<u8>>) -> Self {
        Self { secret: secret.into(), prefix: prefix.into() }
    }

    /// The key of `context`.
    pub(crate) fn derive(&self, context: &str) -> Result<[u8; SEED_LEN], StoreError> {
        Ok(derive_key(&self.secret, &self.prefix, context.as_bytes())?)
    }

    /// Opens the key file of `context`.
    pub(crate) fn open(
        &self,
        cipher: StoreCipher,
        context: &str,
        key_file: &[u8],
        min_len: usize,
    ) -> Result<AssetKey, StoreError> {
        let context_key = self.derive(context)?;
        Ok(open_seed(cipher, &context_key, key_file, min_len)?)
    }
}

impl fmt::Debug for KeyGen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyGen")
    }
}

impl From<CipherError> for StoreError {
    fn from(error: CipherError) -> Self {
        match error {
            CipherError::UnknownCipher => Self::UnknownCipher,
            CipherError::TooShort => Self::BadKeySize,
            _ => Self::Unsealable { what: "key" },
        }
    }
}

impl Ctx {
    /// Draws a new key for `context` and gives it with the bytes of its file (Go: `genEncryptionKeys`, 966).
    pub(crate) fn generate_key(&self, context: &str) -> Result<(AssetKey, Vec<u8>), StoreError> {
        let prf = self.prf.as_ref().ok_or(StoreError::NoEncryption)?;
        let cipher = self.fcfg.cipher;
        let context_key = prf.derive(context)?;
        let nonce_len = cipher.nonce_len().ok_or(StoreError::UnknownCipher)?;
        let mut seed = [0; SEED_LEN];
        self.env.entropy.fill(&mut seed)?;
        let mut nonce = vec![0; nonce_len];
        self.env.entropy.fill(&mut nonce)?;
        Ok(new_key(cipher, &context_key, &seed, &nonce)?)
    }

    /// Seals `plain` under a nonce drawn for it.
    pub(crate) fn seal(&self, key: &BoxKey, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = vec![0; key.nonce_len()];
        self.env.entropy.fill(&mut nonce)?;
        Ok(key.seal(&nonce, plain)?)
    }

    /// How far a timer is moved by chance, below `bound_ns`.
    pub(crate) fn jitter_below(&self, bound_ns: i64) -> Result<i64, StoreError> {
        let jitter = self.env.entropy.jitter_below(bound_ns.unsigned_abs())?;
        Ok(i64::try_from(jitter).unwrap_or_default())
    }
}

impl Store {
    /// Opens the stream's key file (Go: `recoverAEK`, 968).
    pub(super) fn recover_stream_key(&mut self) -> Result<(), StoreError> {
        let Some(prf) = self.ctx.prf.as_ref().filter(|_| self.aead.is_none()) else {
            return Ok(());
        };
        let file = self.ctx.env.fs.read(&self.ctx.fcfg.store_dir.join(META_KEY_FILE))?;
        let context = stream_context(&self.ctx.name);
        // Go does not look at the length of this file, so a short one is a key that does not open.
        if self.ctx.fcfg.cipher.nonce_len().is_some_and(|len| file.len() < len) {
            return Err(StoreError::NonceCut(META_KEY_FILE));
        }
        let key = prf.open(self.ctx.fcfg.cipher, &context, &file, 0).map_err(|error| match error {
            StoreError::BadKeySize => StoreError::Unsealable { what: "meta.key" },
            error => error,
        })?;
        self.aead = Some(key.box_key()?);
        Ok(())
    }

    /// Makes the stream's key and its file when the store is encrypted and has none yet (Go: `setupAEK`, 969).
    pub(super) fn set_up_stream_key(&mut self) -> Result<(), StoreError> {
        if self.ctx.prf.is_none() || self.aead.is_some() {
            return Ok(());
        }
        let (key, file) = self.ctx.generate_key(&stream_context(&self.ctx.name))?;
        let path = self.ctx.fcfg.store_dir.join(META_KEY_FILE);
        self.ctx.env.fs.exists(&path)?;
        write_with_optional_sync(&self.ctx, &path, &file)?;
        self.aead = Some(key.box_key()?);
        Ok(())
    }
}
