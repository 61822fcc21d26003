//! Code and comments that say themselves that something is missing.

use super::{Found, View};
use crate::harness::stubs::allow::is_allow;
use crate::harness::stubs::facts::{Body, Call, Place};
use crate::harness::stubs::words::{Literal, literal, plain};

/// What an error says that stands for code, in letters alone.
const PHRASES: [&str; 5] =
    ["notimplemented", "notyetimplemented", "unimplemented", "notsupportedyet", "notyetsupported"];
/// What makes an error or ends the program, where such a text is passed to it.
const MAKING: [&str; 10] =
    ["panic", "New", "Errorf", "fail", "Fatal", "Fatalf", "bail", "anyhow", "unreachable", "abort"];

/// What gives an error back, where one that says so is passed to it.
const HOLDING: [&str; 4] = ["Err", "reject", "failedFuture", "FromException"];

fn says(text: &str) -> bool {
    let plain = plain(text);
    PHRASES.iter().any(|phrase| plain.contains(phrase))
}

/// `not-implemented`.
pub(super) fn not_implemented(view: &View<'_>, found: &mut Found<'_>) {
    for function in &view.facts.functions {
        // What a base leaves to others, and what a double does not have: a test that reaches it fails.
        if function.marks.is_open || (view.is_double(function) && !function.marks.is_test) {
            continue;
        }
        for throw in &function.throws {
            if ["NotImplementedException", "NotImplementedError"].contains(&throw.kind.as_str()) || says(&throw.what) {
                found.within(function, throw.place, format!("throws {}", throw.what));
            }
        }
        // `return 0, ErrNotImplemented`
        if let Body::Value(value) = &function.body
            && view.language == "go"
            && value.split(", ").any(|one| !one.contains(['"', '(']) && says(one))
        {
            found.function(function, format!("gives back {value}"));
        }
        for call in &function.calls {
            if is_placeholder(call) {
                let arguments = call.arguments.join(", ");
                found.within(function, call.place, format!("{}({arguments})", call.names.join(".")));
            }
        }
    }
}

fn is_placeholder(call: &Call) -> bool {
    let name = call.name();
    if call.is_macro && [concat!("to", "do"), "unimplemented"].contains(&name) {
        return true;
    }
    let is_text = |argument: &String| literal(argument) == Some(Literal::Other) && says(argument);
    (MAKING.contains(&name) && call.arguments.iter().any(is_text))
        || (HOLDING.contains(&name) && call.arguments.iter().any(|argument| says(argument)))
}

/// Words that stand for open work in capitals.
const MARKERS: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
/// What a comment says of code that is not there, in lower case.
const SAYING: [&str; 15] = [
    concat!("not ", "implemented"),
    concat!("not yet ", "implemented"),
    "unimplemented",
    "placeholder implementation",
    "placeholder code",
    "just a placeholder",
    "stub implementation",
    "just a stub",
    "dummy implementation",
    "fake implementation",
    "simplified implementation",
    "in a real implementation",
    "real implementation would",
    "implementation goes here",
    "to be implemented",
];

/// `todo-comment`.
pub(super) fn open_comment(view: &View<'_>, found: &mut Found<'_>) {
    for comment in view.facts.comments.iter().filter(|comment| !is_allow(&comment.text)) {
        for (at, line) in comment.text.lines().enumerate() {
            if is_open(line) {
                let column = if at == 0 { comment.place.column } else { 1 };
                found.at(
                    Place { line: comment.place.line + at, column },
                    line.trim().chars().take(120).collect::<String>(),
                );
            }
        }
    }
}

fn is_open(line: &str) -> bool {
    let text = line.trim_matches(|c: char| c.is_whitespace() || "/*#!<>-".contains(c));
    let mut upper = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    if upper.any(|word| MARKERS.contains(&word)) {
        return true;
    }
    let lower = text.to_lowercase();
    let first = lower.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let after = lower.get(first.len()..).unwrap_or_default();
    if MARKERS.iter().any(|marker| marker.eq_ignore_ascii_case(first)) && after.starts_with([':', '(', ' ']) {
        return true;
    }
    if ["implement me", "implement this"].iter().any(|phrase| lower.starts_with(phrase)) {
        return true;
    }
    first == "placeholder" && (after.is_empty() || after.starts_with([':', '.']))
        || SAYING.iter().any(|phrase| says_phrase(&lower, phrase))
}

/// Whether a phrase stands there as words of its own, and not as something that is spoken of, as in `"not x"` or `<see .../>`.
fn says_phrase(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + phrase.len()..).and_then(|text| text.chars().next());
        let is_edge = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || ".,;:!()".contains(c));
        // What somebody else "has not ..." is spoken of.
        let word = line.get(..at).and_then(|text| text.split_whitespace().next_back()).unwrap_or_default();
        is_edge(before) && is_edge(after) && !["has", "have", "had"].contains(&word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_that_say_so() {
        let marker = MARKERS[0];
        for line in [
            format!("// {marker}: later"),
            format!("# {}: x", marker.to_lowercase()),
            format!(" * {}", SAYING[0]),
            "// Implement this.".to_owned(),
        ] {
            assert!(is_open(&line), "{line}");
        }
        for line in [
            "// the placeholder of a parameter",
            "// mastodon",
            "// whether \"unimplemented\" is said",
            "// classes that implement this",
            concat!("// it has not ", "implemented x"),
        ] {
            assert!(!is_open(line), "{line}");
        }
    }
}
