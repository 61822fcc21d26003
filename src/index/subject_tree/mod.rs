//! The subject tree: an adaptive radix tree over literal subjects, as server/stree builds it.
//!
//! The order in which it hands out subjects follows from its history of insertions and deletions, and the
//! store's results follow from that order; so nodes grow, shrink and swap their children exactly as in Go,
//! which differential vectors hold it to. Each node holds a prefix and up to 4, 10, 16, 48 or 256 children;
//! a leaf holds what is left of its subject. Byte 127 stands for "no byte left", so no subject with it is kept.

mod children;
mod fragment;
mod intersect;
mod node;
mod parts;
mod walk;

use std::fmt;

use node::{Inserted, Shape};
use walk::{iterate, match_shape};

pub use intersect::{intersect_sublist, intersect_sublist_mut, lazy_intersect};

/// Room for most subjects, so that a walk allocates once.
const SUBJECT_CAPACITY: usize = 256;

/// A map from literal subjects to values that can be asked with wildcards. It holds up to 2^31 subjects.
#[derive(Clone)]
pub struct SubjectTree<V> {
    shape: Shape,
    /// The values at the places of their leaves; a place in between that no leaf has holds a default.
    values: Vec<V>,
    len: usize,
}

impl<V> SubjectTree<V> {
    /// An empty tree.
    pub const fn new() -> Self {
        Self { shape: Shape::new(), values: Vec::new(), len: 0 }
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
        self.shape.reserve(subjects);
        self.values.reserve(subjects);
    }

    /// Forgets everything (Go: `Empty`).
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Sets the value of a subject and gives back the one it had. A subject with byte 127 is not kept.
    pub fn insert(&mut self, subject: &[u8], value: V) -> Option<V> {
        if subject.contains(&node::NO_PIVOT) {
            return None;
        }
        match self.shape.insert(subject) {
            Inserted::Known(leaf) => self.values.get_mut(leaf).map(|known| std::mem::replace(known, value)),
            Inserted::New(leaf) => {
                self.set_new(leaf, value);
                None
            }
            Inserted::Full => None,
        }
    }

    fn set_new(&mut self, leaf: usize, value: V) {
        match self.values.get_mut(leaf) {
            Some(place) => *place = value,
            None => self.values.push(value),
        }
        self.len += 1;
    }

    /// Changes the value of a subject that is there, else sets one as [`Self::insert`] does. Says whether it was there.
    pub fn update_or_insert(&mut self, subject: &[u8], update: impl FnOnce(&mut V), value: V) -> bool {
        if subject.contains(&node::NO_PIVOT) {
            return false;
        }
        match self.shape.insert(subject) {
            Inserted::Known(leaf) => {
                self.values.get_mut(leaf).map(update);
                return true;
            }
            Inserted::New(leaf) => self.set_new(leaf, value),
            Inserted::Full => {}
        }
        false
    }

    /// The value of a subject.
    #[inline]
    pub fn find(&self, subject: &[u8]) -> Option<&V> {
        self.values.get(self.shape.find(subject)?)
    }

    /// The value of a subject, to change.
    #[inline]
    pub fn find_mut(&mut self, subject: &[u8]) -> Option<&mut V> {
        self.values.get_mut(self.shape.find(subject)?)
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
    pub fn match_until<'t>(&'t self, filter: &[u8], mut callback: impl FnMut(&[u8], &'t V) -> bool) -> bool {
        let values = &self.values;
        match_shape(&self.shape, filter, &mut |subject, leaf| {
            values.get(leaf).is_none_or(|value| callback(subject, value))
        })
    }

    /// Like [`Self::match_until`], with values to change.
    pub fn match_until_mut(&mut self, filter: &[u8], mut callback: impl FnMut(&[u8], &mut V) -> bool) -> bool {
        let Self { shape, values, .. } = self;
        match_shape(shape, filter, &mut |subject, leaf| {
            values.get_mut(leaf).is_none_or(|value| callback(subject, value))
        })
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

    fn iterate<'t>(&'t self, ordered: bool, mut callback: impl FnMut(&[u8], &'t V) -> bool) {
        let values = &self.values;
        iterate(&self.shape, ordered, &mut |subject, leaf| {
            values.get(leaf).is_none_or(|value| callback(subject, value))
        });
    }

    fn iterate_mut(&mut self, ordered: bool, mut callback: impl FnMut(&[u8], &mut V) -> bool) {
        let Self { shape, values, .. } = self;
        iterate(shape, ordered, &mut |subject, leaf| values.get_mut(leaf).is_none_or(|value| callback(subject, value)));
    }
}

impl<V: Default> SubjectTree<V> {
    /// Takes a subject out and gives its value (Go: `Delete`). The empty subject, as in Go, stays.
    pub fn remove(&mut self, subject: &[u8]) -> Option<V> {
        if subject.is_empty() {
            return None;
        }
        let leaf = self.shape.remove(subject)?;
        self.len -= 1;
        self.values.get_mut(leaf).map(std::mem::take)
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
