//! What two subject trees have in common, and what of a tree a sublist takes.
//!
//! Both keep the tree's own order and call back once for each subject (Go: `LazyIntersect`, `IntersectGSL`).

use crate::index::subject::TOKEN_SEPARATOR;
use crate::index::sublist::Sublist;

use super::node::{Kind, NodeId, Nodes, Shape};
use super::walk::{Exclusive, Shared, Visitor};
use super::{SUBJECT_CAPACITY, SubjectTree};

/// Calls back for every subject that both trees hold, in the order of the smaller one (of `left` where they
/// are of one size).
pub fn lazy_intersect<L, R>(
    left: &mut SubjectTree<L>,
    right: &SubjectTree<R>,
    mut callback: impl FnMut(&[u8], &mut L, &R),
) {
    if left.len() <= right.len() {
        left.iter_fast_mut(|subject, left_value| {
            if let Some(right_value) = right.find(subject) {
                callback(subject, left_value, right_value);
            }
            true
        });
    } else {
        right.iter_fast(|subject, right_value| {
            if let Some(left_value) = left.find_mut(subject) {
                callback(subject, left_value, right_value);
            }
            true
        });
    }
}

/// Calls back for every subject of the tree that a filter of the sublist takes, until the callback says false.
pub fn intersect_sublist<'t, V>(
    tree: &'t SubjectTree<V>,
    sublist: &Sublist,
    callback: impl FnMut(&[u8], &'t V) -> bool,
) {
    intersect(&tree.nodes.shape, sublist, &mut Shared { leaves: &tree.nodes.leaves, callback });
}

/// Like [`intersect_sublist`], with values to change.
pub fn intersect_sublist_mut<V>(
    tree: &mut SubjectTree<V>,
    sublist: &Sublist,
    callback: impl FnMut(&[u8], &mut V) -> bool,
) {
    let Nodes { shape, leaves, .. } = &mut tree.nodes;
    intersect(shape, sublist, &mut Exclusive { leaves, callback });
}

fn intersect(shape: &Shape, sublist: &Sublist, visitor: &mut impl Visitor) {
    let Some(root) = shape.root() else { return };
    let mut subject = Vec::with_capacity(SUBJECT_CAPACITY);
    intersect_below(shape, root, &mut subject, sublist, visitor);
}

fn intersect_below(
    shape: &Shape,
    node: NodeId,
    subject: &mut Vec<u8>,
    sublist: &Sublist,
    visitor: &mut impl Visitor,
) -> bool {
    let inner = match node.kind() {
        Kind::Leaf(leaf) => {
            let len = subject.len();
            subject.extend_from_slice(visitor.suffix(leaf));
            let go_on = !sublist.has_interest(subject) || visitor.visit(subject, leaf);
            subject.truncate(len);
            return go_on;
        }
        Kind::Inner(place) => shape.inner(place),
    };
    let Some(inner) = inner else { return true };
    let len = subject.len();
    subject.extend_from_slice(inner.prefix());
    let go_on = inner.children.nodes().iter().all(|node| {
        !may_have_interest(visitor.path(shape, *node), subject, sublist)
            || intersect_below(shape, *node, subject, sublist, visitor)
    });
    subject.truncate(len);
    go_on
}

/// Whether the sublist goes on at every token that `path` completes behind the subject so far.
fn may_have_interest(path: &[u8], subject: &mut Vec<u8>, sublist: &Sublist) -> bool {
    let len = subject.len();
    subject.extend_from_slice(path);
    let interest = subject
        .iter()
        .enumerate()
        .skip(len)
        .filter(|(_, byte)| **byte == TOKEN_SEPARATOR)
        .all(|(at, _)| sublist.has_interest_starting_in(subject.get(..at).unwrap_or_default()));
    subject.truncate(len);
    interest
}
