//! A consumer's files: `meta.inf`, `meta.sum`, `meta.key` and the state `o.dat`, each written atomically.
//!
//! The state is sealed with the consumer's own key. A plain directory in an encrypted store is encrypted when the consumer
//! is opened; a key file of the other cipher is converted, which needs the state file to be there.
//!
//! Carries 1219, 1231, 1234, 1236, 1238, 1246, 1247.

use std::path::PathBuf;

use serde::Serialize;

use super::super::Store;
use super::super::atomic::write_with_optional_sync;
use super::super::config::{ConsumerConfig, go_time};
use super::super::ctx::Ctx;
use super::super::error::StoreError;
use super::super::keys::META_KEY_FILE;
use super::super::meta::{META_FILE, PlainMeta, plain_meta, write_meta};
use super::flush::Flusher;
use super::{Consumer, ConsumerId, ConsumerState};
use crate::format::checksum::Hasher64;
use crate::format::cipher::BoxKey;
use crate::format::key::{MIN_BLOCK_KEY_LEN, consumer_context};

/// The state of a consumer (Go: `consumerState`).
pub(crate) const CONSUMER_STATE_FILE: &str = "o.dat";

/// Where a consumer lies, and what of it is not written yet.
pub(super) struct ConsumerFiles {
    dir: PathBuf,
    hasher: Hasher64,
    key: Option<BoxKey>,
    /// The state in memory is newer than the file.
    pub(super) dirty: bool,
    pub(super) flusher: Flusher,
    /// When the flush loop wrote last.
    pub(super) last_write_ns: Option<i64>,
}

/// What `meta.inf` of a consumer holds (Go: `FileConsumerInfo`).
#[derive(Serialize)]
struct ConsumerInfo<'a> {
    #[serde(rename = "Created")]
    created: String,
    #[serde(rename = "Name")]
    name: &'a str,
    #[serde(flatten)]
    config: &'a ConsumerConfig,
}

/// What a snapshot holds of a consumer.
pub(in crate::store) struct PlainFiles {
    pub(in crate::store) meta: PlainMeta,
    pub(in crate::store) state: Vec<u8>,
}

impl Store {
    /// The consumers that a snapshot holds, as they are now.
    pub(in crate::store) fn snapshot_consumers(&self) -> Vec<(ConsumerId, String)> {
        let named = self.attached.iter().filter_map(|id| {
            let consumer = self.consumers.get(id.0)?;
            Some((*id, consumer.name.clone()))
        });
        named.collect()
    }

    /// The files of a consumer as they would be without encryption; none for one in memory.
    pub(in crate::store) fn plain_consumer_files(&mut self, id: ConsumerId) -> Result<Option<PlainFiles>, StoreError> {
        match self.consumers.get_mut(id.0) {
            Some(consumer) => consumer.plain_files(&self.ctx),
            None => Ok(None),
        }
    }
}

impl Consumer {
    /// Makes or opens the consumer's directory and reads its state.
    pub(super) fn open_files(&mut self, ctx: &Ctx, dir: PathBuf) -> Result<(), StoreError> {
        ctx.env.fs.create_dir_all(&dir)?;
        self.files = Some(ConsumerFiles {
            hasher: Hasher64::for_consumer(&ctx.name, &self.name),
            key: None,
            dirty: false,
            flusher: Flusher::Idle,
            last_write_ns: None,
            dir,
        });
        self.recover_key(ctx)?;
        self.write_missing_files(ctx)?;
        if ctx.env.fs.exists(&self.path(CONSUMER_STATE_FILE)?)? {
            self.current_state(ctx)?;
        }
        Ok(())
    }

    fn files(&self) -> Result<&ConsumerFiles, StoreError> {
        self.files.as_ref().ok_or(StoreError::WrongType)
    }

    fn path(&self, name: &str) -> Result<PathBuf, StoreError> {
        Ok(self.files()?.dir.join(name))
    }

    fn set_key(&mut self, key: BoxKey) {
        if let Some(files) = &mut self.files {
            files.key = Some(key);
        }
    }

    /// Opens the consumer's key file, if it has one, or converts it.
    fn recover_key(&mut self, ctx: &Ctx) -> Result<(), StoreError> {
        let Some(prf) = &ctx.prf else {
            return Ok(());
        };
        let Ok(file) = ctx.env.fs.read(&self.path(META_KEY_FILE)?) else {
            return Ok(());
        };
        let context = consumer_context(&ctx.name, &self.name);
        match prf.open(ctx.fcfg.cipher, &context, &file, MIN_BLOCK_KEY_LEN) {
            Ok(key) => {
                self.set_key(key.box_key()?);
                Ok(())
            }
            Err(error @ (StoreError::BadKeySize | StoreError::UnknownCipher)) => Err(error),
            Err(_) => self.convert_cipher(ctx, &file),
        }
    }

    /// Writes a consumer of the other cipher again with the store's own (Go: `convertCipher`, 1219).
    fn convert_cipher(&mut self, ctx: &Ctx, key_file: &[u8]) -> Result<(), StoreError> {
        let prf = ctx.prf.as_ref().ok_or(StoreError::NoEncryption)?;
        let context = consumer_context(&ctx.name, &self.name);
        let old_cipher = ctx.fcfg.cipher.other();
        let old_key = prf.open(old_cipher, &context, key_file, MIN_BLOCK_KEY_LEN)?.box_key()?;
        let sealed = ctx.env.fs.read(&self.path(CONSUMER_STATE_FILE)?)?;
        let plain = open_state(&old_key, &sealed)?;
        self.write_meta(ctx)?;
        self.write_state(ctx, plain)
    }

    /// Writes the metadata of a new consumer, and encrypts one that is plain where it should not be.
    fn write_missing_files(&mut self, ctx: &Ctx) -> Result<(), StoreError> {
        let fs = &ctx.env.fs;
        let missing = |path: PathBuf| {
            let found = fs.metadata(&path);
            found.is_err_and(|error| error.is_not_found())
        };
        let is_new = missing(self.path(META_FILE)?);
        if is_new && let Err(error) = self.write_meta(ctx) {
            fs.remove_dir_all(&self.files()?.dir)?;
            return Err(error);
        }
        if ctx.prf.is_none() || !missing(self.path(META_KEY_FILE)?) {
            return Ok(());
        }
        let encrypted = self.write_meta(ctx).and_then(|()| self.encrypt_plain_state(ctx));
        if encrypted.is_err() && is_new {
            fs.remove_dir_all(&self.files()?.dir)?;
        }
        encrypted
    }

    /// Seals a state file that is plain.
    fn encrypt_plain_state(&mut self, ctx: &Ctx) -> Result<(), StoreError> {
        let path = self.path(CONSUMER_STATE_FILE)?;
        let Ok(plain) = ctx.env.fs.read(&path) else {
            return Ok(());
        };
        if ConsumerState::decode(&plain).is_err() {
            return Ok(());
        }
        let sealed = self.seal_state(ctx, plain)?;
        Ok(write_with_optional_sync(ctx, &path, &sealed)?)
    }

    /// Writes the metadata, and makes the key first where one is missing (Go: `writeConsumerMeta`, 1238).
    pub(super) fn write_meta(&mut self, ctx: &Ctx) -> Result<(), StoreError> {
        if self.files.is_none() {
            return Ok(());
        }
        if self.closed {
            return Err(StoreError::Closed);
        }
        ctx.env.fs.exists(&self.path(META_FILE)?)?;
        if ctx.prf.is_some() && self.files()?.key.is_none() {
            let (key, file) = ctx.generate_key(&consumer_context(&ctx.name, &self.name))?;
            self.set_key(key.box_key()?);
            let path = self.path(META_KEY_FILE)?;
            ctx.env.fs.exists(&path)?;
            write_with_optional_sync(ctx, &path, &file)?;
        }
        let files = self.files()?;
        write_meta(ctx, &files.dir, &self.info(), files.key.as_ref(), &files.hasher)
    }

    fn info(&self) -> ConsumerInfo<'_> {
        ConsumerInfo { created: go_time(self.created), name: &self.name, config: &self.config }
    }

    /// The files as they would be without encryption; a consumer in memory has none.
    fn plain_files(&mut self, ctx: &Ctx) -> Result<Option<PlainFiles>, StoreError> {
        let Some(files) = &self.files else {
            return Ok(None);
        };
        Ok(Some(PlainFiles { meta: plain_meta(&self.info(), &files.hasher)?, state: self.encode_state(ctx)? }))
    }

    /// Whether there is a state file.
    pub(super) fn has_state_file(&self, ctx: &Ctx) -> bool {
        self.path(CONSUMER_STATE_FILE).is_ok_and(|path| ctx.env.fs.metadata(&path).is_ok())
    }

    /// The state: that in memory, or that of the file as long as nothing was delivered (Go: `stateWithCopyLocked`, 1246).
    pub(super) fn current_state(&mut self, ctx: &Ctx) -> Result<ConsumerState, StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if self.files.is_none() || self.has_delivered() {
            return Ok(self.state.clone());
        }
        let bytes = match ctx.env.fs.read(&self.path(CONSUMER_STATE_FILE)?) {
            Err(error) if error.is_not_found() => Vec::new(),
            read => read?,
        };
        if bytes.is_empty() {
            return Ok(ConsumerState::default());
        }
        let plain = match &self.files()?.key {
            Some(key) => open_state(key, &bytes)?,
            None => bytes,
        };
        let state = ConsumerState::decode(&plain)?;
        self.state.delivered = state.delivered;
        self.state.ack_floor = state.ack_floor;
        if !state.pending.is_empty() {
            self.state.pending.clone_from(&state.pending);
        }
        if !state.redelivered.is_empty() {
            self.state.redelivered.clone_from(&state.redelivered);
        }
        Ok(state)
    }

    /// The state as it lies in the file, unencrypted (Go: `encodeState`, 1231).
    pub(super) fn encode_state(&mut self, ctx: &Ctx) -> Result<Vec<u8>, StoreError> {
        if !self.closed && (self.files.is_none() || self.has_delivered()) {
            return Ok(self.state.encode(ctx.now_ns()));
        }
        Ok(self.current_state(ctx)?.encode(ctx.now_ns()))
    }

    /// Seals a state where the consumer has a key (Go: `encryptState`, 1234).
    pub(super) fn seal_state(&self, ctx: &Ctx, plain: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        match self.files.as_ref().and_then(|files| files.key.as_ref()) {
            Some(key) => ctx.seal(key, &plain),
            None => Ok(plain),
        }
    }

    /// Seals and writes a state (Go: `writeState`, 1236). A consumer in memory has nothing to write.
    pub(super) fn write_state(&mut self, ctx: &Ctx, plain: Vec<u8>) -> Result<(), StoreError> {
        if self.files.is_none() {
            return Ok(());
        }
        if self.closed {
            return Err(StoreError::Closed);
        }
        let bytes = self.seal_state(ctx, plain)?;
        let written = self.write_state_file(ctx, &bytes);
        if let Some(files) = &mut self.files {
            files.dirty = written.is_err();
        }
        written
    }

    /// Writes the state file.
    pub(super) fn write_state_file(&self, ctx: &Ctx, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path(CONSUMER_STATE_FILE)?;
        Ok(write_with_optional_sync(ctx, &path, bytes)?)
    }

    /// Removes the consumer's directory.
    pub(super) fn remove_files(&self, ctx: &Ctx) -> Result<(), StoreError> {
        Ok(ctx.env.fs.remove_dir_all(&self.files()?.dir)?)
    }
}

fn open_state(key: &BoxKey, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    if sealed.len() < key.nonce_len() {
        return Err(StoreError::NonceCut(CONSUMER_STATE_FILE));
    }
    key.open(sealed).map_err(|_| StoreError::Unsealable { what: CONSUMER_STATE_FILE })
}
