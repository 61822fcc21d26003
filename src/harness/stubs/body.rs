//! What a body is made of: nothing, one value, one call, or more.
//!
//! Blanks, comments and what stands around a value (a `return`, an `await`, parentheses) are seen through.

use tree_sitter::Node;

use super::call;
use super::facts::Body;
use super::language::{Language, Role, Site, children};
use super::words::collapsed;

/// Nodes that hold the statements of a block, or the value of a short body.
const AROUND: [&str; 3] = ["statement_list", "arrow_expression_clause", "expression_list"];
/// Statements that hold one value.
const HOLDING: [&str; 5] =
    ["return_statement", "return_expression", "expression_statement", "await_expression", "parenthesized_expression"];
/// Values that say that there is nothing to wait for.
const IDLE: [&str; 9] = [
    "Task.CompletedTask",
    "ValueTask.CompletedTask",
    "default(ValueTask)",
    "Promise.resolve()",
    "Task.Yield()",
    "...",
    "pass",
    "()",
    "CompletableFuture.completedFuture(null)",
];

/// What `node`, a body, is made of.
pub(super) fn of(language: &Language, site: &Site<'_, '_>, node: Node<'_>) -> Body {
    if node.kind() == "accessor_list" {
        return Body::Full;
    }
    let is_comment = |child: &Node<'_>| (language.role)(child.kind()) == Role::Comment;
    let mut says_why = children(node).any(|child| is_comment(&child));
    let mut holder = node;
    let mut statements: Vec<Node<'_>> = children(node).filter(|child| !is_comment(child)).collect();
    if let [one] = statements.as_slice()
        && one.kind() == "statement_list"
    {
        holder = *one;
        says_why |= children(holder).any(|child| is_comment(&child));
        statements = children(holder).filter(|child| !is_comment(child)).collect();
    }
    if language.name == "python" {
        // A comment in front of the first statement belongs to the definition there.
        says_why |= children(site.node).any(|child| is_comment(&child));
    }
    let is_short =
        !(holder.kind().contains("block") || AROUND.contains(&holder.kind()) || holder.kind() == "constructor_body");
    if is_short {
        statements = vec![holder];
    }
    if language.name == "python" && statements.first().is_some_and(|first| is_documentation(*first)) {
        says_why = true;
        statements.remove(0);
    }
    if statements.is_empty() {
        return Body::Empty { says_why };
    }
    if statements
        .iter()
        .all(|one| ["pass_statement", "empty_statement"].contains(&one.kind()) || site.of(*one) == "...")
    {
        return Body::Empty { says_why };
    }
    if statements.iter().all(|one| is_idle(site, *one)) {
        return Body::Idle;
    }
    match statements.as_slice() {
        [one] => value(language, site, *one, holder),
        _ => Body::Full,
    }
}

fn is_documentation(statement: Node<'_>) -> bool {
    statement.kind() == "expression_statement" && statement.named_child(0).is_some_and(|child| child.kind() == "string")
}

fn is_idle(site: &Site<'_, '_>, statement: Node<'_>) -> bool {
    let text = site.of(statement).trim().trim_end_matches(';').trim();
    let text = text.strip_prefix("return").map_or(text, str::trim);
    let text = text.strip_prefix("await ").map_or(text, str::trim);
    text.is_empty() || IDLE.contains(&text)
}

/// The one value of a body.
fn value(language: &Language, site: &Site<'_, '_>, statement: Node<'_>, holder: Node<'_>) -> Body {
    let mut node = statement;
    // In Rust the last value of a block is its own, in a short body every value is.
    let mut is_given = !["expression_statement"].contains(&statement.kind());
    while HOLDING.contains(&node.kind()) || node.kind() == "await" {
        is_given |= node.kind().starts_with("return");
        match children(node).find(|child| (language.role)(child.kind()) != Role::Comment) {
            // In Go what is given back is a list, mostly of one.
            Some(list) if list.kind() == "expression_list" && list.named_child_count() == 1 => {
                node = list.named_child(0).unwrap_or(list);
            }
            Some(inner) => node = inner,
            None => return Body::Idle,
        }
    }
    if (language.role)(node.kind()) == Role::Call
        && let Some(call) = call::of(language, &Site { node, ..*site })
        && (!is_given || !super::words::is_constant(&site.line_of(node)))
    {
        return Body::Forward(call);
    }
    let is_value = is_given || holder.kind() == "arrow_expression_clause";
    let is_statement = node.kind().ends_with("_statement") || node.kind().contains("declaration");
    if is_value && !is_statement { Body::Value(collapsed(site.of(node))) } else { Body::Full }
}
