//! Walking the tree: all of it, in its own order or sorted, or what a filter matches.
//!
//! A walk sees inner nodes and the numbers of leaves; a [`Visitor`] has the leaves and says whether values may be changed. The subject is built in one buffer on the way down and cut back on the way up. Callbacks say false to
//! stop, walks say whether none did.

use crate::index::subject::{FULL_WILDCARD, PARTIAL_WILDCARD, TOKEN_SEPARATOR};

use super::SUBJECT_CAPACITY;
use super::node::{Inner, Kind, Leaf, NodeId, Shape, pivot};
use super::parts::{Parts, cut};

/// Who walks the tree, and has its leaves.
pub(super) trait Visitor {
    /// What is left of a leaf's subject.
    fn suffix(&self, leaf: usize) -> &[u8];

    /// Comes to a leaf; says whether to go on.
    fn visit(&mut self, subject: &[u8], leaf: usize) -> bool;

    /// A leaf's suffix or an inner node's prefix.
    fn path<'a>(&'a self, shape: &'a Shape, node: NodeId) -> &'a [u8] {
        match node.kind() {
            Kind::Leaf(leaf) => self.suffix(leaf),
            Kind::Inner(place) => shape.inner(place).map_or(&[], Inner::prefix),
        }
    }

    /// Comes to a leaf below the subject so far.
    fn visit_below(&mut self, subject: &mut Vec<u8>, leaf: usize) -> bool {
        let len = subject.len();
        subject.extend_from_slice(self.suffix(leaf));
        let go_on = self.visit(subject, leaf);
        subject.truncate(len);
        go_on
    }
}

/// Looks at values.
pub(super) struct Shared<'t, V, F> {
    pub(super) leaves: &'t [Leaf<V>],
    pub(super) callback: F,
}

impl<'t, V, F: FnMut(&[u8], &'t V) -> bool> Visitor for Shared<'t, V, F> {
    #[inline]
    fn suffix(&self, leaf: usize) -> &[u8] {
        self.leaves.get(leaf).map_or(&[], Leaf::suffix)
    }

    #[inline]
    fn visit(&mut self, subject: &[u8], leaf: usize) -> bool {
        self.leaves.get(leaf).is_none_or(|leaf| (self.callback)(subject, &leaf.value))
    }
}

/// Changes values.
pub(super) struct Exclusive<'t, V, F> {
    pub(super) leaves: &'t mut [Leaf<V>],
    pub(super) callback: F,
}

impl<V, F: FnMut(&[u8], &mut V) -> bool> Visitor for Exclusive<'_, V, F> {
    #[inline]
    fn suffix(&self, leaf: usize) -> &[u8] {
        self.leaves.get(leaf).map_or(&[], Leaf::suffix)
    }

    #[inline]
    fn visit(&mut self, subject: &[u8], leaf: usize) -> bool {
        self.leaves.get_mut(leaf).is_none_or(|leaf| (self.callback)(subject, &mut leaf.value))
    }
}

/// Walks everything.
pub(super) fn iterate(shape: &Shape, ordered: bool, visitor: &mut impl Visitor) -> bool {
    let Some(root) = shape.root() else { return true };
    let mut subject = Vec::with_capacity(SUBJECT_CAPACITY);
    iterate_below(shape, root, &mut subject, ordered, visitor)
}

fn iterate_below(
    shape: &Shape,
    node: NodeId,
    subject: &mut Vec<u8>,
    ordered: bool,
    visitor: &mut impl Visitor,
) -> bool {
    let inner = match node.kind() {
        Kind::Leaf(leaf) => return visitor.visit_below(subject, leaf),
        Kind::Inner(place) => shape.inner(place),
    };
    let Some(inner) = inner else { return true };
    let len = subject.len();
    subject.extend_from_slice(inner.prefix());
    let nodes = inner.children.nodes();
    let go_on = if ordered {
        // The first bytes of siblings differ, and a path without any comes first.
        let mut sorted = nodes.to_vec();
        sorted.sort_unstable_by_key(|node| visitor.path(shape, *node).first().copied());
        sorted.into_iter().all(|node| iterate_below(shape, node, subject, ordered, visitor))
    } else {
        nodes.iter().all(|node| iterate_below(shape, *node, subject, ordered, visitor))
    };
    subject.truncate(len);
    go_on
}

/// Walks what `filter` matches.
pub(super) fn match_shape(shape: &Shape, filter: &[u8], visitor: &mut impl Visitor) -> bool {
    let Some(root) = shape.root().filter(|_| !filter.is_empty()) else { return true };
    let parts = cut(filter);
    let mut subject = Vec::with_capacity(SUBJECT_CAPACITY);
    match_below(shape, root, Parts::new(&parts), &mut subject, visitor)
}

fn match_below(
    shape: &Shape,
    node: NodeId,
    parts: Parts<'_>,
    subject: &mut Vec<u8>,
    visitor: &mut impl Visitor,
) -> bool {
    let len = subject.len();
    let go_on = match_path(shape, node, parts, subject, visitor);
    subject.truncate(len);
    go_on
}

/// Goes down as long as there is one way, and branches at a wildcard. Leaves its prefixes in `subject`.
fn match_path(
    shape: &Shape,
    mut node: NodeId,
    mut parts: Parts<'_>,
    subject: &mut Vec<u8>,
    visitor: &mut impl Visitor,
) -> bool {
    let ends_full = parts.last().first() == Some(&FULL_WILDCARD);
    loop {
        let inner = match node.kind() {
            Kind::Leaf(leaf) => {
                let Some(left) = parts.match_fragment(visitor.suffix(leaf)) else { return true };
                let matched = left.is_empty() || (ends_full && left.len() == 1);
                return !matched || visitor.visit_below(subject, leaf);
            }
            Kind::Inner(place) => shape.inner(place),
        };
        let Some(inner) = inner else { return true };
        let Some(mut left) = parts.match_fragment(inner.prefix()) else { return true };
        subject.extend_from_slice(inner.prefix());
        let nodes = inner.children.nodes();
        if left.is_empty() {
            if !ends_full {
                return match_ends(shape, nodes, parts, subject, visitor);
            }
            left = parts.only_last();
        }
        if left.len() == 1 && matches!(left.first(), [FULL_WILDCARD]) {
            // Everything below matches, whatever it is.
            return nodes.iter().all(|node| iterate_below(shape, *node, subject, false, visitor));
        }
        if matches!(left.first(), [PARTIAL_WILDCARD | FULL_WILDCARD]) {
            return nodes.iter().all(|node| match_below(shape, *node, left, subject, visitor));
        }
        let Some(next) = inner.children.get(pivot(left.first())) else { return true };
        (node, parts) = (next, left);
    }
}

/// The filter is used up at a node: subjects that end here match, and with a final `*` the rest of a token.
fn match_ends(
    shape: &Shape,
    nodes: &[NodeId],
    parts: Parts<'_>,
    subject: &mut Vec<u8>,
    visitor: &mut impl Visitor,
) -> bool {
    let ends_partial = parts.last() == [PARTIAL_WILDCARD];
    nodes.iter().all(|node| match node.kind() {
        Kind::Inner(_) => !ends_partial || match_below(shape, *node, parts.only_last(), subject, visitor),
        Kind::Leaf(leaf) => {
            let suffix = visitor.suffix(leaf);
            let matched = suffix.is_empty() || (ends_partial && !suffix.contains(&TOKEN_SEPARATOR));
            !matched || visitor.visit_below(subject, leaf)
        }
    })
}
