//! Key material: from a secret and a context to the seed of a stream, a block or a consumer.
//!
//! A key file is `nonce ++ sealed seed`, sealed with the key that the context derives. The seed and that same nonce make the
//! block's keystream; the seed alone makes the box key for metadata and state. Go: genEncryptionKeys (966), recoverAEK (968),
//! setupAEK (969), loadEncryptionForMsgBlock (976), and the server's jsKeyGen. Seeds and nonces are the caller's to draw.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::DecodeError;
use super::cipher::{BOX_OVERHEAD, BlockStream, BoxKey, CipherError, StoreCipher};
use super::dump::DumpPage;

/// The length of a seed and of a derived key.
pub const SEED_LEN: usize = 32;
/// A shorter `meta.key` is refused.
pub const MIN_META_KEY_LEN: usize = 64;
/// A shorter key file of a block or a consumer is refused.
pub const MIN_BLOCK_KEY_LEN: usize = 64;

/// The context of a stream's own key.
pub fn stream_context(stream: &str) -> String {
    stream.to_owned()
}

/// The context of a block's key.
pub fn block_context(stream: &str, index: u32) -> String {
    format!("{stream}:{index}")
}

/// The context of a consumer's key.
pub fn consumer_context(stream: &str, consumer: &str) -> String {
    format!("{stream}.{consumer}")
}

/// The key of a context: HMAC-SHA256 of `prefix ++ context` under `secret`. The server's prefix is the account's name.
pub fn derive_key(secret: &[u8], prefix: &[u8], context: &[u8]) -> Result<[u8; SEED_LEN], CipherError> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret);
    let mut mac = mac.map_err(|_| CipherError::BadKeyLength)?;
    mac.update(prefix);
    mac.update(context);
    Ok(mac.finalize().into_bytes().into())
}

/// What a key file holds once opened, and the file itself.
#[derive(Clone, PartialEq, Eq)]
pub struct AssetKey {
    /// The cipher that the key is for.
    pub cipher: StoreCipher,
    /// The seed.
    pub seed: Vec<u8>,
    /// The nonce, which the block's keystream uses again.
    pub nonce: Vec<u8>,
}

impl AssetKey {
    /// The box key for metadata and state.
    pub fn box_key(&self) -> Result<BoxKey, CipherError> {
        BoxKey::new(self.cipher, &self.seed)
    }

    /// The block's keystream from its beginning.
    pub fn block_stream(&self) -> Result<BlockStream, CipherError> {
        BlockStream::new(self.cipher, &self.seed, &self.nonce)
    }
}

impl std::fmt::Debug for AssetKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssetKey").field("cipher", &self.cipher).finish_non_exhaustive()
    }
}

/// The bytes of the key file that holds `seed`, sealed with the context's key.
pub fn seal_seed(cipher: StoreCipher, context_key: &[u8], seed: &[u8], nonce: &[u8]) -> Result<Vec<u8>, CipherError> {
    BoxKey::new(cipher, context_key)?.seal(nonce, seed)
}

/// Opens a key file with the context's key. [`CipherError::TooShort`] below `min_len`, whatever the cipher.
pub fn open_seed(
    cipher: StoreCipher,
    context_key: &[u8],
    key_file: &[u8],
    min_len: usize,
) -> Result<AssetKey, CipherError> {
    if key_file.len() < min_len {
        return Err(CipherError::TooShort);
    }
    let key = BoxKey::new(cipher, context_key)?;
    let seed = key.open(key_file)?;
    let nonce = key_file.get(..key.nonce_len());
    Ok(AssetKey { cipher, seed, nonce: nonce.unwrap_or_default().to_vec() })
}

/// A new key with its key file, from a drawn seed and nonce.
pub fn new_key(
    cipher: StoreCipher,
    context_key: &[u8],
    seed: &[u8],
    nonce: &[u8],
) -> Result<(AssetKey, Vec<u8>), CipherError> {
    let file = seal_seed(cipher, context_key, seed, nonce)?;
    let key = AssetKey { cipher, seed: seed.to_vec(), nonce: nonce.to_vec() };
    Ok((key, file))
}

/// How long a key file of this cipher is; nothing without encryption.
pub const fn key_file_len(cipher: StoreCipher) -> Option<usize> {
    match cipher.nonce_len() {
        Some(nonce) => Some(nonce + SEED_LEN + BOX_OVERHEAD),
        None => None,
    }
}

/// The annotated dump of a key file; the seed itself is never shown. The length tells the cipher; where the context's key is
/// given, the dump says whether it opens the file.
pub fn dump(title: &str, key_file: &[u8], context_key: Option<&[u8]>) -> DumpPage {
    let mut page = DumpPage::new(title, key_file);
    let ciphers = [StoreCipher::ChaCha, StoreCipher::Aes];
    let fits = |cipher: &StoreCipher| key_file_len(*cipher) == Some(key_file.len());
    let Some(cipher) = ciphers.into_iter().find(fits) else {
        let why = "neither 64 bytes (AES-GCM) nor 72 (ChaCha20-Poly1305)";
        page.stop(DecodeError::new("key file", 0, why));
        return page;
    };
    let nonce = key_file.len() - SEED_LEN - BOX_OVERHEAD;
    page.line(0, nonce, format!("nonce, {cipher}"));
    page.line(nonce, SEED_LEN, "sealed seed");
    let opened = context_key.map(|key| open_seed(cipher, key, key_file, MIN_BLOCK_KEY_LEN));
    let verdict = match opened {
        None => "tag",
        Some(Ok(_)) => "tag, right",
        Some(Err(_)) => "!! tag: sealed with another key, or changed since",
    };
    page.line(nonce + SEED_LEN, BOX_OVERHEAD, verdict);
    page
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

    use super::*;

    fn context_key(context: &str) -> [u8; SEED_LEN] {
        derive_key(b"blkspec secret", b"ACC", context.as_bytes()).unwrap()
    }

    fn check(cipher: StoreCipher, context: &str, file: &[u8]) {
        let key = context_key(context);
        let opened = open_seed(cipher, &key, file, MIN_BLOCK_KEY_LEN).unwrap();
        assert_eq!(opened.seed.len(), SEED_LEN);
        assert_eq!(Some(file.len()), key_file_len(cipher));
        let (again, written) = new_key(cipher, &key, &opened.seed, &opened.nonce).unwrap();
        assert_eq!(written, file);
        assert_eq!(again, opened);
        let wrong = open_seed(cipher.other(), &key, file, MIN_BLOCK_KEY_LEN);
        assert_eq!(wrong, Err(CipherError::Authentication));
        let short = open_seed(cipher, &key, &file[..63], MIN_BLOCK_KEY_LEN);
        assert_eq!(short, Err(CipherError::TooShort));
    }

    #[test]
    fn key_files_of_go_open_and_are_written_again() {
        let chacha = include_bytes!("../../tests/data/go-files/chacha/1.key");
        let aes = include_bytes!("../../tests/data/go-files/aes/1.key");
        check(StoreCipher::ChaCha, &block_context("GOFILES", 1), chacha);
        check(StoreCipher::Aes, &block_context("GOFILES", 1), aes);
        let chacha = include_bytes!("../../tests/data/go-files/chacha/meta.key");
        let aes = include_bytes!("../../tests/data/go-files/aes/meta.key");
        check(StoreCipher::ChaCha, &stream_context("GOFILES"), chacha);
        check(StoreCipher::Aes, &stream_context("GOFILES"), aes);
    }

    #[test]
    fn the_context_is_part_of_the_key() {
        let file = include_bytes!("../../tests/data/go-files/aes/1.key");
        let key = context_key(&block_context("GOFILES", 2));
        let opened = open_seed(StoreCipher::Aes, &key, file, MIN_BLOCK_KEY_LEN);
        assert_eq!(opened, Err(CipherError::Authentication));
    }

    #[test]
    fn dumps_of_key_files() {
        let aes = include_bytes!("../../tests/data/go-files/aes/1.key");
        let chacha = include_bytes!("../../tests/data/go-files/chacha/1.key");
        let right = context_key(&block_context("GOFILES", 1));
        let wrong = context_key(&block_context("GOFILES", 2));
        let pages = [
            dump("1.key", aes, None),
            dump("1.key", chacha, Some(&right)),
            dump("1.key", chacha, Some(&wrong)),
            dump("1.key", &aes[..50], Some(&right)),
        ];
        insta::assert_snapshot!(crate::format::dump::render_pages(&pages));
    }
}
