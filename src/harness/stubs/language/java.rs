//! Java: JUnit 3 to 5 and TestNG, by their annotations and by the base class of the oldest.
//!
//! A method that is protected and may be overridden is meant to be, and so is any of an interface. The annotation `@Override` says
//! that a type asks for it; most others say that something else calls it.

use tree_sitter::Node;

use super::{Language, Role, Site, children, is_silent, lines, of_kind, place};
use crate::harness::stubs::body;
use crate::harness::stubs::facts::{Function, Handler, Marks, Owner, Skip};

pub(super) const JAVA: Language = Language {
    name: "java",
    extensions: &["java"],
    grammar: |_| tree_sitter_java::LANGUAGE.into(),
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
        "method_declaration" | "constructor_declaration" | "compact_constructor_declaration" => Role::Function,
        "class_declaration"
        | "interface_declaration"
        | "enum_declaration"
        | "record_declaration"
        | "object_creation_expression" => Role::Owner,
        "lambda_expression" => Role::Closure,
        "method_invocation" => Role::Call,
        "throw_statement" => Role::Throw,
        "assert_statement" => Role::Assert,
        "try_statement" | "try_with_resources_statement" => Role::Try,
        "catch_clause" => Role::Catch,
        "finally_clause" => Role::Finally,
        "while_statement" | "do_statement" | "for_statement" | "enhanced_for_statement" => Role::Loop,
        "if_statement" | "switch_expression" | "ternary_expression" => Role::Branch,
        "return_statement" | "break_statement" | "continue_statement" | "yield_statement" => Role::Jump,
        "line_comment" | "block_comment" => Role::Comment,
        "marker_annotation" | "annotation" => Role::Attribute,
        "parenthesized_expression" => Role::Wrapper,
        _ => Role::Other,
    }
}

/// The annotations of a declaration.
fn annotations<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    of_kind(node, "modifiers").flat_map(children).filter(|child| role(child.kind()) == Role::Attribute)
}

/// The last part of an annotation's name.
fn name_of<'t>(site: &Site<'_, 't>, annotation: Node<'_>) -> &'t str {
    let name = annotation.child_by_field_name("name").map_or("", |name| site.of(name));
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether a declaration has a modifier.
fn has(site: &Site<'_, '_>, word: &str) -> bool {
    let modifiers = of_kind(site.node, "modifiers").next();
    modifiers
        .is_some_and(|node| (0..node.child_count()).filter_map(|at| node.child(at)).any(|child| child.kind() == word))
}

const TESTS: [&str; 8] =
    ["Test", "ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate", "Theory", "Property", "CartesianTest"];
/// Annotations that say nothing about who calls the method.
const PLAIN: [&str; 12] = [
    "Override",
    "SuppressWarnings",
    "Deprecated",
    "Nullable",
    "NotNull",
    "NonNull",
    "Nonnull",
    "VisibleForTesting",
    "SafeVarargs",
    "CheckReturnValue",
    "CanIgnoreReturnValue",
    "GuardedBy",
];

fn function(site: &Site<'_, '_>, owner: Option<&Owner>) -> Option<Function> {
    let node = site.node;
    let name = site.field("name")?;
    let text = site.of(name);
    let names: Vec<&str> = annotations(node).map(|one| name_of(site, one)).collect();
    let is_method = node.kind() == "method_declaration";
    let is_of_old = owner.is_some_and(|owner| owner.is_test_case) && text.starts_with("test");
    let judged = |one: Node<'_>| name_of(site, one) == "Test" && site.of(one).contains("expected");
    let is_kept = has(site, "static") || has(site, "final") || has(site, "private");
    let marks = Marks {
        is_test: is_method && (is_of_old || names.iter().any(|name| TESTS.contains(name))),
        // A property of jqwik answers whether it holds.
        is_judged: annotations(node).any(judged)
            || (names.contains(&"Property") && site.field("type").is_some_and(|node| site.of(node) == "boolean")),
        is_constructor: !is_method,
        is_forced: names.contains(&"Override"),
        is_open: has(site, "abstract") || has(site, "native") || (has(site, "protected") && !is_kept),
        has_attributes: names.iter().any(|name| !PLAIN.contains(name)),
        ..Marks::default()
    };
    let parameters = site.field("parameters").into_iter().flat_map(children);
    let parameters = parameters.filter_map(|one| {
        let variable = || of_kind(one, "variable_declarator").next().and_then(|one| one.child_by_field_name("name"));
        one.child_by_field_name("name").or_else(variable)
    });
    Some(Function {
        name: text.to_owned(),
        place: place(name),
        lines: lines(node),
        skip: annotations(node).find_map(|one| skipped(site, one)),
        parameters: parameters.map(|one| site.of(one).to_owned()).collect(),
        body: site.field("body").map(|body| body::of(&JAVA, site, body)).unwrap_or_default(),
        marks,
        ..Function::default()
    })
}

/// Whether an annotation says that its test does not run.
fn skipped(site: &Site<'_, '_>, annotation: Node<'_>) -> Option<Skip> {
    let text = site.line_of(annotation);
    let is_off = name_of(site, annotation) == "Test" && text.replace(' ', "").contains("enabled=false");
    let is_skip = is_off || ["Disabled", "Ignore"].contains(&name_of(site, annotation));
    is_skip.then(|| Skip { place: place(annotation), what: text })
}

fn owner(site: &Site<'_, '_>) -> Option<Owner> {
    let node = site.node;
    if node.kind() == "object_creation_expression" {
        // A type without a name, which is made of another one.
        of_kind(node, "class_body").next()?;
        let name = site.field("type").map(|node| site.of(node).to_owned())?;
        return Some(Owner { name, has_bases: true, ..Owner::default() });
    }
    let base = site.field("superclass").map(|node| site.of(node));
    Some(Owner {
        name: site.field("name").map(|node| site.of(node).to_owned())?,
        has_bases: base.is_some() || site.field("interfaces").is_some(),
        is_open: node.kind() == "interface_declaration" || has(site, "abstract"),
        is_test_case: base.is_some_and(|base| base.ends_with("TestCase")),
        ..Owner::default()
    })
}

fn skip(site: &Site<'_, '_>) -> Option<Skip> {
    if role(site.node.kind()) != Role::Owner {
        return None;
    }
    annotations(site.node).find_map(|one| skipped(site, one))
}

fn handler(site: &Site<'_, '_>) -> Handler {
    let caught = of_kind(site.node, "catch_formal_parameter").flat_map(|one| of_kind(one, "catch_type")).next();
    let kinds: Vec<&str> = caught.map_or("", |node| site.of(node)).split('|').map(str::trim).collect();
    let catches = |names: &[&str]| kinds.iter().any(|kind| names.contains(kind));
    let statements = site.field("body").into_iter().flat_map(children);
    let mut statements = statements.filter(|child| role(child.kind()) != Role::Comment);
    let catches_failures = catches(&["Throwable", "Error", "AssertionError"]);
    Handler {
        place: place(site.node),
        catches_all: catches_failures || catches(&["Exception"]),
        spares_failures: !catches_failures,
        is_silent: statements.all(|statement| is_silent(site, statement)),
    }
}
