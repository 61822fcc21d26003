//! What a schedule header means: Go's `parseMsgSchedule`.
//!
//! `@at` and a time (RFC 3339 as Go's `time.Parse` takes it: one-digit hours, commas before fractions and offsets up to
//! `24:60` pass), `@every` and a duration of at least a second, a name such as `@daily`, or six cron fields. Only cron takes
//! a time zone, whose offsets the caller knows. A repeating schedule whose next time has passed skips ahead and fires once.

use super::cron;
use crate::format::duration::parse_duration;

const SECOND_NS: i128 = 1_000_000_000;
/// Go's zero time, 1 January of year 1, in seconds since 1970.
const ZERO_TIME_S: i128 = -62_135_596_800;

/// The offsets of a time zone.
pub trait Zone {
    /// The seconds east of UTC at this moment, in seconds since 1970.
    fn offset_s(&self, unix_s: i64) -> i64;
}

/// The time zone without offsets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Utc;

impl Zone for Utc {
    fn offset_s(&self, _unix_s: i64) -> i64 {
        0
    }
}

/// The schedule header means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid message schedule pattern")]
pub struct InvalidPattern;

/// When a schedule fires next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextFire {
    unix_ns: i128,
    offset_s: i64,
    /// Whether it fires again after that.
    pub repeats: bool,
}

impl NextFire {
    /// Go's zero time, which means that there is no schedule.
    const NONE: Self = Self { unix_ns: ZERO_TIME_S * SECOND_NS, offset_s: 0, repeats: false };

    /// Whether there is no schedule at all.
    pub const fn is_none(&self) -> bool {
        self.unix_ns == Self::NONE.unix_ns
    }

    /// Nanoseconds since 1970; beyond 64 bits they wrap, as Go's `UnixNano` does.
    pub const fn unix_ns(&self) -> i64 {
        self.unix_ns as i64
    }

    /// The time as Go's RFC3339Nano, in the schedule's zone.
    pub fn rfc3339_nano(&self) -> String {
        let local_s = self.unix_ns.div_euclid(SECOND_NS) as i64 + self.offset_s;
        let civil = cron::Civil::from_local(local_s);
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second
        );
        let fraction = self.unix_ns.rem_euclid(SECOND_NS);
        if fraction > 0 {
            text.push_str(format!(".{fraction:09}").trim_end_matches('0'));
        }
        match self.offset_s / 60 {
            _ if self.offset_s == 0 => text.push('Z'),
            minutes => {
                let sign = if minutes < 0 { '-' } else { '+' };
                text.push_str(&format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60));
            }
        }
        text
    }
}

/// When `pattern` fires next, counted from `ts_ns` (the time at which it fired or was stored) and not before `now_ns`.
pub fn parse_msg_schedule(
    pattern: &[u8],
    zone: Option<&dyn Zone>,
    ts_ns: i64,
    now_ns: i64,
) -> Result<NextFire, InvalidPattern> {
    if pattern.is_empty() {
        return Ok(NextFire::NONE);
    }
    let pattern = std::str::from_utf8(pattern).map_err(|_| InvalidPattern)?;
    if let Some(time) = pattern.strip_prefix("@at ") {
        let at = parse_time(time.as_bytes()).filter(|_| zone.is_none());
        return at.ok_or(InvalidPattern);
    }
    if let Some(interval) = pattern.strip_prefix("@every ") {
        let interval = parse_duration(interval).map(i128::from).filter(|ns| *ns >= SECOND_NS && zone.is_none());
        return interval.map(|interval| every(interval, ts_ns, now_ns)).ok_or(InvalidPattern);
    }
    let fields = match pattern {
        "@yearly" | "@annually" => "0 0 0 1 1 *",
        "@monthly" => "0 0 0 1 * *",
        "@weekly" => "0 0 0 * * 0",
        "@daily" | "@midnight" => "0 0 0 * * *",
        "@hourly" => "0 0 * * * *",
        other => other,
    };
    let zone = zone.unwrap_or(&Utc);
    let cron = cron::Cron::parse(fields).ok_or(InvalidPattern)?;
    let mut next_s = cron.next(zone, ts_ns).ok_or(InvalidPattern)?;
    if i128::from(next_s) * SECOND_NS < i128::from(now_ns) {
        next_s = cron.next(zone, nearest_second(now_ns) as i64).ok_or(InvalidPattern)?;
    }
    Ok(NextFire { unix_ns: i128::from(next_s) * SECOND_NS, offset_s: zone.offset_s(next_s), repeats: true })
}

fn every(interval_ns: i128, ts_ns: i64, now_ns: i64) -> NextFire {
    let mut unix_ns = nearest_second(ts_ns) + interval_ns;
    if unix_ns < i128::from(now_ns) {
        unix_ns = nearest_second(now_ns) + interval_ns;
    }
    NextFire { unix_ns, offset_s: 0, repeats: true }
}

/// The nanoseconds of the nearest whole second, halves rounded up.
fn nearest_second(unix_ns: i64) -> i128 {
    (i128::from(unix_ns) + SECOND_NS / 2).div_euclid(SECOND_NS) * SECOND_NS
}

/// A time as Go's `time.Parse` with the layout RFC3339 takes it.
fn parse_time(text: &[u8]) -> Option<NextFire> {
    let mut text = Digits { rest: text };
    let year = text.number(4, 0, 9_999)?;
    text.literal(b'-')?;
    let month = text.number(2, 1, 12)?;
    text.literal(b'-')?;
    let day = text.number(2, 1, cron::days_in_month(year, month))?;
    text.literal(b'T')?;
    let hour = text.number(2, 0, 23).or_else(|| text.number(1, 0, 9))?;
    text.literal(b':')?;
    let minute = text.number(2, 0, 59)?;
    text.literal(b':')?;
    let second = text.number(2, 0, 59)?;
    let fraction_ns = text.fraction_ns();
    let offset_s = text.offset_s()?;
    if !text.rest.is_empty() {
        return None;
    }
    let local_s = cron::days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(NextFire {
        unix_ns: i128::from(local_s - offset_s) * SECOND_NS + i128::from(fraction_ns),
        offset_s,
        repeats: false,
    })
}

/// The part of a time that has not been read.
struct Digits<'a> {
    rest: &'a [u8],
}

impl Digits<'_> {
    fn literal(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        (*first == byte).then_some(())
    }

    /// A number of exactly `len` digits; nothing is taken if they are not there or out of range.
    fn number(&mut self, len: usize, min: i64, max: i64) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(len)?;
        let value = digits
            .iter()
            .try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))?;
        if value < min || value > max {
            return None;
        }
        self.rest = rest;
        Some(value)
    }

    /// A point or comma and digits, of which nine count.
    fn fraction_ns(&mut self) -> i64 {
        let [b'.' | b',', digits @ ..] = self.rest else { return 0 };
        let len = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
        if len == 0 {
            return 0;
        }
        let counted = digits.iter().take(len).chain(std::iter::repeat(&b'0')).take(9);
        let value = counted.fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        self.rest = digits.get(len..).unwrap_or_default();
        value
    }

    fn offset_s(&mut self) -> Option<i64> {
        let (sign, rest) = self.rest.split_first()?;
        self.rest = rest;
        let direction = match sign {
            b'Z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.number(2, 0, 24)?;
        self.literal(b':')?;
        Some(direction * (hours * 3_600 + self.number(2, 0, 60)? * 60))
    }
}
