//! What is known of a file once it was read: its functions, what they call, throw and catch, and its comments.
//!
//! The facts are the same for every language, so that a rule is written once. A file in `language` makes them out of the
//! tree of its grammar; nothing here knows a grammar. Texts are clipped, for an expression may be as long as its file.

use serde::Serialize;

/// A place in a file, both numbers from 1; columns count bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A file.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) functions: Vec<Function>,
    pub(super) comments: Vec<Comment>,
    /// What is skipped and is no single test: a class, a group, a test without a body.
    pub(super) skips: Vec<Skip>,
    /// Where the grammar does not understand the file.
    pub(super) not_understood: Vec<Place>,
    /// The lines that hold nothing but attributes, or a part of one.
    pub(super) attribute_lines: Vec<usize>,
}

/// A type that functions belong to.
#[derive(Clone, Debug, Default)]
pub(super) struct Owner {
    pub(super) name: String,
    /// It has a base or implements something.
    pub(super) has_bases: bool,
    /// It is an interface, a trait, a protocol: its functions are meant to be replaced.
    pub(super) is_open: bool,
    /// A type gives the functions their names: `impl Trait for Type`.
    pub(super) is_forced: bool,
    /// It is a module of tests.
    pub(super) is_test_module: bool,
    /// It is a class of tests by what it derives from.
    pub(super) is_test_case: bool,
}

/// A function that has a name, or a test that has one.
#[derive(Debug, Default)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) owner: Option<Owner>,
    /// Where its name is.
    pub(super) place: Place,
    /// Its first line, attributes among it, and its last.
    pub(super) lines: (usize, usize),
    pub(super) marks: Marks,
    /// Why it does not run, where an attribute says so.
    pub(super) skip: Option<Skip>,
    pub(super) parameters: Vec<String>,
    /// By what it reports where it is a test: the `t` of Go's.
    pub(super) reporters: Vec<String>,
    /// What a method of Go calls its own value.
    pub(super) receiver: Option<String>,
    pub(super) body: Body,
    /// The function around it.
    pub(super) parent: Option<usize>,
    pub(super) calls: Vec<Call>,
    pub(super) throws: Vec<Throw>,
    pub(super) attempts: Vec<Attempt>,
    /// The grammar does not understand a part of it.
    pub(super) has_errors: bool,
}

/// What a declaration says of its function.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) is_test: bool,
    /// Something outside its body judges it: an expected exception, a result that is compared.
    pub(super) is_judged: bool,
    pub(super) is_constructor: bool,
    /// A type asks for it: an override, a member of an interface or a trait.
    pub(super) is_forced: bool,
    /// It is meant to be replaced: virtual, abstract, partial.
    pub(super) is_open: bool,
    /// A property, a getter or a setter.
    pub(super) is_accessor: bool,
    /// It is called as if another type had it.
    pub(super) is_extension: bool,
    /// A method of Go, which any interface may ask for.
    pub(super) is_method_of_go: bool,
    pub(super) has_attributes: bool,
    /// It lies where tests lie: a module of tests.
    pub(super) is_among_tests: bool,
}

/// What a body is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Body {
    /// There is none: a declaration.
    #[default]
    None,
    /// No statement; whether something is said instead.
    Empty {
        /// A comment or a documentation string stands there.
        says_why: bool,
    },
    /// Statements that do nothing: `return;`, a task that is complete.
    Idle,
    /// One value, which is given back.
    Value(String),
    /// One call, and whether what it gives is given back.
    Forward(Call),
    /// More than that.
    Full,
}

/// Where something stands within its function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) function: Option<usize>,
    pub(super) owner: Option<usize>,
    pub(super) in_closure: bool,
    pub(super) in_loop: bool,
    pub(super) in_branch: bool,
    /// In a `catch` or a `finally`.
    pub(super) in_handler: bool,
    /// The `try` around it.
    pub(super) attempt: Option<usize>,
    pub(super) among_tests: bool,
}

impl Context {
    /// Whether it runs exactly once whenever its function runs.
    pub(super) fn is_straight(&self) -> bool {
        !(self.in_closure || self.in_loop || self.in_branch || self.in_handler)
    }
}

/// A call, or a macro.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    /// The names of the chain that is called, such as `["x", "Should", "Be"]`.
    pub(super) names: Vec<String>,
    /// The text of what it is called on, where that is one.
    pub(super) receiver: Option<String>,
    pub(super) arguments: Vec<String>,
    pub(super) place: Place,
    pub(super) context: Context,
    pub(super) is_macro: bool,
    /// It is a statement by itself, awaited or not.
    pub(super) is_statement: bool,
}

impl Function {
    /// Whether a name is one by which it reports.
    pub(super) fn reports_by(&self, name: &str) -> bool {
        self.reporters.iter().any(|reporter| reporter == name)
    }
}

impl Call {
    /// The last name.
    pub(super) fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// The name in front, where there are more than one.
    pub(super) fn front(&self) -> Option<&str> {
        if self.names.len() > 1 { self.names.first().map(String::as_str) } else { None }
    }

    /// Whether a function of the same type, or a free one, is meant.
    pub(super) fn is_on_self(&self) -> bool {
        let front = self.front();
        let owns = |name: &str| ["this", "self", "base", "super", "cls", "Self"].contains(&name);
        if self.receiver.is_none() { front.is_none() } else { self.names.len() == 2 && front.is_some_and(owns) }
    }

    /// One of its arguments.
    pub(super) fn argument(&self, at: usize) -> Option<&str> {
        self.arguments.get(at).map(String::as_str)
    }
}

/// Something thrown, raised, or given back as an error that was made there.
#[derive(Clone, Debug)]
pub(super) struct Throw {
    /// The type and what is passed to it.
    pub(super) what: String,
    /// The name of the type.
    pub(super) kind: String,
    pub(super) place: Place,
}

/// A `try`.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempt {
    pub(super) handlers: Vec<Handler>,
    /// A `return`, a `break` or the like is in it.
    pub(super) jumps: bool,
    pub(super) context: Context,
}

/// A `catch`.
#[derive(Clone, Debug, Default)]
pub(super) struct Handler {
    pub(super) place: Place,
    /// It catches whatever code throws.
    pub(super) catches_all: bool,
    /// It catches everything but an assertion that fails, which is no exception in Java.
    pub(super) spares_failures: bool,
    /// It does nothing, or only says something.
    pub(super) is_silent: bool,
}

/// A test, or several, that do not run.
#[derive(Clone, Debug)]
pub(super) struct Skip {
    pub(super) place: Place,
    pub(super) what: String,
}

/// A comment.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub(super) text: String,
    pub(super) place: Place,
    pub(super) last_line: usize,
    /// Nothing stands before it on its line.
    pub(super) is_alone: bool,
}
