//! The languages that the scan knows: for each its grammar, what its nodes are, and how a function of it is read.
//!
//! A language is a table of plain functions. `walk` asks it what a node is and, where that is a function, a type, a call or a
//! handler, for the facts; the rest of the scan sees no node. Trees come from outside and may be as deep as they like, so
//! nothing here calls itself.

mod csharp;
mod csharp_text;
mod go;
mod java;
mod python;
mod rust;
mod typescript;

use std::borrow::Cow;

use tree_sitter::Node;

use super::facts::{Function, Handler, Owner, Place};
use super::words::collapsed;

/// What a node is to the scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Function,
    Owner,
    Closure,
    Call,
    Macro,
    Throw,
    /// An assertion that is a statement of the language.
    Assert,
    Try,
    Catch,
    Finally,
    Loop,
    Branch,
    Jump,
    Comment,
    Attribute,
    /// Stands around a call without changing what it is: an `await`, a parenthesis.
    Wrapper,
    Other,
}

/// A text for a grammar, and where what it leaves out of the file begins.
pub(super) type Given = (String, Vec<Place>);

/// A language.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) name: &'static str,
    pub(super) extensions: &'static [&'static str],
    /// The grammar for a file of this extension.
    pub(super) grammar: fn(&str) -> tree_sitter::Language,
    /// What the grammar is given of a text, byte for byte as long as that.
    pub(super) for_grammar: fn(&str) -> Cow<'_, str>,
    /// What it is given where it does not understand that, and where what it is not given then begins.
    pub(super) again: fn(&str) -> Vec<Given>,
    pub(super) role: fn(&str) -> Role,
    pub(super) function: fn(&Site<'_, '_>, Option<&Owner>) -> Option<Function>,
    pub(super) owner: fn(&Site<'_, '_>) -> Option<Owner>,
    pub(super) handler: fn(&Site<'_, '_>) -> Handler,
    /// What is skipped where the node is no function: a class, a group of tests.
    pub(super) skip: fn(&Site<'_, '_>) -> Option<super::facts::Skip>,
}

/// All of them.
pub(super) const ALL: [&Language; 6] =
    [&csharp::CSHARP, &go::GO, &java::JAVA, &python::PYTHON, &rust::RUST, &typescript::TYPESCRIPT];

/// The language of a file by its extension.
pub(super) fn of(extension: &str) -> Option<&'static Language> {
    ALL.into_iter().find(|language| language.extensions.contains(&extension))
}

/// A node where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a, 't> {
    pub(super) node: Node<'t>,
    /// The nodes around it, the outermost first.
    pub(super) up: &'a [Node<'t>],
    pub(super) text: &'t str,
    pub(super) file: Whereabouts<'a>,
}

/// Where a file lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whereabouts<'a> {
    /// Its path in forward slashes.
    pub(super) path: &'a str,
    /// Tests lie there, by what its path says or its user.
    pub(super) in_tests: bool,
    /// Its user says so: what looks like a test is one, whatever the file is called.
    pub(super) is_of_tests: bool,
}

impl<'a, 't> Site<'a, 't> {
    /// The text of a node.
    pub(super) fn of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// The text of a node on one line.
    pub(super) fn line_of(&self, node: Node<'_>) -> String {
        collapsed(self.of(node))
    }

    pub(super) fn field(&self, name: &str) -> Option<Node<'t>> {
        self.node.child_by_field_name(name)
    }

    /// The node around it.
    pub(super) fn parent(&self) -> Option<Node<'t>> {
        self.up.last().copied()
    }
}

/// The children of a node that have names.
pub(super) fn children<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let count = u32::try_from(node.named_child_count()).unwrap_or(u32::MAX);
    (0..count).filter_map(move |at| node.named_child(at))
}

/// The children of one kind.
pub(super) fn of_kind<'t>(node: Node<'t>, kind: &'static str) -> impl Iterator<Item = Node<'t>> {
    children(node).filter(move |child| child.kind() == kind)
}

/// Where a node begins.
pub(super) fn place(node: Node<'_>) -> Place {
    let point = node.start_position();
    Place { line: point.row + 1, column: point.column + 1 }
}

/// The first and the last line of a node; a comment that has its line break with it ends on its own line.
pub(super) fn lines(node: Node<'_>) -> (usize, usize) {
    let (first, end) = (node.start_position().row + 1, node.end_position());
    (first, if end.column == 0 { end.row.max(first) } else { end.row + 1 })
}

/// Names of calls that only say something.
const SAYING: [&str; 16] = [
    "WriteLine",
    "Write",
    "print",
    "println",
    "printf",
    "printStackTrace",
    "log",
    "warn",
    "error",
    "info",
    "debug",
    "LogError",
    "LogWarning",
    "LogInformation",
    "LogDebug",
    "trace",
];

/// Whether a statement of a handler does nothing about what was caught: it is none, or it only says something.
pub(super) fn is_silent(site: &Site<'_, '_>, statement: Node<'_>) -> bool {
    let text = site.of(statement).trim().trim_end_matches(';');
    let text = text.strip_prefix("await ").unwrap_or(text);
    if ["pass", "...", "", "continue", "_ = e", "_ = ex"].contains(&text) {
        return true;
    }
    let name = text.split('(').next().and_then(|path| path.rsplit(['.', ':']).next()).unwrap_or_default();
    text.ends_with(')') && SAYING.contains(&name)
}
