//! The schedule in the headers of a message: its pattern, its time zone, and what it says of the message to publish.
//!
//! The pattern itself is read by [`pattern`](super::schedule::pattern). The zones of the tz database come with the crate, so
//! that an answer does not depend on the machine; the local zone is UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::headers::{
    SCHEDULE_PATTERN, SCHEDULE_TIME_ZONE, SCHEDULE_TTL, header_or_empty, parse_message_ttl, slice_header,
};
use super::schedule::pattern::{NextFire, Zone, parse_msg_schedule};

/// A schedule that the headers ask for and that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a message schedule")]
pub struct BadSchedule;

/// A zone of the tz database.
struct Named(TimeZone);

impl Zone for Named {
    fn offset_s(&self, unix_s: i64) -> i64 {
        let at = Timestamp::from_second(unix_s).unwrap_or(if unix_s < 0 { Timestamp::MIN } else { Timestamp::MAX });
        i64::from(self.0.to_offset(at).seconds())
    }
}

/// When a message with these headers fires next after `ts`, None when they hold no schedule (Go: `nextMessageSchedule`).
pub fn next_message_schedule(hdr: &[u8], ts: i64, now: i64) -> Result<Option<NextFire>, BadSchedule> {
    if hdr.is_empty() {
        return Ok(None);
    }
    let next = next_fire(hdr, ts, now)?;
    Ok(Some(next).filter(|next| !next.is_none()))
}

/// Whether the headers hold a schedule that can be (Go: `getMessageSchedule`).
pub fn has_schedule(hdr: &[u8], now: i64) -> bool {
    matches!(next_message_schedule(hdr, now, now), Ok(Some(_)))
}

/// When the schedule that fired at `ts` fires after that; there must be one.
pub fn next_of_due(hdr: &[u8], ts: i64, now: i64) -> Result<NextFire, BadSchedule> {
    if header_or_empty(SCHEDULE_PATTERN, hdr).is_empty() {
        return Err(BadSchedule);
    }
    next_fire(hdr, ts, now)
}

fn next_fire(hdr: &[u8], ts: i64, now: i64) -> Result<NextFire, BadSchedule> {
    let zone = schedule_zone(hdr)?;
    let zone = zone.as_ref().map(|zone| zone as &dyn Zone);
    parse_msg_schedule(header_or_empty(SCHEDULE_PATTERN, hdr), zone, ts, now).map_err(|_| BadSchedule)
}

/// The instant that `text` means in RFC 3339, in Unix nanoseconds.
pub fn parse_instant(text: &[u8]) -> Option<i64> {
    let at = [b"@at ", text].concat();
    parse_msg_schedule(&at, None, 0, 0).ok().map(|next| next.unix_ns())
}

/// The TTL of what the schedule publishes, as it stands in the headers, empty when there is none (Go:
/// `getMessageScheduleTTL`).
pub fn schedule_ttl(hdr: &[u8]) -> Result<&[u8], BadSchedule> {
    let ttl = header_or_empty(SCHEDULE_TTL, hdr);
    if ttl.is_empty() || parse_message_ttl(ttl).is_ok() { Ok(ttl) } else { Err(BadSchedule) }
}

/// The zone that the headers name, if any (Go: `loadMessageScheduleLocation`).
fn schedule_zone(hdr: &[u8]) -> Result<Option<Named>, BadSchedule> {
    let Some(name) = slice_header(SCHEDULE_TIME_ZONE, hdr) else { return Ok(None) };
    let name = std::str::from_utf8(name).map_err(|_| BadSchedule)?;
    if matches!(name, "UTC" | "Local") {
        return Ok(Some(Named(TimeZone::UTC)));
    }
    let zone = TimeZone::get(name).map_err(|_| BadSchedule)?;
    // The database is looked up without regard to case; Go finds a zone by the name of its file.
    if zone.iana_name() == Some(name) { Ok(Some(Named(zone))) } else { Err(BadSchedule) }
}
