//! Compares the answers of a port with the recorded ones, line by line and byte for byte.
//!
//! The one tolerance is for ports on the real clock: their times may be a little later than the recorded ones.

use super::case::quantity;
use super::execute::AnswerLine;

/// How times are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// They are equal.
    Exact,
    /// They are at most this many nanoseconds apart, for a port on the real clock.
    Within(i64),
}

/// Where two answers part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parting {
    /// The index of the first line that differs, or of the first that one side does not have.
    pub at: usize,
    /// The line of the command whose answer it is.
    pub command_line: usize,
}

/// The first difference between the recorded answer and the one found.
#[must_use]
pub fn parting(expected: &[String], found: &[AnswerLine], times: Times) -> Option<Parting> {
    let last_command = found.last().map_or(0, |line| line.command_line);
    for (at, line) in found.iter().enumerate() {
        let equal = expected.get(at).is_some_and(|expected| same_line(expected, &line.text, times));
        if !equal {
            return Some(Parting { at, command_line: line.command_line });
        }
    }
    (expected.len() > found.len()).then_some(Parting { at: found.len(), command_line: last_command })
}

/// What was found, with the recorded time in the place of each that is near it: what does not change from run to run.
#[must_use]
pub fn with_recorded_times(expected: &[String], found: &[String], times: Times) -> Vec<String> {
    let Times::Within(tolerance_ns) = times else { return found.to_vec() };
    let line = |(at, found): (usize, &String)| {
        let Some(expected) = expected.get(at) else { return found.clone() };
        let (left, right) = (words(expected), words(found));
        if left.len() != right.len() {
            return found.clone();
        }
        let word = |(expected, found): (&&'_ str, &&'_ str)| match same_word(expected, found, tolerance_ns) {
            true => (*expected).to_owned(),
            false => (*found).to_owned(),
        };
        left.iter().zip(&right).map(word).collect::<Vec<_>>().join(" ")
    };
    found.iter().enumerate().map(line).collect()
}

fn same_line(expected: &str, found: &str, times: Times) -> bool {
    match times {
        Times::Exact => expected == found,
        Times::Within(tolerance_ns) => {
            expected == found || {
                let (left, right) = (words(expected), words(found));
                left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| same_word(a, b, tolerance_ns))
            }
        }
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// Whether two words are equal, or are a sequence and a time close to each other.
fn same_word(expected: &str, found: &str, tolerance_ns: i64) -> bool {
    if expected == found {
        return true;
    }
    let (Some((before, left)), Some((behind, right))) = (expected.split_once('@'), found.split_once('@')) else {
        return false;
    };
    match (quantity::duration(left), quantity::duration(right)) {
        (Ok(left), Ok(right)) => {
            before == behind && (i128::from(left) - i128::from(right)).abs() <= i128::from(tolerance_ns)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &[&str], found: &[(&str, usize)], times: Times, at: Option<(usize, usize)>) {
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        let found: Vec<AnswerLine> =
            found.iter().map(|(text, line)| AnswerLine { command_line: *line, text: (*text).to_owned() }).collect();
        assert_eq!(parting(&expected, &found, times).map(|p| (p.at, p.command_line)), at);
    }

    #[test]
    fn the_first_difference_is_found() {
        check(&["ok", "seq 1"], &[("ok", 3), ("seq 1", 4)], Times::Exact, None);
        check(&["ok", "seq 1"], &[("ok", 3), ("seq 2", 4)], Times::Exact, Some((1, 4)));
        check(&["ok", "seq 1"], &[("ok", 3)], Times::Exact, Some((1, 3)));
        check(&["ok"], &[("ok", 3), ("seq 1", 4)], Times::Exact, Some((1, 4)));
    }

    #[test]
    fn only_times_may_be_near() {
        check(&["first 1@0s x"], &[("first 1@3ms x", 3)], Times::Within(1_000_000_000), None);
        check(&["first 1@0s x"], &[("first 1@3s x", 3)], Times::Within(1_000_000_000), Some((0, 3)));
        check(&["first 1@0s x"], &[("first 2@0s x", 3)], Times::Within(1_000_000_000), Some((0, 3)));
        check(&["first 1@0s x"], &[("first 1@3ms x", 3)], Times::Exact, Some((0, 3)));
    }
}
