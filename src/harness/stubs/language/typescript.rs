//! TypeScript: jest, vitest, mocha, node:test and their like, by the calls that make a test.
//!
//! A test is the function that is passed to `it` or `test`; its name is the text in front of it. A function in a constant or a
//! field is called after that, and any other one is a part of what stands around it.

use tree_sitter::Node;

use super::{Language, Role, Site, children, is_silent, lines, of_kind, place};
use crate::harness::stubs::body;
use crate::harness::stubs::facts::{Body, Function, Handler, Marks, Owner, Skip};

pub(super) const TYPESCRIPT: Language = Language {
    name: "typescript",
    extensions: &["ts", "mts", "cts", "tsx"],
    grammar: |extension| match extension {
        "tsx" => tree_sitter_typescript::LANGUAGE_TSX.into(),
        _ => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    },
    for_grammar: |text| text.into(),
    again: |_| Vec::new(),
    role,
    function,
    owner,
    handler,
    skip,
};

fn role(kind: &str) -> Role {
    match kind {
        "function_declaration"
        | "generator_function_declaration"
        | "method_definition"
        | "arrow_function"
        | "function_expression" => Role::Function,
        "class_declaration" | "abstract_class_declaration" | "class" => Role::Owner,
        "call_expression" => Role::Call,
        "throw_statement" => Role::Throw,
        "try_statement" => Role::Try,
        "catch_clause" => Role::Catch,
        "finally_clause" => Role::Finally,
        "while_statement" | "do_statement" | "for_statement" | "for_in_statement" => Role::Loop,
        "if_statement" | "switch_statement" | "ternary_expression" => Role::Branch,
        "return_statement" | "break_statement" | "continue_statement" => Role::Jump,
        "comment" => Role::Comment,
        "decorator" => Role::Attribute,
        "await_expression" | "parenthesized_expression" | "member_expression" | "non_null_expression" => Role::Wrapper,
        _ => Role::Other,
    }
}

/// The call that a test is made by.
struct Making<'t> {
    /// `it`, `it.only`, `it.each`.
    words: Vec<&'t str>,
    arguments: Node<'t>,
}

/// What makes a test.
const TESTS: [&str; 7] = ["it", "test", "specify", "fit", "xit", "xtest", "xspecify"];
/// What makes a group of tests.
const GROUPS: [&str; 5] = ["describe", "suite", "context", "xdescribe", "xcontext"];
/// The groups and tests that do not run by their names.
const OFF: [&str; 5] = ["xit", "xtest", "xspecify", "xdescribe", "xcontext"];

/// What a call makes, where its name is that of a test or a group.
fn making<'t>(site: &Site<'_, 't>, call: Node<'t>, fronts: &[&str]) -> Option<Making<'t>> {
    let mut callee = call.child_by_field_name("function")?;
    // `it.each(table)(name, test)`
    while callee.kind() == "call_expression" {
        callee = callee.child_by_field_name("function")?;
    }
    let words: Vec<&str> = site.of(callee).trim_start_matches("Deno.").split('.').map(str::trim).collect();
    let is_known = |word: &str| {
        [
            "only",
            "skip",
            "todo",
            "each",
            "concurrent",
            "serial",
            "fails",
            "failing",
            "for",
            "sequential",
            "skipIf",
            "runIf",
        ]
        .contains(&word)
    };
    let (first, rest) = words.split_first()?;
    let fits = fronts.contains(first) && rest.iter().all(|word| is_known(word));
    let arguments = call.child_by_field_name("arguments")?;
    fits.then_some(Making { words, arguments })
}

/// What makes the test whose function a node is.
fn making_of<'t>(site: &Site<'_, 't>) -> Option<Making<'t>> {
    match site.up {
        [.., call, arguments] if call.kind() == "call_expression" && arguments.kind() == "arguments" => {
            making(site, *call, &TESTS)
        }
        _ => None,
    }
}

/// Why a test or a group does not run.
fn off(site: &Site<'_, '_>, made: &Making<'_>) -> Option<Skip> {
    let is_off = made.words.iter().any(|word| ["skip", "todo"].contains(word) || OFF.contains(word));
    let options = children(made.arguments).find(|one| one.kind() == "object");
    let says = |node: Node<'_>| {
        of_kind(node, "pair").any(|pair| {
            let key = pair.child_by_field_name("key").map_or("", |key| site.of(key));
            let value = pair.child_by_field_name("value").map_or("", |value| site.of(value));
            ["skip", "todo", "ignore"].contains(&key) && (value == "true" || value.starts_with(['"', '\'', '`']))
        })
    };
    let name = made.arguments.named_child(0).map_or(String::new(), |node| site.line_of(node));
    (is_off || options.is_some_and(says))
        .then(|| Skip { place: place(made.arguments), what: format!("{}({name})", made.words.join(".")) })
}

fn function(site: &Site<'_, '_>, owner: Option<&Owner>) -> Option<Function> {
    let node = site.node;
    let made = making_of(site);
    let name = match node.kind() {
        "arrow_function" | "function_expression" => match &made {
            Some(made) => made.arguments.named_child(0)?,
            None => constant(site)?,
        },
        _ => site.field("name")?,
    };
    let text = site.of(name);
    let has = |word: &str| (0..node.child_count()).filter_map(|at| node.child(at)).any(|child| child.kind() == word);
    let decorated = node.prev_named_sibling().is_some_and(|before| before.kind() == "decorator") || has("decorator");
    let takes = site.field("parameters").into_iter().flat_map(children);
    let takes = takes.filter_map(|one| one.child_by_field_name("pattern")).chain(site.field("parameter"));
    let takes: Vec<String> = takes.map(|one| site.of(one).trim_start_matches("...").to_owned()).collect();
    let is_method = node.kind() == "method_definition";
    let body = site.field("body").map(|body| body::of(&TYPESCRIPT, site, body)).unwrap_or_default();
    let is_empty_field = matches!(body, Body::Empty { .. })
        && site.parent().is_some_and(|parent| parent.kind() == "public_field_definition");
    // `it.each` passes what it goes through.
    let reports = made.as_ref().is_some_and(|made| !made.words.iter().any(|word| ["each", "for"].contains(word)));
    let marks = Marks {
        is_test: made.is_some(),
        is_judged: made.as_ref().is_some_and(|made| made.words.iter().any(|w| ["fails", "failing"].contains(w))),
        is_constructor: is_method && text == "constructor",
        is_forced: has("override_modifier"),
        // An empty field waits for what others put there, and a method of a value is asked for by whoever takes it.
        is_open: is_empty_field || (is_method && owner.is_none()),
        is_accessor: is_method && (has("get") || has("set")),
        has_attributes: decorated,
        ..Marks::default()
    };
    let whole = if marks.is_test { site.up.iter().rev().nth(1).copied().unwrap_or(node) } else { node };
    Some(Function {
        name: text.trim_matches(['"', '\'', '`']).to_owned(),
        place: place(name),
        lines: lines(whole),
        skip: made.as_ref().and_then(|made| off(site, made)),
        reporters: if reports { takes.first().cloned().into_iter().collect() } else { Vec::new() },
        parameters: takes,
        body,
        marks,
        ..Function::default()
    })
}

/// The name of the constant or the field that holds a function.
fn constant<'t>(site: &Site<'_, 't>) -> Option<Node<'t>> {
    match site.up {
        [.., declaration, variable] if variable.kind() == "variable_declarator" => {
            let is_constant = site.of(*declaration).starts_with("const");
            variable.child_by_field_name("name").filter(|name| is_constant && name.kind() == "identifier")
        }
        [.., field] if field.kind() == "public_field_definition" => field.child_by_field_name("name"),
        _ => None,
    }
}

fn owner(site: &Site<'_, '_>) -> Option<Owner> {
    let name = site.field("name").map(|node| site.of(node).to_owned())?;
    Some(Owner {
        name,
        has_bases: of_kind(site.node, "class_heritage").next().is_some(),
        is_open: site.node.kind() == "abstract_class_declaration",
        ..Owner::default()
    })
}

/// A group that does not run, and a test that is nothing but a name.
fn skip(site: &Site<'_, '_>) -> Option<Skip> {
    if site.node.kind() != "call_expression" {
        return None;
    }
    if let Some(made) = making(site, site.node, &GROUPS) {
        return off(site, &made).map(|skip| Skip { place: place(site.node), ..skip });
    }
    let made = making(site, site.node, &TESTS)?;
    let arguments: Vec<Node<'_>> = children(made.arguments).collect();
    let [only] = arguments.as_slice() else { return None };
    let is_name = ["string", "template_string"].contains(&only.kind());
    let is_test =
        made.words.last().is_some_and(|last| ["it", "todo", "skip", "specify"].contains(last) || OFF.contains(last));
    (is_name && is_test).then(|| Skip {
        place: place(site.node),
        what: format!("{}({}), and nothing behind it", made.words.join("."), site.line_of(*only)),
    })
}

fn handler(site: &Site<'_, '_>) -> Handler {
    let statements = site.field("body").into_iter().flat_map(children);
    let mut statements = statements.filter(|child| role(child.kind()) != Role::Comment);
    Handler {
        place: place(site.node),
        catches_all: true,
        is_silent: statements.all(|statement| is_silent(site, statement)),
        ..Handler::default()
    }
}
