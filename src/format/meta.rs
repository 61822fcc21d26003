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

/// The annotated dump of `meta.sum`, judged against `meta.inf` where that is given.
pub fn dump_sum(sum_file: &[u8], meta: Option<(&Hasher64, &[u8])>) -> DumpPage {
    let mut page = DumpPage::new("meta.sum", sum_file);
    let text = quoted(sum_file);
    let verdict = match meta {
        None => String::new(),
        Some((hasher, meta)) if sum_matches(hasher, meta, sum_file) => {
            ", the checksum of meta.inf".to_owned()
        }
        Some((hasher, meta)) => format!(", but meta.inf has {}", sum(hasher, meta)),
    };
    page.line(0, sum_file.len(), format!("checksum {text}{verdict}"));
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
        let shown = if raw.len() > 120 {
            fingerprint(raw)
        } else {
            String::from_utf8_lossy(raw).into_owned()
        };
        let name = quoted(member.name.as_bytes());
        page.line(
            member.offset,
            member.value.end - member.offset,
            format!("{name}: {shown}"),
        );
    }
    page
}
