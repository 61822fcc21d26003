//! Go: functions of `_test.go` that take a `*testing.T`, what they run with `t.Run`, and the methods of suites.
//!
//! A method names its type itself, and a function in a variable is called after that. Whatever takes a `*testing.T` within a test
//! reports for it, whatever it is called there.

use tree_sitter::Node;

use super::{Language, Role, Site, children, lines, place};
use crate::harness::stubs::body;
use crate::harness::stubs::facts::{Function, Handler, Marks, Owner};

pub(super) const GO: Language = Language {
    name: "go",
    extensions: &["go"],
    grammar: |_| tree_sitter_go::LANGUAGE.into(),
    for_grammar: |text| text.into(),
    again: |_| Vec::new(),
    role,
    function,
    owner: |_| None,
    // Nothing is caught in Go but by `recover`.
    handler: |_| Handler::default(),
    skip: |_| None,
};

fn role(kind: &str) -> Role {
    match kind {
        "function_declaration" | "method_declaration" | "func_literal" => Role::Function,
        "call_expression" => Role::Call,
        "for_statement" => Role::Loop,
        "if_statement" | "expression_switch_statement" | "type_switch_statement" | "select_statement" => Role::Branch,
        "return_statement" | "break_statement" | "continue_statement" | "goto_statement" => Role::Jump,
        "comment" => Role::Comment,
        "parenthesized_expression" | "selector_expression" => Role::Wrapper,
        _ => Role::Other,
    }
}

/// The names and the type of each parameter in a list.
fn parameters<'t>(site: &Site<'_, 't>, list: Option<Node<'t>>) -> Vec<(&'t str, &'t str)> {
    let mut found = Vec::new();
    for one in list.into_iter().flat_map(children) {
        let kind = one.child_by_field_name("type").map_or("", |node| site.of(node));
        let names = children(one).filter(|child| child.kind() == "identifier");
        found.extend(names.map(|name| (site.of(name), kind)));
    }
    found
}

/// Whatever of a test reports for it: each name that stands in front of `*testing.T` or `testing.TB`.
fn reporters(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, _) in text.match_indices("testing.") {
        let before = text.get(..at).unwrap_or_default().trim_end_matches('*').trim_end();
        let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        let name = before.get(start..).unwrap_or_default();
        if !name.is_empty() && !found.iter().any(|one| one == name) {
            found.push(name.to_owned());
        }
    }
    found
}

/// The name of `t.Run(NAME, func(t *testing.T) { ... })`, where the literal is that function.
fn name_of_part<'t>(site: &Site<'_, 't>) -> Option<Node<'t>> {
    let (call, arguments) = match site.up {
        [.., call, arguments] if call.kind() == "call_expression" && arguments.kind() == "argument_list" => {
            (*call, *arguments)
        }
        _ => return None,
    };
    let callee = call.child_by_field_name("function").map(|node| site.of(node))?;
    let takes = parameters(site, site.field("parameters"));
    let is_part = callee.ends_with(".Run") && takes.first().is_some_and(|(_, kind)| *kind == "*testing.T");
    arguments.named_child(0).filter(|_| is_part)
}

/// The name of the variable that holds a function.
fn variable<'t>(site: &Site<'_, 't>) -> Option<Node<'t>> {
    match site.up {
        [.., around, list] if around.kind() == "short_var_declaration" && list.kind() == "expression_list" => {
            let names = around.child_by_field_name("left")?;
            names.named_child(0).filter(|_| names.named_child_count() == 1)
        }
        _ => None,
    }
}

fn is_test(site: &Site<'_, '_>, name: &str, owner: Option<&Owner>, takes: &[(&str, &str)]) -> bool {
    let is_named = name.strip_prefix("Test").is_some_and(|rest| !rest.starts_with(char::is_lowercase));
    let is_asked = match owner {
        None => matches!(takes, [(_, "*testing.T")]),
        Some(owner) => takes.is_empty() && owner.name.ends_with("Suite"),
    };
    (site.file.is_of_tests || site.file.path.ends_with("_test.go")) && is_named && is_asked
}

fn function(site: &Site<'_, '_>, _: Option<&Owner>) -> Option<Function> {
    let node = site.node;
    let is_literal = node.kind() == "func_literal";
    let part = if is_literal { name_of_part(site) } else { None };
    let name = match part {
        None if is_literal => variable(site)?,
        None => site.field("name")?,
        Some(part) => part,
    };
    let takes = parameters(site, site.field("parameters"));
    let receiver = site.field("receiver");
    let owner = receiver.and_then(|list| list.named_child(0)).and_then(|one| one.child_by_field_name("type"));
    let owner = owner.map(|node| {
        let text = site.of(node).trim_start_matches('*');
        Owner { name: text.split('[').next().unwrap_or(text).to_owned(), ..Owner::default() }
    });
    let text = site.of(name);
    let marks = Marks {
        is_test: part.is_some() || is_test(site, text, owner.as_ref(), &takes),
        is_method_of_go: owner.is_some(),
        ..Marks::default()
    };
    Some(Function {
        name: text.trim_matches(['"', '`']).to_owned(),
        owner,
        place: place(name),
        lines: lines(node),
        reporters: if marks.is_test { reporters(site.of(node)) } else { reporters(&heads(&takes)) },
        receiver: parameters(site, receiver).first().map(|(name, _)| (*name).to_owned()),
        parameters: takes.into_iter().map(|(name, _)| name.to_owned()).collect(),
        body: site.field("body").map(|body| body::of(&GO, site, body)).unwrap_or_default(),
        marks,
        ..Function::default()
    })
}

fn heads(parameters: &[(&str, &str)]) -> String {
    parameters.iter().map(|(name, kind)| format!("{name} {kind}, ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reports() {
        let text = "func TestA(t *testing.T) { b.Run(func(tt *testing.T) {}) ; var x testing.TB }";
        assert_eq!(reporters(text), ["t", "tt", "x"]);
    }
}
