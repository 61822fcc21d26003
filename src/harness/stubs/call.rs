//! Calls: the chain of names that is called, what it is called on, and what is passed.
//!
//! The chain is followed through members, calls and indexes by the names of fields that the six grammars have in common, at most
//! so many links of it.

use tree_sitter::Node;

use super::facts::Call;
use super::language::{Language, Role, Site, children, place};
use super::words::collapsed;

/// How many links of a chain are followed.
const LINKS: usize = 24;

/// The call that a node is.
pub(super) fn of(language: &Language, site: &Site<'_, '_>) -> Option<Call> {
    match (language.role)(site.node.kind()) {
        Role::Call => Some(plain_call(site)),
        Role::Macro => macro_call(site),
        Role::Assert => Some(assertion(site)),
        _ => None,
    }
}

fn plain_call(site: &Site<'_, '_>) -> Call {
    let callee = site.field("function").unwrap_or(site.node);
    let arguments = site.field("arguments").into_iter().flat_map(children);
    let arguments = arguments.filter(|one| !one.kind().contains("comment")).map(|one| argument(site, one));
    Call {
        names: chain(site, callee),
        receiver: receiver(callee).map(|node| site.line_of(node)),
        arguments: arguments.collect(),
        place: place(site.node),
        ..Call::default()
    }
}

/// An argument without its name.
fn argument(site: &Site<'_, '_>, node: Node<'_>) -> String {
    let text = site.line_of(node);
    let named = text.split_once(": ").filter(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
    match named {
        Some((_, value)) if node.kind() == "argument" => value.to_owned(),
        _ => text,
    }
}

fn macro_call(site: &Site<'_, '_>) -> Option<Call> {
    let name = site.of(site.field("macro")?);
    let tree = children(site.node).find(|child| child.kind() == "token_tree");
    let inside = tree.map(|tree| site.of(tree)).unwrap_or_default();
    let inside = inside.get(1..inside.len().saturating_sub(1)).unwrap_or_default();
    let names = name.split("::").map(str::to_owned).collect();
    Some(Call { names, arguments: split(inside), place: place(site.node), is_macro: true, ..Call::default() })
}

/// `assert CONDITION, MESSAGE` as a call.
fn assertion(site: &Site<'_, '_>) -> Call {
    let arguments = children(site.node).filter(|one| !one.kind().contains("comment")).map(|one| site.line_of(one));
    Call {
        names: vec!["assert".to_owned()],
        arguments: arguments.collect(),
        place: place(site.node),
        ..Call::default()
    }
}

/// What a chain is called on.
fn receiver(callee: Node<'_>) -> Option<Node<'_>> {
    ["expression", "object", "operand", "value", "condition", "path"]
        .iter()
        .find_map(|field| callee.child_by_field_name(field))
}

/// The names of a chain, the first one first.
fn chain(site: &Site<'_, '_>, callee: Node<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut next = Some(callee);
    for _ in 0..LINKS {
        let Some(node) = next else { break };
        let called = node.child_by_field_name("function");
        let named = ["name", "property", "field", "attribute", "type"];
        let own = named.iter().find_map(|field| node.child_by_field_name(field));
        let under = receiver(node);
        match (called, own) {
            (Some(callee), _) => next = Some(callee),
            (None, Some(own)) => {
                names.push(first_word(site.of(own)));
                next = under;
            }
            // `a?.B`: the member is a child without a field.
            (None, None) if node.kind() == "conditional_access_expression" => {
                let member = children(node).find_map(|child| child.child_by_field_name("name"));
                names.extend(member.map(|member| first_word(site.of(member))));
                next = under;
            }
            (None, None) if node.child_count() == 0 || node.kind() == "generic_name" => {
                names.push(first_word(site.of(node)));
                next = None;
            }
            (None, None) => next = under.or_else(|| node.named_child(0)),
        }
    }
    names.retain(|name| !name.is_empty());
    names.reverse();
    names
}

/// A name without what it is generic in.
fn first_word(text: &str) -> String {
    text.trim_start_matches(['.', '#'])
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '$' || *c == '@')
        .collect()
}

/// The arguments of a macro: its text between commas that no bracket and no quote holds.
fn split(text: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let (mut depth, mut start, mut quoted, mut escaped) = (0_i32, 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                arguments.push(collapsed(text.get(start..at).unwrap_or_default()));
                start = at + 1;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    let last = collapsed(text.get(start..).unwrap_or_default());
    if !last.is_empty() {
        arguments.push(last);
    }
    arguments
}
