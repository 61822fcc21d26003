//! Go's duration text (`time.ParseDuration`), which schedule and TTL headers carry, with Go's exact domain.
//!
//! A sign, then numbers with optional fractions and a unit each (`1h15m30.918s`), or a bare 0. A fraction is multiplied as a
//! 64-bit float, as Go does, so that the last nanosecond is Go's too.

/// The nanoseconds that `text` means, if Go understands it.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let (part, after) = parse_part(rest)?;
        total = total.wrapping_add(part);
        if total > LIMIT {
            return None;
        }
        rest = after;
    }
    if negative { Some((total as i64).wrapping_neg()) } else { i64::try_from(total).ok() }
}

/// The magnitude of the lowest 64-bit number.
const LIMIT: u64 = 1 << 63;

/// A number with its unit, and what follows it.
fn parse_part(text: &str) -> Option<(u64, &str)> {
    let (whole, after_whole) = digits(text);
    let (fraction, after_number) = match after_whole.strip_prefix('.') {
        Some(after) => digits(after),
        None => ("", after_whole),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let unit_len = after_number.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after_number.len());
    let (unit, rest) = after_number.split_at_checked(unit_len)?;
    let unit_ns = unit_ns(unit)?;
    let value = leading_number(whole)?;
    if value > LIMIT / unit_ns {
        return None;
    }
    let (numerator, scale) = leading_fraction(fraction);
    let mut nanoseconds = value * unit_ns;
    if numerator > 0 {
        nanoseconds += (numerator as f64 * (unit_ns as f64 / scale)) as u64;
    }
    (nanoseconds <= LIMIT).then_some((nanoseconds, rest))
}

fn unit_ns(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        _ => return None,
    })
}

/// The digits at the start, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let len = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(len).unwrap_or((text, ""))
}

/// The value of digits; none if it exceeds the limit.
fn leading_number(digits: &str) -> Option<u64> {
    digits.bytes().try_fold(0u64, |value, digit| {
        let value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        (value <= LIMIT).then_some(value)
    })
}

/// The digits of a fraction and the power of ten below them; digits that no longer fit are ignored.
fn leading_fraction(digits: &str) -> (u64, f64) {
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in digits.bytes() {
        let next = value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0')));
        match next {
            Some(next) if value <= (LIMIT - 1) / 10 && next <= LIMIT => (value, scale) = (next, scale * 10.0),
            _ => break,
        }
    }
    (value, scale)
}

#[cfg(test)]
mod tests {
    use super::parse_duration;
    use crate::format::go_vectors::check_verdicts;

    #[test]
    fn answers_equal_gos() {
        check_verdicts(include_str!("../../tests/data/go-vectors/durations.txt"), 1_400, |text| {
            let text = String::from_utf8(text.to_vec()).unwrap_or_default();
            parse_duration(&text).map_or("reject".to_owned(), |value| value.to_string())
        });
    }
}
