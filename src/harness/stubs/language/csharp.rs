//! C#: xUnit, NUnit and MSTest, by their attributes.
//!
//! A property is a function of its own name, its accessors among it. A local function is a function inside another one.

use tree_sitter::Node;

use super::{Language, Role, Site, children, is_silent, lines, of_kind, place};
use crate::harness::stubs::body;
use crate::harness::stubs::facts::{Function, Handler, Marks, Owner, Skip};

pub(super) const CSHARP: Language = Language {
    name: "csharp",
    extensions: &["cs"],
    grammar: |_| tree_sitter_c_sharp::LANGUAGE.into(),
    for_grammar: super::csharp_text::for_grammar,
    again: super::csharp_text::again,
    role,
    function,
    owner,
    handler,
    skip,
};

fn role(kind: &str) -> Role {
    match kind {
        "method_declaration"
        | "constructor_declaration"
        | "destructor_declaration"
        | "operator_declaration"
        | "conversion_operator_declaration"
        | "property_declaration"
        | "indexer_declaration"
        | "local_function_statement" => Role::Function,
        "class_declaration" | "struct_declaration" | "record_declaration" | "interface_declaration" => Role::Owner,
        "lambda_expression" | "anonymous_method_expression" => Role::Closure,
        "invocation_expression" => Role::Call,
        "throw_statement" | "throw_expression" => Role::Throw,
        "try_statement" => Role::Try,
        "catch_clause" => Role::Catch,
        "finally_clause" => Role::Finally,
        "while_statement" | "do_statement" | "for_statement" | "foreach_statement" => Role::Loop,
        "if_statement" | "switch_statement" | "switch_expression" | "conditional_expression" => Role::Branch,
        "return_statement" | "break_statement" | "continue_statement" | "goto_statement" | "yield_statement" => {
            Role::Jump
        }
        "comment" => Role::Comment,
        "attribute_list" => Role::Attribute,
        "await_expression" | "parenthesized_expression" | "member_access_expression" => Role::Wrapper,
        _ => Role::Other,
    }
}

/// An attribute: the last part of its name, and all of it.
fn attributes<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    of_kind(node, "attribute_list").flat_map(|list| of_kind(list, "attribute"))
}

fn attribute_name<'t>(site: &Site<'_, 't>, attribute: Node<'_>) -> &'t str {
    let name = attribute.child_by_field_name("name").map_or("", |name| site.of(name));
    let name = name.rsplit('.').next().unwrap_or(name);
    name.strip_suffix("Attribute").unwrap_or(name)
}

fn is_test_attribute(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "Test",
        "TestMethod",
        "DataTestMethod",
        "TestCase",
        "TestCaseSource",
        "StaTestMethod",
        "UITestMethod",
        "Property",
    ];
    NAMES.contains(&name) || name.ends_with("Fact") || name.ends_with("Theory")
}

fn function(site: &Site<'_, '_>, owner: Option<&Owner>) -> Option<Function> {
    let node = site.node;
    let name = site.field("name").or_else(|| children(node).find(|child| child.kind() == "type"));
    let modifiers: Vec<&str> = of_kind(node, "modifier").map(|modifier| site.of(modifier)).collect();
    let has = |word: &str| modifiers.contains(&word);
    let names: Vec<&str> = attributes(node).map(|attribute| attribute_name(site, attribute)).collect();
    let is_method = node.kind() == "method_declaration";
    let returns_nothing =
        site.field("returns").is_none_or(|node| ["void", "Task", "ValueTask"].contains(&site.of(node)));
    let judged = |attribute: Node<'_>| {
        let text = site.of(attribute);
        text.starts_with("ExpectedException") || text.contains("ExpectedResult") || text.contains("ExpectedException")
    };
    let is_property = names.contains(&"Property");
    let marks = Marks {
        is_test: is_method
            && names.iter().any(|name| is_test_attribute(name))
            && !(is_property && has("static") && owner.is_none()),
        is_judged: attributes(node).any(judged) || (is_property && !returns_nothing),
        is_constructor: ["constructor_declaration", "destructor_declaration"].contains(&node.kind()),
        is_forced: has("override") || children(node).any(|child| child.kind() == "explicit_interface_specifier"),
        is_open: ["virtual", "abstract", "partial", "extern"].into_iter().any(has),
        is_accessor: ["property_declaration", "indexer_declaration"].contains(&node.kind()),
        is_extension: site
            .field("parameters")
            .is_some_and(|list| site.of(list).trim_start_matches(['(', ' ']).starts_with("this ")),
        has_attributes: !names.is_empty(),
        ..Marks::default()
    };
    let parameters = site.field("parameters").into_iter().flat_map(|list| of_kind(list, "parameter"));
    let parameters = parameters.filter_map(|one| one.child_by_field_name("name")).map(|name| site.of(name).to_owned());
    let body = site.field("body").or_else(|| site.field("value")).or_else(|| site.field("accessors"));
    Some(Function {
        name: name.map_or_else(
            || node.kind().split('_').next().unwrap_or_default().to_owned(),
            |name| site.of(name).to_owned(),
        ),
        place: place(name.unwrap_or(node)),
        lines: lines(node),
        skip: attributes(node).find_map(|attribute| skipped(site, attribute)),
        parameters: parameters.collect(),
        body: body.map(|body| body::of(&CSHARP, site, body)).unwrap_or_default(),
        marks,
        ..Function::default()
    })
}

/// Whether an attribute says that its test does not run.
fn skipped(site: &Site<'_, '_>, attribute: Node<'_>) -> Option<Skip> {
    let name = attribute_name(site, attribute);
    let arguments = of_kind(attribute, "attribute_argument_list").flat_map(|list| of_kind(list, "attribute_argument"));
    let arguments: Vec<&str> = arguments.map(|argument| site.of(argument)).collect();
    let given = |word: &str| {
        arguments.iter().any(|argument| {
            let value = argument.strip_prefix(word).map(str::trim_start).and_then(|rest| rest.strip_prefix('='));
            value.is_some_and(|value| value.trim() != "null")
        })
    };
    let when = given("SkipWhen") || given("SkipUnless") || given("SkipType");
    let is_skip = name == "Ignore"
        || (is_test_attribute(name) && ((given("Skip") && !when) || given("Ignore") || given("IgnoreReason")));
    is_skip.then(|| Skip { place: place(attribute), what: format!("[{}]", site.line_of(attribute)) })
}

fn owner(site: &Site<'_, '_>) -> Option<Owner> {
    let node = site.node;
    let modifiers: Vec<&str> = of_kind(node, "modifier").map(|modifier| site.of(modifier)).collect();
    Some(Owner {
        name: site.field("name").map(|name| site.of(name).to_owned())?,
        has_bases: children(node).any(|child| child.kind() == "base_list"),
        is_open: node.kind() == "interface_declaration" || modifiers.contains(&"abstract"),
        ..Owner::default()
    })
}

fn skip(site: &Site<'_, '_>) -> Option<Skip> {
    if role(site.node.kind()) != Role::Owner {
        return None;
    }
    let found = attributes(site.node).find(|attribute| attribute_name(site, *attribute) == "Ignore")?;
    Some(Skip { place: place(found), what: format!("[{}]", site.line_of(found)) })
}

fn handler(site: &Site<'_, '_>) -> Handler {
    let declaration = children(site.node).find(|child| child.kind() == "catch_declaration");
    let caught = declaration.and_then(|one| one.child_by_field_name("type")).map(|one| site.of(one));
    let filtered = children(site.node).any(|child| child.kind() == "catch_filter_clause");
    let statements = site.field("body").into_iter().flat_map(children).filter(|child| child.kind() != "comment");
    Handler {
        place: place(site.node),
        catches_all: caught.is_none_or(|kind| kind == "Exception" || kind == "System.Exception") && !filtered,
        is_silent: statements.into_iter().all(|statement| is_silent(site, statement)),
        ..Handler::default()
    }
}
