//! The configuration with which a case opens its store: what the setting gives, and what the case changes.
//!
//! An `open` keeps the configuration of the one before it, apart from what it names; `defaults` starts again from nothing.

use super::workspace::Workspace;
use crate::harness::case::expand::Argument;
use crate::harness::case::quantity::Moment;
use crate::harness::case::{Changes, Cipher, Compression, Setting};
use crate::harness::protocol::{Bytes, FileConfig, Int, KeyConfig, Op, StreamConfigMsg, Time, Uint};

/// The name of the stream unless the case gives another.
const STREAM_NAME: &str = "TEST";
/// The secret behind the keys of encrypted settings unless the case gives another.
const SECRET: &str = "the secret of every case";

/// What a store is opened with, before the setting fills the gaps.
#[derive(Debug, Clone, Default)]
pub struct StoreConfig {
    file: FileConfig,
    stream: StreamConfigMsg,
    key: Option<String>,
    key_prefix: String,
    no_key: bool,
    old_key: Option<String>,
    old_key_prefix: String,
    created: Option<Moment>,
    dir: Option<String>,
}

impl StoreConfig {
    /// Takes over what `changes` names.
    pub fn apply(&mut self, changes: &Changes) {
        if changes.file.iter().any(|(name, argument)| *name == "defaults" && *argument == Argument::Flag(true)) {
            *self = StoreConfig { dir: self.dir.take(), ..StoreConfig::default() };
        }
        for (name, argument) in &changes.file {
            self.apply_one(name, argument);
        }
        for (name, value) in &changes.stream.0 {
            self.stream.set(name, value.clone());
        }
    }

    fn apply_one(&mut self, name: &str, argument: &Argument) {
        match (name, argument) {
            ("block_size", Argument::Unsigned(size)) => self.file.block_size = Some(Uint(*size)),
            ("cache_expire", Argument::Signed(ns)) => self.file.cache_expire = Some(Int(*ns)),
            ("subject_state_expire", Argument::Signed(ns)) => self.file.subject_state_expire = Some(Int(*ns)),
            ("sync_interval", Argument::Signed(ns)) => self.file.sync_interval = Some(Int(*ns)),
            ("sync_always", Argument::Flag(on)) => self.file.sync_always = Some(*on),
            ("async_flush", Argument::Flag(on)) => self.file.async_flush = Some(*on),
            ("cipher", Argument::Text(name)) => self.file.cipher = Some(name.clone()),
            ("compression", Argument::Text(name)) => self.file.compression = Some(name.clone()),
            ("key", Argument::Text(secret)) => {
                self.key = Some(secret.clone());
                self.no_key = false;
            }
            ("key_prefix", Argument::Text(prefix)) => self.key_prefix.clone_from(prefix),
            ("no_key", Argument::Flag(on)) => self.no_key = *on,
            ("old_key", Argument::Text(secret)) => self.old_key = Some(secret.clone()),
            ("old_key_prefix", Argument::Text(prefix)) => self.old_key_prefix.clone_from(prefix),
            ("no_old_key", Argument::Flag(true)) => self.old_key = None,
            ("created", Argument::Moment(moment)) => self.created = Some(*moment),
            ("dir", Argument::Text(name)) => self.dir = Some(name.clone()),
            // `defaults` was looked at before; the kinds of the others are fixed by the grammar.
            _ => {}
        }
    }

    /// The configuration of the stream.
    #[must_use]
    pub fn stream(&self) -> StreamConfigMsg {
        let mut stream = self.stream.clone();
        if stream.text("name").is_none() {
            stream.set("name", STREAM_NAME);
        }
        stream
    }

    /// The key that the store is opened with in `setting`.
    #[must_use]
    pub fn key(&self, setting: Setting) -> Option<KeyConfig> {
        let encrypted = self.file.cipher.as_deref().unwrap_or(setting.cipher.name()) != Cipher::None.name();
        let secret = match &self.key {
            _ if self.no_key => None,
            Some(secret) => Some(secret.as_str()),
            None => encrypted.then_some(SECRET),
        };
        secret.map(|secret| KeyConfig { secret: Bytes(secret.as_bytes().to_vec()), prefix: self.key_prefix.clone() })
    }

    /// Whether the store compresses its blocks in `setting`.
    #[must_use]
    pub fn compresses(&self, setting: Setting) -> bool {
        self.file.compression.as_deref().unwrap_or(setting.compression.name()) != Compression::None.name()
    }

    /// The operation that opens the store in `setting`.
    pub fn open(&self, setting: Setting, workspace: &mut Workspace, start_ns: i64) -> Op {
        if let Some(name) = &self.dir {
            workspace.choose(name);
        }
        let mut file = self.file.clone();
        file.cipher.get_or_insert_with(|| setting.cipher.name().to_owned());
        file.compression.get_or_insert_with(|| setting.compression.name().to_owned());
        let old_key = self
            .old_key
            .as_ref()
            .map(|secret| KeyConfig { secret: Bytes(secret.as_bytes().to_vec()), prefix: self.old_key_prefix.clone() });
        Op::Open {
            dir: workspace.absolute_directory(None),
            file,
            stream: self.stream(),
            created: Time(self.created.unwrap_or(Moment::Relative(0)).unix_ns(start_ns)),
            key: self.key(setting),
            old_key,
        }
    }
}
