//! The state of a consumer, the file `o.dat`: Go's `encodeConsumerState` and `decodeConsumerState` (1248), `checkConsumerHeader`.
//!
//! ```text
//! 22, version, ack floor consumer, ack floor stream, delivered consumer, delivered stream,
//! number pending, [base seconds, (stream - floor, [consumer - floor,] seconds)*], number redelivered, (stream - floor, count)*
//! ```
//! All varints. Version 2 stores seconds before the base and consumer sequences; version 1 stores seconds after it, no consumer
//! sequences, and what was delivered relative to the ack floor. Go accepts a file that ends before the number of pending
//! messages, and a list of redeliveries cut anywhere; so does this decoder. It never allocates by a number that it read.
//! Go writes maps in random order; this encoder writes ascending sequences. Times keep whole seconds.

use std::collections::BTreeMap;

use super::DecodeError;
use super::cursor::{Cursor, explain};
use super::dump::DumpPage;
use super::varint::{append_uvarint, append_varint};

/// The first byte of the file.
const MAGIC: u8 = 22;
const VERSION_1: u8 = 1;
const VERSION_2: u8 = 2;
const HEADER_LEN: usize = 2;
/// Set in no stream sequence that is believed.
const HIGH_BIT: u64 = 1 << 63;
const SECOND_NS: i64 = 1_000_000_000;

/// What [`DecodeError::what`] says when the version is unknown, which Go reports apart from corruption.
pub const VERSION_FIELD: &str = "consumer state version";

/// The same message by consumer and by stream sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SequencePair {
    /// The sequence in the consumer.
    pub consumer: u64,
    /// The sequence in the stream.
    pub stream: u64,
}

/// A delivery that awaits its ack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// The consumer sequence of the delivery.
    pub sequence: u64,
    /// When it was delivered, in nanoseconds since 1970.
    pub timestamp_ns: i64,
}

/// What a consumer store keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerState {
    /// The last delivery.
    pub delivered: SequencePair,
    /// Everything up to here is acked.
    pub ack_floor: SequencePair,
    /// The deliveries that await acks, by stream sequence.
    pub pending: BTreeMap<u64, Pending>,
    /// How often messages were redelivered, by stream sequence.
    pub redelivered: BTreeMap<u64, u64>,
}

impl ConsumerState {
    /// The file's content; `now_ns` gives the base of the times and does not change their meaning.
    pub fn encode(&self, now_ns: i64) -> Vec<u8> {
        let mut out = vec![MAGIC, VERSION_2];
        let floor = self.ack_floor;
        for number in [floor.consumer, floor.stream, self.delivered.consumer, self.delivered.stream] {
            append_uvarint(&mut out, number);
        }
        append_uvarint(&mut out, self.pending.len() as u64);
        if !self.pending.is_empty() {
            let base = nearest_second(now_ns);
            append_varint(&mut out, base);
            for (stream, pending) in &self.pending {
                append_uvarint(&mut out, stream.wrapping_sub(floor.stream));
                append_uvarint(&mut out, pending.sequence.wrapping_sub(floor.consumer));
                append_varint(&mut out, base.wrapping_sub(pending.timestamp_ns / SECOND_NS));
            }
        }
        append_uvarint(&mut out, self.redelivered.len() as u64);
        for (stream, count) in &self.redelivered {
            append_uvarint(&mut out, stream.wrapping_sub(floor.stream));
            append_uvarint(&mut out, *count);
        }
        out
    }

    /// The state in a file of version 1 or 2; bytes behind it are not looked at.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_at(&mut Cursor::new(bytes, None))
    }
}

/// The version in a file's header, 1 or 2.
pub fn check_header(bytes: &[u8]) -> Result<u8, DecodeError> {
    match bytes {
        [MAGIC, version @ (VERSION_1 | VERSION_2), ..] => Ok(*version),
        [MAGIC, _, ..] => Err(DecodeError::new(VERSION_FIELD, 1, "neither 1 nor 2")),
        [_, _, ..] => Err(DecodeError::new("consumer state magic", 0, "not 22")),
        _ => Err(DecodeError::new("consumer state header", 0, "shorter than 2 bytes")),
    }
}

/// What the bytes of an `o.dat` mean.
pub fn dump(bytes: &[u8]) -> DumpPage {
    explain("consumer state", bytes, decode_at)
}

fn decode_at(cursor: &mut Cursor<'_>) -> Result<ConsumerState, DecodeError> {
    let version = check_header(cursor.rest())?;
    cursor.take(HEADER_LEN, |_| format!("consumer state magic {MAGIC} version {version}"));
    let ack_floor = SequencePair { consumer: cursor.u64("ack floor consumer"), stream: cursor.u64("ack floor stream") };
    let mut delivered =
        SequencePair { consumer: cursor.u64("delivered consumer"), stream: cursor.u64("delivered stream") };
    cursor.check()?;
    if version == VERSION_1 {
        // Version 1 counted deliveries from the message after the floor.
        delivered.consumer = delivered.consumer.wrapping_add(ack_floor.consumer.saturating_sub(1));
        delivered.stream = delivered.stream.wrapping_add(ack_floor.stream.saturating_sub(1));
        cursor.remark(|| format!("delivered means consumer {} stream {}", delivered.consumer, delivered.stream));
    }
    if (ack_floor.stream | delivered.stream) & HIGH_BIT != 0 {
        return Err(cursor.error("stream sequence", "the high bit is set"));
    }
    let pending = decode_pending(cursor, version, ack_floor)?;
    let redelivered = decode_redelivered(cursor, ack_floor);
    Ok(ConsumerState { delivered, ack_floor, pending, redelivered })
}

fn decode_pending(
    cursor: &mut Cursor<'_>,
    version: u8,
    floor: SequencePair,
) -> Result<BTreeMap<u64, Pending>, DecodeError> {
    let mut pending = BTreeMap::new();
    let count = cursor.u64("number pending");
    if count == 0 {
        return Ok(pending);
    }
    let base = cursor.i64("base seconds");
    // A count beyond the signed range means none to Go.
    for _ in 0..count as i64 {
        let stream = cursor.u64("pending stream +").wrapping_add(floor.stream);
        let mut sequence = 0;
        if version == VERSION_2 {
            sequence = cursor.u64("pending consumer +").wrapping_add(floor.consumer);
        }
        let seconds = cursor.i64("pending seconds");
        cursor.check()?;
        if stream == 0 {
            return Err(cursor.error("pending stream", "the sequence is 0"));
        }
        let seconds = if version == VERSION_1 { seconds.wrapping_add(base) } else { base.wrapping_sub(seconds) };
        let timestamp_ns = seconds.wrapping_mul(SECOND_NS);
        cursor.remark(|| format!("pending {stream} as {sequence} since {timestamp_ns} ns"));
        pending.insert(stream, Pending { sequence, timestamp_ns });
    }
    Ok(pending)
}

fn decode_redelivered(cursor: &mut Cursor<'_>, floor: SequencePair) -> BTreeMap<u64, u64> {
    let mut redelivered = BTreeMap::new();
    for _ in 0..cursor.u64("number redelivered") as i64 {
        let (stream, count) = (cursor.u64("redelivered stream +"), cursor.u64("redelivered count"));
        if stream > 0 && count > 0 {
            redelivered.insert(stream.wrapping_add(floor.stream), count);
        }
        // Every read after a failed one answers 0, so nothing more can come.
        if cursor.failed().is_some() {
            break;
        }
    }
    redelivered
}

/// Whole seconds, halves rounded up.
fn nearest_second(now_ns: i64) -> i64 {
    let (seconds, rest) = (now_ns.div_euclid(SECOND_NS), now_ns.rem_euclid(SECOND_NS));
    seconds + i64::from(rest >= SECOND_NS / 2)
}

#[cfg(test)]
mod tests;
