//! The content of a store's files without encryption and compression, as far as the harness knows the key.
//!
//! Keys come from the configuration of the case, as the port got them. A block is tried with the key file beside it, with either
//! cipher, because a case may have changed it.

use std::collections::BTreeSet;

use super::config::StoreConfig;
use super::workspace::Workspace;
use crate::env::{DirEntry, FileKind, FsErrorKind, FsResult};
use crate::format::cipher::StoreCipher;
use crate::format::compress::{self, CompressionInfo};
use crate::format::key::{self, AssetKey};
use crate::harness::case::Setting;

/// Opens files of a store with the keys of its configuration.
pub(super) struct Keys<'a> {
    workspace: &'a Workspace,
    config: Option<&'a StoreConfig>,
    setting: Setting,
}

impl<'a> Keys<'a> {
    /// The keys of `config` in `setting`.
    pub(super) fn new(workspace: &'a Workspace, config: Option<&'a StoreConfig>, setting: Setting) -> Keys<'a> {
        Keys { workspace, config, setting }
    }

    /// The name of the stream.
    pub(super) fn stream_name(&self) -> String {
        let stream = self.config.map(StoreConfig::stream).unwrap_or_default();
        stream.text("name").unwrap_or_default().to_owned()
    }

    /// The content of the file `relative`, if it is there.
    pub(super) fn read(&self, relative: &str) -> FsResult<Option<Vec<u8>>> {
        let (fs, path) = (self.workspace.fs(), self.workspace.file(relative));
        // A device holds nothing of the store's, and may never end.
        if fs.metadata(&path).is_ok_and(|metadata| metadata.kind == FileKind::Other) {
            return Ok(None);
        }
        match fs.read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind == FsErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The key in the key file `file`, made for `context`; nothing where there is no such file or it does not open.
    pub(super) fn asset_key(&self, file: &str, context: &str, min_len: usize) -> FsResult<Option<AssetKey>> {
        let Some(config) = self.config.and_then(|config| config.key(self.setting)) else { return Ok(None) };
        let Some(bytes) = self.read(file)? else { return Ok(None) };
        let derived = key::derive_key(&config.secret.0, config.prefix.as_bytes(), context.as_bytes());
        let opened = derived.ok().and_then(|derived| {
            [StoreCipher::ChaCha, StoreCipher::Aes]
                .into_iter()
                .find_map(|cipher| key::open_seed(cipher, &derived, &bytes, min_len).ok())
        });
        Ok(opened)
    }

    /// The blocks whose file is compressed.
    pub(super) fn compressed_blocks(&self) -> FsResult<BTreeSet<u64>> {
        let mut found = BTreeSet::new();
        let entries = match self.workspace.fs().read_dir(&self.workspace.file("msgs")) {
            Ok(entries) => entries,
            Err(error) if error.kind == FsErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(error),
        };
        for name in entries.iter().filter_map(DirEntry::name_str) {
            let Some(index) = block_index(name) else { continue };
            let bytes = self.read(&format!("msgs/{name}"))?.unwrap_or_default();
            let decrypted = self.decrypted(index, bytes)?.unwrap_or_default();
            if !matches!(CompressionInfo::decode(&decrypted), Ok(None)) {
                found.insert(u64::from(index));
            }
        }
        Ok(found)
    }

    /// The records of block `index` whose file holds `bytes`; nothing where they cannot be had.
    pub(super) fn block(&self, index: u32, bytes: Vec<u8>) -> FsResult<Option<Vec<u8>>> {
        Ok(self.decrypted(index, bytes)?.and_then(decompressed))
    }

    fn decrypted(&self, index: u32, mut bytes: Vec<u8>) -> FsResult<Option<Vec<u8>>> {
        let context = key::block_context(&self.stream_name(), index);
        let key = self.asset_key(&format!("msgs/{index}.key"), &context, key::MIN_BLOCK_KEY_LEN)?;
        if let Some(key) = key {
            match key.block_stream().and_then(|mut stream| stream.apply(&mut bytes)) {
                Ok(()) => {}
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(bytes))
    }
}

/// `bytes` of a block without their compression; nothing where they do not decode.
pub(super) fn decompressed(bytes: Vec<u8>) -> Option<Vec<u8>> {
    match CompressionInfo::decode(&bytes) {
        Ok(None) => Some(bytes),
        Ok(Some((info, head))) => {
            compress::decompress(info.algorithm, bytes.get(head..)?, compress::DECODED_LIMIT).ok()
        }
        Err(_) => None,
    }
}

/// The number of the block whose file is `relative`.
pub(super) fn block_index(relative: &str) -> Option<u32> {
    let name = relative.rsplit('/').next()?;
    name.strip_suffix(".blk")?.parse().ok()
}
