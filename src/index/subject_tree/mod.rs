//! The subject tree: an adaptive radix tree over literal subjects, as server/stree builds it.
//!
//! The order in which it hands out subjects follows from its history of insertions and deletions, and the
//! store's results follow from that order; so nodes grow, shrink and swap their children exactly as in Go,
//! which differential vectors hold it to. Each node holds a prefix and up to 4, 10, 16, 48 or 256 children;
//! a leaf holds what is left of its subject. Byte 127 stands for "no byte left", so no subject with it is kept.

mod children;
mod fragment;
mod inserter;
mod intersect;
mod node;
mod parts;
mod walk;

use std::fmt;

use node::{Inserted, Nodes};
use walk::{Exclusive, Shared, iterate, match_shape};

pub use inserter::Inserter;
pub use intersect::{intersect_sublist, intersect_sublist_mut, lazy_intersect};

/// Room for most subjects, so that a walk allocates once.
const SUBJECT_CAPACITY: usize = 256;

/// A map from literal subjects to values that can be asked with wildcards. It holds up to 2^31 subjects.
#[derive(Clone)]
pub struct SubjectTree<V> {
    nodes: Nodes<V>,
    len: usize,
}

impl<V> SubjectTree<V> {
    /// An empty tree.
    pub const fn new() -> Self {
        Self { nodes: Nodes::new(), len: 0 }
    }

    /// How many subjects it holds (Go: `Size`).
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Makes room for so many more subjects.
    pub fn reserve(&mut self, subjects: usize) {
        self.nodes.reserve((subjects, 0));
    }

    /// An empty tree with room for another one like the one that [`Self::room`] was asked of.
    pub fn with_room(room: (usize, usize)) -> Self {
        let mut tree = Self::new();
        tree.nodes.reserve(room);
        tree
    }

    /// Gives room back when less than half of it is used.
    pub fn shrink(&mut self) {
        self.nodes.shrink();
    }

    /// How much room the tree takes, for [`Self::with_room`].
    pub const fn room(&self) -> (usize, usize) {
        self.nodes.room()
    }

    /// Forgets everything (Go: `Empty`).
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Sets the value of a subject and gives back the one it had. A subject with byte 127 is not kept.
    pub fn insert(&mut self, subject: &[u8], value: V) -> Option<V> {
        match self.nodes.insert(subject, value) {
            Inserted::Known(leaf, value) => {
                let known = self.nodes.leaves.get_mut(leaf)?;
                return Some(std::mem::replace(&mut known.value, value));
            }
            Inserted::New => self.len += 1,
            Inserted::Refused => {}
        }
        None
    }

    /// Changes the value of a subject that is there, else sets one as [`Self::insert`] does. Says whether it was there.
    pub fn update_or_insert(&mut self, subject: &[u8], update: impl FnOnce(&mut V), value: V) -> bool {
        match self.nodes.insert(subject, value) {
            Inserted::Known(leaf, _) => {
                if let Some(known) = self.nodes.leaves.get_mut(leaf) {
                    update(&mut known.value);
                }
                return true;
            }
            Inserted::New => self.len += 1,
            Inserted::Refused => {}
        }
        false
    }

    /// The value of a subject.
    #[inline]
    pub fn find(&self, subject: &[u8]) -> Option<&V> {
        self.nodes.leaves.get(self.nodes.find(subject)?).map(|leaf| &leaf.value)
    }

    /// The value of a subject, to change.
    #[inline]
    pub fn find_mut(&mut self, subject: &[u8]) -> Option<&mut V> {
        let leaf = self.nodes.find(subject)?;
        self.nodes.leaves.get_mut(leaf).map(|leaf| &mut leaf.value)
    }

    /// Calls back for every subject that a filter matches; an empty filter matches none.
    pub fn match_filter<'t>(&'t self, filter: &[u8], mut callback: impl FnMut(&[u8], &'t V)) {
        self.match_until(filter, |subject, value| {
            callback(subject, value);
            true
        });
    }

    /// Like [`Self::match_filter`], with values to change.
    pub fn match_filter_mut(&mut self, filter: &[u8], mut callback: impl FnMut(&[u8], &mut V)) {
        self.match_until_mut(filter, |subject, value| {
            callback(subject, value);
            true
        });
    }

    /// Like [`Self::match_filter`] until the callback says false; says whether it never did.
    pub fn match_until<'t>(&'t self, filter: &[u8], callback: impl FnMut(&[u8], &'t V) -> bool) -> bool {
        match_shape(&self.nodes.shape, filter, &mut Shared { leaves: &self.nodes.leaves, callback })
    }

    /// Like [`Self::match_until`], with values to change.
    pub fn match_until_mut(&mut self, filter: &[u8], callback: impl FnMut(&[u8], &mut V) -> bool) -> bool {
        let Nodes { shape, leaves, .. } = &mut self.nodes;
        match_shape(shape, filter, &mut Exclusive { leaves, callback })
    }

    /// Calls back for every subject in lexicographical order until the callback says false.
    pub fn iter_ordered<'t>(&'t self, callback: impl FnMut(&[u8], &'t V) -> bool) {
        self.iterate(true, callback);
    }

    /// Like [`Self::iter_ordered`], with values to change.
    pub fn iter_ordered_mut(&mut self, callback: impl FnMut(&[u8], &mut V) -> bool) {
        self.iterate_mut(true, callback);
    }

    /// Calls back for every subject in the order of the tree until the callback says false.
    pub fn iter_fast<'t>(&'t self, callback: impl FnMut(&[u8], &'t V) -> bool) {
        self.iterate(false, callback);
    }

    /// Like [`Self::iter_fast`], with values to change.
    pub fn iter_fast_mut(&mut self, callback: impl FnMut(&[u8], &mut V) -> bool) {
        self.iterate_mut(false, callback);
    }

    fn iterate<'t>(&'t self, ordered: bool, callback: impl FnMut(&[u8], &'t V) -> bool) {
        iterate(&self.nodes.shape, ordered, &mut Shared { leaves: &self.nodes.leaves, callback });
    }

    fn iterate_mut(&mut self, ordered: bool, callback: impl FnMut(&[u8], &mut V) -> bool) {
        let Nodes { shape, leaves, .. } = &mut self.nodes;
        iterate(shape, ordered, &mut Exclusive { leaves, callback });
    }
}

impl<V: Default> SubjectTree<V> {
    /// Takes a subject out and gives its value (Go: `Delete`). The empty subject, as in Go, stays.
    pub fn remove(&mut self, subject: &[u8]) -> Option<V> {
        if subject.is_empty() {
            return None;
        }
        let value = self.nodes.remove(subject)?;
        self.len -= 1;
        Some(value)
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
