//! What two subject trees have in common, and what of a tree a sublist takes.
//!
//! Both keep the tree's own order and call back once for each subject (Go: `LazyIntersect`, `IntersectGSL`).

use crate::index::subject::TOKEN_SEPARATOR;
use crate::index::sublist::Sublist;

use super::node::Node;
use super::walk::{Cursor, Opened, call_with};
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
    mut callback: impl FnMut(&[u8], &'t V) -> bool,
) {
    if let Some(root) = &tree.root {
        intersect::<&Node<V>>(root, sublist, &mut callback);
    }
}

/// Like [`intersect_sublist`], with values to change.
pub fn intersect_sublist_mut<'t, V>(
    tree: &'t mut SubjectTree<V>,
    sublist: &Sublist,
    mut callback: impl FnMut(&[u8], &'t mut V) -> bool,
) {
    if let Some(root) = &mut tree.root {
        intersect::<&mut Node<V>>(root, sublist, &mut callback);
    }
}

fn intersect<'t, C: Cursor<'t>>(root: C, sublist: &Sublist, callback: &mut impl FnMut(&[u8], C::Value) -> bool) {
    let mut subject = Vec::with_capacity(SUBJECT_CAPACITY);
    intersect_below(root, &mut subject, sublist, callback);
}

fn intersect_below<'t, C: Cursor<'t>>(
    node: C,
    subject: &mut Vec<u8>,
    sublist: &Sublist,
    callback: &mut impl FnMut(&[u8], C::Value) -> bool,
) -> bool {
    let len = subject.len();
    let go_on = match node.open() {
        Opened::Leaf { suffix, value } => call_with(subject, suffix, value, &mut |subject, value| {
            !sublist.has_interest(subject) || callback(subject, value)
        }),
        Opened::Inner { prefix, nodes, .. } => {
            subject.extend_from_slice(prefix);
            nodes.into_iter().all(|node| {
                !may_have_interest(node.path(), subject, sublist) || intersect_below(node, subject, sublist, callback)
            })
        }
    };
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
