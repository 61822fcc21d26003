//! Walks over a [`SequenceSet`]: its members in tree order, and its members as runs.
//!
//! The order is ascending as long as no nodes overlap, which only an unaligned first minimum or a foreign encoding can cause.
//! The walk keeps its own stack, so a degenerate tree cannot exhaust the thread's.

use std::iter::Peekable;

use super::{BITS_PER_BUCKET, NodeId, SequenceSet};

/// The members of a set in tree order.
#[derive(Clone)]
pub struct Iter<'a> {
    set: &'a SequenceSet,
    stack: Vec<NodeId>,
    buckets: std::slice::Iter<'a, u64>,
    bucket_base: u64,
    bits: u64,
}

impl<'a> Iter<'a> {
    pub(super) fn new(set: &'a SequenceSet) -> Self {
        let mut stack = Vec::new();
        set.push_left_spine(set.root, &mut stack);
        Self { set, stack, buckets: [].iter(), bucket_base: 0, bits: 0 }
    }
}

impl Iterator for Iter<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        while self.bits == 0 {
            if let Some(bits) = self.buckets.next() {
                self.bits = *bits;
                self.bucket_base = self.bucket_base.wrapping_add(BITS_PER_BUCKET);
                continue;
            }
            let node = self.set.node(self.stack.pop()?);
            self.set.push_left_spine(node.right, &mut self.stack);
            self.buckets = node.bits.iter();
            self.bucket_base = node.base.wrapping_sub(BITS_PER_BUCKET);
        }
        let bit = u64::from(self.bits.trailing_zeros());
        self.bits &= self.bits - 1;
        Some(self.bucket_base.wrapping_add(bit))
    }
}

/// The members of a set as runs of consecutive sequences, first and last inclusive.
#[derive(Clone)]
pub struct Runs<'a> {
    members: Peekable<Iter<'a>>,
}

impl<'a> Runs<'a> {
    pub(super) fn new(members: Iter<'a>) -> Self {
        Self { members: members.peekable() }
    }
}

impl Iterator for Runs<'_> {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<(u64, u64)> {
        let first = self.members.next()?;
        let mut last = first;
        while let Some(next) = self.members.next_if(|seq| last.checked_add(1) == Some(*seq)) {
            last = next;
        }
        Some((first, last))
    }
}

/// The positions of the bits that are set, ascending.
pub(super) fn ones(mut bits: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let bit = u64::from(bits.trailing_zeros());
        (bits != 0).then(|| {
            bits &= bits - 1;
            bit
        })
    })
}
