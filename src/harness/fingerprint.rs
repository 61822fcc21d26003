//! The fingerprint of a mismatch: what stays the same as long as a port is wrong in the same way.
//!
//! It is a hash over the verdict, the text of the command and the answer lines that differ. It has no part of what changes by
//! itself: the names of case and setting, line numbers, what the port wrote for people, how long it was waited for, and on the
//! real clock times that are near the recorded ones. So one entry of known differences covers the settings that agree.

use sha2::{Digest, Sha256};
use similar::{ChangeTag, TextDiff};

use super::case::Case;
use super::compare::{self, Times};
use super::verdict::{Difference, Verdict};

/// How many hexadecimal digits a fingerprint has.
pub const DIGITS: usize = 16;

/// The fingerprint of a verdict on `case`; a pass and what is known already have none.
#[must_use]
pub fn fingerprint(verdict: &Verdict, case: &Case, times: Times) -> Option<String> {
    let command = |line: &usize| line.checked_sub(1).and_then(|at| case.lines.get(at)).map_or("", |line| line.trim());
    let mut parts = vec![verdict.name().to_owned()];
    match verdict {
        Verdict::Pass | Verdict::Known { .. } => return None,
        Verdict::Fail(difference) => {
            parts.push(difference.command.clone());
            parts.extend(changed_lines(difference, times));
        }
        Verdict::Crashed { line, what, .. } => parts.extend([command(line).to_owned(), what.clone()]),
        // What was waited for says how long, which is the user's choice.
        Verdict::TimedOut { line, .. } => parts.push(command(line).to_owned()),
        Verdict::Unsupported { line, what } => parts.extend([command(line).to_owned(), what.clone()]),
    }
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(format!("{}\n", part.len()));
        digest.update(part);
    }
    Some(hex::encode(digest.finalize()).chars().take(DIGITS).collect())
}

/// The lines that one side has and the other has not, with the side.
fn changed_lines(difference: &Difference, times: Times) -> Vec<String> {
    let found = compare::with_recorded_times(&difference.expected, &difference.found, times);
    let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let (left, right) = (text(&difference.expected), text(&found));
    let diff = TextDiff::from_lines(&left, &right);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    changes.map(|change| format!("{}{}", change.tag(), change.value())).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;
    use crate::harness::case::parse;

    fn case() -> Case {
        parse("a/b", "a/b.case", "open\nload 1\nload 2\n").unwrap()
    }

    fn differs(command: &str, expected: &[&str], found: &[&str], times: Times) -> String {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        let difference = Difference {
            command_line: 2,
            command: command.to_owned(),
            answer_line: 4,
            expected: lines(expected),
            found: lines(found),
            stderr_tail: String::new(),
        };
        fingerprint(&Verdict::Fail(Box::new(difference)), &case(), times).unwrap()
    }

    #[test]
    fn a_mismatch_is_the_same_wherever_it_stands() {
        let first = differs("load 1", &["ok", "a"], &["ok", "b"], Times::Exact);
        assert_eq!(first.len(), DIGITS);
        assert_eq!(first, differs("load 1", &["ok", "seq 1", "a"], &["ok", "seq 1", "b"], Times::Exact));
        let others = [
            differs("load 2", &["ok", "a"], &["ok", "b"], Times::Exact),
            differs("load 1", &["ok", "a"], &["ok", "c"], Times::Exact),
            differs("load 1", &["ok", "b"], &["ok", "a"], Times::Exact),
        ];
        assert!(!others.contains(&first), "{first} {others:?}");
    }

    #[test]
    fn near_times_are_no_part_of_it_on_the_real_clock() {
        let near = Times::Within(1_000_000_000);
        let check = |found: &str| differs("load 1", &["a 1@0s 5"], &[found], near);
        assert_eq!(check("a 1@3ms 6"), check("a 1@9ms 6"));
        assert!(check("a 1@3ms 6") != check("a 1@9s 6"), "a time that is far off is part of the mismatch");
    }

    #[test]
    fn crashes_by_command_and_silence_without_its_length() {
        let check = |verdict: Verdict| fingerprint(&verdict, &case(), Times::Exact);
        let (what, stderr_tail) = ("exit status: 3".to_owned(), "x".to_owned());
        let crashed = |line| Verdict::Crashed { line, what: what.clone(), stderr_tail: stderr_tail.clone() };
        assert!(check(crashed(2)) != check(crashed(3)), "another command");
        let silent = |what: &str| Verdict::TimedOut { line: 2, what: what.to_owned(), stderr_tail: String::new() };
        assert_eq!(check(silent("no answer within 1s")), check(silent("no answer within 30s")));
        assert_eq!(check(Verdict::Pass), None);
    }
}
