//! Configurations as they travel: the file store's as a struct, streams' and consumers' as ordered JSON objects.
//!
//! Go's `StreamConfig` and `ConsumerConfig` have many members that a store never reads but does write to its metadata,
//! so they pass through by their JSON names and in the order given. Integers in them are decimal strings: a JSON number
//! anywhere inside is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use super::value::{Bytes, Int, Uint};

/// Go's `FileStoreConfig` without its directory, which is an argument of `open`. An absent member is Go's zero value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FileConfig {
    /// The largest size of a block in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_size: Option<Uint>,
    /// Nanoseconds without activity after which a block drops its cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_expire: Option<Int>,
    /// Nanoseconds without activity after which a block drops its per-subject state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_state_expire: Option<Int>,
    /// Nanoseconds between two syncs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_interval: Option<Int>,
    /// Whether every write is synced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_always: Option<bool>,
    /// Whether writes are flushed in the background.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub async_flush: Option<bool>,
    /// `none`, `chacha`, `aes`, or the decimal number of a cipher that does not exist. Absent is `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// `none`, `s2`, or the decimal number of a compression that does not exist. Absent is `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
}

/// The key material of a store: the key of a context is HMAC-SHA256(`secret`, `prefix` ++ context).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyConfig {
    /// The secret of the HMAC.
    pub secret: Bytes,
    /// What goes before the context; absent is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

/// One ordered JSON object of configuration without JSON numbers.
macro_rules! config_map {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Map<String, Value>);

        impl $name {
            /// The text of the string or decimal member `name`, if it is there and a string.
            pub fn text(&self, name: &str) -> Option<&str> {
                self.0.get(name).and_then(Value::as_str)
            }

            /// Sets the member `name`.
            pub fn set(&mut self, name: &str, value: impl Into<Value>) {
                self.0.insert(name.to_owned(), value.into());
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let map = Map::deserialize(deserializer)?;
                match map.iter().find_map(|(name, value)| number_in(name, value)) {
                    Some(place) => Err(de::Error::custom(format!(
                        "{place} is a JSON number; integers travel as decimal strings"
                    ))),
                    None => Ok(Self(map)),
                }
            }
        }
    };
}

config_map! {
    /// Members of Go's `StreamConfig` by their JSON names, integers as decimal strings; `storage` absent is `file`.
    StreamConfigMsg
}

config_map! {
    /// Members of Go's `ConsumerConfig` by their JSON names, integers as decimal strings.
    ConsumerConfigMsg
}

/// The path of the first JSON number in `value`, which stands at `path`.
fn number_in(path: &str, value: &Value) -> Option<String> {
    match value {
        Value::Number(_) => Some(path.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| number_in(&format!("{path}[{index}]"), item))
        }
        Value::Object(map) => map.iter().find_map(|(name, item)| number_in(&format!("{path}.{name}"), item)),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}
