//! Functions that have a body and do not do what they are named for.

use std::collections::BTreeMap;

use super::{Found, View};
use crate::harness::stubs::facts::{Body, Call, Function};
use crate::harness::stubs::words::{is_constant, plain, words};

/// Words of names that promise to do nothing.
const NOTHING: [&str; 12] =
    ["noop", "nop", "no", "nothing", "null", "empty", "none", "dummy", "ignore", "default", "disabled", "discard"];

fn promises_nothing(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| NOTHING.contains(&word.as_str())) || plain(name).contains("noop")
}

/// `empty-body`.
pub(super) fn empty_body(view: &View<'_>, found: &mut Found<'_>) {
    for (_, test) in view.tests() {
        if matches!(test.body, Body::Empty { .. } | Body::Idle) {
            found.function(test, "a test with nothing in it");
        }
    }
    for function in view.others() {
        let says_why = match function.body {
            Body::Empty { says_why } => says_why,
            Body::Idle => false,
            _ => continue,
        };
        if let Some(go) = view.numbered.of(function).filter(|_| !view.is_double(function) && !function.marks.is_open) {
            found.function(function, format!("nothing in it, where Go's {go} does something"));
        } else if !says_why && !may_be_empty(view, function) {
            found.function(function, "nothing in it");
        }
    }
}

/// Whether an empty body is a way to say something.
fn may_be_empty(view: &View<'_>, function: &Function) -> bool {
    let marks = function.marks;
    let owner = function.owner.as_ref();
    let is_marker = marks.is_method_of_go
        && (function.name == "ProtoMessage" || words(&function.name).first().is_some_and(|word| word == "is"));
    let is_ending = ["dispose", "disposeasync", "close", "finalize", "drop"].contains(&plain(&function.name).as_str());
    marks.is_constructor
        || marks.is_forced
        || marks.is_open
        || marks.is_accessor
        || marks.has_attributes
        || view.is_double(function)
        || function.parent.is_some()
        || is_marker
        || function.name == "main"
        || (is_ending && owner.is_some_and(|owner| owner.has_bases || marks.is_method_of_go))
        || promises_nothing(&function.name)
        || owner.is_some_and(|owner| promises_nothing(&owner.name) || owner.is_open)
}

/// `constant-return`.
pub(super) fn constant_return(view: &View<'_>, found: &mut Found<'_>) {
    for function in view.others().filter(|function| !view.is_double(function)) {
        if let Body::Value(value) = &function.body
            && is_constant(value)
            && !function.marks.is_open
            && let Some(go) = view.numbered.of(function)
        {
            found.function(function, format!("always {value}, where Go's {go} computes"));
        }
    }
}

/// The least number of functions that pass on what makes a type a shell.
const SHELL: usize = 3;

/// `delegation-shell`.
pub(super) fn delegation_shell(view: &View<'_>, found: &mut Found<'_>) {
    // Of each type how many of its functions pass on, and how many do something else.
    let mut types: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let name_of = |function: &Function| function.owner.as_ref().map(|owner| owner.name.clone()).unwrap_or_default();
    for function in view.others().filter(|function| function.parent.is_none() && !function.marks.is_constructor) {
        let count = types.entry(function.owner.as_ref().map_or("", |owner| owner.name.as_str())).or_default();
        match shell(function) {
            Some(_) => count.0 += 1,
            None => count.1 += 1,
        }
    }
    for function in view.others().filter(|function| !view.is_double(function)) {
        let Some(call) = shell(function) else { continue };
        let has_bases = function.marks.is_forced || function.owner.as_ref().is_some_and(|owner| owner.has_bases);
        let (shells, others) = types.get(name_of(function).as_str()).copied().unwrap_or_default();
        let is_of_shells = function.owner.is_some() && shells >= SHELL && shells > others;
        let is_free = !has_bases && !function.parameters.is_empty();
        if view.numbered.of(function).is_some() || (is_free && is_of_shells) {
            found.function(function, format!("only passes its parameters on to {}", call.names.join(".")));
        }
    }
}

/// The call that is all of a function which only passes its parameters on.
fn shell(function: &Function) -> Option<&Call> {
    let Body::Forward(call) = &function.body else { return None };
    let marks = function.marks;
    let is_never =
        marks.is_open || marks.is_accessor || marks.is_constructor || marks.has_attributes || marks.is_extension;
    let is_shell = passes_all(function, call) && !call.is_on_self() && call.receiver.is_some();
    (is_shell && !is_never).then_some(call)
}

/// Whether a call is of the same name and has the function's own parameters, in their order.
fn passes_all(function: &Function, call: &Call) -> bool {
    let bare = |name: &str| plain(name.strip_suffix("Async").unwrap_or(name));
    let argument = |text: &String| {
        let text = text
            .trim_start_matches("...")
            .trim_start_matches("ref ")
            .trim_start_matches("out ")
            .trim_start_matches("in ");
        text.trim_start_matches(['&', '*']).trim_start_matches("mut ").trim_end_matches("...").to_owned()
    };
    bare(&function.name) == bare(call.name())
        && call.arguments.iter().map(argument).eq(function.parameters.iter().cloned())
        && !call.names.first().is_some_and(|first| function.parameters.contains(first))
}
