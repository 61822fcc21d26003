//! Rust: `#[test]` and the attributes of other runners that end in it, and the macros that assert.
//!
//! An attribute is a sibling in front of what it belongs to. A function of `impl Trait for Type` is asked for by its trait, and a
//! module that is compiled for tests alone holds what stands in for something. What a macro is called with is text.

use tree_sitter::Node;

use super::{Language, Role, Site, children, lines, place};
use crate::harness::stubs::body;
use crate::harness::stubs::facts::{Function, Handler, Marks, Owner, Skip};

pub(super) const RUST: Language = Language {
    name: "rust",
    extensions: &["rs"],
    grammar: |_| tree_sitter_rust::LANGUAGE.into(),
    for_grammar: |text| text.into(),
    again: |_| Vec::new(),
    role,
    function,
    owner,
    // Nothing is caught in Rust.
    handler: |_| Handler::default(),
    skip: |_| None,
};

fn role(kind: &str) -> Role {
    match kind {
        "function_item" => Role::Function,
        "impl_item" | "trait_item" | "mod_item" => Role::Owner,
        // A task of its own, mostly.
        "closure_expression" | "async_block" => Role::Closure,
        "call_expression" => Role::Call,
        "macro_invocation" => Role::Macro,
        "loop_expression" | "while_expression" | "for_expression" => Role::Loop,
        "if_expression" | "match_expression" => Role::Branch,
        "return_expression" | "break_expression" | "continue_expression" => Role::Jump,
        "line_comment" | "block_comment" => Role::Comment,
        "attribute_item" => Role::Attribute,
        "await_expression"
        | "parenthesized_expression"
        | "field_expression"
        | "try_expression"
        | "generic_function" => Role::Wrapper,
        _ => Role::Other,
    }
}

/// The attributes in front of an item, without their brackets, the nearest first.
fn attributes<'t>(site: &Site<'_, 't>) -> Vec<(Node<'t>, &'t str)> {
    let mut found = Vec::new();
    let mut before = site.node.prev_named_sibling();
    while let Some(node) = before.filter(|node| matches!(role(node.kind()), Role::Attribute | Role::Comment)) {
        if role(node.kind()) == Role::Attribute {
            found.push((node, site.of(node).trim_start_matches("#[").trim_end_matches(']').trim()));
        }
        before = node.prev_named_sibling();
    }
    found
}

/// The last part of the name of an attribute.
fn name_of(attribute: &str) -> &str {
    let path = attribute.split(['(', '=', ' ']).next().unwrap_or(attribute);
    path.rsplit("::").next().unwrap_or(path)
}

/// Attributes that say nothing about who calls the function.
const PLAIN: [&str; 14] = [
    "inline",
    "must_use",
    "allow",
    "expect",
    "warn",
    "deny",
    "cfg",
    "cfg_attr",
    "doc",
    "cold",
    "track_caller",
    "deprecated",
    "instrument",
    "skip",
];

fn is_for_tests(attribute: &str) -> bool {
    attribute.starts_with("cfg") && attribute.contains("test") && !attribute.contains("not(test")
}

fn function(site: &Site<'_, '_>, _: Option<&Owner>) -> Option<Function> {
    let name = site.field("name")?;
    let attributes = attributes(site);
    let named = |names: &[&str]| attributes.iter().any(|(_, text)| names.contains(&name_of(text)));
    let returns = site.field("return_type").map(|node| site.of(node));
    let is_property = named(&["quickcheck", "proptest"]);
    let marks = Marks {
        is_test: is_property || named(&["test", "rstest", "test_case", "wasm_bindgen_test", "test_log", "case"]),
        is_judged: named(&["should_panic"])
            || (is_property && returns.is_some())
            || attributes.iter().any(|(_, text)| name_of(text) == "test_case" && text.contains("=>")),
        has_attributes: attributes.iter().any(|(_, text)| !PLAIN.contains(&name_of(text))),
        is_among_tests: attributes.iter().any(|(_, text)| is_for_tests(text)),
        // `fn assert_send<T: Send>() {}` holds when it compiles, and what is compiled on a condition has a twin.
        is_open: site.of(site.field("body")?) == "{}"
            && (site.field("type_parameters").is_some()
                || attributes.iter().any(|(_, text)| name_of(text) == "cfg" && !is_for_tests(text))),
        ..Marks::default()
    };
    let ignored = attributes.iter().find(|(_, text)| name_of(text) == "ignore");
    let parameters = site.field("parameters").into_iter().flat_map(children);
    let patterns = parameters.filter_map(|one| one.child_by_field_name("pattern"));
    let first = attributes.last().map_or(site.node, |(node, _)| *node);
    Some(Function {
        name: site.of(name).to_owned(),
        place: place(name),
        lines: (lines(first).0, lines(site.node).1),
        skip: ignored.map(|(node, text)| Skip { place: place(*node), what: format!("#[{}]", super::collapsed(text)) }),
        parameters: patterns.map(|one| site.of(one).trim_start_matches("mut ").to_owned()).collect(),
        body: site.field("body").map(|body| body::of(&RUST, site, body)).unwrap_or_default(),
        marks,
        ..Function::default()
    })
}

fn owner(site: &Site<'_, '_>) -> Option<Owner> {
    let named = |field: &str| {
        let text = site.field(field).map(|node| site.of(node))?;
        let path = text.split('<').next().unwrap_or(text).trim_start_matches(['&', '*']).trim();
        Some(path.rsplit("::").next().unwrap_or(path).to_owned())
    };
    match site.node.kind() {
        "impl_item" => {
            let is_forced = site.field("trait").is_some();
            Some(Owner { name: named("type")?, has_bases: is_forced, is_forced, ..Owner::default() })
        }
        "trait_item" => Some(Owner { name: named("name")?, is_open: true, ..Owner::default() }),
        _ => {
            let is_named = named("name").is_some_and(|name| name == "tests" || name == "test");
            let is_test_module = is_named || attributes(site).iter().any(|(_, text)| is_for_tests(text));
            Some(Owner { is_test_module, ..Owner::default() })
        }
    }
}
