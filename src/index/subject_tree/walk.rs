//! Walking the tree: all of it, in its own order or sorted, or what a filter matches.
//!
//! A walk sees subjects and the numbers of their leaves; whose values those are, and whether they may be changed, is the
//! caller's business. The subject is built in one buffer on the way down and cut back on the way up. Callbacks say false to
//! stop, walks say whether none did.

use crate::index::subject::{FULL_WILDCARD, PARTIAL_WILDCARD, TOKEN_SEPARATOR};

use super::SUBJECT_CAPACITY;
use super::node::{Kind, NodeId, Shape, pivot};
use super::parts::{Parts, cut};

/// Calls back with `suffix` behind the subject so far.
pub(super) fn call_with(
    subject: &mut Vec<u8>,
    suffix: &[u8],
    leaf: usize,
    callback: &mut impl FnMut(&[u8], usize) -> bool,
) -> bool {
    let len = subject.len();
    subject.extend_from_slice(suffix);
    let go_on = callback(subject, leaf);
    subject.truncate(len);
    go_on
}

/// Walks everything.
pub(super) fn iterate(shape: &Shape, ordered: bool, callback: &mut impl FnMut(&[u8], usize) -> bool) -> bool {
    let Some(root) = shape.root() else { return true };
    let mut subject = Vec::with_capacity(SUBJECT_CAPACITY);
    iterate_below(shape, root, &mut subject, ordered, callback)
}

fn iterate_below(
    shape: &Shape,
    node: NodeId,
    subject: &mut Vec<u8>,
    ordered: bool,
    callback: &mut impl FnMut(&[u8], usize) -> bool,
) -> bool {
    let inner = match node.kind() {
        Kind::Leaf(leaf) => return call_with(subject, shape.suffix(leaf), leaf, callback),
        Kind::Inner(place) => shape.inner(place),
    };
    let Some(inner) = inner else { return true };
    let len = subject.len();
    subject.extend_from_slice(inner.prefix());
    let nodes = inner.children.nodes();
    let go_on = if ordered {
        // The first bytes of siblings differ, and a path without any comes first.
        let mut sorted = nodes.to_vec();
        sorted.sort_unstable_by_key(|node| shape.path(*node).first().copied());
        sorted.into_iter().all(|node| iterate_below(shape, node, subject, ordered, callback))
    } else {
        nodes.iter().all(|node| iterate_below(shape, *node, subject, ordered, callback))
    };
    subject.truncate(len);
    go_on
}

/// Walks what `filter` matches.
pub(super) fn match_shape(shape: &Shape, filter: &[u8], callback: &mut impl FnMut(&[u8], usize) -> bool) -> bool {
    let Some(root) = shape.root().filter(|_| !filter.is_empty()) else { return true };
    let parts = cut(filter);
    let mut subject = Vec::with_capacity(SUBJECT_CAPACITY);
    match_below(shape, root, Parts::new(&parts), &mut subject, callback)
}

fn match_below(
    shape: &Shape,
    node: NodeId,
    parts: Parts<'_>,
    subject: &mut Vec<u8>,
    callback: &mut impl FnMut(&[u8], usize) -> bool,
) -> bool {
    let len = subject.len();
    let go_on = match_path(shape, node, parts, subject, callback);
    subject.truncate(len);
    go_on
}

/// Goes down as long as there is one way, and branches at a wildcard. Leaves its prefixes in `subject`.
fn match_path(
    shape: &Shape,
    mut node: NodeId,
    mut parts: Parts<'_>,
    subject: &mut Vec<u8>,
    callback: &mut impl FnMut(&[u8], usize) -> bool,
) -> bool {
    let ends_full = parts.last().first() == Some(&FULL_WILDCARD);
    loop {
        let inner = match node.kind() {
            Kind::Leaf(leaf) => {
                let suffix = shape.suffix(leaf);
                let Some(left) = parts.match_fragment(suffix) else { return true };
                let matched = left.is_empty() || (ends_full && left.len() == 1);
                return !matched || call_with(subject, suffix, leaf, callback);
            }
            Kind::Inner(place) => shape.inner(place),
        };
        let Some(inner) = inner else { return true };
        let Some(mut left) = parts.match_fragment(inner.prefix()) else { return true };
        subject.extend_from_slice(inner.prefix());
        let nodes = inner.children.nodes();
        if left.is_empty() {
            if !ends_full {
                return match_ends(shape, nodes, parts, subject, callback);
            }
            left = parts.only_last();
        }
        if left.len() == 1 && matches!(left.first(), [FULL_WILDCARD]) {
            // Everything below matches, whatever it is.
            return nodes.iter().all(|node| iterate_below(shape, *node, subject, false, callback));
        }
        if matches!(left.first(), [PARTIAL_WILDCARD | FULL_WILDCARD]) {
            return nodes.iter().all(|node| match_below(shape, *node, left, subject, callback));
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
    callback: &mut impl FnMut(&[u8], usize) -> bool,
) -> bool {
    let ends_partial = parts.last() == [PARTIAL_WILDCARD];
    nodes.iter().all(|node| match node.kind() {
        Kind::Inner(_) => !ends_partial || match_below(shape, *node, parts.only_last(), subject, callback),
        Kind::Leaf(leaf) => {
            let suffix = shape.suffix(leaf);
            let matched = suffix.is_empty() || (ends_partial && !suffix.contains(&TOKEN_SEPARATOR));
            !matched || call_with(subject, suffix, leaf, callback)
        }
    })
}
