//! A block's key: loaded when first needed, made with the block, converted when the store's cipher or key changed.
//!
//! The keystream of a block is a function of the byte's place in the file. What is appended goes on where the stream stood,
//! which is not the place it is written to when the file was compressed in between; Go's files are like that. A block file without a key file beside it in an encrypted store is taken for plain text and encrypted in place; a key file
//! that the configured cipher does not open is tried with the other cipher and with the previous key.
//!
//! Carries 975, 976, 985, 986, 1032, 1108.

use super::super::atomic::{write_atomically, write_file_with_sync};
use super::super::ctx::Ctx;
use super::super::error::StoreError;
use super::Block;
use crate::format::key::{MIN_BLOCK_KEY_LEN, block_context};

impl Block {
    /// Whether the block's bytes are encrypted; false until the key is loaded.
    pub(crate) fn encrypted(&self) -> bool {
        self.key.is_some()
    }

    /// Loads the key unless it is loaded or there is none (Go: `checkAndLoadEncryption`, 975).
    pub(crate) fn check_and_load_encryption(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        if ctx.prf.is_some() && self.key.is_none() {
            self.load_encryption(ctx)?;
        }
        Ok(())
    }

    /// Loads the key, makes one for plain text, converts what another key or cipher wrote (Go:
    /// `loadEncryptionForMsgBlock`, 976).
    pub(crate) fn load_encryption(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        let Some(prf) = &ctx.prf else {
            return Ok(());
        };
        let Ok(key_file) = ctx.env.fs.read(&ctx.key_path(self.index)) else {
            self.generate_keys(ctx)?;
            return self.convert_to_encrypted(ctx);
        };
        let context = block_context(&ctx.name, self.index);
        match prf.open(ctx.fcfg.cipher, &context, &key_file, MIN_BLOCK_KEY_LEN) {
            Ok(key) => {
                (self.key, self.stream, self.stream_at) = (Some(key), None, 0);
                Ok(())
            }
            Err(error @ (StoreError::BadKeySize | StoreError::UnknownCipher)) => Err(error),
            Err(_) => self.convert_cipher(ctx, &key_file),
        }
    }

    /// Makes the block's key and writes its file (Go: `genEncryptionKeysForBlock`, 1032).
    pub(crate) fn generate_keys(&mut self, ctx: &Ctx) -> Result<(), StoreError> {
        let (key, file) = ctx.generate_key(&block_context(&ctx.name, self.index))?;
        (self.key, self.stream, self.stream_at) = (Some(key), None, 0);
        let path = ctx.key_path(self.index);
        ctx.env.fs.exists(&path)?;
        write_atomically(ctx.env.fs.as_ref(), &path, &file, ctx.sync_always)?;
        self.key_path = Some(path);
        self.need_key_sync = !ctx.sync_always;
        Ok(())
    }

    /// Encrypts or decrypts the bytes of a whole file; nothing happens in a plain block (Go: `encryptOrDecryptIfNeeded`,
    /// 1108).
    pub(crate) fn apply_cipher(&mut self, bytes: &mut [u8]) -> Result<(), StoreError> {
        if self.key.is_some() && !bytes.is_empty() {
            self.apply_cipher_apart(bytes)?;
            self.stream_at = bytes.len() as u64;
        }
        Ok(())
    }

    /// Encrypts the bytes of a file that replaces this one, with a stream of its own.
    pub(crate) fn apply_cipher_apart(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        match &self.key {
            Some(key) if !bytes.is_empty() => Ok(key.block_stream()?.apply(bytes)?),
            _ => Ok(()),
        }
    }

    /// Finds the key and cipher that the block was written with, and writes it again with the store's own (Go:
    /// `convertCipher`, 985).
    fn convert_cipher(&mut self, ctx: &mut Ctx, key_file: &[u8]) -> Result<(), StoreError> {
        let context = block_context(&ctx.name, self.index);
        let cipher = ctx.fcfg.cipher;
        let found = [&ctx.prf, &ctx.old_prf]
            .into_iter()
            .flatten()
            .flat_map(|prf| [(prf, cipher), (prf, cipher.other())])
            .find_map(|(prf, cipher)| prf.open(cipher, &context, key_file, MIN_BLOCK_KEY_LEN).ok());
        let Some(old_key) = found else {
            return Err(StoreError::KeyInvalid);
        };
        // A file that cannot be read leaves nothing to convert but the key, as in Go.
        let mut buf = self.load_block(ctx).unwrap_or_default();
        old_key.block_stream()?.apply(&mut buf)?;
        self.check_plain(ctx, buf.clone())?;
        if let Err(error) = self.generate_keys(ctx) {
            write_file_with_sync(ctx.env.fs.as_ref(), &ctx.key_path(self.index), key_file)?;
            return Err(error);
        }
        self.write_encrypted(ctx, buf)?;
        self.stream_at = 0;
        Ok(())
    }

    /// Encrypts the plain file of a block whose key was just made (Go: `convertToEncrypted`, 986).
    fn convert_to_encrypted(&mut self, ctx: &mut Ctx) -> Result<(), StoreError> {
        let buf = self.load_block(ctx)?;
        let plain = self.check_plain(ctx, buf)?;
        self.write_encrypted(ctx, plain)
    }

    /// Decompresses and makes sure that the bytes are whole records; leaves no cache behind.
    fn check_plain(&mut self, ctx: &mut Ctx, buf: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let (plain, _) = self.decode(buf)?;
        self.rebuild_from_buf(ctx, &plain, false)?;
        let indexed = self.index_cache_buf(ctx, plain.clone(), false);
        self.drop_cache(ctx);
        indexed?;
        Ok(plain)
    }

    /// Writes plain bytes as the block's file, encrypted with its key.
    fn write_encrypted(&mut self, ctx: &Ctx, mut buf: Vec<u8>) -> Result<(), StoreError> {
        self.apply_cipher(&mut buf)?;
        self.recompressing = false;
        let path = self.path.as_ref().ok_or(StoreError::NoBlockData)?;
        Ok(ctx.env.fs.write(path, &buf)?)
    }
}
