//! Inserting many subjects, one after the other, with the way down to the last one kept.
//!
//! A subject that begins like the one before is not looked for from the root, but from where the two part. Trees hand out
//! their subjects, and files hold them, in an order in which neighbours begin alike: so what comes from one tree goes
//! into another in a step or two each. The tree becomes what inserting them by themselves would have made of it.

use super::SubjectTree;
use super::node::{Inserted, Step, common_prefix_len};

/// Puts subjects into a tree.
pub struct Inserter<'t, V> {
    tree: &'t mut SubjectTree<V>,
    last: Vec<u8>,
    /// The inner nodes above the last subject. Inserting it changed what hangs at the lowest, and nothing above.
    way: Vec<Step>,
}

impl<'t, V> Inserter<'t, V> {
    /// Puts subjects into `tree`.
    pub const fn new(tree: &'t mut SubjectTree<V>) -> Self {
        Self { tree, last: Vec::new(), way: Vec::new() }
    }

    /// As [`SubjectTree::reserve`].
    pub fn reserve(&mut self, subjects: usize) {
        self.tree.reserve(subjects);
    }

    /// As [`SubjectTree::insert`].
    pub fn insert(&mut self, subject: &[u8], value: V) -> Option<V> {
        let (leaf, value) = self.place(subject, value)?;
        let known = self.tree.nodes.leaves.get_mut(leaf)?;
        Some(std::mem::replace(&mut known.value, value))
    }

    /// As [`SubjectTree::update_or_insert`].
    pub fn update_or_insert(&mut self, subject: &[u8], update: impl FnOnce(&mut V), value: V) -> bool {
        let Some((leaf, _)) = self.place(subject, value) else { return false };
        if let Some(known) = self.tree.nodes.leaves.get_mut(leaf) {
            update(&mut known.value);
        }
        true
    }

    /// Inserts a subject; one that is there already is left to the caller, with the value.
    fn place(&mut self, subject: &[u8], value: V) -> Option<(usize, V)> {
        let common = common_prefix_len(&self.last, subject);
        // The byte by which a node was chosen is the first of its own path; the root was not chosen.
        while self.way.len() > 1 && self.way.last().is_some_and(|step| step.above >= common) {
            self.way.pop();
        }
        let nodes = &mut self.tree.nodes;
        let inserted = match self.way.pop().or_else(|| nodes.first_step()) {
            Some(first) => nodes.insert_below(first, subject, value, |step| self.way.push(step)),
            None => nodes.insert_first(subject, value),
        };
        self.last.clear();
        self.last.extend_from_slice(subject);
        match inserted {
            Inserted::Known(leaf, value) => return Some((leaf, value)),
            Inserted::New => self.tree.len += 1,
            Inserted::Refused => {}
        }
        None
    }
}
