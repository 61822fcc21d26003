//! Colours of what people read: failures red, what passed green, the two sides of a difference red and green.
//!
//! They are put into text that is complete without them, and only where stdout is a terminal that shows them: `NO_COLOR`, `CLICOLOR`,
//! `CLICOLOR_FORCE` and `TERM=dumb` have their usual meaning.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BOLD_RED: &str = "\x1b[1;31m";
const PLAIN: &str = "\x1b[0m";

/// What a line begins with that says how something went, and its colour.
const BEGINNINGS: [(&str, &str); 10] = [
    ("FAIL ", BOLD_RED),
    ("CRASHED ", BOLD_RED),
    ("TIMED OUT ", BOLD_RED),
    ("UNSUPPORTED ", BOLD_RED),
    ("STALE ", BOLD_RED),
    ("unsupported in ", YELLOW),
    ("known in ", YELLOW),
    ("  ok      ", GREEN),
    ("  ADAPTER ", BOLD_RED),
    ("  PORT    ", BOLD_RED),
];

/// The rows of the table of counts.
const COUNTS: [(&str, &str); 7] = [
    ("passed", GREEN),
    ("failed", RED),
    ("crashed", RED),
    ("timed out", RED),
    ("stale", RED),
    ("unsupported", YELLOW),
    ("known", YELLOW),
];

/// stdout, and whether colours are to be put into what people read there.
pub(super) fn stdout() -> (Box<dyn Write>, bool) {
    let stdout = io::stdout();
    match AutoStream::choice(&stdout) {
        ColorChoice::Never => (Box::new(stdout), false),
        // On Windows the terminal has to be told that escape sequences come.
        choice => (Box::new(AutoStream::new(stdout, choice)), true),
    }
}

/// The text of a report with its colours.
pub(super) fn painted(text: &str) -> String {
    text.split_inclusive('\n').map(line).collect()
}

fn line(line: &str) -> String {
    let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
    if let Some((beginning, colour)) = BEGINNINGS.iter().find(|(beginning, _)| body.starts_with(beginning)) {
        let rest = body.strip_prefix(beginning).unwrap_or_default();
        return format!("{colour}{beginning}{PLAIN}{rest}{end}");
    }
    let colour = match body.strip_prefix("    ").and_then(|rest| rest.chars().next()) {
        Some('-') => Some(RED),
        Some('+') => Some(GREEN),
        _ => count(body),
    };
    colour.map_or_else(|| line.to_owned(), |colour| format!("{colour}{body}{PLAIN}{end}"))
}

/// The colour of a row of the table of counts, unless it counts nothing.
fn count(body: &str) -> Option<&'static str> {
    let (name, number) = body.strip_prefix("  ")?.rsplit_once(' ')?;
    let (_, colour) = COUNTS.iter().find(|(count, _)| *count == name.trim_end())?;
    number.parse::<u64>().is_ok_and(|number| number > 0).then_some(*colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        assert_eq!(painted(line).replace('\x1b', "^"), expected);
    }

    #[test]
    fn lines_of_reports() {
        check("FAIL a/b [none/none] on x\n", "^[1;31mFAIL ^[0ma/b [none/none] on x\n");
        check("    -seq 1\n", "^[31m    -seq 1^[0m\n");
        check("    +seq 2\n     seq 3", "^[32m    +seq 2^[0m\n     seq 3");
        check("  passed           6\n  failed           0\n", "^[32m  passed           6^[0m\n  failed           0\n");
        check("  timed out        1\n", "^[31m  timed out        1^[0m\n");
        check("  ok      ids: 10 requests\n", "^[32m  ok      ^[0mids: 10 requests\n");
        check("1 cases, 6 runs on reference\n\n", "1 cases, 6 runs on reference\n\n");
    }
}
