//! Numbers, sizes, durations and times as cases write them, and the way back for answers.
//!
//! A size is an integer or an integer with `B`, `KiB`, `MiB`, `GiB`; a duration is Go-like (`1h2m3.5s`, `10ms`); a time is
//! `@` and a duration from the start of the case (`@-1h` before it), or an absolute `unix:NANOSECONDS`, or `zero` for Go's zero time.
//! What these functions print, they read back to the same value.

use super::error::Fault;

/// The units of durations in nanoseconds, longest first.
const UNITS: [(&str, i128); 7] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// A moment as a case names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nanoseconds from the start of the case.
    Relative(i64),
    /// Unix nanoseconds.
    Absolute(i64),
    /// Go's zero time.
    Zero,
}

impl Moment {
    /// Unix nanoseconds when the case started at `start_ns`; nothing for Go's zero time.
    #[must_use]
    pub fn unix_ns(self, start_ns: i64) -> Option<i64> {
        match self {
            Moment::Relative(ns) => Some(start_ns.saturating_add(ns)),
            Moment::Absolute(ns) => Some(ns),
            Moment::Zero => None,
        }
    }
}

/// Reads an unsigned number, with `max` for the largest and the size suffixes allowed.
pub fn unsigned(text: &str) -> Result<u64, Fault> {
    let fault = || Fault::new("an unsigned 64-bit number (such as 12, 4KiB or max)", format!("`{text}`"));
    if text == "max" {
        return Ok(u64::MAX);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let scale: u64 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(fault()),
    };
    let number: u64 = digits.replace('_', "").parse().map_err(|_| fault())?;
    number.checked_mul(scale).ok_or_else(fault)
}

/// Reads a signed number, with the size suffixes allowed.
pub fn signed(text: &str) -> Result<i64, Fault> {
    let fault = || Fault::new("a signed 64-bit number (such as -1, 12 or 4KiB)", format!("`{text}`"));
    if text == i64::MIN.to_string() {
        return Ok(i64::MIN);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if digits == "max" {
        return Ok(if negative { i64::MIN } else { i64::MAX });
    }
    let magnitude = unsigned(digits).map_err(|_| fault())?;
    let magnitude = i64::try_from(magnitude).map_err(|_| fault())?;
    Ok(if negative { -magnitude } else { magnitude })
}

/// Reads a Go-like duration in nanoseconds.
pub fn duration(text: &str) -> Result<i64, Fault> {
    let fault = || Fault::new("a duration (such as 1h, 2m30s or 10ms)", format!("`{text}`"));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(fault());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let scale = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale).ok_or_else(fault)?;
        total = scaled(number, scale).and_then(|ns| total.checked_add(ns)).ok_or_else(fault)?;
        rest = tail;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| fault())
}

/// `number` (digits with an optional fraction) times `scale`, exactly, or nothing.
fn scaled(number: &str, scale: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.is_empty() || number == "." || fraction.len() > 9 {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(scale)?;
    if !fraction.is_empty() {
        let digits: i128 = fraction.parse().ok()?;
        let divisor = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        total = total.checked_add(digits.checked_mul(scale)? / divisor)?;
    }
    Some(total)
}

/// Reads a moment: `@1h`, `+10s`, `unix:5` or `zero`.
pub fn moment(text: &str) -> Result<Moment, Fault> {
    let fault = || Fault::new("a time (such as @10s, @-1h, unix:0 or zero)", format!("`{text}`"));
    if text == "zero" {
        return Ok(Moment::Zero);
    }
    if let Some(ns) = text.strip_prefix("unix:") {
        return ns.parse().map(Moment::Absolute).map_err(|_| fault());
    }
    let relative = text.strip_prefix('@').or_else(|| text.starts_with('+').then_some(text)).ok_or_else(fault)?;
    duration(relative).map(Moment::Relative).map_err(|_| fault())
}

/// Prints a duration the way [`duration`] reads it: the largest units first, zero parts left out, `0s` for none.
#[must_use]
pub fn print_duration(ns: i64) -> String {
    if ns == 0 {
        return "0s".to_owned();
    }
    let mut out = String::new();
    if ns < 0 {
        out.push('-');
    }
    let mut rest = ns.unsigned_abs();
    for (unit, scale) in [
        ("h", 3_600_000_000_000_u64),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ] {
        let count = rest / scale;
        if count > 0 {
            out.push_str(&format!("{count}{unit}"));
            rest %= scale;
        }
    }
    out
}

/// Prints a time relative to the start of the case; Go's zero time is `zero`, and one further away than 100 years is absolute.
#[must_use]
pub fn print_time(unix_ns: Option<i64>, start_ns: i64) -> String {
    const CENTURY_NS: i64 = 100 * 366 * 86_400 * 1_000_000_000;
    match unix_ns {
        None => "zero".to_owned(),
        Some(ns) => match ns.checked_sub(start_ns) {
            Some(relative) if relative > -CENTURY_NS.min(start_ns / 2).max(1) => {
                format!("@{}", print_duration(relative))
            }
            _ => format!("unix:{ns}"),
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn durations_read_and_print_back() {
        for (text, ns) in [
            ("1h", 3_600_000_000_000_i64),
            ("2m30s", 150_000_000_000),
            ("10ms", 10_000_000),
            ("-1s", -1_000_000_000),
            ("1h1ns", 3_600_000_000_001),
            ("0s", 0),
        ] {
            assert_eq!(duration(text).unwrap(), ns);
            assert_eq!(print_duration(ns), text);
        }
        assert_eq!(duration("1.5s").unwrap(), 1_500_000_000);
        assert_eq!(duration("+10s").unwrap(), 10_000_000_000);
        for bad in ["", "-", "5", "1x", "h", "1..2s", "9999999999h"] {
            assert!(duration(bad).is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn numbers_take_suffixes_and_refuse_overflow() {
        assert_eq!(unsigned("4KiB").unwrap(), 4096);
        assert_eq!(unsigned("max").unwrap(), u64::MAX);
        assert_eq!(unsigned("1_000").unwrap(), 1000);
        assert_eq!(signed("-1").unwrap(), -1);
        assert_eq!(signed("-9223372036854775808").unwrap(), i64::MIN);
        for bad in ["", "x", "-1", "1.5", "18446744073709551616", "99999999999999GiB"] {
            assert!(unsigned(bad).is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn times_are_relative_absolute_or_zero() {
        let start = 946_684_800_000_000_000;
        assert_eq!(moment("@1s").unwrap().unix_ns(start), Some(start + 1_000_000_000));
        assert_eq!(moment("@-1s").unwrap().unix_ns(start), Some(start - 1_000_000_000));
        assert_eq!(moment("unix:7").unwrap().unix_ns(start), Some(7));
        assert_eq!(moment("zero").unwrap().unix_ns(start), None);
        assert_eq!(print_time(Some(start), start), "@0s");
        assert_eq!(print_time(Some(0), start), "unix:0");
        assert_eq!(print_time(None, start), "zero");
    }
}
