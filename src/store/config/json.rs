//! JSON as Go's `encoding/json` writes and reads it, as far as the metadata files need it.
//!
//! Written: `<`, `>`, `&` and the two Unicode line separators are escaped inside strings, times are RFC 3339 with as
//! many decimals as they need, empty members are left out where Go's tag says so. Read: a null is as good as absent,
//! and a 64-bit integer may come as a decimal string, because the adapter protocol sends it so.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::store::state::Time;

/// What Go's zero time looks like.
const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

/// The bytes that Go's `json.Marshal` gives for the value.
pub(crate) fn go_json<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let text = serde_json::to_string(value)?;
    let mut bytes = Vec::with_capacity(text.len());
    // These characters occur only inside strings, so that escaping them anywhere is escaping them there.
    for character in text.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                bytes.extend_from_slice(format!("\\u{:04x}", u32::from(character)).as_bytes());
            }
            _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok(bytes)
}

/// A time as Go's `time.Time` in UTC marshals itself.
pub(crate) fn go_time(time: Time) -> String {
    if time.is_zero() {
        return ZERO_TIME.to_owned();
    }
    jiff::Timestamp::from_nanosecond(i128::from(time.unix_nano()))
        .map_or_else(|_| ZERO_TIME.to_owned(), |timestamp| timestamp.to_string())
}

/// The value of a JSON object in which integers may be strings and null means absent.
pub(super) fn from_go_json<T: DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(without_nulls(value))
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(_, member)| !member.is_null())
                .map(|(name, member)| (name.clone(), without_nulls(member)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

/// Whether a member is left out under `omitempty`.
pub(super) fn is_empty<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An integer, as a number or as a decimal string.
pub(super) fn integer<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: Display,
{
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return Err(D::Error::custom("expected an integer")),
    };
    text.parse().map_err(|error| D::Error::custom(format!("{text:?} is not an integer: {error}")))
}

/// A list of integers, each as a number or as a decimal string.
pub(super) fn integers<'de, D>(deserializer: D) -> Result<Vec<i64>, D::Error>
where
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Item(#[serde(deserialize_with = "integer")] i64);
    let items = Vec::<Item>::deserialize(deserializer)?;
    Ok(items.into_iter().map(|item| item.0).collect())
}

/// An RFC 3339 time, kept as text in the form in which Go would write it again.
pub(super) fn time_text<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    // The zero time is earlier than the library's first one, and the only such time that Go itself writes.
    if text != ZERO_TIME {
        jiff::Timestamp::from_str(&text)
            .map_err(|error| D::Error::custom(format!("{text:?} is not a time: {error}")))?;
    }
    Ok(Some(without_trailing_zeros(&text)))
}

/// The time without the zeros at the end of its decimals.
fn without_trailing_zeros(text: &str) -> String {
    let Some((seconds, rest)) = text.split_once('.') else {
        return text.to_owned();
    };
    let decimals_end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let (decimals, zone) = rest.split_at(decimals_end);
    match decimals.trim_end_matches('0') {
        "" => format!("{seconds}{zone}"),
        decimals => format!("{seconds}.{decimals}{zone}"),
    }
}
