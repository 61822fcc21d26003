//! Python: pytest by the names of files and functions, and unittest by what a class derives from.
//!
//! A body of `pass`, `...` or nothing but a documentation string is empty; the string says why.

use tree_sitter::Node;

use super::{Language, Role, Site, children, is_silent, lines, of_kind, place};
use crate::harness::stubs::body;
use crate::harness::stubs::facts::{Function, Handler, Marks, Owner, Skip};

pub(super) const PYTHON: Language = Language {
    name: "python",
    extensions: &["py"],
    grammar: |_| tree_sitter_python::LANGUAGE.into(),
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
        "function_definition" => Role::Function,
        "class_definition" => Role::Owner,
        "lambda" => Role::Closure,
        "call" => Role::Call,
        "raise_statement" => Role::Throw,
        "assert_statement" => Role::Assert,
        "try_statement" => Role::Try,
        "except_clause" | "except_group_clause" => Role::Catch,
        "finally_clause" => Role::Finally,
        "while_statement" | "for_statement" => Role::Loop,
        "if_statement" | "match_statement" | "conditional_expression" => Role::Branch,
        "return_statement" | "break_statement" | "continue_statement" => Role::Jump,
        "comment" => Role::Comment,
        "decorator" => Role::Attribute,
        "await" | "parenthesized_expression" | "attribute" => Role::Wrapper,
        _ => Role::Other,
    }
}

/// The decorators of a definition, without their `@`.
fn decorators<'t>(site: &Site<'_, 't>) -> Vec<(Node<'t>, &'t str)> {
    let around = site.parent().filter(|parent| parent.kind() == "decorated_definition");
    let found = around.into_iter().flat_map(|parent| of_kind(parent, "decorator"));
    found.map(|one| (one, site.of(one).trim_start_matches('@').trim())).collect()
}

/// Whether pytest looks for tests in a file of this path.
fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test") || name.ends_with("_test.py") || name.ends_with("_tests.py")
}

fn function(site: &Site<'_, '_>, owner: Option<&Owner>) -> Option<Function> {
    let name_node = site.field("name")?;
    let name = site.of(name_node);
    let decorators = decorators(site);
    let path = |text: &'_ str| text.split('(').next().unwrap_or(text).trim().to_owned();
    let paths: Vec<String> = decorators.iter().map(|(_, text)| path(text)).collect();
    let decorated =
        |names: &[&str]| paths.iter().any(|path| names.iter().any(|name| path.rsplit('.').next() == Some(*name)));
    let is_nested = site.up.iter().any(|node| node.kind() == "function_definition");
    let is_test_class =
        site.file.is_of_tests || owner.is_none_or(|owner| owner.is_test_case || owner.name.starts_with("Test"));
    let in_test_file =
        site.file.is_of_tests || is_test_file(site.file.path) || owner.is_some_and(|owner| owner.is_test_case);
    let is_fixture = decorated(&["fixture"]);
    let marks = Marks {
        is_test: name.starts_with("test") && in_test_file && is_test_class && !is_nested && !is_fixture,
        is_judged: decorated(&["xfail", "expectedFailure", "raises"]),
        is_constructor: ["__init__", "__new__", "__del__"].contains(&name),
        is_forced: decorated(&["override", "overrides"]) || (name.starts_with("__") && name.ends_with("__")),
        is_open: decorated(&[
            "abstractmethod",
            "abstractproperty",
            "overload",
            "abstractstaticmethod",
            "abstractclassmethod",
        ]),
        is_accessor: decorated(&["property", "cached_property", "setter", "getter"]),
        has_attributes: !decorators.is_empty(),
        ..Marks::default()
    };
    let skip = decorators.iter().zip(&paths).find_map(|((node, text), path)| {
        let is_skip = ["pytest.mark.skip", "unittest.skip", "skip", "mark.skip"].contains(&path.as_str());
        is_skip.then(|| Skip { place: place(*node), what: format!("@{}", super::collapsed(text)) })
    });
    let parameters = site.field("parameters").into_iter().flat_map(children);
    let parameters = parameters.filter_map(|one| match one.kind() {
        "identifier" => Some(one),
        _ => one.child_by_field_name("name").or_else(|| children(one).find(|child| child.kind() == "identifier")),
    });
    let around = site.parent().filter(|parent| parent.kind() == "decorated_definition").unwrap_or(site.node);
    Some(Function {
        name: name.to_owned(),
        place: place(name_node),
        lines: lines(around),
        skip,
        parameters: parameters
            .map(|one| site.of(one).to_owned())
            .filter(|name| name != "self" && name != "cls")
            .collect(),
        body: site.field("body").map(|body| body::of(&PYTHON, site, body)).unwrap_or_default(),
        marks,
        ..Function::default()
    })
}

fn owner(site: &Site<'_, '_>) -> Option<Owner> {
    let bases = site.field("superclasses").into_iter().flat_map(children).map(|base| site.of(base));
    let bases: Vec<&str> = bases.filter(|base| *base != "object").collect();
    let name = site.of(site.field("name")?);
    let abstract_name =
        ["Base", "Abstract", "Interface"].iter().any(|word| name.starts_with(word) || name.ends_with(word));
    let derives = |word: &str| bases.iter().any(|base| base.contains(word));
    Some(Owner {
        name: name.to_owned(),
        has_bases: !bases.is_empty(),
        is_open: abstract_name || derives("Protocol") || derives("ABC"),
        is_test_case: derives("TestCase"),
        ..Owner::default()
    })
}

fn skip(site: &Site<'_, '_>) -> Option<Skip> {
    if site.node.kind() != "class_definition" {
        return None;
    }
    let (node, text) = decorators(site).into_iter().find(|(_, text)| {
        let path = text.split('(').next().unwrap_or(text);
        ["pytest.mark.skip", "unittest.skip"].contains(&path)
    })?;
    Some(Skip { place: place(node), what: format!("@{}", super::collapsed(text)) })
}

fn handler(site: &Site<'_, '_>) -> Handler {
    let block = children(site.node).filter(|child| child.kind() == "block").last();
    let caught = children(site.node).find(|child| child.kind() != "block" && child.kind() != "comment");
    let name = caught.map(|node| site.of(node).split(" as ").next().unwrap_or_default().trim());
    let statements = block.into_iter().flat_map(children).filter(|child| child.kind() != "comment");
    Handler {
        place: place(site.node),
        catches_all: name.is_none_or(|name| name == "Exception" || name == "BaseException" || name == "AssertionError"),
        is_silent: statements.into_iter().all(|statement| is_silent(site, statement)),
        ..Handler::default()
    }
}
