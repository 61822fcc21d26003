//! Tests that do not run, that pass whatever is thrown, or that sleep.

use super::{Found, View};
use crate::harness::stubs::facts::{Attempt, Call, Function, Handler};
use crate::harness::stubs::words::words;

/// `skipped-test`.
pub(super) fn skipped(view: &View<'_>, found: &mut Found<'_>) {
    for function in &view.facts.functions {
        if let Some(skip) = &function.skip {
            found.within(function, skip.place, skip.what.clone());
        } else if function.marks.is_test {
            let is_skip = is_skip_of(function);
            if let Some(call) = function.calls.iter().find(|call| call.context.is_straight() && is_skip(call)) {
                found.within(function, call.place, format!("{}({})", call.names.join("."), call.arguments.join(", ")));
            }
        }
    }
    for skip in &view.facts.skips {
        found.at(skip.place, skip.what.clone());
    }
}

/// Whether a call ends its test as skipped.
pub(super) fn is_skip_of(function: &Function) -> impl Fn(&Call) -> bool {
    |call| match (call.front(), call.name()) {
        (Some(front), "Skip" | "Skipf" | "SkipNow") => function.reports_by(front) || front == "Assert",
        (Some(front), "skip") => function.reports_by(front) || ["this", "pytest"].contains(&front),
        (Some("Assert" | "ClassicAssert"), "Ignore" | "Inconclusive") | (Some("pytest"), "xfail") => true,
        (Some("self"), "skipTest") => true,
        _ => false,
    }
}

/// `swallowed-exception`.
pub(super) fn swallowed(view: &View<'_>, found: &mut Found<'_>) {
    for (_, test) in view.tests() {
        for (at, attempt) in test.attempts.iter().enumerate() {
            let silent = attempt.handlers.iter().find(|handler| handler.catches_all && handler.is_silent);
            if let Some(handler) = silent.filter(|handler| !is_harmless(test, at, attempt, handler)) {
                let what = match handler.spares_failures {
                    false => "catches everything, an assertion that fails among it, and goes on",
                    true => "catches everything that the code throws, and goes on",
                };
                found.within(test, handler.place, what);
            }
        }
        for call in test.calls.iter().filter(|call| call.is_statement && !call.context.in_handler) {
            let is_dropped = match view.language {
                "rust" => {
                    call.name() == "ok"
                        && call.receiver.is_some()
                        && !call.context.in_closure
                        && !is_cleaning(call.receiver.as_deref().unwrap_or_default())
                        && !words(call.receiver.as_deref().unwrap_or_default()).iter().any(|word| word == "send")
                }
                "go" => call.names == ["recover"],
                _ => false,
            };
            if is_dropped {
                found.within(test, call.place, format!("{}() drops what went wrong", call.names.join(".")));
            }
        }
    }
}

/// Whether a `try` only puts things away, leaves the test, tries again, or fails where nothing is thrown.
fn is_harmless(test: &Function, at: usize, attempt: &Attempt, handler: &Handler) -> bool {
    let fails = |call: &Call| call.context.attempt == Some(at) && call.name() == "fail";
    if handler.spares_failures && test.calls.iter().any(fails) {
        return true;
    }
    let mut inside = test.calls.iter().filter(|call| call.context.attempt == Some(at)).peekable();
    let is_empty = inside.peek().is_none();
    let context = attempt.context;
    attempt.jumps
        || context.in_handler
        || context.in_loop
        || context.in_closure
        || (!is_empty && inside.all(|call| is_cleaning(call.name())))
}

/// Whether a name is of something that is done at the end.
fn is_cleaning(name: &str) -> bool {
    const WORDS: [&str; 19] = [
        "delete",
        "remove",
        "dispose",
        "close",
        "stop",
        "kill",
        "cancel",
        "unlink",
        "rm",
        "rmdir",
        "rmtree",
        "cleanup",
        "clean",
        "drop",
        "shutdown",
        "exists",
        "combine",
        "purge",
        "unsubscribe",
    ];
    words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// `sleeping-test`.
pub(super) fn sleeping(view: &View<'_>, found: &mut Found<'_>) {
    for (_, test) in view.tests() {
        for call in &test.calls {
            let context = call.context;
            let sleeps = if view.language == "typescript" && call.names == ["setTimeout"] {
                // `new Promise(resolve => setTimeout(resolve, 100))`
                context.in_closure && call.argument(0).is_some_and(|first| first.chars().all(char::is_alphanumeric))
            } else {
                call.is_statement && !context.in_closure && is_sleep(call)
            };
            if sleeps && !context.in_loop && !context.in_handler && !is_nothing(call) {
                found.within(test, call.place, format!("{}({})", call.names.join("."), call.arguments.join(", ")));
            }
        }
    }
}

fn is_sleep(call: &Call) -> bool {
    let before = call.names.iter().rev().nth(1).map(String::as_str);
    matches!(
        (before, call.name()),
        (Some("Task" | "Thread" | "Promise"), "Delay" | "Sleep" | "sleep")
            | (Some("time" | "thread" | "asyncio" | "trio" | "anyio" | "task"), "Sleep" | "sleep")
            | (Some("SECONDS" | "MILLISECONDS" | "MICROSECONDS" | "NANOSECONDS" | "MINUTES"), "sleep")
            | (None, "Sleep" | "sleep" | "delay")
            | (Some("Uninterruptibles"), "sleepUninterruptibly")
            | (Some(_), "waitForTimeout")
    )
}

/// Whether it sleeps for no time, or forever.
fn is_nothing(call: &Call) -> bool {
    call.arguments.first().is_none_or(|first| first == "0" || first.contains("Infinite") || first.ends_with(".Zero"))
}
