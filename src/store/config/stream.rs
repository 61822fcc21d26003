//! The stream's configuration with every member of Go's `StreamConfig`, in Go's order, as `meta.inf` holds it.
//!
//! The order of the members is the order of the bytes: do not sort them. A member that Go always writes has no rule of
//! omission here. Durations are nanoseconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json::{from_go_json, integer, is_empty, time_text};
use crate::format::compress::StoreCompression;

/// When messages go (Go: `RetentionPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Retention {
    /// When a limit is reached.
    #[default]
    Limits,
    /// When no consumer is interested any more.
    Interest,
    /// When one consumer has acknowledged.
    WorkQueue,
}

/// What gives way at a limit (Go: `DiscardPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Discard {
    /// The oldest message.
    #[default]
    Old,
    /// The new message.
    New,
}

/// Where messages are kept (Go: `StorageType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// In files.
    #[default]
    File,
    /// In memory, which a file store refuses.
    Memory,
}

/// When a write is persisted (Go: `PersistModeType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersistMode {
    /// Before it is acknowledged.
    #[default]
    #[serde(alias = "")]
    Default,
    /// Some time after.
    Async,
}

/// Where a stream is placed (Go: `Placement`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are Go's, of no meaning to a store")]
pub struct Placement {
    #[serde(skip_serializing_if = "is_empty")]
    pub cluster: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "is_empty")]
    pub preferred: String,
}

/// A change of subjects (Go: `SubjectTransformConfig`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are Go's, of no meaning to a store")]
pub struct SubjectTransform {
    #[serde(rename = "src")]
    pub source: String,
    #[serde(rename = "dest")]
    pub destination: String,
}

/// A stream of another account (Go: `ExternalStream`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are Go's, of no meaning to a store")]
pub struct ExternalStream {
    pub api: String,
    pub deliver: String,
}

/// The consumer that a stream is sourced through (Go: `StreamConsumerSource`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are Go's, of no meaning to a store")]
pub struct SourceConsumer {
    #[serde(skip_serializing_if = "is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub deliver_subject: String,
}

/// A stream that this one mirrors or takes from (Go: `StreamSource`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are Go's, of no meaning to a store")]
pub struct StreamSource {
    pub name: String,
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub opt_start_seq: u64,
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "time_text")]
    pub opt_start_time: Option<String>,
    #[serde(skip_serializing_if = "is_empty")]
    pub filter_subject: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub subject_transforms: Vec<SubjectTransform>,
    #[serde(skip_serializing_if = "is_empty")]
    pub external: Option<ExternalStream>,
    #[serde(skip_serializing_if = "is_empty")]
    pub consumer: Option<SourceConsumer>,
}

/// Messages are published again elsewhere (Go: `RePublish`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are Go's, of no meaning to a store")]
pub struct Republish {
    #[serde(rename = "src", skip_serializing_if = "is_empty")]
    pub source: String,
    #[serde(rename = "dest")]
    pub destination: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub headers_only: bool,
}

/// Defaults for the stream's consumers (Go: `StreamConsumerLimits`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are Go's, of no meaning to a store")]
pub struct ConsumerLimits {
    #[serde(rename = "inactive_threshold", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub inactive_threshold_ns: i64,
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub max_ack_pending: i64,
}

/// A stream's configuration (Go: `StreamConfig`). Members without a note are only kept for `meta.inf`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are Go's; those that the store acts on are explained")]
pub struct StreamConfig {
    /// The stream's name, from which every checksum and key of the store is derived.
    pub name: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub description: String,
    /// The subjects it listens to. A stream without any (and without mirror and sources) does not track subjects.
    #[serde(skip_serializing_if = "is_empty")]
    pub subjects: Vec<String>,
    /// Decides the size of blocks.
    pub retention: Retention,
    #[serde(deserialize_with = "integer")]
    pub max_consumers: i64,
    /// The most messages, none or negative: no limit.
    #[serde(deserialize_with = "integer")]
    pub max_msgs: i64,
    /// The most bytes, none or negative: no limit.
    #[serde(deserialize_with = "integer")]
    pub max_bytes: i64,
    /// The greatest age of a message, 0: no limit.
    #[serde(rename = "max_age", deserialize_with = "integer")]
    pub max_age_ns: i64,
    /// The most messages of a subject, none or negative: no limit.
    #[serde(rename = "max_msgs_per_subject", deserialize_with = "integer")]
    pub max_msgs_per: i64,
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub max_msg_size: i32,
    /// What gives way at a limit.
    pub discard: Discard,
    /// A file store takes only files.
    pub storage: Storage,
    /// More than one allows asynchronous flushing.
    #[serde(rename = "num_replicas", deserialize_with = "integer")]
    pub replicas: i64,
    #[serde(skip_serializing_if = "is_empty")]
    pub no_ack: bool,
    #[serde(rename = "duplicate_window", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub duplicates_ns: i64,
    #[serde(skip_serializing_if = "is_empty")]
    pub placement: Option<Placement>,
    #[serde(skip_serializing_if = "is_empty")]
    pub mirror: Option<StreamSource>,
    #[serde(skip_serializing_if = "is_empty")]
    pub sources: Vec<StreamSource>,
    #[serde(with = "compression_name")]
    pub compression: StoreCompression,
    /// The first sequence of a new stream.
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub first_seq: u64,
    #[serde(skip_serializing_if = "is_empty")]
    pub subject_transform: Option<SubjectTransform>,
    #[serde(skip_serializing_if = "is_empty")]
    pub republish: Option<Republish>,
    pub allow_direct: bool,
    pub mirror_direct: bool,
    /// With [`Discard::New`]: a new message gives way at the limit of its subject.
    #[serde(rename = "discard_new_per_subject", skip_serializing_if = "is_empty")]
    pub discard_new_per: bool,
    pub sealed: bool,
    pub deny_delete: bool,
    pub deny_purge: bool,
    #[serde(rename = "allow_rollup_hdrs")]
    pub allow_rollup: bool,
    pub consumer_limits: ConsumerLimits,
    /// Messages may carry a time to live.
    pub allow_msg_ttl: bool,
    /// How long the marker of a subject's deletion lives, 0: no markers.
    #[serde(rename = "subject_delete_marker_ttl", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub subject_delete_marker_ttl_ns: i64,
    #[serde(skip_serializing_if = "is_empty")]
    pub allow_msg_counter: bool,
    #[serde(rename = "allow_atomic", skip_serializing_if = "is_empty")]
    pub allow_atomic_publish: bool,
    /// Messages may carry a schedule.
    #[serde(skip_serializing_if = "is_empty")]
    pub allow_msg_schedules: bool,
    /// Asynchronous persistence turns asynchronous flushing on.
    #[serde(skip_serializing_if = "is_empty")]
    pub persist_mode: PersistMode,
    #[serde(rename = "allow_batched", skip_serializing_if = "is_empty")]
    pub allow_batch_publish: bool,
    #[serde(skip_serializing_if = "is_empty")]
    pub metadata: BTreeMap<String, String>,
}

impl StreamConfig {
    /// A configuration with this name and Go's zero values.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Whether anything reaches the stream by subject (Go asks this in `noTrackSubjects`).
    pub(crate) fn has_subjects(&self) -> bool {
        !self.subjects.is_empty() || self.mirror.is_some() || !self.sources.is_empty()
    }

    /// Reads the JSON form, in which integers may be decimal strings.
    pub fn from_go_json(value: &Value) -> Result<Self, serde_json::Error> {
        from_go_json(value)
    }
}

/// Compression by the name that Go's JSON gives it.
mod compression_name {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::format::compress::StoreCompression;

    pub(super) fn serialize<S: Serializer>(compression: &StoreCompression, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match compression {
            StoreCompression::None => "none",
            StoreCompression::S2 => "s2",
        })
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StoreCompression, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "none" => Ok(StoreCompression::None),
            "s2" => Ok(StoreCompression::S2),
            other => Err(D::Error::custom(format!("unknown compression {other:?}"))),
        }
    }
}
