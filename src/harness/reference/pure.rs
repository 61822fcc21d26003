//! The functions that need no store.

use std::path::Path;

use super::errors::{cipher_class, decode_class, file_class};
use super::{Answered, Refusal, consumer, decode};
use crate::env::{FsError, RealFs};
use crate::format::cipher::{BOX_OVERHEAD, BlockStream, BoxKey, CipherError, StoreCipher};
use crate::format::compress::{StoreCompression, UnknownCompression};
use crate::format::consumer_state::{ConsumerState, check_header};
use crate::format::record::record_len_raw;
use crate::format::{DecodeError, go_json};
use crate::harness::protocol::{EncryptionKey, ErrorClass, Op, Output, Time, Uint};
use crate::store::{self, Retention, dyn_blk_size, write_atomically, write_file_with_sync};

/// The bytes that `gen_encryption_key` seals.
const PROBE: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// How much of a keystream `gen_block_encryption_key` shows.
const KEYSTREAM_LEN: usize = 64;

pub(super) fn answer(op: &Op) -> Answered {
    match op {
        Op::CipherString { .. } | Op::GenEncryptionKey { .. } | Op::GenBlockEncryptionKey { .. } => ciphers(op),
        Op::CompressionString { .. } | Op::CompressionMarshalJson { .. } | Op::CompressionUnmarshalJson { .. } => {
            compressions(op)
        }
        Op::DynBlkSize { retention, max_bytes, encrypted } => {
            size(dyn_blk_size(retention_of(retention)?, max_bytes.0, *encrypted))
        }
        Op::FileStoreMsgSize { subject, hdr, msg } => size(record_len_raw(subject.len(), hdr.0.len(), msg.0.len())),
        Op::FileStoreMsgSizeRaw { slen, hlen, mlen } => {
            let headers = if hlen.0 == 0 { 0 } else { hlen.0.wrapping_add(4) };
            let fixed = record_len_raw(0, 0, 0).cast_signed();
            let len = fixed.wrapping_add(slen.0).wrapping_add(headers).wrapping_add(mlen.0);
            size(len.cast_unsigned())
        }
        Op::SubjectsEqual { a, b } => Ok(Output::Match { matches: a == b }),
        Op::SubjectsAll { .. } => Ok(Output::Match { matches: true }),
        Op::TimestampNormalized { ts } => Ok(Output::Timestamp {
            ts: Time(Some(ts.0.map_or(store::Time::ZERO, store::Time::from_unix_nano).normalized())),
        }),
        Op::CheckConsumerHeader { bytes } => Ok(Output::Version { version: u64::from(check_header(&bytes.0)?).into() }),
        Op::DecodeConsumerState { bytes } => {
            Ok(Output::ConsumerState { state: consumer::state_message(&ConsumerState::decode(&bytes.0)?) })
        }
        Op::WriteFileWithSync { path, bytes } => {
            write_file_with_sync(&RealFs::new(), Path::new(path), &bytes.0)?;
            Ok(Output::Nothing {})
        }
        Op::WriteAtomically { path, bytes, sync } => {
            write_atomically(&RealFs::new(), Path::new(path), &bytes.0, *sync)?;
            Ok(Output::Nothing {})
        }
        _ => decode::answer(op),
    }
}

fn size(size: u64) -> Answered {
    Ok(Output::Size { size: size.into() })
}

fn ciphers(op: &Op) -> Answered {
    match op {
        Op::CipherString { cipher } => Ok(Output::Text {
            text: i64::try_from(cipher.0).map_or("Unknown StoreCipher", StoreCipher::text_for).to_owned(),
        }),
        Op::GenEncryptionKey { cipher, seed } => {
            let key = BoxKey::new(cipher_of(*cipher), &seed.0)?;
            let boxed = key.seal(&vec![0; key.nonce_len()], &PROBE)?;
            let sealed = boxed.get(key.nonce_len()..).unwrap_or_default();
            Ok(Output::EncryptionKey(EncryptionKey {
                nonce_size: (key.nonce_len() as u64).into(),
                overhead: (BOX_OVERHEAD as u64).into(),
                sealed: sealed.into(),
            }))
        }
        Op::GenBlockEncryptionKey { cipher, seed, nonce } => {
            let mut keystream = vec![0; KEYSTREAM_LEN];
            BlockStream::new(cipher_of(*cipher), &seed.0, &nonce.0)?.apply(&mut keystream)?;
            Ok(Output::Keystream { keystream: keystream.into() })
        }
        _ => Err(Refusal::Unsupported(op.name().to_owned())),
    }
}

/// A cipher that does not exist is refused like none.
fn cipher_of(number: Uint) -> StoreCipher {
    i64::try_from(number.0).ok().and_then(StoreCipher::from_number).unwrap_or(StoreCipher::NoCipher)
}

fn compressions(op: &Op) -> Answered {
    match op {
        Op::CompressionString { compression } => {
            Ok(Output::Text { text: StoreCompression::text_for(byte(*compression)?).to_owned() })
        }
        Op::CompressionMarshalJson { compression } => {
            Ok(Output::Json { json: StoreCompression::to_json(byte(*compression)?)? })
        }
        Op::CompressionUnmarshalJson { json } => {
            let is_text = go_json::parse(json.as_bytes()).is_ok_and(|value| value.as_text().is_ok());
            if !is_text {
                return Err(Refusal::new(ErrorClass::Other, "not a JSON string".to_owned()));
            }
            let compression = StoreCompression::from_json(json.as_bytes())?;
            Ok(Output::Compression { compression: u64::from(compression as u8).into() })
        }
        _ => Err(Refusal::Unsupported(op.name().to_owned())),
    }
}

fn byte(number: Uint) -> Result<u8, Refusal> {
    u8::try_from(number.0).map_err(|_| Refusal::invalid(format!("compression {number} is not a byte")))
}

/// A retention by its JSON name or its number; an unknown number is like anything but limits.
fn retention_of(text: &str) -> Result<Retention, Refusal> {
    match text {
        "" | "limits" | "0" => Ok(Retention::Limits),
        "interest" => Ok(Retention::Interest),
        "workqueue" => Ok(Retention::WorkQueue),
        _ if text.parse::<i64>().is_ok() => Ok(Retention::WorkQueue),
        _ => Err(Refusal::invalid(format!("retention {text:?}"))),
    }
}

impl From<CipherError> for Refusal {
    fn from(error: CipherError) -> Self {
        Self::new(ErrorClass::from_name(cipher_class(error)), error.to_string())
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self::new(ErrorClass::from_name(decode_class(&error)), error.to_string())
    }
}

impl From<FsError> for Refusal {
    fn from(error: FsError) -> Self {
        Self::new(ErrorClass::from_name(file_class(error.kind)), error.to_string())
    }
}

impl From<UnknownCompression> for Refusal {
    fn from(error: UnknownCompression) -> Self {
        Self::new(ErrorClass::UnknownCompression, error.to_string())
    }
}
