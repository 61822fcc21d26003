//! A consumer's configuration with every member of Go's `ConsumerConfig`, in Go's order, as its `meta.inf` holds it.
//!
//! The order of the members is the order of the bytes: do not sort them. Durations are nanoseconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json::{from_go_json, integer, integers, is_empty, time_text};

/// Where a consumer starts (Go: `DeliverPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the values are Go's, of no meaning to a store")]
pub enum DeliverPolicy {
    #[default]
    #[serde(alias = "undefined")]
    All,
    Last,
    New,
    ByStartSequence,
    ByStartTime,
    LastPerSubject,
}

/// What a consumer acknowledges (Go: `AckPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckPolicy {
    /// Nothing: what is delivered is done.
    #[default]
    None,
    /// A message and all before it.
    All,
    /// Each message.
    Explicit,
    /// As [`AckPolicy::All`], driven by flow control.
    FlowControl,
}

/// How fast messages are replayed (Go: `ReplayPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the values are Go's, of no meaning to a store")]
pub enum ReplayPolicy {
    #[default]
    Instant,
    Original,
}

/// Who is served first (Go: `PriorityPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the values are Go's, of no meaning to a store")]
pub enum PriorityPolicy {
    #[default]
    None,
    Overflow,
    PinnedClient,
    Prioritized,
}

/// A consumer's configuration (Go: `ConsumerConfig`). The store acts on `ack_policy`, `max_deliver` and `mem_storage`;
/// everything else is kept for `meta.inf`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the members are Go's; those that the store acts on are explained")]
pub struct ConsumerConfig {
    #[serde(rename = "durable_name", skip_serializing_if = "is_empty")]
    pub durable: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub description: String,
    pub deliver_policy: DeliverPolicy,
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub opt_start_seq: u64,
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "time_text")]
    pub opt_start_time: Option<String>,
    /// What the consumer acknowledges.
    pub ack_policy: AckPolicy,
    #[serde(rename = "ack_wait", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub ack_wait_ns: i64,
    /// After how many deliveries a message is given up.
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub max_deliver: i64,
    #[serde(rename = "backoff", skip_serializing_if = "is_empty", deserialize_with = "integers")]
    pub backoff_ns: Vec<i64>,
    #[serde(skip_serializing_if = "is_empty")]
    pub filter_subject: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub filter_subjects: Vec<String>,
    pub replay_policy: ReplayPolicy,
    #[serde(rename = "rate_limit_bps", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub rate_limit_bits_per_second: u64,
    #[serde(rename = "sample_freq", skip_serializing_if = "is_empty")]
    pub sample_frequency: String,
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub max_waiting: i64,
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub max_ack_pending: i64,
    #[serde(skip_serializing_if = "is_empty")]
    pub flow_control: bool,
    #[serde(skip_serializing_if = "is_empty")]
    pub headers_only: bool,
    #[serde(rename = "max_batch", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub max_request_batch: i64,
    #[serde(rename = "max_expires", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub max_request_expires_ns: i64,
    #[serde(rename = "max_bytes", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub max_request_max_bytes: i64,
    #[serde(skip_serializing_if = "is_empty")]
    pub deliver_subject: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub deliver_group: String,
    #[serde(rename = "idle_heartbeat", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub heartbeat_ns: i64,
    #[serde(rename = "inactive_threshold", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub inactive_threshold_ns: i64,
    #[serde(rename = "num_replicas", deserialize_with = "integer")]
    pub replicas: i64,
    /// The consumer's state is kept in memory and has no files.
    #[serde(rename = "mem_storage", skip_serializing_if = "is_empty")]
    pub memory_storage: bool,
    #[serde(skip_serializing_if = "is_empty")]
    pub direct: bool,
    #[serde(skip_serializing_if = "is_empty")]
    pub sourcing: bool,
    #[serde(skip_serializing_if = "is_empty")]
    pub metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_empty", deserialize_with = "time_text")]
    pub pause_until: Option<String>,
    #[serde(skip_serializing_if = "is_empty")]
    pub priority_groups: Vec<String>,
    #[serde(skip_serializing_if = "is_empty")]
    pub priority_policy: PriorityPolicy,
    #[serde(rename = "priority_timeout", skip_serializing_if = "is_empty", deserialize_with = "integer")]
    pub pinned_ttl_ns: i64,
}

impl ConsumerConfig {
    /// Reads the JSON form, in which integers may be decimal strings.
    pub fn from_go_json(value: &Value) -> Result<Self, serde_json::Error> {
        from_go_json(value)
    }
}
