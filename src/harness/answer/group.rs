//! Folds the answers of repeated commands into ranges, without losing anything that could differ.
//!
//! Equal answers whose numbers and times go up or down evenly become one line: `seq 1..100`, `seq 1..99/2`, `@0s..@9s/1s`, and
//! where nothing moves `ok  x100`. When several lines come round again and again, the round is shown once, indented below
//! `N times:`. Folding is greedy and depends on nothing but the answers, so equal answers fold equally.

use crate::harness::case::quantity;

/// The longest round of answers that is looked for.
const LONGEST_ROUND: usize = 12;
/// The most answers that one fold may look ahead with rounds longer than one, to keep folding linear.
const FEWEST_TURNS: usize = 2;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Number(i128),
    Time(i128),
}

/// One answer cut into pieces, line by line.
type Pieces = Vec<Vec<Piece>>;

/// The lines of `answers`, each the lines of one repetition, with repetitions folded.
#[must_use]
pub fn group(answers: &[Vec<String>]) -> Vec<String> {
    if let [only] = answers {
        return only.clone();
    }
    let cut: Vec<Pieces> = answers.iter().map(|lines| lines.iter().map(|line| pieces(line)).collect()).collect();
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some(rest) = cut.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, turns) = best(rest);
        let round: Vec<&Pieces> = rest.iter().take(length).collect();
        let next: Vec<&Pieces> = rest.iter().skip(length).take(length).collect();
        if turns < FEWEST_TURNS {
            lines.extend(answers.get(at).into_iter().flatten().cloned());
            at += 1;
            continue;
        }
        lines.extend(fold(&round, &next, turns));
        at += length * turns;
    }
    lines
}

/// How long a round to fold at the start of `rest`, and how many turns of it: the one with the fewest lines for what it covers.
fn best(rest: &[Pieces]) -> (usize, usize) {
    let mut best = (1, 1);
    let mut best_cost = f64::INFINITY;
    for length in 1..=LONGEST_ROUND.min(rest.len() / FEWEST_TURNS) {
        let turns = turns(rest, length);
        if turns < FEWEST_TURNS || (length > 1 && turns < 3) {
            continue;
        }
        let lines: usize = rest.iter().take(length).map(Vec::len).sum();
        let shown = lines + usize::from(lines > 1);
        #[expect(clippy::cast_precision_loss, reason = "a choice between layouts, the same on every machine")]
        let cost = shown as f64 / (length * turns) as f64;
        if cost < best_cost {
            best = (length, turns);
            best_cost = cost;
        }
        if length * turns == rest.len() {
            break;
        }
    }
    best
}

/// How many turns a round of `length` answers makes from the start of `rest`.
fn turns(rest: &[Pieces], length: usize) -> usize {
    let (Some(first), Some(second)) = (rest.get(..length), rest.get(length..length * 2)) else { return 1 };
    if !first.iter().zip(second).all(|(a, b)| same_shape(a, b)) {
        return 1;
    }
    let mut turns = 2;
    while let Some(next) = rest.get(length * turns..length * (turns + 1)) {
        let before = rest.get(length * (turns - 1)..length * turns).unwrap_or_default();
        let even = first.iter().zip(second).zip(before.iter().zip(next)).all(|((a, b), (c, d))| evenly(a, b, c, d));
        if !even {
            break;
        }
        turns += 1;
    }
    // Two turns make an even step out of any two numbers: only what stands still or counts by one is folded then.
    let plain = turns > 2 || first.iter().zip(second).all(|(a, b)| counts_by_one(a, b));
    if plain { turns } else { 1 }
}

fn same_shape(a: &Pieces, b: &Pieces) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.len() == b.len()
                && a.iter().zip(b).all(|pair| match pair {
                    (Piece::Text(a), Piece::Text(b)) => a == b,
                    (Piece::Number(_), Piece::Number(_)) | (Piece::Time(_), Piece::Time(_)) => true,
                    _ => false,
                })
        })
}

fn numbers(pieces: &Pieces) -> impl Iterator<Item = i128> {
    pieces.iter().flatten().filter_map(|piece| match piece {
        Piece::Text(_) => None,
        Piece::Number(value) | Piece::Time(value) => Some(*value),
    })
}

/// Whether the step from `c` to `d` is that from `a` to `b`, piece by piece.
fn evenly(a: &Pieces, b: &Pieces, c: &Pieces, d: &Pieces) -> bool {
    same_shape(a, d)
        && numbers(a).zip(numbers(b)).zip(numbers(c).zip(numbers(d))).all(|((a, b), (c, d))| b - a == d - c)
}

fn counts_by_one(a: &Pieces, b: &Pieces) -> bool {
    numbers(a).zip(numbers(b)).all(|(a, b)| b == a || b == a + 1)
}

/// The lines of `turns` turns that start with `round` and go on with `next`.
fn fold(round: &[&Pieces], next: &[&Pieces], turns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut moves = false;
    for (first, second) in round.iter().zip(next) {
        for (a, b) in first.iter().zip(second.iter()) {
            let mut line = String::new();
            for (a, b) in a.iter().zip(b) {
                moves |= a != b;
                line.push_str(&range(a, b, turns));
            }
            lines.push(line);
        }
    }
    match lines.as_mut_slice() {
        [line] if !moves => line.push_str(&format!("  x{turns}")),
        [_] => {}
        _ => {
            lines = lines.into_iter().map(|line| format!("  {line}")).collect();
            lines.insert(0, format!("{turns} times:"));
        }
    }
    lines
}

fn range(a: &Piece, b: &Piece, turns: usize) -> String {
    let last = |a: i128, step: i128| a + step * (i128::try_from(turns).unwrap_or(1) - 1);
    match (a, b) {
        (Piece::Number(a), Piece::Number(b)) if a == b => a.to_string(),
        (Piece::Number(a), Piece::Number(b)) => match b - a {
            1 => format!("{a}..{}", last(*a, 1)),
            step => format!("{a}..{}/{step}", last(*a, step)),
        },
        (Piece::Time(a), Piece::Time(b)) if a == b => time(*a),
        (Piece::Time(a), Piece::Time(b)) => format!("{}..{}/{}", time(*a), time(last(*a, b - a)), span(b - a)),
        (Piece::Text(text), _) => text.clone(),
        (Piece::Number(value) | Piece::Time(value), _) => value.to_string(),
    }
}

fn span(ns: i128) -> String {
    i64::try_from(ns).map_or_else(|_| format!("{ns}ns"), quantity::print_duration)
}

fn time(ns: i128) -> String {
    format!("@{}", span(ns))
}

/// Cuts a line into numbers, times and the text between them. What the pieces print is the line again.
fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = line;
    let mut before: Option<char> = None;
    while let Some(next) = rest.chars().next() {
        let found = match next {
            '@' => time_at(rest),
            '0'..='9' if before.is_none_or(|c| !c.is_ascii_digit()) => number_at(rest),
            _ => None,
        };
        if let Some((piece, length)) = found {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(piece);
            let (taken, tail) = rest.split_at(length);
            before = taken.chars().next_back();
            rest = tail;
        } else {
            text.push(next);
            before = Some(next);
            rest = rest.strip_prefix(next).unwrap_or_default();
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

fn number_at(rest: &str) -> Option<(Piece, usize)> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, tail) = rest.split_at(end);
    let closed = !tail.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let plain = digits == "0" || !digits.starts_with('0');
    let value: i128 = digits.parse().ok().filter(|_| closed && plain)?;
    Some((Piece::Number(value), end))
}

fn time_at(rest: &str) -> Option<(Piece, usize)> {
    let end = rest
        .char_indices()
        .skip(1)
        .find(|(at, c)| !(c.is_ascii_digit() || "hmsun".contains(*c) || (*at == 1 && *c == '-')))
        .map_or(rest.len(), |(at, _)| at);
    let (text, tail) = rest.split_at(end);
    let ns = quantity::duration(text.strip_prefix('@')?).ok()?;
    let closed = !tail.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (closed && time(i128::from(ns)) == text).then_some((Piece::Time(i128::from(ns)), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answers: &[&str], expected: &[&str]) {
        let answers: Vec<Vec<String>> = answers.iter().map(|a| a.lines().map(str::to_owned).collect()).collect();
        assert_eq!(group(&answers), expected);
    }

    #[test]
    fn even_answers_become_ranges() {
        check(&["seq 1", "seq 2", "seq 3"], &["seq 1..3"]);
        check(&["seq 1", "seq 3", "seq 5"], &["seq 1..5/2"]);
        check(&["seq 9", "seq 8", "seq 7"], &["seq 9..7/-1"]);
        check(&["ok", "ok", "ok"], &["ok  x3"]);
        check(&["seq 1 @0s", "seq 2 @1s", "seq 3 @2s"], &["seq 1..3 @0s..@2s/1s"]);
        check(&["seq 1"], &["seq 1"]);
    }

    #[test]
    fn anything_uneven_stays_apart() {
        check(&["seq 1", "seq 2", "seq 4"], &["seq 1..2", "seq 4"]);
        check(&["seq 1", "seq 5"], &["seq 1", "seq 5"]);
        check(&["removed", "removed", "error eof"], &["removed  x2", "error eof"]);
        check(&["len=5 crc32=00000001", "len=5 crc32=00000002"], &["len=5 crc32=00000001", "len=5 crc32=00000002"]);
        check(&["\"m1\"", "\"m2\"", "\"m3\""], &["\"m1..3\""]);
        check(&["a 1b", "a 2b", "a 3b"], &["a 1b", "a 2b", "a 3b"]);
    }

    #[test]
    fn rounds_are_found() {
        check(
            &["seq 1 a", "seq 2 b", "seq 3 a", "seq 4 b", "seq 5 a", "seq 6 b"],
            &["3 times:", "  seq 1..5/2 a", "  seq 2..6/2 b"],
        );
        check(&["seq 1\nremoved", "seq 2\nremoved", "seq 3\nremoved"], &["3 times:", "  seq 1..3", "  removed"]);
    }

    #[test]
    fn pieces_print_back() {
        for line in ["state 5 @1h2m3s x-3 007 a7 7a @zz @1h1h @", "@-1s \"@5\" 18446744073709551615"] {
            let text: String = pieces(line)
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Number(value) => value.to_string(),
                    Piece::Time(ns) => time(*ns),
                })
                .collect();
            assert_eq!(text, line);
        }
    }
}
