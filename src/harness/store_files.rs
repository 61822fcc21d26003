//! The files of a store's directory as bytes that mean something: decrypted with the keys at hand, decompressed, and
//! explained line by line.
//!
//! This is for people and for comparison of directories; a port never sees it. A key file is tried with every key given and
//! with either cipher, because nothing in a directory says which it was. What cannot be opened is said to be so.

use std::path::{Path, PathBuf};

use super::protocol::KeyConfig;
use crate::env::{FileKind, FileSystem, FsResult, walk};
use crate::format::checksum::Hasher64;
use crate::format::cipher::{BoxKey, StoreCipher};
use crate::format::compress::{self, CompressionInfo};
use crate::format::dump::{DumpPage, fingerprint};
use crate::format::key::{self, AssetKey};
use crate::format::stream_state::unframe;
use crate::format::{
    block, consumer_state, delete_blocks, go_json, hash_wheel, index_info, meta, schedule, stream_state,
};

/// What a file of a store is, by its name and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// `msgs/N.blk`, also a leftover `N.blk.tmp` or `N.new`.
    Block(u32),
    /// `msgs/N.key`.
    BlockKey(u32),
    /// `msgs/N.idx` of older releases.
    OldIndex(u32),
    /// `msgs/index.db`.
    StreamState,
    /// `msgs/thw.db`.
    Wheel,
    /// `msgs/sched.db`.
    Schedules,
    /// `meta.inf` of the stream or, with its name, of a consumer.
    Meta(Option<&'a str>),
    /// `meta.sum` likewise.
    MetaSum(Option<&'a str>),
    /// `meta.key` likewise.
    MetaKey(Option<&'a str>),
    /// `obs/NAME/o.dat`.
    ConsumerState(Option<&'a str>),
    /// Anything else.
    Other,
}

impl<'a> Kind<'a> {
    /// The kind of the file at `relative`, a path with forward slashes below the store's directory or any part of it.
    pub fn of(relative: &'a str) -> Self {
        let (folder, name) = relative.rsplit_once('/').unwrap_or(("", relative));
        let consumer = folder.strip_prefix("obs/").or_else(|| folder.split_once("/obs/").map(|(_, name)| name));
        let numbered = |suffix: &str| name.strip_suffix(suffix).and_then(|number| number.parse().ok());
        let block = [".blk", ".blk.tmp", ".new"].into_iter().find_map(numbered);
        match (name, block, numbered(".key"), numbered(".idx")) {
            (_, Some(index), ..) => Self::Block(index),
            (_, _, Some(index), _) => Self::BlockKey(index),
            (_, _, _, Some(index)) => Self::OldIndex(index),
            ("index.db", ..) => Self::StreamState,
            ("thw.db", ..) => Self::Wheel,
            ("sched.db", ..) => Self::Schedules,
            ("meta.inf", ..) => Self::Meta(consumer),
            ("meta.sum", ..) => Self::MetaSum(consumer),
            ("meta.key", ..) => Self::MetaKey(consumer),
            ("o.dat", ..) => Self::ConsumerState(consumer),
            _ => Self::Other,
        }
    }
}

/// The directory of a store with the keys to it.
pub struct StoreFiles<'a> {
    fs: &'a dyn FileSystem,
    root: PathBuf,
    stream: String,
    keys: Vec<KeyConfig>,
}

impl<'a> StoreFiles<'a> {
    /// The store in `root`, of the stream called `stream`; nothing is opened yet.
    pub fn new(fs: &'a dyn FileSystem, root: &Path, stream: &str, keys: Vec<KeyConfig>) -> Self {
        Self { fs, root: root.to_path_buf(), stream: stream.to_owned(), keys }
    }

    /// The name of the stream that `meta.inf` gives, where that is not encrypted.
    pub fn stream_in_meta(fs: &dyn FileSystem, root: &Path) -> Option<String> {
        let bytes = fs.read(&root.join("meta.inf")).ok()?;
        let parsed = go_json::parse(&bytes).ok()?;
        parsed.last("name")?.as_text().ok()?.map(str::to_owned)
    }

    /// The paths of all files, relative, with forward slashes, in order.
    pub fn list(&self) -> FsResult<Vec<String>> {
        let entries = walk(self.fs, &self.root)?;
        let files = entries.into_iter().filter(|entry| entry.kind == FileKind::File);
        Ok(files.map(|entry| entry.path.to_string_lossy().replace('\\', "/")).collect())
    }

    /// The bytes of a file as they lie.
    pub fn read(&self, relative: &str) -> FsResult<Vec<u8>> {
        self.fs.read(&self.root.join(relative))
    }

    /// What the first of the key files `places` that exists comes to, when it is made for `context`.
    fn lock(&self, places: &[String], context: &str, min_len: usize) -> FsResult<Lock> {
        for place in places {
            let file = match self.read(place) {
                Err(error) if error.is_not_found() => continue,
                file => file?,
            };
            let opened = self.keys.iter().find_map(|config| {
                let derived = key::derive_key(&config.secret.0, config.prefix.as_bytes(), context.as_bytes()).ok()?;
                [StoreCipher::ChaCha, StoreCipher::Aes]
                    .into_iter()
                    .find_map(|cipher| key::open_seed(cipher, &derived, &file, min_len).ok())
            });
            return Ok(match opened {
                Some(key) => Lock::Open(key),
                None if self.keys.is_empty() => {
                    Lock::Closed(format!("{place} opens with a secret, and none was given"))
                }
                None => Lock::Closed(format!("no secret given opens {place} of the stream {:?}", self.stream)),
            });
        }
        Ok(Lock::None)
    }

    /// Whether there are secrets at hand, as there are for an encrypted directory.
    pub fn is_encrypted(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether `relative` is a block or a consumer's state of an encrypted directory whose key file is missing or stays closed.
    pub fn has_lost_its_key(&self, relative: &str) -> FsResult<bool> {
        let lock = match Kind::of(relative) {
            _ if self.keys.is_empty() => return Ok(false),
            Kind::Block(index) => self.block_lock(relative, index)?,
            Kind::ConsumerState(consumer) => self.meta_lock(relative, consumer)?,
            _ => return Ok(false),
        };
        Ok(lock.key().is_none())
    }

    fn block_lock(&self, relative: &str, index: u32) -> FsResult<Lock> {
        let place = join(folder(relative), &format!("{index}.key"));
        self.lock(&[place], &key::block_context(&self.stream, index), key::MIN_BLOCK_KEY_LEN)
    }

    /// The lock of the metadata and states of the stream, or of a consumer.
    fn meta_lock(&self, relative: &str, consumer: Option<&str>) -> FsResult<Lock> {
        let beside = folder(relative);
        let key_in = |folder| join(folder, "meta.key");
        match consumer {
            Some(name) => {
                let context = key::consumer_context(&self.stream, name);
                self.lock(&[key_in(beside)], &context, key::MIN_META_KEY_LEN)
            }
            // `index.db` lies one folder below the stream's key.
            None => {
                let places = [key_in(beside), key_in(folder(beside))];
                self.lock(&places, &key::stream_context(&self.stream), key::MIN_META_KEY_LEN)
            }
        }
    }

    fn hasher(&self, consumer: Option<&str>) -> Hasher64 {
        match consumer {
            Some(name) => Hasher64::for_consumer(&self.stream, name),
            None => Hasher64::for_stream(&self.stream),
        }
    }

    /// The content of a file without encryption and compression, or why it cannot be had. Key files and checksums, which
    /// hold nothing but chance in an encrypted store, have none.
    pub fn plain(&self, relative: &str) -> FsResult<Plain> {
        let bytes = self.read(relative)?;
        Ok(match Kind::of(relative) {
            Kind::Block(index) => plain_block(&self.block_lock(relative, index)?, bytes),
            Kind::StreamState => match unframe(&bytes) {
                Err(error) => Plain::Closed(error.to_string()),
                Ok((content, hash)) if self.hasher(None).hash(content) != hash => {
                    Plain::Closed("its checksum does not hold".to_owned())
                }
                Ok((content, _)) => opened(&self.meta_lock(relative, None)?, content),
            },
            Kind::Meta(consumer) | Kind::ConsumerState(consumer) => {
                opened(&self.meta_lock(relative, consumer)?, &bytes)
            }
            Kind::BlockKey(index) => match self.block_lock(relative, index)?.key() {
                Some(key) => Plain::Chance(format!("a {} key that opens", key.cipher.as_str())),
                None => Plain::Closed("no key at hand opens it".to_owned()),
            },
            Kind::MetaKey(consumer) => match self.meta_lock(relative, consumer)?.key() {
                Some(_) => Plain::Chance("a key that opens".to_owned()),
                None => Plain::Closed("no key at hand opens it".to_owned()),
            },
            Kind::MetaSum(consumer) => {
                let sealed = self.meta_lock(relative, consumer)?.key().is_some();
                let beside = relative.strip_suffix("meta.sum").map(|folder| format!("{folder}meta.inf"));
                let right = match beside.map(|path| self.read(&path)) {
                    Some(Ok(inf)) => meta::sum_matches(&self.hasher(consumer), &inf, &bytes),
                    _ => false,
                };
                match (right, sealed) {
                    (false, _) => Plain::Closed("it is not the checksum of meta.inf".to_owned()),
                    (true, true) => Plain::Chance("the checksum of meta.inf".to_owned()),
                    (true, false) => Plain::Bytes(bytes),
                }
            }
            Kind::OldIndex(_) | Kind::Wheel | Kind::Schedules | Kind::Other => Plain::Bytes(bytes),
        })
    }

    /// The annotated dump of a file: a page for each layer.
    pub fn pages(&self, relative: &str) -> FsResult<Vec<DumpPage>> {
        let bytes = self.read(relative)?;
        Ok(match Kind::of(relative) {
            Kind::Block(index) => {
                let hasher = Hasher64::for_block(&self.stream, index);
                let lock = self.block_lock(relative, index)?;
                lock.or_closed("block", &bytes, block::dump(&bytes, Some(&hasher), lock.key()))
            }
            Kind::Meta(consumer) => {
                let lock = self.meta_lock(relative, consumer)?;
                lock.or_closed("meta.inf", &bytes, meta::dump(&bytes, lock.box_key().as_ref()))
            }
            Kind::MetaSum(consumer) => {
                let beside = relative.strip_suffix("meta.sum").map(|folder| format!("{folder}meta.inf"));
                let inf = beside.and_then(|path| self.read(&path).ok());
                let hasher = self.hasher(consumer);
                vec![meta::dump_sum(&bytes, inf.as_deref().map(|inf| (&hasher, inf)))]
            }
            Kind::MetaKey(consumer) => {
                let context = match consumer {
                    Some(name) => key::consumer_context(&self.stream, name),
                    None => key::stream_context(&self.stream),
                };
                vec![self.key_page("metadata key", &bytes, &context)]
            }
            Kind::BlockKey(index) => {
                vec![self.key_page("block key", &bytes, &key::block_context(&self.stream, index))]
            }
            Kind::StreamState => self.state_pages(relative, &bytes)?,
            Kind::ConsumerState(consumer) => {
                let lock = self.meta_lock(relative, consumer)?;
                lock.pages("consumer state", &bytes, consumer_state::dump)
            }
            Kind::OldIndex(_) => vec![index_info::dump(&bytes)],
            Kind::Wheel => vec![hash_wheel::dump(&bytes)],
            Kind::Schedules => vec![schedule::dump(&bytes)],
            Kind::Other if delete_blocks::is_encoded_stream_state(&bytes) => {
                vec![delete_blocks::dump(&bytes)]
            }
            Kind::Other => {
                let mut page = DumpPage::new("a file of no known kind", &bytes);
                page.line(0, bytes.len(), format!("!! no file of a store is called so: {}", fingerprint(&bytes)));
                vec![page]
            }
        })
    }

    fn key_page(&self, title: &str, bytes: &[u8], context: &str) -> DumpPage {
        let derive =
            |config: &KeyConfig| key::derive_key(&config.secret.0, config.prefix.as_bytes(), context.as_bytes()).ok();
        let derived: Vec<[u8; 32]> = self.keys.iter().filter_map(derive).collect();
        let opens = |derived: &&[u8; 32]| {
            [StoreCipher::ChaCha, StoreCipher::Aes]
                .into_iter()
                .any(|cipher| key::open_seed(cipher, *derived, bytes, 0).is_ok())
        };
        // With the first that was given, the dump says that it does not open the file.
        let judging = derived.iter().find(opens).or_else(|| derived.first());
        key::dump(title, bytes, judging.map(<[u8; 32]>::as_slice))
    }

    fn state_pages(&self, relative: &str, bytes: &[u8]) -> FsResult<Vec<DumpPage>> {
        let lock = self.meta_lock(relative, None)?;
        let Ok((content, hash)) = unframe(bytes) else {
            return Ok(vec![stream_state::dump_file(bytes)]);
        };
        let mut pages = lock.pages("stream state", content, stream_state::dump);
        if let Some(page) = pages.first_mut() {
            let expected = self.hasher(None).hash(content);
            let judged = match expected == hash {
                true => "hash, right".to_owned(),
                false => format!("!! hash, but the stream {:?} gives {}", self.stream, hex::encode(expected)),
            };
            page.bytes = bytes.to_vec();
            page.line(content.len(), bytes.len() - content.len(), judged);
        }
        Ok(pages)
    }
}

/// What the key file beside a file comes to.
enum Lock {
    /// There is none: the file is plain.
    None,
    /// No secret at hand opens it; with the reason.
    Closed(String),
    /// The key.
    Open(AssetKey),
}

impl Lock {
    fn key(&self) -> Option<&AssetKey> {
        match self {
            Self::Open(key) => Some(key),
            Self::None | Self::Closed(_) => None,
        }
    }

    fn box_key(&self) -> Option<BoxKey> {
        self.key().and_then(|key| key.box_key().ok())
    }

    /// The pages of a state that may be sealed.
    fn pages(&self, title: &str, bytes: &[u8], dump: impl Fn(&[u8]) -> DumpPage) -> Vec<DumpPage> {
        match self.box_key() {
            Some(key) => sealed_pages(&format!("{title}, sealed"), bytes, &key, dump),
            None => self.or_closed(title, bytes, vec![dump(bytes)]),
        }
    }

    /// `pages`; but where they make no sense and the key stays closed, that the file cannot be read without it.
    fn or_closed(&self, title: &str, bytes: &[u8], pages: Vec<DumpPage>) -> Vec<DumpPage> {
        match self {
            Self::Closed(why) if !pages.iter().all(DumpPage::is_complete) => {
                let mut page = DumpPage::new(format!("{title}, encrypted"), bytes);
                page.line(0, bytes.len(), format!("!! {why}"));
                vec![page]
            }
            _ => pages,
        }
    }
}

/// The content of a file, as far as it can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plain {
    /// The bytes without encryption and compression.
    Bytes(Vec<u8>),
    /// Nothing but chance, in good order; with what it is.
    Chance(String),
    /// It cannot be opened; with the reason.
    Closed(String),
}

fn opened(lock: &Lock, bytes: &[u8]) -> Plain {
    if let Lock::Closed(why) = lock {
        return Plain::Closed(why.clone());
    }
    match lock.box_key() {
        None => Plain::Bytes(bytes.to_vec()),
        Some(key) => match key.open(bytes) {
            Ok(plain) => Plain::Bytes(plain),
            Err(error) => Plain::Closed(error.to_string()),
        },
    }
}

fn plain_block(lock: &Lock, mut bytes: Vec<u8>) -> Plain {
    if let Lock::Closed(why) = lock {
        return Plain::Closed(why.clone());
    }
    if let Some(key) = lock.key()
        && let Err(error) = key.block_stream().and_then(|mut stream| stream.apply(&mut bytes))
    {
        return Plain::Closed(error.to_string());
    }
    match CompressionInfo::decode(&bytes) {
        Ok(None) => Plain::Bytes(bytes),
        Ok(Some((info, head))) => {
            let body = bytes.get(head..).unwrap_or_default();
            match compress::decompress(info.algorithm, body, compress::DECODED_LIMIT) {
                Ok(plain) => Plain::Bytes(plain),
                Err(error) => Plain::Closed(error.to_string()),
            }
        }
        Err(error) => Plain::Closed(error.to_string()),
    }
}

fn sealed_pages(title: &str, bytes: &[u8], key: &BoxKey, dump: impl Fn(&[u8]) -> DumpPage) -> Vec<DumpPage> {
    let mut outer = DumpPage::new(title, bytes);
    let nonce = key.nonce_len().min(bytes.len());
    outer.line(0, nonce, "nonce");
    match key.open(bytes) {
        Ok(plain) => {
            outer.line(nonce, bytes.len() - nonce, "sealed, opens");
            vec![outer, dump(&plain)]
        }
        Err(error) => {
            outer.line(nonce, bytes.len() - nonce, format!("!! {error}"));
            vec![outer]
        }
    }
}

/// The folder that `relative` lies in, empty for the uppermost.
fn folder(relative: &str) -> &str {
    relative.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_name_and_place() {
        let check = |path, kind| assert_eq!(Kind::of(path), kind, "{path}");
        check("msgs/12.blk", Kind::Block(12));
        check("msgs/12.blk.tmp", Kind::Block(12));
        check("3.new", Kind::Block(3));
        check("msgs/1.key", Kind::BlockKey(1));
        check("meta.key", Kind::MetaKey(None));
        check("obs/c1/meta.key", Kind::MetaKey(Some("c1")));
        check("obs/c1/o.dat", Kind::ConsumerState(Some("c1")));
        check("msgs/index.db", Kind::StreamState);
        check("msgs/x.blk", Kind::Other);
    }
}
