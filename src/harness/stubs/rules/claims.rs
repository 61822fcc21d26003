//! Assertions that cannot fail: on a constant, or of a value and itself.
//!
//! An assertion of any of the libraries becomes a claim: something is true, is false, is there, or is the same as something.

use super::{Found, View};
use crate::harness::stubs::facts::{Call, Function};
use crate::harness::stubs::words::{Literal, is_steady, literal, plain, words};

/// What an assertion says.
#[derive(Debug, PartialEq, Eq)]
enum Claim {
    True(String),
    False(String),
    There(String),
    Same(String, String),
    /// The same object.
    Identical(String, String),
}

/// `constant-assertion`.
pub(super) fn constant(view: &View<'_>, found: &mut Found<'_>) {
    each(view, found, |_, claim| match claim {
        Claim::True(value) => is_always(value, Literal::True, ["||", "or"]),
        Claim::False(value) => is_always(value, Literal::False, ["&&", "and"]),
        Claim::There(value) => literal(value).is_some_and(|value| value != Literal::Null),
        Claim::Same(a, b) | Claim::Identical(a, b) => literal(a).is_some() && a == b,
    });
}

/// `self-comparison`.
pub(super) fn with_itself(view: &View<'_>, found: &mut Found<'_>) {
    let is_same = |a: &str, b: &str| a == b && is_steady(a) && literal(a).is_none();
    each(view, found, |test, claim| {
        // Whoever tests equality itself does it with a value and itself.
        let about =
            ["reflexive", "reflexivity", "itself", "equality", "equals", "equal", "hash", "self", "operator", "same"];
        if words(&test.name).iter().any(|word| about.contains(&word.as_str())) {
            return false;
        }
        // So does whoever says of the same value what it is not equal to.
        let is_unequal = |call: &Call, value: &String| {
            let name = plain(call.name());
            ["notequal", "notsame", "assertne"].iter().any(|word| name.contains(word)) && call.arguments.contains(value)
        };
        match claim {
            Claim::Same(a, _) | Claim::Identical(a, _) if test.calls.iter().any(|call| is_unequal(call, a)) => false,
            Claim::Same(a, b) => is_same(a, b),
            // `X.Instance` is to be the same each time.
            Claim::Identical(a, b) => is_same(a, b) && !a.contains('.'),
            Claim::True(value) => sides(value).is_some_and(|(a, b)| is_same(a, b)),
            Claim::False(_) | Claim::There(_) => false,
        }
    });
}

fn each(view: &View<'_>, found: &mut Found<'_>, is_wrong: impl Fn(&Function, &Claim) -> bool) {
    for function in &view.facts.functions {
        let is_part_of_a_test = function.marks.is_test || view.is_double(function);
        for call in function.calls.iter().filter(|_| is_part_of_a_test && !function.has_errors) {
            if let Some(claim) = claim(view.language, function, call)
                && is_wrong(function, &claim)
            {
                let on = call.receiver.as_ref().map(|receiver| format!("{receiver}.")).unwrap_or_default();
                let arguments = call.arguments.join(", ");
                let name = call.name();
                found.within(function, call.place, format!("{on}{name}({arguments}) cannot fail"));
            }
        }
    }
}

/// Whether a condition has one value whatever happens.
fn is_always(value: &str, expected: Literal, joining: [&str; 2]) -> bool {
    if literal(value) == Some(expected) {
        return true;
    }
    let both = |(a, b): (&str, &str)| literal(a).is_some() && a == b;
    let by_itself = |joint: &str| {
        let last = value.rsplit_once(&format!(" {joint} ")).map(|(_, last)| last);
        last.is_some_and(|last| literal(last) == Some(expected)) && !value.contains('(')
    };
    (expected == Literal::True && sides(value).is_some_and(both)) || joining.into_iter().any(by_itself)
}

/// The two sides of a comparison that is nothing else.
fn sides(value: &str) -> Option<(&str, &str)> {
    let (a, b) = [" === ", " == "].iter().find_map(|sign| value.split_once(sign))?;
    let is_one = |side: &str| !side.contains([' ', '(', '=', '<', '>']);
    (is_one(a) && is_one(b)).then_some((a, b))
}

/// What the call claims, where it is an assertion that is known.
fn claim(language: &str, function: &Function, call: &Call) -> Option<Claim> {
    let receiver = call.receiver.as_deref().unwrap_or_default();
    if let Some(value) = within(receiver, &["expect(", "assertThat(", "assert_that("]) {
        return chained(value, call);
    }
    if let Some(value) = receiver.strip_suffix(".Should()") {
        return chained(value, call);
    }
    if plain(call.name()).starts_with("should") && !receiver.is_empty() {
        return chained(receiver, call);
    }
    let asserts = |name: &str| {
        let plain = plain(name);
        ["assert", "require", "classicassert", "assertions", "testcase", "collectionassert", "debugassert"]
            .iter()
            .any(|word| plain.starts_with(word))
    };
    if !call.names.iter().any(|name| asserts(name)) {
        return None;
    }
    let rest: Vec<&String> = call.arguments.iter().filter(|argument| !function.reports_by(argument)).collect();
    let rest = without_message(language, &rest);
    let (first, second) = (rest.first().map(|text| text.to_string()), rest.get(1).map(|text| text.to_string()));
    // JUnit 4 has the message in front here as well.
    let asserted = match &second {
        Some(second) if language == "java" && literal(first.as_ref()?) == Some(Literal::Other) => Some(second.clone()),
        _ => first.clone(),
    };
    let name = plain(call.name());
    let name = ["classicassert", "debugassert", "assert", "require"]
        .iter()
        .find_map(|word| name.strip_prefix(word))
        .unwrap_or(&name);
    match name {
        "" | "true" | "istrue" | "ok" => Some(Claim::True(asserted?)),
        "that" => match second {
            Some(second) => constraint(first?, &second),
            None => Some(Claim::True(first?)),
        },
        "false" | "isfalse" => Some(Claim::False(asserted?)),
        "notnull" | "isnotnull" | "notnil" | "isnotnone" => Some(Claim::There(asserted?)),
        "equal" | "equals" | "areequal" | "eq" | "strictequal" | "deepequal" | "deepstrictequal" | "arrayequals"
        | "equivalent" => Some(Claim::Same(first?, second?)),
        "same" | "aresame" | "is" => Some(Claim::Identical(first?, second?)),
        _ => None,
    }
}

/// What is asserted, without the message that stands in front of it in JUnit 4.
fn without_message<'a, 's>(language: &str, arguments: &'a [&'s String]) -> &'a [&'s String] {
    let is_text = |argument: &&String| argument.starts_with('"');
    match arguments {
        [message, rest @ ..] if language == "java" && is_text(message) && rest.len() > 1 => match rest {
            [.., last] if is_text(last) => arguments,
            _ => rest,
        },
        _ => arguments,
    }
}

/// `expect(value).toBe(other)` and its like.
fn chained(value: &str, call: &Call) -> Option<Claim> {
    let value = value.to_owned();
    let other = call.argument(0).map(str::to_owned);
    match plain(call.name()).as_str() {
        "betrue" | "shouldbetrue" | "istrue" | "tobetruthy" | "tobetrue" => Some(Claim::True(value)),
        "befalse" | "shouldbefalse" | "isfalse" | "tobefalsy" | "tobefalse" => Some(Claim::False(value)),
        "notbenull" | "shouldnotbenull" | "isnotnull" | "tobedefined" => Some(Claim::There(value)),
        "tobe" | "toequal" | "tostrictequal" | "be" | "equal" | "beequivalentto" | "shouldbe" | "isequalto" => {
            Some(Claim::Same(value, other?))
        }
        "besameas" | "issameas" | "shouldbesameas" => Some(Claim::Identical(value, other?)),
        _ => None,
    }
}

/// `Assert.That(value, constraint)`.
fn constraint(value: String, constraint: &str) -> Option<Claim> {
    if let Some(other) = within(constraint, &["Is.EqualTo(", "Is.EquivalentTo(", "is(", "equalTo("]) {
        return Some(Claim::Same(value, other.to_owned()));
    }
    match constraint {
        "Is.True" => Some(Claim::True(value)),
        "Is.False" => Some(Claim::False(value)),
        "Is.Not.Null" => Some(Claim::There(value)),
        _ => literal(&value).map(|_| Claim::True(value)),
    }
}

/// What stands in the parentheses of a call that is all of the text.
fn within<'a>(text: &'a str, fronts: &[&str]) -> Option<&'a str> {
    fronts
        .iter()
        .find_map(|front| text.strip_prefix(front))
        .and_then(|rest| rest.strip_suffix(')'))
        .filter(|inner| !inner.contains(')') || inner.contains('('))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_always_so() {
        let check = |text: &str, expected: bool| {
            assert_eq!(is_always(text, Literal::True, ["||", "or"]), expected, "{text}");
        };
        check("true", true);
        check("x || true", true);
        check("1 == 1", true);
        check("x == 1", false);
        check("false", false);
        check("f(x || true)", false);
    }
}
