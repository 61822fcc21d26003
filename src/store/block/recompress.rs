//! Bringing a full block's file into the configured form apart from its store, by somebody who does not hold the store:
//! reading, compressing and writing take long, and meanwhile messages can be stored.
//!
//! What is written is a temporary file; only [`Block::finish_recompression`], which has the block, puts it in the place of the
//! other. It does not when anybody changed the file meanwhile, who each takes `Block::recompressing` back. Whoever writes a
//! temporary file of that name waits for the gate (`Ctx::rewriting`), which a recompression holds from its beginning, under
//! the store's lock, to the end of its writing. A load in between reads the file as it was, so that the outcome is always that
//! of a recompression which happened at the moment it was finished.
//!
//! Carries 1105 where a background thread runs it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::ctx::Ctx;
use super::super::error::StoreError;
use super::Block;
use super::rebuild::decode_file;
use crate::env::{FileSystem, OpenMode};
use crate::format::checksum::Hasher64;
use crate::format::compress::{StoreCompression, encode_file};
use crate::format::key::AssetKey;

/// What is needed to write a block's file in its other form.
#[derive(Debug)]
pub struct Recompression {
    pub(crate) index: u32,
    fs: Arc<dyn FileSystem>,
    path: PathBuf,
    key: Option<AssetKey>,
    hasher: Hasher64,
    algorithm: StoreCompression,
    rewriting: Arc<Mutex<()>>,
}

/// What came of it.
#[derive(Debug)]
pub struct Recompressed {
    /// How long the file was, if it could be read.
    read_len: Option<u64>,
    /// How long the temporary file is; nothing when the file has the configured form, or when it failed.
    written_len: Option<u64>,
}

impl Recompression {
    /// Keeps everybody else from the temporary file. To be called while the store is held, and dropped before it is held again.
    pub fn begin(&self) -> MutexGuard<'_, ()> {
        self.rewriting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the file, and writes the temporary one if it has not the configured form. A failure leaves the block as it is,
    /// which can be read as well.
    pub fn run(&self) -> Recompressed {
        let mut done = Recompressed { read_len: None, written_len: None };
        if self.rewrite(&mut done).is_err() {
            done.written_len = None;
        }
        done
    }

    fn rewrite(&self, done: &mut Recompressed) -> Result<(), StoreError> {
        let mut buf = self.fs.read(&self.path)?;
        self.apply_cipher(&mut buf)?;
        done.read_len = Some(buf.len() as u64);
        let (plain, on_disk) = decode_file(&self.hasher, buf)?;
        if on_disk == self.algorithm {
            return Ok(());
        }
        let mut out = encode_file(self.algorithm, &plain)?;
        self.apply_cipher(&mut out)?;
        let temporary = temporary_path(&self.path);
        let write = || {
            let file = self.fs.open(&temporary, OpenMode::Truncate)?;
            file.write_at(0, &out)?;
            file.sync()
        };
        if let Err(error) = write() {
            // The failure that matters is the first one; the leftover is found again by name.
            drop(self.fs.remove_file(&temporary));
            return Err(error.into());
        }
        done.written_len = Some(out.len() as u64);
        Ok(())
    }

    fn apply_cipher(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        match &self.key {
            Some(key) if !bytes.is_empty() => Ok(key.block_stream()?.apply(bytes)?),
            _ => Ok(()),
        }
    }

    /// Nobody wants the temporary file any more.
    pub(crate) fn discard(&self, done: &Recompressed) {
        if done.written_len.is_some() {
            // Whoever changed the block may have put a file of his own in its place, under this very name.
            drop(self.fs.remove_file(&temporary_path(&self.path)));
        }
    }
}

impl Block {
    /// What somebody else needs to bring the file into the configured form; the block must be open and its file not.
    pub(crate) fn recompression(&mut self, ctx: &Ctx) -> Option<Recompression> {
        if self.closed || self.file.is_some() {
            return None;
        }
        let path = self.path.clone()?;
        self.recompressing = true;
        Some(Recompression {
            index: self.index,
            fs: Arc::clone(&ctx.env.fs),
            path,
            key: self.key.clone(),
            hasher: self.hasher.clone(),
            algorithm: ctx.fcfg.compression,
            rewriting: Arc::clone(&ctx.rewriting),
        })
    }

    /// Puts the new file in the place of the old one, unless that was changed meanwhile.
    pub(crate) fn finish_recompression(&mut self, job: &Recompression, done: &Recompressed) {
        if !std::mem::take(&mut self.recompressing) || self.closed {
            return job.discard(done);
        }
        // The keystream goes on behind what was last run through it.
        let through = done.written_len.or(done.read_len).filter(|len| *len > 0 && self.key.is_some());
        self.stream_at = through.unwrap_or(self.stream_at);
        let Some(len) = done.written_len else { return };
        if job.fs.rename(&temporary_path(&job.path), &job.path).is_ok() {
            self.compression = job.algorithm;
            self.raw_bytes = len;
        }
    }
}

/// Where a block's file is written before it replaces the other.
pub(super) fn temporary_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    PathBuf::from(name)
}
