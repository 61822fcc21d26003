//! Walking the tree: all of it, in its own order or sorted, or what a filter matches.
//!
//! One walk serves shared and exclusive borrows, told apart by [`Cursor`]. The subject is built in one buffer
//! on the way down and cut back on the way up. Callbacks say false to stop, walks say whether none did.

use crate::index::subject::{FULL_WILDCARD, PARTIAL_WILDCARD, TOKEN_SEPARATOR};

use super::SUBJECT_CAPACITY;
use super::node::{Keys, Node, pivot};
use super::parts::{Parts, cut};

/// A borrow of a node that a walk can open and go down through.
pub(super) trait Cursor<'t>: Sized {
    /// The same kind of borrow of a value.
    type Value;
    /// The same kind of borrow of the children.
    type Nodes: IntoIterator<Item = Self>;

    fn path(&self) -> &[u8];
    fn is_leaf(&self) -> bool;
    fn open(self) -> Opened<'t, Self::Value, Self::Nodes>;
}

/// What a node holds.
pub(super) enum Opened<'t, Value, Nodes> {
    /// The end of a subject.
    Leaf { suffix: &'t [u8], value: Value },
    /// A common prefix and the ways on.
    Inner { prefix: &'t [u8], keys: &'t Keys, nodes: Nodes },
}

impl<'t, V> Cursor<'t> for &'t Node<V> {
    type Value = &'t V;
    type Nodes = &'t [Node<V>];

    fn path(&self) -> &[u8] {
        Node::path(self)
    }

    fn is_leaf(&self) -> bool {
        matches!(self, Node::Leaf(_))
    }

    fn open(self) -> Opened<'t, Self::Value, Self::Nodes> {
        match self {
            Node::Leaf(leaf) => Opened::Leaf { suffix: leaf.suffix(), value: &leaf.value },
            Node::Inner(inner) => Opened::Inner { prefix: inner.prefix(), keys: &inner.keys, nodes: &inner.nodes },
        }
    }
}

impl<'t, V> Cursor<'t> for &'t mut Node<V> {
    type Value = &'t mut V;
    type Nodes = &'t mut [Node<V>];

    fn path(&self) -> &[u8] {
        Node::path(self)
    }

    fn is_leaf(&self) -> bool {
        matches!(self, Node::Leaf(_))
    }

    fn open(self) -> Opened<'t, Self::Value, Self::Nodes> {
        match self {
            Node::Leaf(leaf) => {
                let (suffix, value) = leaf.split_mut();
                Opened::Leaf { suffix, value }
            }
            Node::Inner(inner) => {
                let (prefix, keys, nodes) = inner.split_mut();
                Opened::Inner { prefix, keys, nodes }
            }
        }
    }
}

/// Calls back with `suffix` behind the subject so far.
pub(super) fn call_with<Value>(
    subject: &mut Vec<u8>,
    suffix: &[u8],
    value: Value,
    callback: &mut impl FnMut(&[u8], Value) -> bool,
) -> bool {
    let len = subject.len();
    subject.extend_from_slice(suffix);
    let go_on = callback(subject, value);
    subject.truncate(len);
    go_on
}

/// Walks everything below `root`.
pub(super) fn iterate<'t, C: Cursor<'t>>(
    root: C,
    ordered: bool,
    callback: &mut impl FnMut(&[u8], C::Value) -> bool,
) -> bool {
    let mut subject = Vec::with_capacity(SUBJECT_CAPACITY);
    iterate_below(root, &mut subject, ordered, callback)
}

fn iterate_below<'t, C: Cursor<'t>>(
    node: C,
    subject: &mut Vec<u8>,
    ordered: bool,
    callback: &mut impl FnMut(&[u8], C::Value) -> bool,
) -> bool {
    let (prefix, nodes) = match node.open() {
        Opened::Leaf { suffix, value } => return call_with(subject, suffix, value, callback),
        Opened::Inner { prefix, nodes, .. } => (prefix, nodes),
    };
    let len = subject.len();
    subject.extend_from_slice(prefix);
    let go_on = if ordered {
        // The first bytes of siblings differ, and a path without any comes first.
        let mut sorted: Vec<C> = nodes.into_iter().collect();
        sorted.sort_unstable_by_key(|node| node.path().first().copied());
        sorted.into_iter().all(|node| iterate_below(node, subject, ordered, callback))
    } else {
        nodes.into_iter().all(|node| iterate_below(node, subject, ordered, callback))
    };
    subject.truncate(len);
    go_on
}

/// Walks what `filter` matches below `root`.
pub(super) fn match_node<'t, C: Cursor<'t>>(
    root: C,
    filter: &[u8],
    callback: &mut impl FnMut(&[u8], C::Value) -> bool,
) -> bool {
    if filter.is_empty() {
        return true;
    }
    let parts = cut(filter);
    let mut subject = Vec::with_capacity(SUBJECT_CAPACITY);
    match_below(root, Parts::new(&parts), &mut subject, callback)
}

fn match_below<'t, C: Cursor<'t>>(
    node: C,
    parts: Parts<'_>,
    subject: &mut Vec<u8>,
    callback: &mut impl FnMut(&[u8], C::Value) -> bool,
) -> bool {
    let len = subject.len();
    let go_on = match_path(node, parts, subject, callback);
    subject.truncate(len);
    go_on
}

/// Goes down as long as there is one way, and branches at a wildcard. Leaves its prefixes in `subject`.
fn match_path<'t, C: Cursor<'t>>(
    mut node: C,
    mut parts: Parts<'_>,
    subject: &mut Vec<u8>,
    callback: &mut impl FnMut(&[u8], C::Value) -> bool,
) -> bool {
    let ends_full = parts.last().first() == Some(&FULL_WILDCARD);
    loop {
        let Some(mut left) = parts.match_fragment(node.path()) else {
            return true;
        };
        let (prefix, keys, nodes) = match node.open() {
            Opened::Leaf { suffix, value } => {
                let matched = left.is_empty() || (ends_full && left.len() == 1);
                return !matched || call_with(subject, suffix, value, callback);
            }
            Opened::Inner { prefix, keys, nodes } => (prefix, keys, nodes),
        };
        subject.extend_from_slice(prefix);
        if left.is_empty() {
            if !ends_full {
                return match_ends::<C>(nodes, parts, subject, callback);
            }
            left = parts.only_last();
        }
        if matches!(left.first(), [PARTIAL_WILDCARD | FULL_WILDCARD]) {
            return nodes.into_iter().all(|node| match_below(node, left, subject, callback));
        }
        // Every key has a child, at the same position.
        let mut nodes = nodes.into_iter();
        let next = keys.position(pivot(left.first()), nodes.size_hint().0).and_then(|position| nodes.nth(position));
        let Some(next) = next else {
            return true;
        };
        (node, parts) = (next, left);
    }
}

/// The filter is used up at a node: subjects that end here match, and with a final `*` the rest of a token.
fn match_ends<'t, C: Cursor<'t>>(
    nodes: C::Nodes,
    parts: Parts<'_>,
    subject: &mut Vec<u8>,
    callback: &mut impl FnMut(&[u8], C::Value) -> bool,
) -> bool {
    let ends_partial = parts.last() == [PARTIAL_WILDCARD];
    nodes.into_iter().all(|node| {
        if !node.is_leaf() {
            return !ends_partial || match_below(node, parts.only_last(), subject, callback);
        }
        let path = node.path();
        let matched = path.is_empty() || (ends_partial && !path.contains(&TOKEN_SEPARATOR));
        match node.open() {
            Opened::Leaf { suffix, value } if matched => call_with(subject, suffix, value, callback),
            Opened::Leaf { .. } | Opened::Inner { .. } => true,
        }
    })
}
