//! Numbers of features as a short text, `955-960,1000`, which `blkspec trace --features` takes too.

/// `numbers`, which rise, as text.
pub(super) fn print(numbers: impl IntoIterator<Item = u16>) -> String {
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let text = |(first, last): (u16, u16)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    ranges.into_iter().map(text).collect::<Vec<_>>().join(",")
}

/// The numbers of `text`; what is no number is left out, as a report written elsewhere may hold anything.
pub(super) fn parse(text: &str) -> Vec<u16> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse::<u16>().ok()?..=last.parse::<u16>().ok()?)
    };
    text.split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read() {
        let check = |numbers: &[u16], text: &str| {
            assert_eq!(print(numbers.iter().copied()), text);
            assert_eq!(parse(text), numbers);
        };
        check(&[], "");
        check(&[955], "955");
        check(&[955, 956, 957, 1000, u16::MAX - 1, u16::MAX], "955-957,1000,65534-65535");
        assert_eq!(parse("x,3-,4-3,7"), [7]);
    }
}
