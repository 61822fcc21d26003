//! A set of filters that answers whether any of them takes a subject: server/gsl's `SimpleSublist`.
//!
//! A trie of tokens, with the two wildcards beside the literal tokens of each level. It keeps what a refused
//! insertion had already built, because Go does, and later answers show it. Its map is ordered, so that no
//! answer depends on hashing.

use std::collections::BTreeMap;

use super::subject::{FULL_WILDCARD, PARTIAL_WILDCARD, TOKEN_SEPARATOR, tokens};

/// A filter that a sublist refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SublistError {
    /// The filter has an empty token, or something after `>`.
    #[error("invalid filter subject")]
    InvalidSubject,
    /// The filter is not in the sublist.
    #[error("no such filter subject")]
    NotFound,
}

/// A set of filters.
#[derive(Clone, Debug, Default)]
pub struct Sublist {
    root: Level,
    count: u32,
}

#[derive(Clone, Debug, Default)]
struct Level {
    nodes: BTreeMap<Box<[u8]>, Node>,
    partial: Option<Box<Node>>,
    full: Option<Box<Node>>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    next: Level,
    /// The filter that ends here.
    filter: Option<Box<[u8]>>,
}

impl Sublist {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a filter. Adding it again counts again, and one removal takes it away.
    pub fn insert(&mut self, filter: &[u8]) -> Result<(), SublistError> {
        let mut level = &mut self.root;
        let mut rest = filter;
        let mut ended = false;
        loop {
            let (token, after) = split_token(rest);
            if token.is_empty() || ended {
                return Err(SublistError::InvalidSubject);
            }
            ended = token == [FULL_WILDCARD];
            let node = level.node_or_new(token);
            let Some(after) = after else {
                node.filter = Some(filter.into());
                self.count += 1;
                return Ok(());
            };
            rest = after;
            level = &mut node.next;
        }
    }

    /// Takes a filter away.
    pub fn remove(&mut self, filter: &[u8]) -> Result<(), SublistError> {
        // Go finds out about the first of the two errors while it walks.
        let mut level = Some(&self.root);
        let mut ended = false;
        let mut found = false;
        for token in tokens(filter) {
            if token.is_empty() || ended {
                return Err(SublistError::InvalidSubject);
            }
            let node = level.ok_or(SublistError::NotFound)?.node(token);
            ended = token == [FULL_WILDCARD];
            found = node.is_some_and(|node| node.filter.is_some());
            level = node.map(|node| &node.next);
        }
        if !found {
            return Err(SublistError::NotFound);
        }
        self.root.prune(filter);
        self.count = self.count.saturating_sub(1);
        Ok(())
    }

    /// How many filters were added and not removed.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether any filter takes the literal `subject`.
    pub fn has_interest(&self, subject: &[u8]) -> bool {
        !tokens(subject).any(<[u8]>::is_empty) && self.root.has_interest(Some(subject))
    }

    /// Whether any filter could take a subject that starts with the tokens of `start`.
    pub fn has_interest_starting_in(&self, start: &[u8]) -> bool {
        self.root.has_interest_starting_in(Some(start))
    }

    /// Whether there is a filter `>`.
    pub fn matches_full_wildcard(&self) -> bool {
        self.root.full.is_some()
    }

    /// The filter, where there is exactly one.
    pub fn matches_single_filter(&self) -> Option<&[u8]> {
        let mut level = &self.root;
        loop {
            let node = level.only_node()?;
            if let Some(filter) = &node.filter {
                return node.next.is_empty().then_some(filter);
            }
            level = &node.next;
        }
    }
}

/// The first token and what follows its separator, if there is one.
fn split_token(subject: &[u8]) -> (&[u8], Option<&[u8]>) {
    match subject.iter().position(|byte| *byte == TOKEN_SEPARATOR) {
        Some(end) => {
            let (token, rest) = subject.split_at(end);
            (token, rest.get(1..))
        }
        None => (subject, None),
    }
}

impl Level {
    fn node(&self, token: &[u8]) -> Option<&Node> {
        match token {
            [PARTIAL_WILDCARD] => self.partial.as_deref(),
            [FULL_WILDCARD] => self.full.as_deref(),
            _ => self.nodes.get(token),
        }
    }

    fn node_or_new(&mut self, token: &[u8]) -> &mut Node {
        match token {
            [PARTIAL_WILDCARD] => self.partial.get_or_insert_default(),
            [FULL_WILDCARD] => self.full.get_or_insert_default(),
            _ => self.nodes.entry(token.into()).or_default(),
        }
    }

    fn node_mut(&mut self, token: &[u8]) -> Option<&mut Node> {
        match token {
            [PARTIAL_WILDCARD] => self.partial.as_deref_mut(),
            [FULL_WILDCARD] => self.full.as_deref_mut(),
            _ => self.nodes.get_mut(token),
        }
    }

    fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.partial.is_none() && self.full.is_none()
    }

    /// The level's node, where it has exactly one.
    fn only_node(&self) -> Option<&Node> {
        let wildcards = [self.partial.as_deref(), self.full.as_deref()];
        let mut nodes = self.nodes.values().chain(wildcards.into_iter().flatten());
        nodes.next().filter(|_| nodes.next().is_none())
    }

    /// Takes the filter at `path` away and every node that has no purpose without it.
    fn prune(&mut self, path: &[u8]) {
        let (token, after) = split_token(path);
        let Some(node) = self.node_mut(token) else {
            return;
        };
        match after {
            Some(after) => node.next.prune(after),
            None => node.filter = None,
        }
        if node.filter.is_none() && node.next.is_empty() {
            match token {
                [PARTIAL_WILDCARD] => self.partial = None,
                [FULL_WILDCARD] => self.full = None,
                _ => {
                    self.nodes.remove(token);
                }
            }
        }
    }

    /// Whether the tokens of `rest` lead to a filter from here; `None` stands for no token left.
    fn has_interest(&self, mut rest: Option<&[u8]>) -> bool {
        let mut level = Some(self);
        let mut node = None;
        let mut partial = None;
        while let Some(subject) = rest {
            let Some(here) = level else {
                return false;
            };
            if here.full.is_some() {
                return true;
            }
            let (token, after) = split_token(subject);
            partial = here.partial.as_deref();
            if partial.is_some_and(|partial| partial.next.has_interest(after)) {
                return true;
            }
            // A token `*` or `>` of the subject is a literal here, and no literal node has that name.
            node = here.nodes.get(token);
            level = node.map(|node| &node.next);
            rest = after;
        }
        [node, partial].into_iter().flatten().any(|node| node.filter.is_some())
    }

    fn has_interest_starting_in(&self, rest: Option<&[u8]>) -> bool {
        let Some(start) = rest else {
            return true;
        };
        if self.full.is_some() {
            return true;
        }
        let (token, after) = split_token(start);
        let nodes = [self.partial.as_deref(), self.nodes.get(token)];
        nodes.into_iter().flatten().any(|node| node.next.has_interest_starting_in(after))
    }
}
