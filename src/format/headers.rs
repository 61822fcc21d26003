//! Message headers as the store reads and edits them: `NATS/1.0`, then `Key: value` lines, then an empty line.
//!
//! The lookups are Go's, oddities included: a key must follow `\r\n` and be followed by a colon, a key that appears
//! within the first two bytes of where a search starts over ends the search, and a value is what lies between the
//! spaces behind the colon and the next `\r\n` or the end. Nothing here knows of stores.

use super::duration::parse_duration;

/// How long a message lives.
pub const MESSAGE_TTL: &str = "Nats-TTL";
/// The name of a message, by which duplicates are recognised.
pub const MSG_ID: &str = "Nats-Msg-Id";
/// A message that takes the place of those before it.
pub const ROLLUP: &str = "Nats-Rollup";
/// The rollup of a single subject.
pub const ROLLUP_SUBJECT: &str = "sub";
/// Why a subject's delete marker was made.
pub const MARKER_REASON: &str = "Nats-Marker-Reason";
/// The last message of the subject became too old.
pub const MARKER_REASON_MAX_AGE: &str = "MaxAge";
/// What a key-value store did.
pub const KV_OPERATION: &str = "KV-Operation";
/// A key was purged.
pub const KV_OPERATION_PURGE: &[u8] = b"PURGE";
/// When a message is to be published.
pub const SCHEDULE_PATTERN: &str = "Nats-Schedule";
/// The time zone of the schedule.
pub const SCHEDULE_TIME_ZONE: &str = "Nats-Schedule-Time-Zone";
/// How long what the schedule publishes lives.
pub const SCHEDULE_TTL: &str = "Nats-Schedule-TTL";
/// The rollup of what the schedule publishes.
pub const SCHEDULE_ROLLUP: &str = "Nats-Schedule-Rollup";
/// Where the schedule publishes to.
pub const SCHEDULE_TARGET: &str = "Nats-Schedule-Target";
/// The subject whose last message the schedule publishes.
pub const SCHEDULE_SOURCE: &str = "Nats-Schedule-Source";
/// The subject of the schedule that published a message.
pub const SCHEDULER: &str = "Nats-Scheduler";
/// When that schedule fires next.
pub const SCHEDULE_NEXT: &str = "Nats-Schedule-Next";
/// The schedule does not fire again.
pub const SCHEDULE_NEXT_PURGE: &str = "purge";

const LINE: &[u8] = b"NATS/1.0\r\n";
const CRLF: &[u8] = b"\r\n";
/// Headers without any header.
const EMPTY_LEN: usize = LINE.len() + CRLF.len();

/// A TTL that is neither `never`, nor a duration of at least a second, nor a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a message TTL")]
pub struct BadTtl;

/// The value of a header, a part of `hdr` (Go: `sliceHeader`).
pub fn slice_header<'a>(key: &str, hdr: &'a [u8]) -> Option<&'a [u8]> {
    let at = key_index(key, hdr)? + key.len() + 1;
    let value = hdr.get(at..).unwrap_or_default();
    let spaces = value.iter().take_while(|byte| **byte == b' ').count();
    let value = value.get(spaces..).unwrap_or_default();
    let end = find(value, CRLF).unwrap_or(value.len());
    value.get(..end)
}

/// The value of a header; empty when there is none.
pub fn header_or_empty<'a>(key: &str, hdr: &'a [u8]) -> &'a [u8] {
    slice_header(key, hdr).unwrap_or_default()
}

/// Where a key starts (Go: `getHeaderKeyIndex`).
fn key_index(key: &str, hdr: &[u8]) -> Option<usize> {
    let mut offset = 0;
    loop {
        let found = find(hdr.get(offset..)?, key.as_bytes())?;
        if found < 2 {
            return None;
        }
        let index = offset + found;
        let behind = index + key.len();
        let starts_a_line = hdr.get(index - 2..index) == Some(CRLF);
        if index + 1 >= hdr.len() || !starts_a_line {
            offset = behind;
            continue;
        }
        match hdr.get(behind) {
            None => return None,
            Some(b':') => return Some(index),
            Some(_) => offset = behind,
        }
    }
}

/// How many seconds a message lives: 0 for no TTL, negative for ever (Go: `getMessageTTL`).
pub fn message_ttl(hdr: &[u8]) -> Result<i64, BadTtl> {
    match header_or_empty(MESSAGE_TTL, hdr) {
        [] => Ok(0),
        ttl => parse_message_ttl(ttl),
    }
}

/// Reads a TTL (Go: `parseMessageTTL`). A number of seconds that does not fit wraps as Go's does.
pub fn parse_message_ttl(ttl: &[u8]) -> Result<i64, BadTtl> {
    if ttl.eq_ignore_ascii_case(b"never") {
        return Ok(-1);
    }
    if let Some(duration) = std::str::from_utf8(ttl).ok().and_then(parse_duration) {
        return whole_seconds(duration).filter(|_| duration >= NANOS_PER_SECOND).ok_or(BadTtl);
    }
    let mut seconds = 0_i64;
    for digit in ttl {
        if !digit.is_ascii_digit() {
            return Err(BadTtl);
        }
        seconds = seconds.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
    }
    if ttl.is_empty() || seconds < 0 { Err(BadTtl) } else { Ok(seconds) }
}

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Whole seconds as Go's `Duration.Seconds` gives them: through a float, which rounds a long duration just below a
/// second up.
fn whole_seconds(duration: i64) -> Option<i64> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "the loss is Go's, and a duration has no more than 2^34 seconds"
    )]
    let seconds = ((duration / NANOS_PER_SECOND) as f64 + (duration % NANOS_PER_SECOND) as f64 / 1e9) as i64;
    Some(seconds)
}

/// Removes every line of a header (Go: `removeHeaderIfPresent`); nothing is left when it was the only one.
pub fn remove_header(mut hdr: Vec<u8>, key: &str) -> Vec<u8> {
    loop {
        let Some(start) = key_index(key, &hdr) else { return hdr };
        let Some(end) = hdr.get(start..).and_then(|rest| find(rest, CRLF)) else { return hdr };
        hdr.drain(start..start + end + CRLF.len());
        if hdr.len() <= EMPTY_LEN {
            return Vec::new();
        }
    }
}

/// Removes every line whose key starts with `prefix` (Go: `removeHeaderIfPrefixPresent`).
pub fn remove_headers_with_prefix(mut hdr: Vec<u8>, prefix: &str) -> Vec<u8> {
    let mut index = 0;
    loop {
        let Some(found) = hdr.get(index..).and_then(|rest| find(rest, prefix.as_bytes())) else { return hdr };
        index += found;
        let behind = index + prefix.len();
        if index == 0 || hdr.get(index - 1) != Some(&b'\n') {
            index = behind;
            continue;
        }
        let Some(end) = hdr.get(behind..).and_then(|rest| find(rest, CRLF)) else { return hdr };
        hdr.drain(index..behind + end + CRLF.len());
        if hdr.len() <= EMPTY_LEN {
            return Vec::new();
        }
    }
}

/// Adds a header at the end (Go: `genHeader`). Line breaks in the value become spaces and spaces around it go.
pub fn add_header(hdr: &[u8], key: &str, value: &[u8]) -> Vec<u8> {
    let kept = match hdr.len().checked_sub(CRLF.len()) {
        Some(len) if len > 0 => hdr.get(..len).unwrap_or_default(),
        _ => LINE,
    };
    let value: Vec<u8> = value.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }).collect();
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().take_while(|byte| blank(byte)).count();
    let value = value.get(start..).unwrap_or_default();
    let end = value.len() - value.iter().rev().take_while(|byte| blank(byte)).count();
    [kept, key.as_bytes(), b": ", value.get(..end).unwrap_or_default(), CRLF, CRLF].concat()
}

/// The headers of a subject's delete marker that lives so many seconds, made because the last message became too old.
pub fn delete_marker(seconds: u64) -> Vec<u8> {
    let ttl = seconds_in_words(seconds);
    format!(
        "NATS/1.0\r\n{MARKER_REASON}: {MARKER_REASON_MAX_AGE}\r\n{MESSAGE_TTL}: {ttl}\r\n{ROLLUP}: {ROLLUP_SUBJECT}\r\n\r\n"
    )
    .into_bytes()
}

/// Whether the headers are those of a subject's delete marker, or of the purge of a key (Go: `isSubjectDeleteMarker`).
pub fn is_delete_marker(hdr: &[u8]) -> bool {
    !header_or_empty(MARKER_REASON, hdr).is_empty() || slice_header(KV_OPERATION, hdr) == Some(KV_OPERATION_PURGE)
}

/// A duration as Go's `Duration.String` writes it.
fn seconds_in_words(seconds: u64) -> String {
    let (hours, minutes, left) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}h{minutes}m{left}s")
    } else if minutes > 0 {
        format!("{minutes}m{left}s")
    } else {
        format!("{left}s")
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests;
