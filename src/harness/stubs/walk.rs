//! One way through the tree of a file, from which the facts come.
//!
//! The way is a loop over a cursor with two stacks, the nodes around and what they mean for what is in them, because a file
//! from outside may be nested deeper than a stack of calls.

use tree_sitter::{Node, Tree};

use super::call;
use super::facts::{Attempt, Comment, Context, Facts, Owner, Throw};
use super::language::{Language, Role, Site, Whereabouts, children, lines, place};
use super::words::collapsed;

/// The facts of a file.
pub(super) fn facts(language: &Language, tree: &Tree, text: &str, file: Whereabouts<'_>) -> Facts {
    let mut collector = Collector { language, owners: Vec::new(), facts: Facts::default() };
    let mut cursor = tree.walk();
    let mut up: Vec<Node<'_>> = Vec::new();
    let mut contexts = vec![Context::default()];
    loop {
        let node = cursor.node();
        let context = contexts.last().copied().unwrap_or_default();
        let inner = collector.enter(&Site { node, up: &up, text, file }, context);
        if cursor.goto_first_child() {
            up.push(node);
            contexts.push(inner);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return collector.facts;
            }
            up.pop();
            contexts.pop();
        }
    }
}

struct Collector<'a> {
    language: &'a Language,
    owners: Vec<Owner>,
    facts: Facts,
}

impl Collector<'_> {
    /// Takes note of a node, and says what it means for what is in it.
    fn enter(&mut self, site: &Site<'_, '_>, mut context: Context) -> Context {
        let node = site.node;
        if node.is_error() || node.is_missing() {
            self.facts.not_understood.push(place(node));
            if let Some(function) = self.function(context) {
                function.has_errors = true;
            }
        }
        if !node.is_named() {
            return context;
        }
        let role = (self.language.role)(node.kind());
        if let Some(skip) = (self.language.skip)(site) {
            self.facts.skips.push(skip);
        }
        match role {
            Role::Owner => self.owner(site, &mut context),
            Role::Function => self.enter_function(site, &mut context),
            Role::Closure => context.in_closure = true,
            Role::Loop => context.in_loop = true,
            Role::Branch => context.in_branch = true,
            Role::Call | Role::Macro | Role::Assert => self.call(site, context),
            Role::Throw => self.throw(site, context),
            Role::Try => self.attempt(&mut context),
            Role::Catch => self.catch(site, &mut context),
            Role::Finally => (context.in_handler, context.attempt) = (true, None),
            Role::Jump => self.jump(context),
            Role::Comment => self.comment(site),
            Role::Attribute => {
                let (first, last) = lines(node);
                self.facts.attribute_lines.extend(first..=last);
            }
            Role::Wrapper | Role::Other => {}
        }
        context
    }

    fn function(&mut self, context: Context) -> Option<&mut super::facts::Function> {
        context.function.and_then(|at| self.facts.functions.get_mut(at))
    }

    fn owner(&mut self, site: &Site<'_, '_>, context: &mut Context) {
        if let Some(mut owner) = (self.language.owner)(site) {
            context.among_tests |= std::mem::take(&mut owner.is_test_module);
            if owner.name.is_empty() {
                return;
            }
            context.owner = Some(self.owners.len());
            self.owners.push(owner);
        }
    }

    fn enter_function(&mut self, site: &Site<'_, '_>, context: &mut Context) {
        let owner = context.owner.and_then(|at| self.owners.get(at));
        let Some(mut function) = (self.language.function)(site, owner) else {
            context.in_closure = true;
            return;
        };
        if function.owner.is_none() {
            function.owner = owner.cloned();
        }
        if let Some(owner) = &function.owner {
            function.marks.is_forced |= owner.is_forced;
            function.marks.is_open |= owner.is_open;
        }
        function.marks.is_among_tests |= context.among_tests;
        function.parent = context.function;
        let at = self.facts.functions.len();
        self.facts.functions.push(function);
        *context = Context {
            function: Some(at),
            owner: context.owner,
            among_tests: context.among_tests,
            ..Context::default()
        };
    }

    fn call(&mut self, site: &Site<'_, '_>, context: Context) {
        let (language, is_statement) = (self.language, self.is_statement(site));
        if let Some(function) = self.function(context)
            && let Some(mut call) = call::of(language, site)
        {
            call.context = context;
            call.is_statement = is_statement;
            function.calls.push(call);
        }
    }

    /// Whether a call is a statement by itself, awaited or not.
    fn is_statement(&self, site: &Site<'_, '_>) -> bool {
        let around =
            site.up.iter().rev().find(|node| !matches!((self.language.role)(node.kind()), Role::Call | Role::Wrapper));
        around.is_some_and(|node| ["expression_statement", "block"].contains(&node.kind()))
    }

    fn throw(&mut self, site: &Site<'_, '_>, context: Context) {
        let Some(thrown) = children(site.node).find(|child| !child.kind().contains("comment")) else {
            return;
        };
        let fields = ["type", "constructor", "function"];
        let kind = fields.iter().find_map(|field| thrown.child_by_field_name(field)).unwrap_or(thrown);
        let kind = site.of(kind).split(['(', '<']).next().unwrap_or_default();
        let throw = Throw {
            what: collapsed(site.of(thrown)),
            kind: kind.rsplit('.').next().unwrap_or(kind).trim().to_owned(),
            place: place(site.node),
        };
        if let Some(function) = self.function(context) {
            function.throws.push(throw);
        }
    }

    fn attempt(&mut self, context: &mut Context) {
        let outer = *context;
        if let Some(function) = self.function(outer) {
            context.attempt = Some(function.attempts.len());
            function.attempts.push(Attempt { context: outer, ..Attempt::default() });
        }
    }

    fn catch(&mut self, site: &Site<'_, '_>, context: &mut Context) {
        let handler = (self.language.handler)(site);
        let at = context.attempt.take();
        context.in_handler = true;
        if let Some(function) = self.function(*context)
            && let Some(attempt) = at.and_then(|at| function.attempts.get_mut(at))
        {
            attempt.handlers.push(handler);
        }
    }

    fn jump(&mut self, context: Context) {
        if context.in_closure {
            return;
        }
        if let Some(at) = context.attempt
            && let Some(function) = self.function(context)
            && let Some(attempt) = function.attempts.get_mut(at)
        {
            attempt.jumps = true;
        }
    }

    fn comment(&mut self, site: &Site<'_, '_>) {
        let place = place(site.node);
        let start = site.node.start_byte();
        let before = site.text.get(..start).and_then(|text| text.rsplit('\n').next()).unwrap_or_default();
        self.facts.comments.push(Comment {
            text: site.of(site.node).to_owned(),
            last_line: lines(site.node).1,
            is_alone: before.trim().is_empty(),
            place,
        });
    }
}
