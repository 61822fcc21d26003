//! Times in JSON: RFC 3339 as Go's time.Time reads and writes it, in UTC as the store writes it.
//!
//! Go is laxer than the standard: an hour of one digit, a comma before the fraction, any number of digits in it (nine count),
//! offsets up to 24:60. Letters are upper case, and nothing may be missing.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Go's zero time in JSON.
pub const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

/// The text of a time in Unix nanoseconds, in UTC with trailing zeros of the fraction cut.
pub fn format_time(unix_ns: i64) -> String {
    match jiff::Timestamp::from_nanosecond(i128::from(unix_ns)) {
        Ok(time) => time.to_string(),
        // Every i64 of nanoseconds lies between the years 1677 and 2262, which a timestamp holds.
        Err(_) => ZERO_TIME.to_owned(),
    }
}

/// A time in Unix nanoseconds; `Some(None)` for Go's zero time, `None` for a text that Go refuses or that 64 bits do not hold.
pub fn parse_time(text: &str) -> Option<Option<i64>> {
    if text == ZERO_TIME {
        return Some(None);
    }
    let mut rest = text;
    let year = number(&mut rest, 4)?;
    let month = number(literal(&mut rest, "-")?, 2)?;
    let day = number(literal(&mut rest, "-")?, 2)?;
    literal(&mut rest, "T")?;
    let two_digits = rest.get(1..2).is_some_and(is_digits);
    let hour = number(&mut rest, if two_digits { 2 } else { 1 })?;
    let minute = number(literal(&mut rest, ":")?, 2)?;
    let second = number(literal(&mut rest, ":")?, 2)?;
    let nanosecond = fraction(&mut rest);
    let offset_seconds = zone(rest)?;
    let small = |value: i32| i8::try_from(value).ok();
    let civil = DateTime::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        nanosecond,
    );
    let time = TimeZone::UTC.to_timestamp(civil.ok()?).ok()?;
    let unix_ns = time.as_nanosecond() - i128::from(offset_seconds) * 1_000_000_000;
    i64::try_from(unix_ns).ok().map(Some)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Takes exactly `len` digits.
fn number(rest: &mut &str, len: usize) -> Option<i32> {
    let (digits, after) = rest.split_at_checked(len)?;
    *rest = after;
    is_digits(digits).then(|| digits.parse().ok())?
}

/// Takes `wanted`.
fn literal<'r, 't>(rest: &'r mut &'t str, wanted: &str) -> Option<&'r mut &'t str> {
    *rest = rest.strip_prefix(wanted)?;
    Some(rest)
}

/// Takes a fraction in nanoseconds, if there is one.
fn fraction(rest: &mut &str) -> i32 {
    let Some(digits) = rest.strip_prefix(['.', ',']) else {
        return 0;
    };
    let len = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, after) = digits.split_at_checked(len).unwrap_or((digits, ""));
    if digits.is_empty() {
        return 0;
    }
    *rest = after;
    let nine = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    nine.fold(0, |value, digit| value * 10 + i32::from(digit - b'0'))
}

/// A whole zone: its offset in seconds.
fn zone(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, mut rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let hours = number(&mut rest, 2)?;
    let minutes = number(literal(&mut rest, ":")?, 2)?;
    let in_range = hours <= 24 && minutes <= 60 && rest.is_empty();
    in_range.then_some(sign * (hours * 3600 + minutes * 60))
}
