//! The commands that are one operation of the adapter protocol, argument by argument.
//!
//! Absent arguments become what Go would be given most often: sequence 0, no limit, the clock of the case.

use std::collections::BTreeMap;

use super::error::Fault;
use super::expand::{Argument, Arguments};
use super::lower::json;
use super::quantity::{self, Moment};
use super::syntax::Command;
use super::template::Variables;
use crate::harness::protocol::{
    Bytes, ConsumerConfigMsg, ConsumerPending, ConsumerStateMsg, Int, Op, SequencePair, Time, Uint,
};

/// The operation that `command` is for `variables`, with the case starting at `start_ns`.
pub(super) fn operation(
    command: &Command,
    arguments: &Arguments,
    variables: &Variables,
    start_ns: i64,
) -> Result<Op, Fault> {
    let name = command.spec.name;
    if let Some(verb) = name.strip_prefix("consumer ") {
        let consumer = match &command.consumer {
            Some(template) => template.expand(variables)?,
            None => Vec::new(),
        };
        let consumer =
            String::from_utf8(consumer).map_err(|_| Fault::new("the name of a consumer", "bytes that are no text"))?;
        return consumer_operation(verb, consumer, arguments, start_ns);
    }
    let take = Take { arguments, start_ns };
    if let Some(op) = lifecycle(name, &take).or_else(|| change(name, &take)).or_else(|| query(name, &take)) {
        return Ok(op);
    }
    if let Some(op) = messages(name, &take, variables)? {
        return Ok(op);
    }
    pure(name, &take, variables)?.ok_or_else(|| Fault::new("a command that has a meaning", format!("`{name}`")))
}

/// The arguments with the defaults of operations.
struct Take<'a> {
    arguments: &'a Arguments,
    start_ns: i64,
}

impl Take<'_> {
    fn uint(&self, name: &str) -> Uint {
        Uint(self.arguments.unsigned(name).unwrap_or_default())
    }

    fn int(&self, name: &str) -> Int {
        Int(self.arguments.signed(name).unwrap_or_default())
    }

    fn text(&self, name: &str) -> String {
        self.arguments.text(name).unwrap_or_default().to_owned()
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.arguments.list(name).unwrap_or_default().to_vec()
    }

    /// The filters, where there is a list: none at all is not the same as an empty one.
    fn filters(&self) -> Option<Vec<String>> {
        self.arguments.list("filters").map(<[String]>::to_vec)
    }

    fn flag(&self, name: &str) -> bool {
        self.arguments.flag(name).unwrap_or_default()
    }

    fn bytes(&self, name: &str) -> Bytes {
        Bytes(self.arguments.bytes(name).unwrap_or_default().to_vec())
    }

    /// A time; the start of the case when there is none.
    fn time(&self, name: &str) -> Time {
        Time(self.arguments.moment(name).unwrap_or(Moment::Relative(0)).unix_ns(self.start_ns))
    }

    /// A time where Go takes nanoseconds; its zero time is 0.
    fn nanoseconds(&self, name: &str) -> Int {
        Int(self.time(name).0.unwrap_or_default())
    }
}

fn lifecycle(name: &str, take: &Take<'_>) -> Option<Op> {
    Some(match name {
        "stop" => Op::Stop {},
        "delete" => Op::Delete { inline: take.flag("inline") },
        "advance" => Op::Advance { ns: take.int("by") },
        "settle" => Op::Settle {},
        "now" => Op::Now {},
        "register" => match take.text("callback").as_str() {
            "updates" => Op::RegisterUpdates {},
            "removes" => Op::RegisterRemoves {},
            _ => Op::RegisterProcess {},
        },
        _ => return None,
    })
}

fn messages(name: &str, take: &Take<'_>, variables: &Variables) -> Result<Option<Op>, Fault> {
    let ttl = take.arguments.signed("ttl").map(Int);
    Ok(Some(match name {
        "store" => Op::StoreMsg {
            subject: take.text("subject"),
            hdr: Bytes(take.arguments.headers()?),
            msg: Bytes(take.arguments.payload(variables)?),
            ttl,
        },
        "store-raw" => Op::StoreRawMsg {
            subject: take.text("subject"),
            hdr: Bytes(take.arguments.headers()?),
            msg: Bytes(take.arguments.payload(variables)?),
            seq: take.uint("seq"),
            ts: take.nanoseconds("ts"),
            ttl,
            discard_new_check: take.arguments.flag("discard_new_check"),
        },
        "load-next" => Op::LoadNextMsg { filter: take.text("filter"), wc: wildcard(take), start: take.uint("start") },
        "load-prev" => Op::LoadPrevMsg { filter: take.text("filter"), wc: wildcard(take), start: take.uint("start") },
        "load-next-multi" => Op::LoadNextMsgMulti { filters: take.filters(), start: take.uint("start") },
        "load-prev-multi" => Op::LoadPrevMsgMulti { filters: take.filters(), start: take.uint("start") },
        _ => return Ok(None),
    }))
}

/// Whether the filter is said or seen to hold wildcards.
fn wildcard(take: &Take<'_>) -> bool {
    let seen = || {
        take.arguments.text("filter").is_some_and(|filter| filter.split('.').any(|token| token == "*" || token == ">"))
    };
    take.arguments.flag("wc").unwrap_or_else(seen)
}

fn change(name: &str, take: &Take<'_>) -> Option<Op> {
    let seq = take.uint("seq");
    Some(match name {
        "skip" => Op::SkipMsg { seq },
        "skip-no-interest" => Op::SkipMsgNoInterest { seq },
        "skip-msgs" => Op::SkipMsgs { seq, num: take.uint("num") },
        "flush" => Op::FlushAllPending {},
        "remove" => Op::RemoveMsg { seq },
        "erase" => Op::EraseMsg { seq },
        "purge" => Op::Purge {},
        "purge-ex" => Op::PurgeEx { subject: take.text("subject"), seq, keep: take.uint("keep") },
        "compact" => Op::Compact { seq },
        "truncate" => Op::Truncate { seq },
        "reset-state" => Op::ResetState {},
        _ => return None,
    })
}

fn query(name: &str, take: &Take<'_>) -> Option<Op> {
    let seq = take.uint("seq");
    let last_per_subject = take.flag("last_per_subject");
    Some(match name {
        "load" => Op::LoadMsg { seq },
        "load-last" => Op::LoadLastMsg { subject: take.text("subject") },
        "seq-from-time" => Op::GetSeqFromTime { ts: take.time("time") },
        "state" => Op::State {},
        "fast-state" => Op::FastState {},
        "filtered-state" => Op::FilteredState { seq, subject: take.text("subject") },
        "subjects-state" => Op::SubjectsState { filter: take.text("filter") },
        "subjects-totals" => Op::SubjectsTotals { filter: take.text("filter") },
        "all-last-seqs" => Op::AllLastSeqs {},
        "multi-last-seqs" => Op::MultiLastSeqs {
            filters: take.list("filters"),
            max_seq: take.uint("max_seq"),
            max_allowed: take.int("max_allowed"),
        },
        "multi-last-msgs" => Op::MultiLastMsgs {
            filters: take.list("filters"),
            min_seq: take.uint("min_seq"),
            max_seq: take.uint("max_seq"),
            max_allowed: take.int("max_allowed"),
            stop_after: take.arguments.unsigned("stop_after").map(Uint),
        },
        "subject-for-seq" => Op::SubjectForSeq { seq },
        "num-pending" => Op::NumPending { seq, filter: take.text("filter"), last_per_subject },
        "num-pending-multi" => Op::NumPendingMulti { seq, filters: take.filters(), last_per_subject },
        "utilization" => Op::Utilization {},
        "type" => Op::Type {},
        "encoded-state" => Op::EncodedStreamState { failed: take.arguments.unsigned("failed").map(Uint) },
        "snapshot" => Op::Snapshot {
            deadline: take.arguments.signed("deadline").map(Int),
            include_consumers: take.flag("consumers"),
            check_msgs: take.flag("check"),
        },
        _ => return None,
    })
}

fn pure(name: &str, take: &Take<'_>, variables: &Variables) -> Result<Option<Op>, Fault> {
    Ok(Some(match name {
        "cipher-string" => Op::CipherString { cipher: take.uint("cipher") },
        "compression-string" => Op::CompressionString { compression: take.uint("compression") },
        "compression-marshal-json" => Op::CompressionMarshalJson { compression: take.uint("compression") },
        "compression-unmarshal-json" => Op::CompressionUnmarshalJson { json: take.text("json") },
        "dyn-blk-size" => Op::DynBlkSize {
            retention: take.arguments.text("retention").unwrap_or("limits").to_owned(),
            max_bytes: take.int("max_bytes"),
            encrypted: take.flag("encrypted"),
        },
        "file-store-msg-size" => Op::FileStoreMsgSize {
            subject: take.text("subject"),
            hdr: Bytes(take.arguments.headers()?),
            msg: Bytes(take.arguments.payload(variables)?),
        },
        "file-store-msg-size-raw" => {
            Op::FileStoreMsgSizeRaw { slen: take.int("slen"), hlen: take.int("hlen"), mlen: take.int("mlen") }
        }
        "subjects-equal" => Op::SubjectsEqual { a: take.text("a"), b: take.text("b") },
        "subjects-all" => Op::SubjectsAll { a: take.text("a"), b: take.text("b") },
        "timestamp-normalized" => Op::TimestampNormalized { ts: take.time("ts") },
        "check-consumer-header" => Op::CheckConsumerHeader { bytes: take.bytes("bytes") },
        "decode-consumer-state" => Op::DecodeConsumerState { bytes: take.bytes("bytes") },
        "decode-stream-state" => Op::DecodeStreamState { bytes: take.bytes("bytes") },
        "decode-sequence-set" => Op::DecodeSequenceSet { bytes: take.bytes("bytes") },
        "decode-hash-wheel" => Op::DecodeHashWheel { bytes: take.bytes("bytes") },
        "decode-msg-scheduling" => Op::DecodeMsgScheduling { bytes: take.bytes("bytes") },
        "unmarshal-metadata" => Op::UnmarshalMetadata { bytes: take.bytes("bytes") },
        "decompress" => Op::Decompress { compression: take.uint("compression"), bytes: take.bytes("bytes") },
        "gen-encryption-key" => Op::GenEncryptionKey { cipher: cipher(take), seed: take.bytes("seed") },
        "gen-block-encryption-key" => {
            Op::GenBlockEncryptionKey { cipher: cipher(take), seed: take.bytes("seed"), nonce: take.bytes("nonce") }
        }
        _ => return Ok(None),
    }))
}

/// Go's number of the cipher `cipher`.
fn cipher(take: &Take<'_>) -> Uint {
    Uint(match take.text("cipher").as_str() {
        "chacha" => 0,
        "aes" => 1,
        _ => 2,
    })
}

fn consumer_operation(verb: &str, consumer: String, arguments: &Arguments, start_ns: i64) -> Result<Op, Fault> {
    let take = Take { arguments, start_ns };
    let seq = take.uint("seq");
    Ok(match verb {
        "open" => Op::ConsumerOpen { name: consumer, created: take.time("created"), config: config(arguments) },
        "set-starting" => Op::ConsumerSetStarting { consumer, seq },
        "update-starting" => Op::ConsumerUpdateStarting { consumer, seq },
        "reset" => Op::ConsumerReset { consumer, seq },
        "has-state" => Op::ConsumerHasState { consumer },
        "delivered" => Op::ConsumerUpdateDelivered {
            consumer,
            dseq: take.uint("dseq"),
            sseq: take.uint("sseq"),
            dc: take.uint("dc"),
            ts: take.nanoseconds("ts"),
        },
        "acks" => Op::ConsumerUpdateAcks { consumer, dseq: take.uint("dseq"), sseq: take.uint("sseq") },
        "remove-redelivered-below" => Op::ConsumerRemoveRedeliveredBelow { consumer, seq },
        "update-config" => Op::ConsumerUpdateConfig { consumer, config: config(arguments) },
        "update" => Op::ConsumerUpdate { consumer, state: state(arguments, start_ns)? },
        "force-update" => Op::ConsumerForceUpdate { consumer, state: state(arguments, start_ns)? },
        "state" => Op::ConsumerState { consumer },
        "borrow-state" => Op::ConsumerBorrowState { consumer },
        "encoded-state" => Op::ConsumerEncodedState { consumer },
        "type" => Op::ConsumerType { consumer },
        "stop" => Op::ConsumerStop { consumer },
        "delete" => Op::ConsumerDelete { consumer },
        "stream-delete" => Op::ConsumerStreamDelete { consumer },
        "add" => Op::AddConsumer { consumer },
        "remove" => Op::RemoveConsumer { consumer },
        _ => return Err(Fault::new("a verb of `consumer` that has a meaning", format!("`{verb}`"))),
    })
}

fn config(arguments: &Arguments) -> ConsumerConfigMsg {
    let mut config = ConsumerConfigMsg::default();
    for (name, argument) in arguments.iter().filter(|(_, argument)| !matches!(argument, Argument::Moment(_))) {
        config.set(name, json(argument));
    }
    config
}

/// A consumer state: `delivered=C/S ack_floor=C/S pending=[S:C@5s ..] redelivered=[S:N ..]`.
fn state(arguments: &Arguments, start_ns: i64) -> Result<ConsumerStateMsg, Fault> {
    let pair = |name: &str| match arguments.text(name) {
        None => Ok(SequencePair::default()),
        Some(text) => {
            let fault = || Fault::new(format!("CONSUMER/STREAM sequences for `{name}`"), format!("`{text}`"));
            let (consumer, stream) = text.split_once('/').ok_or_else(fault)?;
            Ok(SequencePair { consumer: Uint(number(consumer)?), stream: Uint(number(stream)?) })
        }
    };
    let mut pending = BTreeMap::new();
    for text in arguments.list("pending").unwrap_or_default() {
        let fault = || Fault::new("STREAM:CONSUMER@TIME for `pending`", format!("`{text}`"));
        let (stream, delivery) = text.split_once(':').ok_or_else(fault)?;
        let (sequence, time) = delivery.split_once('@').ok_or_else(fault)?;
        let ts = Moment::Relative(quantity::duration(time)?).unix_ns(start_ns).unwrap_or_default();
        pending.insert(Uint(number(stream)?), ConsumerPending { sequence: Uint(number(sequence)?), ts: Int(ts) });
    }
    let mut redelivered = BTreeMap::new();
    for text in arguments.list("redelivered").unwrap_or_default() {
        let fault = || Fault::new("STREAM:COUNT for `redelivered`", format!("`{text}`"));
        let (stream, count) = text.split_once(':').ok_or_else(fault)?;
        redelivered.insert(Uint(number(stream)?), Uint(number(count)?));
    }
    Ok(ConsumerStateMsg { delivered: pair("delivered")?, ack_floor: pair("ack_floor")?, pending, redelivered })
}

fn number(text: &str) -> Result<u64, Fault> {
    quantity::unsigned(text)
}
