//! The rules: each has a name, a text that explains it, and a function that reads the facts of a file.
//!
//! A rule sees no tree and no language, but for the few things that only one of them has. What it cannot decide it leaves
//! alone: a scan that is often wrong is not read.

mod asserting;
mod claims;
mod explain;
mod ported;
mod running;
mod said;

use super::facts::{Facts, Function, Place};
use super::numbered::Numbered;

/// What a rule reads.
pub(super) struct View<'a> {
    pub(super) facts: &'a Facts,
    pub(super) language: &'static str,
    /// The file lies where tests lie.
    pub(super) in_tests: bool,
    pub(super) numbered: &'a Numbered,
}

impl View<'_> {
    /// The tests that run and that the grammar understands.
    fn tests(&self) -> impl Iterator<Item = (usize, &Function)> {
        self.facts
            .functions
            .iter()
            .enumerate()
            .filter(|(_, function)| function.marks.is_test && function.skip.is_none() && !function.has_errors)
    }

    /// The functions that are no tests.
    fn others(&self) -> impl Iterator<Item = &Function> {
        self.facts.functions.iter().filter(|function| !function.marks.is_test && !function.has_errors)
    }

    /// Whether a function belongs to what stands in for something in tests.
    fn is_double(&self, function: &Function) -> bool {
        self.in_tests || function.marks.is_among_tests
    }
}

/// What a rule found.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) rule: &'static str,
    pub(super) place: Place,
    pub(super) name: Option<String>,
    pub(super) what: String,
}

/// A rule for people.
#[derive(Clone, Copy, Debug)]
pub struct RuleText {
    /// Its name.
    pub name: &'static str,
    /// What it finds, in a line.
    pub finds: &'static str,
    /// What it is, why it matters, an example, what it leaves alone.
    pub explanation: &'static str,
}

struct Rule {
    text: RuleText,
    check: fn(&View<'_>, &mut Found<'_>),
}

/// Where a rule writes what it finds.
struct Found<'a> {
    rule: &'static str,
    hits: &'a mut Vec<Hit>,
}

impl Found<'_> {
    /// Something that a function is.
    fn function(&mut self, function: &Function, what: impl Into<String>) {
        self.within(function, function.place, what);
    }

    /// Something within a function.
    fn within(&mut self, function: &Function, place: Place, what: impl Into<String>) {
        self.hits.push(Hit { rule: self.rule, place, name: Some(function.name.clone()), what: what.into() });
    }

    /// Something somewhere.
    fn at(&mut self, place: Place, what: impl Into<String>) {
        self.hits.push(Hit { rule: self.rule, place, name: None, what: what.into() });
    }
}

/// The rules that check code.
const ALL: [Rule; 11] = [
    Rule { text: explain::NOT_IMPLEMENTED, check: said::not_implemented },
    Rule { text: explain::EMPTY_BODY, check: ported::empty_body },
    Rule { text: explain::OPEN_COMMENT, check: said::open_comment },
    Rule { text: explain::CONSTANT_RETURN, check: ported::constant_return },
    Rule { text: explain::DELEGATION_SHELL, check: ported::delegation_shell },
    Rule { text: explain::NO_ASSERTION, check: asserting::no_assertion },
    Rule { text: explain::CONSTANT_ASSERTION, check: claims::constant },
    Rule { text: explain::SELF_COMPARISON, check: claims::with_itself },
    Rule { text: explain::SWALLOWED_EXCEPTION, check: running::swallowed },
    Rule { text: explain::SKIPPED_TEST, check: running::skipped },
    Rule { text: explain::SLEEPING_TEST, check: running::sleeping },
];

/// The rule for allows that give no reason.
pub(super) const ALLOW_WITHOUT_REASON: &str = explain::ALLOW_WITHOUT_REASON.name;
/// The rule for allows that allow nothing.
pub(super) const UNUSED_ALLOW: &str = explain::UNUSED_ALLOW.name;

/// Every rule there is, those for allows among them.
pub fn rules() -> impl Iterator<Item = RuleText> {
    ALL.iter().map(|rule| rule.text).chain([explain::ALLOW_WITHOUT_REASON, explain::UNUSED_ALLOW])
}

/// Whether there is a rule of this name that an allow may name.
pub(super) fn is_rule(name: &str) -> bool {
    ALL.iter().any(|rule| rule.text.name == name)
}

/// What all rules find.
pub(super) fn hits(view: &View<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for rule in &ALL {
        (rule.check)(view, &mut Found { rule: rule.text.name, hits: &mut hits });
    }
    hits
}
