//! Times in JSON: RFC 3339, strictly as Go's time.Time reads it, in UTC as the store writes it.

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
    let (date_time, rest) = text.split_at_checked(19)?;
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let matches = date_time.bytes().zip(shape).all(|(byte, wanted)| {
        if *wanted == b'd' {
            byte.is_ascii_digit()
        } else {
            byte == *wanted
        }
    });
    let (fraction, zone) = split_fraction(rest)?;
    if !matches || date_time.get(17..)? > "59" || !is_zone(zone) {
        return None;
    }
    // Go reads nine digits of a fraction and drops the rest.
    let fraction = fraction.get(..9).unwrap_or(fraction);
    let dot = if fraction.is_empty() { "" } else { "." };
    let time: jiff::Timestamp = format!("{date_time}{dot}{fraction}{zone}").parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok().map(Some)
}

fn split_fraction(rest: &str) -> Option<(&str, &str)> {
    let Some(digits) = rest.strip_prefix('.') else {
        return Some(("", rest));
    };
    let len = digits.bytes().take_while(u8::is_ascii_digit).count();
    if len == 0 {
        return None;
    }
    digits.split_at_checked(len)
}

fn is_zone(zone: &str) -> bool {
    if zone == "Z" {
        return true;
    }
    let number = |range| {
        zone.get(range)
            .and_then(|digits: &str| digits.parse::<u8>().ok())
    };
    let digits = |range| {
        zone.get(range)
            .is_some_and(|digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    zone.len() == 6
        && zone.starts_with(['+', '-'])
        && zone.get(3..4) == Some(":")
        && digits(1..3)
        && digits(4..6)
        && number(1..3).is_some_and(|hours| hours < 24)
        && number(4..6).is_some_and(|minutes| minutes < 60)
}
