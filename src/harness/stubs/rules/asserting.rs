//! Tests that assert nothing.
//!
//! Calls of functions of the same file are followed; a function that is not in the file and that the test calls as its own, as that
//! of a base class, or hands itself to may assert, and the test is left alone.

use std::collections::{HashMap, HashSet};

use super::{Found, View};
use crate::harness::stubs::facts::{Body, Call, Function};
use crate::harness::stubs::words::words;

/// Words of the names of assertions, of whatever they are members.
const ASSERTING: [&str; 24] = [
    "assert",
    "asserts",
    "assertion",
    "assertions",
    "should",
    "shouldly",
    "verify",
    "verifies",
    "verified",
    "verification",
    "verifier",
    "expect",
    "expects",
    "fail",
    "fails",
    "failed",
    "failure",
    "throw",
    "throws",
    "raises",
    "received",
    "require",
    "requires",
    "must",
];
/// Words that are those of an assertion where a function of the test's own has them.
const CHECKING: [&str; 12] = [
    "check", "checks", "validate", "ensure", "confirm", "equal", "equals", "match", "matches", "compare", "contains",
    "test",
];
/// What fails a test of Go by its reporter.
const REPORTING: [&str; 6] = ["Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow"];

/// `no-assertion`.
pub(super) fn no_assertion(view: &View<'_>, found: &mut Found<'_>) {
    let file = File::of(view);
    for (at, test) in view.tests() {
        let has_body = !matches!(test.body, Body::None | Body::Empty { .. } | Body::Idle);
        let is_test = |at: &usize| file.functions.get(*at).is_some_and(|one| one.marks.is_test);
        if has_body
            && !file.inner(at).iter().any(is_test)
            && !test.marks.is_judged
            && !says_that_nothing_is_thrown(&test.name)
            && !file.may_assert(at)
            && !test.calls.iter().any(super::running::is_skip_of(test))
        {
            found.function(test, "a test that asserts nothing");
        }
    }
}

/// Whether a test says in its name that it is about nothing going wrong: then it has nothing to assert.
fn says_that_nothing_is_thrown(name: &str) -> bool {
    const NOT: [&str; 6] = ["not", "no", "never", "without", "doesnt", "wont"];
    const WRONG: [&str; 10] =
        ["throw", "throws", "throwing", "raise", "raises", "panic", "panics", "crash", "exception", "exceptions"];
    let words = words(name);
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs.into_iter().any(|(not, wrong)| NOT.contains(&not.as_str()) && WRONG.contains(&wrong.as_str()))
}

/// The functions of a file, by what leads from one to another.
struct File<'a> {
    language: &'static str,
    functions: &'a [Function],
    named: HashMap<&'a str, Vec<usize>>,
    inner: HashMap<usize, Vec<usize>>,
}

impl<'a> File<'a> {
    fn of(view: &View<'a>) -> Self {
        let functions = view.facts.functions.as_slice();
        let (mut named, mut inner) = (HashMap::<_, Vec<usize>>::new(), HashMap::<_, Vec<usize>>::new());
        for (at, function) in functions.iter().enumerate() {
            named.entry(function.name.as_str()).or_default().push(at);
            if let Some(parent) = function.parent {
                inner.entry(parent).or_default().push(at);
            }
        }
        Self { language: view.language, functions, named, inner }
    }

    fn inner(&self, outer: usize) -> &[usize] {
        self.inner.get(&outer).map(Vec::as_slice).unwrap_or_default()
    }

    fn named(&self, name: &str) -> &[usize] {
        self.named.get(name).filter(|_| !name.is_empty()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a test, or what it calls in its file, asserts something or may do so.
    fn may_assert(&self, test: usize) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![test];
        while let Some(at) = open.pop() {
            let Some(function) = self.functions.get(at).filter(|_| seen.insert(at)) else { continue };
            if !function.throws.is_empty() || function.calls.iter().any(|call| asserts(self.language, function, call)) {
                return true;
            }
            open.extend(self.inner(at));
            for call in &function.calls {
                let named = self.named(call.name());
                if self.leads_elsewhere(function, call, named) {
                    return true;
                }
                open.extend(named);
            }
        }
        false
    }

    /// Whether a call is of something that may assert and that this file does not show.
    fn leads_elsewhere(&self, function: &Function, call: &Call, named: &[usize]) -> bool {
        let is_declared = |at: &usize| self.functions.get(*at).is_some_and(|one| one.body == Body::None);
        call.front().is_some_and(|front| ["base", "super"].contains(&front))
            || ((named.is_empty() || !call.is_on_self()) && is_own(self.language, function, call))
            // One that is declared here has its body elsewhere.
            || (call.is_on_self() && named.iter().any(is_declared))
    }
}

/// Whether a call is of a function that is the test's own and lies elsewhere, or hands the test on.
fn is_own(language: &str, function: &Function, call: &Call) -> bool {
    let hands_on = |argument: &String| ["this", "self"].contains(&argument.as_str()) || function.reports_by(argument);
    // In these languages a call of such a name makes a value.
    let is_made = ["python", "rust"].contains(&language) && call.name().starts_with(char::is_uppercase);
    // `StoreTest.RoundTrip(store)` of another class of tests.
    let is_of_tests =
        call.front().is_some_and(|front| words(front).last().is_some_and(|word| word == "test" || word == "tests"));
    let is_of_suite = function.receiver.is_some() && call.front() == function.receiver.as_deref();
    let is_elsewhere = match language {
        _ if call.is_macro => !SPEAKING.contains(&call.name()),
        // Nothing of Go fails a test that it was not given.
        "go" => is_of_suite,
        _ => call.is_on_self(),
    };
    (is_elsewhere && !is_made && !is_known(call.name()))
        || (is_of_tests && call.names.len() == 2)
        || call.arguments.iter().any(hands_on)
}

/// Macros of Rust's own that assert nothing.
const SPEAKING: [&str; 16] = [
    "print",
    "println",
    "eprint",
    "eprintln",
    "dbg",
    "format",
    "write",
    "writeln",
    "vec",
    "matches",
    "concat",
    "include_str",
    "include_bytes",
    "env",
    "info",
    "debug",
];

/// Functions of the languages themselves, which assert nothing.
fn is_known(name: &str) -> bool {
    const NAMES: [&str; 40] = [
        "nameof",
        "typeof",
        "print",
        "println",
        "drop",
        "len",
        "make",
        "append",
        "cap",
        "copy",
        "delete",
        "new",
        "panic",
        "range",
        "str",
        "int",
        "bytes",
        "list",
        "dict",
        "set",
        "open",
        "sleep",
        "setTimeout",
        "String",
        "Number",
        "Some",
        "Ok",
        "Err",
        "byte",
        "string",
        "uint64",
        "int64",
        "isinstance",
        "sorted",
        "close",
        "bytearray",
        "repr",
        "type",
        "min",
        "max",
    ];
    NAMES.contains(&name)
}

/// Whether a call asserts by its name.
fn asserts(language: &str, function: &Function, call: &Call) -> bool {
    let name = call.name();
    if call.front().is_some_and(|front| function.reports_by(front)) {
        return match language {
            "go" => REPORTING.contains(&name),
            // `t.is(a, b)` of ava, `assert.equal(a, b)` of QUnit.
            _ => !TELLING.contains(&name),
        };
    }
    match (language, name) {
        // What Rust calls so is a way to get at a value; the other two fail where there is one.
        ("rust", "expect" | "unwrap") if !call.is_macro => return false,
        ("rust", "unwrap_err" | "panic" | "unreachable" | "bail" | "Err") | ("go", "panic") => return true,
        _ => {}
    }
    let has = |list: &[&str], name: &String| words(name).iter().any(|word| list.contains(&word.as_str()));
    call.names.iter().any(|name| has(&ASSERTING, name))
        || (call.is_on_self() && has(&CHECKING, &call.name().to_owned()))
        // What a macro is called with may hold assertions, as in `select!`.
        || (call.is_macro && call.arguments.iter().any(|argument| has(&ASSERTING, argument)))
}

/// What a test of TypeScript says to what it reports by without asserting anything.
const TELLING: [&str; 8] = ["log", "diagnostic", "timeout", "teardown", "context", "before", "after", "skip"];
