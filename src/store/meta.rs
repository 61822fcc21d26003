//! The metadata files of a stream and of a consumer: the configuration as JSON, sealed where there is a key, and the
//! checksum of the bytes as they lie.
//!
//! The files are written when they are missing and when the configuration changes; a store does not read them (the
//! server does), so that nothing here decodes.
//!
//! Carries 970, and the writing in 1238.

use std::path::Path;

use serde::Serialize;

use super::Store;
use super::atomic::write_with_optional_sync;
use super::config::{StreamConfig, go_json, go_time};
use super::ctx::Ctx;
use super::error::StoreError;
use crate::format::checksum::Hasher64;
use crate::format::cipher::BoxKey;
use crate::format::meta;

/// The configuration (Go: `JetStreamMetaFile`).
pub(crate) const META_FILE: &str = "meta.inf";
/// Its checksum (Go: `JetStreamMetaFileSum`).
pub(crate) const META_SUM_FILE: &str = "meta.sum";

/// What `meta.inf` of a stream holds (Go: `FileStreamInfo`).
#[derive(Serialize)]
struct StreamInfo<'a> {
    #[serde(rename = "Created")]
    created: String,
    #[serde(flatten)]
    config: &'a StreamConfig,
}

impl Store {
    /// Writes `meta.inf` and `meta.sum`, and `meta.key` before them when it is missing (Go: `writeStreamMeta`, 970).
    pub(super) fn write_stream_meta(&mut self) -> Result<(), StoreError> {
        self.set_up_stream_key()?;
        write_meta(&self.ctx, &self.ctx.fcfg.store_dir, &self.stream_info(), self.aead.as_ref(), &self.hasher)
    }

    /// The bytes of the two metadata files as they are without encryption.
    pub(super) fn plain_stream_meta(&self) -> Result<PlainMeta, StoreError> {
        plain_meta(&self.stream_info(), &self.hasher)
    }

    fn stream_info(&self) -> StreamInfo<'_> {
        StreamInfo { created: go_time(self.created), config: &self.config }
    }
}

/// `meta.inf` and `meta.sum`.
pub(super) struct PlainMeta {
    pub(super) json: Vec<u8>,
    pub(super) sum: String,
}

/// The two metadata files of what is not encrypted.
pub(super) fn plain_meta<T: Serialize>(info: &T, hasher: &Hasher64) -> Result<PlainMeta, StoreError> {
    let json = info_json(info)?;
    let sum = meta::sum(hasher, &json);
    Ok(PlainMeta { json, sum })
}

fn info_json<T: Serialize>(info: &T) -> Result<Vec<u8>, StoreError> {
    go_json(info).map_err(|_| StoreError::ConfigChange("cannot be put as JSON"))
}

/// Writes the two metadata files of `dir`.
pub(super) fn write_meta<T: Serialize>(
    ctx: &Ctx,
    dir: &Path,
    info: &T,
    key: Option<&BoxKey>,
    hasher: &Hasher64,
) -> Result<(), StoreError> {
    let path = dir.join(META_FILE);
    ctx.env.fs.exists(&path)?;
    let json = info_json(info)?;
    let bytes = match key {
        Some(key) => ctx.seal(key, &json)?,
        None => json,
    };
    write_with_optional_sync(ctx, &path, &bytes)?;
    let sum = meta::sum(hasher, &bytes);
    write_with_optional_sync(ctx, &dir.join(META_SUM_FILE), sum.as_bytes())?;
    Ok(())
}
