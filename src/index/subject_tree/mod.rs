//! The subject tree: an adaptive radix tree over literal subjects, as server/stree builds it.
//!
//! The order in which it hands out subjects follows from its history of insertions and deletions, and the
//! store's results follow from that order; so nodes grow, shrink and swap their children exactly as in Go,
//! which differential vectors hold it to. Each node holds a prefix and up to 4, 10, 16, 48 or 256 children;
//! a leaf holds what is left of its subject. Byte 127 stands for "no byte left", so no subject with it is kept.

mod fragment;
mod intersect;
mod node;
mod parts;
mod walk;

use std::fmt;

use node::Node;
use walk::{iterate, match_node};

pub use intersect::{intersect_sublist, intersect_sublist_mut, lazy_intersect};

/// Room for most subjects, so that a walk allocates once.
const SUBJECT_CAPACITY: usize = 256;

/// A map from literal subjects to values that can be asked with wildcards.
#[derive(Clone)]
pub struct SubjectTree<V> {
    root: Option<Node<V>>,
    len: usize,
}

impl<V> SubjectTree<V> {
    /// An empty tree.
    pub const fn new() -> Self {
        Self { root: None, len: 0 }
    }

    /// How many subjects it holds (Go: `Size`).
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets everything (Go: `Empty`).
    pub fn clear(&mut self) {
        self.root = None;
        self.len = 0;
    }

    /// Sets the value of a subject and gives back the one it had. A subject with byte 127 is not kept.
    pub fn insert(&mut self, subject: &[u8], value: V) -> Option<V> {
        if subject.contains(&node::NO_PIVOT) {
            return None;
        }
        let old = match &mut self.root {
            Some(root) => root.insert(subject, value),
            None => {
                self.root = Some(Node::leaf(subject, value));
                None
            }
        };
        if old.is_none() {
            self.len += 1;
        }
        old
    }

    /// The value of a subject.
    pub fn find(&self, subject: &[u8]) -> Option<&V> {
        self.root.as_ref()?.find(subject)
    }

    /// The value of a subject, to change.
    pub fn find_mut(&mut self, subject: &[u8]) -> Option<&mut V> {
        self.root.as_mut()?.find_mut(subject)
    }

    /// Takes a subject out and gives its value (Go: `Delete`). The empty subject, as in Go, stays.
    pub fn remove(&mut self, subject: &[u8]) -> Option<V> {
        if subject.is_empty() {
            return None;
        }
        let removed = match self.root.take()? {
            Node::Leaf(leaf) if leaf.suffix() == subject => Some(leaf.into_value()),
            mut root => {
                let removed = root.remove(subject);
                self.root = Some(root);
                removed
            }
        };
        if removed.is_some() {
            self.len -= 1;
        }
        removed
    }

    /// Calls back for every subject that a filter matches; an empty filter matches none.
    pub fn match_filter<'t>(&'t self, filter: &[u8], mut callback: impl FnMut(&[u8], &'t V)) {
        self.match_until(filter, |subject, value| {
            callback(subject, value);
            true
        });
    }

    /// Like [`Self::match_filter`], with values to change.
    pub fn match_filter_mut<'t>(&'t mut self, filter: &[u8], mut callback: impl FnMut(&[u8], &'t mut V)) {
        self.match_until_mut(filter, |subject, value| {
            callback(subject, value);
            true
        });
    }

    /// Like [`Self::match_filter`] until the callback says false; says whether it never did.
    pub fn match_until<'t>(&'t self, filter: &[u8], mut callback: impl FnMut(&[u8], &'t V) -> bool) -> bool {
        match &self.root {
            Some(root) => match_node(root, filter, &mut callback),
            None => true,
        }
    }

    /// Like [`Self::match_until`], with values to change.
    pub fn match_until_mut<'t>(
        &'t mut self,
        filter: &[u8],
        mut callback: impl FnMut(&[u8], &'t mut V) -> bool,
    ) -> bool {
        match &mut self.root {
            Some(root) => match_node(root, filter, &mut callback),
            None => true,
        }
    }

    /// Calls back for every subject in lexicographical order until the callback says false.
    pub fn iter_ordered<'t>(&'t self, mut callback: impl FnMut(&[u8], &'t V) -> bool) {
        if let Some(root) = &self.root {
            iterate(root, true, &mut callback);
        }
    }

    /// Like [`Self::iter_ordered`], with values to change.
    pub fn iter_ordered_mut<'t>(&'t mut self, mut callback: impl FnMut(&[u8], &'t mut V) -> bool) {
        if let Some(root) = &mut self.root {
            iterate(root, true, &mut callback);
        }
    }

    /// Calls back for every subject in the order of the tree until the callback says false.
    pub fn iter_fast<'t>(&'t self, mut callback: impl FnMut(&[u8], &'t V) -> bool) {
        if let Some(root) = &self.root {
            iterate(root, false, &mut callback);
        }
    }

    /// Like [`Self::iter_fast`], with values to change.
    pub fn iter_fast_mut<'t>(&'t mut self, mut callback: impl FnMut(&[u8], &'t mut V) -> bool) {
        if let Some(root) = &mut self.root {
            iterate(root, false, &mut callback);
        }
    }
}

impl<V> Default for SubjectTree<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: fmt::Debug> fmt::Debug for SubjectTree<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        self.iter_ordered(|subject, value| {
            map.entry(&String::from_utf8_lossy(subject), value);
            true
        });
        map.finish()
    }
}
