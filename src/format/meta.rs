//! `meta.inf`, `meta.sum` and `meta.key`, of a stream or a consumer.
//!
//! `meta.inf` is JSON, sealed in a box when the store is encrypted; `meta.sum` is the lower-case hexadecimal checksum of
//! `meta.inf` as it lies in the file, sealed or not; `meta.key` is a key file (see [`super::key`]). What the JSON says is not
//! known here. Go: writeStreamMeta (970), writeConsumerMeta (1238).

use super::DecodeError;
use super::checksum::Hasher64;
use super::cipher::{BoxKey, CipherError};
use super::dump::{DumpPage, fingerprint, quoted};
use super::go_json;

/// The content of `meta.sum` for the bytes of `meta.inf`.
pub fn sum(hasher: &Hasher64, meta: &[u8]) -> String {
    hex::encode(hasher.hash(meta))
}

/// Whether `meta.sum` belongs to `meta.inf`. Go compares texts, so upper case or a line's end is a difference.
pub fn sum_matches(hasher: &Hasher64, meta: &[u8], sum_file: &[u8]) -> bool {
    sum(hasher, meta).as_bytes() == sum_file
}

/// The bytes of `meta.inf`: the JSON itself, or sealed with a key and a drawn nonce.
pub fn encode(json: &[u8], seal: Option<(&BoxKey, &[u8])>) -> Result<Vec<u8>, CipherError> {
    match seal {
        None => Ok(json.to_vec()),
        Some((key, nonce)) => key.seal(nonce, json),
    }
}

/// The JSON of `meta.inf`, opened where a key is given.
pub fn decode(meta: &[u8], key: Option<&BoxKey>) -> Result<Vec<u8>, CipherError> {
    match key {
        None => Ok(meta.to_vec()),
        Some(key) => key.open(meta),
    }
}

/// The annotated dump of `meta.inf`; a second page shows the JSON of a sealed one.
pub fn dump(meta: &[u8], key: Option<&BoxKey>) -> Vec<DumpPage> {
    let Some(key) = key else {
        return vec![dump_json("meta.inf", meta)];
    };
    let mut file = DumpPage::new("meta.inf, sealed", meta);
    match key.open(meta) {
        Ok(json) => {
            let nonce = key.nonce_len();
            file.line(0, nonce, "nonce");
            file.line(nonce, meta.len() - nonce, "sealed JSON and tag");
            vec![file, dump_json("meta.inf, opened", &json)]
        }
        Err(CipherError::TooShort) => {
            file.stop(DecodeError::new("nonce", 0, "file shorter than a nonce"));
            vec![file]
        }
        Err(_) => {
            let why = "not sealed with this key, or changed since";
            file.stop(DecodeError::new("sealed JSON", key.nonce_len(), why));
            vec![file]
        }
    }
}

/// A longer checksum file is none, and is not shown.
const SHOWN_SUM: usize = 32;

/// The annotated dump of `meta.sum`, judged against `meta.inf` where that is given.
pub fn dump_sum(sum_file: &[u8], meta: Option<(&Hasher64, &[u8])>) -> DumpPage {
    let mut page = DumpPage::new("meta.sum", sum_file);
    let text = if sum_file.len() > SHOWN_SUM { fingerprint(sum_file) } else { quoted(sum_file) };
    let judged = match meta {
        None => format!("checksum {text}"),
        Some((hasher, meta)) if sum_matches(hasher, meta, sum_file) => {
            format!("checksum {text}, the checksum of meta.inf")
        }
        Some((hasher, meta)) => {
            format!("!! checksum {text}, but meta.inf has {}", sum(hasher, meta))
        }
    };
    page.line(0, sum_file.len(), judged);
    page
}

fn dump_json(title: &str, json: &[u8]) -> DumpPage {
    let mut page = DumpPage::new(title, json);
    let members = match go_json::members(json) {
        Ok(members) => members,
        Err(error) => {
            page.stop(error);
            return page;
        }
    };
    for member in members {
        let raw = json.get(member.value.clone()).unwrap_or_default();
        let shown = if raw.len() > 120 { fingerprint(raw) } else { String::from_utf8_lossy(raw).into_owned() };
        let name = quoted(member.name.as_bytes());
        page.line(member.offset, member.value.end - member.offset, format!("{name}: {shown}"));
    }
    page
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::format::cipher::StoreCipher;
    use crate::format::dump::render_pages;
    use crate::format::key::{MIN_META_KEY_LEN, derive_key, open_seed, stream_context};

    /// Files written by Go; tests/data/go-files/README.md says how.
    const PLAIN: &[u8] = include_bytes!("../../tests/data/go-files/plain/meta.inf");
    const PLAIN_SUM: &[u8] = include_bytes!("../../tests/data/go-files/plain/meta.sum");
    const AES: &[u8] = include_bytes!("../../tests/data/go-files/aes/meta.inf");
    const AES_SUM: &[u8] = include_bytes!("../../tests/data/go-files/aes/meta.sum");
    const AES_KEY: &[u8] = include_bytes!("../../tests/data/go-files/aes/meta.key");
    const CHACHA: &[u8] = include_bytes!("../../tests/data/go-files/chacha/meta.inf");
    const CHACHA_SUM: &[u8] = include_bytes!("../../tests/data/go-files/chacha/meta.sum");
    const CHACHA_KEY: &[u8] = include_bytes!("../../tests/data/go-files/chacha/meta.key");

    fn hasher() -> Hasher64 {
        Hasher64::for_stream("GOFILES")
    }

    fn key(cipher: StoreCipher, file: &[u8]) -> BoxKey {
        let context = stream_context("GOFILES");
        let key = derive_key(b"blkspec secret", b"ACC", context.as_bytes()).unwrap();
        let key = open_seed(cipher, &key, file, MIN_META_KEY_LEN).unwrap();
        key.box_key().unwrap()
    }

    #[test]
    fn sums_of_go_belong_to_their_files() {
        let files = [(PLAIN, PLAIN_SUM), (AES, AES_SUM), (CHACHA, CHACHA_SUM)];
        for (meta, sum_file) in files {
            assert!(sum_matches(&hasher(), meta, sum_file));
            let upper = sum_file.to_ascii_uppercase();
            assert!(!sum_matches(&hasher(), meta, &upper), "{upper:x?}");
            assert!(!sum_matches(&hasher(), meta, &[sum_file, b"\n"].concat()));
        }
        assert!(!sum_matches(&hasher(), PLAIN, AES_SUM));
    }

    #[test]
    fn sealed_metadata_of_go_opens_and_is_sealed_again() {
        let files = [(StoreCipher::Aes, AES, AES_KEY), (StoreCipher::ChaCha, CHACHA, CHACHA_KEY)];
        for (cipher, meta, key_file) in files {
            let key = key(cipher, key_file);
            let json = decode(meta, Some(&key)).unwrap();
            assert!(json.starts_with(b"{\"Created\":\"2026-"));
            let nonce = meta.get(..key.nonce_len()).unwrap();
            assert_eq!(encode(&json, Some((&key, nonce))).unwrap(), meta);
            let cut = meta.get(..meta.len() - 1).unwrap();
            assert_eq!(decode(cut, Some(&key)), Err(CipherError::Authentication));
        }
    }

    #[test]
    fn dump_of_plain_and_sealed_metadata() {
        let hasher = hasher();
        let key = key(StoreCipher::Aes, AES_KEY);
        let mut pages = dump(PLAIN, None);
        pages.push(dump_sum(PLAIN_SUM, Some((&hasher, PLAIN))));
        pages.push(dump_sum(b"0123456789abcdef", Some((&hasher, PLAIN))));
        pages.extend(dump(AES, Some(&key)));
        pages.extend(dump(PLAIN, Some(&key)));
        pages.extend(dump(b"{\"name\":1,", None));
        pages.extend(dump(b"short", Some(&key)));
        insta::assert_snapshot!(render_pages(&pages));
    }

    proptest! {
        #[test]
        fn metadata_round_trips(json: Vec<u8>, nonce: [u8; 24]) {
            let key = key(StoreCipher::ChaCha, CHACHA_KEY);
            let sealed = encode(&json, Some((&key, &nonce))).unwrap();
            prop_assert_eq!(decode(&sealed, Some(&key)), Ok(json.clone()));
            prop_assert_eq!(encode(&json, None), Ok(json.clone()));
            let text = render_pages(&dump(&json, None));
            prop_assert!(text.starts_with("# meta.inf"));
            prop_assert!(sum_matches(&hasher(), &sealed, sum(&hasher(), &sealed).as_bytes()));
        }
    }
}
