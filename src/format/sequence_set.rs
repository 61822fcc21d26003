//! The set of deleted sequences, as `server/avl.SequenceSet` builds it.
//!
//! An AVL tree of nodes, each a base sequence and 2,048 bits. The encoding is a pre-order walk of that tree, so its bytes
//! depend on the history of insertions and removals: rotations, the choice of the node that replaces a removed one, and the
//! moments at which heights are computed anew are all Go's. Nodes that a decoder made may overlap, be empty or lie about
//! their heights; every operation still ends and answers what Go answers. The nodes live in an arena and every walk keeps
//! its own stack, so that a tree as deep as it has nodes is harmless.
//!
//! The last node before 2^64 ends at 0 when its end is computed. Go never finds anything in it, so neither does this.

mod codec;
mod iter;
#[cfg(test)]
mod tests;

pub(in crate::format) use codec::dump_lines;
pub use codec::{dump, encoded_len_for};
pub use iter::{Iter, Runs};

use std::cmp::Ordering;
use std::fmt;

/// How many 64-bit words a node has.
pub const NUM_BUCKETS: usize = 32;
/// How many sequences a node can hold.
pub const NUM_ENTRIES: u64 = NUM_BUCKETS as u64 * BITS_PER_BUCKET;
const BITS_PER_BUCKET: u64 = 64;

/// The position of a node in the arena.
type NodeId = u32;
/// No node.
const NIL: NodeId = NodeId::MAX;

/// A set of sequences.
#[derive(Clone)]
pub struct SequenceSet {
    arena: Vec<Node>,
    free: Vec<NodeId>,
    root: NodeId,
    size: u64,
    num_nodes: u64,
}

/// The set is not empty, so its first node is already chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sequence set is not empty")]
pub struct SetNotEmpty;

#[derive(Clone)]
struct Node {
    base: u64,
    bits: [u64; NUM_BUCKETS],
    left: NodeId,
    right: NodeId,
    height: u32,
}

impl SequenceSet {
    /// An empty set.
    pub const fn new() -> Self {
        Self { arena: Vec::new(), free: Vec::new(), root: NIL, size: 0, num_nodes: 0 }
    }

    /// Adds a sequence; true if it was not a member.
    pub fn insert(&mut self, seq: u64) -> bool {
        if let Some(id) = self.find(seq) {
            let added = self.node_mut(id).set(seq);
            self.size = self.size.wrapping_add(u64::from(added));
            return added;
        }
        let mut path = self.path_to(seq);
        let mut node = Node::new((seq / NUM_ENTRIES) * NUM_ENTRIES);
        node.set(seq);
        let id = self.allocate(node);
        self.num_nodes += 1;
        self.size = self.size.wrapping_add(1);
        self.root = self.relink(&mut path, id);
        true
    }

    /// Removes a sequence; true if it was a member. A node that becomes empty leaves the tree.
    pub fn delete(&mut self, seq: u64) -> bool {
        let Some(id) = self.find(seq) else { return false };
        let node = self.node_mut(id);
        if !node.clear(seq) {
            return false;
        }
        if node.is_empty() {
            let mut path = self.path_to(seq);
            let replacement = self.replacement_for(id);
            self.free.push(id);
            self.num_nodes = self.num_nodes.wrapping_sub(1);
            self.root = self.relink(&mut path, replacement);
        }
        self.size = self.size.wrapping_sub(1);
        if self.size == 0 {
            self.clear();
        }
        true
    }

    /// Whether a sequence is a member.
    pub fn exists(&self, seq: u64) -> bool {
        self.find(seq).is_some_and(|id| self.node(id).has(seq))
    }

    /// The last sequence of the unbroken span that starts at `seq`, if `seq` is a member.
    pub fn span_end(&self, seq: u64) -> Option<u64> {
        let mut later = Vec::new();
        let mut id = self.root;
        while id != NIL {
            let node = self.node(id);
            if seq < node.base {
                later.push(id);
                id = node.left;
            } else if seq - node.base >= NUM_ENTRIES {
                id = node.right;
            } else {
                break;
            }
        }
        if id == NIL || !self.node(id).has(seq) {
            return None;
        }
        let mut next = seq;
        loop {
            let node = self.node(id);
            let Some(reached) = next.checked_add(node.ones_from(next - node.base)) else { return Some(u64::MAX) };
            next = reached;
            if next - node.base < NUM_ENTRIES {
                return Some(next - 1);
            }
            self.push_left_spine(node.right, &mut later);
            match later.pop() {
                Some(successor) => id = successor,
                None => return Some(next - 1),
            }
            // Nodes may overlap after an unaligned first minimum, so the successor is entered at the offset reached.
            let base = self.node(id).base;
            if base > next || next - base >= NUM_ENTRIES {
                return Some(next - 1);
            }
        }
    }

    /// Chooses the base of the first node, which need not be aligned. Only an empty set can be told.
    pub fn set_initial_min(&mut self, min: u64) -> Result<(), SetNotEmpty> {
        if !self.is_empty() {
            return Err(SetNotEmpty);
        }
        self.clear();
        self.root = self.allocate(Node::new(min));
        self.num_nodes = 1;
        Ok(())
    }

    /// How many sequences are members. A decoded set believes the number in its encoding.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How many nodes the tree has.
    pub const fn num_nodes(&self) -> u64 {
        self.num_nodes
    }

    /// Whether the tree has no node. A set with a first minimum and no member is not empty.
    pub const fn is_empty(&self) -> bool {
        self.root == NIL
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// The recorded heights of the root's left and right subtrees.
    pub fn heights(&self) -> (u32, u32) {
        if self.root == NIL {
            return (0, 0);
        }
        let root = self.node(self.root);
        (self.height(root.left), self.height(root.right))
    }

    /// The smallest and the greatest member; zeros for an empty set.
    pub fn min_max(&self) -> (u64, u64) {
        if self.root == NIL {
            return (0, 0);
        }
        let (mut first, mut last) = (self.node(self.root), self.node(self.root));
        while first.left != NIL {
            first = self.node(first.left);
        }
        while last.right != NIL {
            last = self.node(last.right);
        }
        (first.min(), last.max())
    }

    /// The smallest member, the greatest member and the size: what a delete block reports.
    pub fn state(&self) -> (u64, u64, u64) {
        if self.root == NIL {
            return (0, 0, 0);
        }
        let (min, max) = self.min_max();
        (min, max, self.size)
    }

    /// The members in ascending order.
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(self)
    }

    /// The members as runs of consecutive sequences, `(first, last)` each.
    pub fn runs(&self) -> Runs<'_> {
        Runs::new(self.iter())
    }

    /// Adds every member of `other`, node by node from its root.
    pub fn union_with(&mut self, other: &Self) {
        let mut stack = vec![other.root];
        while let Some(id) = stack.pop() {
            if id == NIL {
                continue;
            }
            let node = other.node(id);
            for seq in node.members() {
                self.insert(seq);
            }
            stack.push(node.right);
            stack.push(node.left);
        }
    }

    /// The union of all sets: a copy of the largest, with the others added in ascending order. None for no sets.
    pub fn union(sets: &[&Self]) -> Option<Self> {
        let mut sorted = sets.to_vec();
        sorted.sort_by_key(|set| std::cmp::Reverse(set.size));
        let (largest, others) = sorted.split_first()?;
        let mut all = (*largest).clone();
        for seq in others.iter().flat_map(|set| set.iter()) {
            all.insert(seq);
        }
        Some(all)
    }

    /// The node in which Go looks for `seq`.
    fn find(&self, seq: u64) -> Option<NodeId> {
        let mut id = self.root;
        while id != NIL {
            let node = self.node(id);
            match node.compare(seq) {
                Ordering::Less => id = node.left,
                Ordering::Greater => id = node.right,
                Ordering::Equal => return Some(id),
            }
        }
        None
    }

    /// The nodes above the place of `seq`, from the root, each with whether the way went left.
    fn path_to(&self, seq: u64) -> Vec<(NodeId, bool)> {
        let mut path = Vec::new();
        let mut id = self.root;
        while id != NIL {
            let node = self.node(id);
            match node.compare(seq) {
                Ordering::Less => path.push((std::mem::replace(&mut id, node.left), true)),
                Ordering::Greater => path.push((std::mem::replace(&mut id, node.right), false)),
                Ordering::Equal => break,
            }
        }
        path
    }

    /// Hangs `child` below the end of `path` and balances upwards; the new root of the whole.
    fn relink(&mut self, path: &mut Vec<(NodeId, bool)>, mut child: NodeId) -> NodeId {
        while let Some((parent, went_left)) = path.pop() {
            let node = self.node_mut(parent);
            if went_left {
                node.left = child;
            } else {
                node.right = child;
            }
            child = self.balanced(parent);
        }
        child
    }

    /// The subtree that takes the place of the emptied node `id`, balanced.
    fn replacement_for(&mut self, id: NodeId) -> NodeId {
        let (left, right) = (self.node(id).left, self.node(id).right);
        let replacement = if left == NIL {
            right
        } else if right == NIL {
            left
        } else {
            self.hang_leftmost(right, left)
        };
        if replacement == NIL { NIL } else { self.balanced(replacement) }
    }

    /// Hangs `child`, smaller than everything in `root`, at the left end of `root`.
    fn hang_leftmost(&mut self, root: NodeId, child: NodeId) -> NodeId {
        let mut path = Vec::new();
        let mut id = root;
        while id != NIL {
            path.push((id, true));
            id = self.node(id).left;
        }
        self.relink(&mut path, child)
    }

    /// Computes the height of `id` anew and rotates if its sides differ by more than one; the root of the result.
    fn balanced(&mut self, id: NodeId) -> NodeId {
        self.update_height(id);
        let balance = self.balance(id);
        if balance > 1 {
            let left = self.node(id).left;
            if self.balance(left) < 0 {
                self.node_mut(id).left = self.rotate_left(left);
            }
            return self.rotate_right(id);
        }
        if balance < -1 {
            let right = self.node(id).right;
            if self.balance(right) > 0 {
                self.node_mut(id).right = self.rotate_right(right);
            }
            return self.rotate_left(id);
        }
        id
    }

    fn rotate_left(&mut self, id: NodeId) -> NodeId {
        let top = self.node(id).right;
        self.node_mut(id).right = self.node(top).left;
        self.node_mut(top).left = id;
        self.update_height(id);
        self.update_height(top);
        top
    }

    fn rotate_right(&mut self, id: NodeId) -> NodeId {
        let top = self.node(id).left;
        self.node_mut(id).left = self.node(top).right;
        self.node_mut(top).right = id;
        self.update_height(id);
        self.update_height(top);
        top
    }

    fn balance(&self, id: NodeId) -> i64 {
        let node = self.node(id);
        i64::from(self.height(node.left)) - i64::from(self.height(node.right))
    }

    fn height(&self, id: NodeId) -> u32 {
        if id == NIL { 0 } else { self.node(id).height }
    }

    fn update_height(&mut self, id: NodeId) {
        let node = self.node(id);
        self.node_mut(id).height = self.height(node.left).max(self.height(node.right)) + 1;
    }

    fn push_left_spine(&self, mut id: NodeId, stack: &mut Vec<NodeId>) {
        while id != NIL {
            stack.push(id);
            id = self.node(id).left;
        }
    }

    fn allocate(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.free.pop() {
            *self.node_mut(id) = node;
            return id;
        }
        self.arena.push(node);
        (self.arena.len() - 1) as NodeId
    }

    #[expect(clippy::indexing_slicing, reason = "ids are made by allocate alone and never outlive their arena")]
    fn node(&self, id: NodeId) -> &Node {
        &self.arena[id as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "ids are made by allocate alone and never outlive their arena")]
    fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.arena[id as usize]
    }
}

impl Default for SequenceSet {
    fn default() -> Self {
        Self::new()
    }
}

/// Two sets are equal if they have the same members, whatever their trees.
impl PartialEq for SequenceSet {
    fn eq(&self, other: &Self) -> bool {
        if self.is_empty() || other.is_empty() {
            return self.is_empty() && other.is_empty();
        }
        self.size == other.size && self.iter().all(|seq| other.exists(seq))
    }
}

impl Eq for SequenceSet {}

impl fmt::Debug for SequenceSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.runs()).finish()
    }
}

impl Extend<u64> for SequenceSet {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, sequences: I) {
        for seq in sequences {
            self.insert(seq);
        }
    }
}

impl FromIterator<u64> for SequenceSet {
    fn from_iter<I: IntoIterator<Item = u64>>(sequences: I) -> Self {
        let mut set = Self::new();
        set.extend(sequences);
        set
    }
}

impl<'a> IntoIterator for &'a SequenceSet {
    type Item = u64;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl Node {
    const fn new(base: u64) -> Self {
        Self { base, bits: [0; NUM_BUCKETS], left: NIL, right: NIL, height: 1 }
    }

    /// On which side of this node `seq` lies. The end wraps to 0 in the last node, as in Go.
    fn compare(&self, seq: u64) -> Ordering {
        if seq < self.base {
            Ordering::Less
        } else if seq >= self.base.wrapping_add(NUM_ENTRIES) {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }

    fn has(&self, seq: u64) -> bool {
        let (bucket, mask) = self.place(seq);
        self.bits.get(bucket).is_some_and(|bits| bits & mask != 0)
    }

    fn set(&mut self, seq: u64) -> bool {
        let (bucket, mask) = self.place(seq);
        match self.bits.get_mut(bucket) {
            Some(bits) if *bits & mask == 0 => {
                *bits |= mask;
                true
            }
            _ => false,
        }
    }

    fn clear(&mut self, seq: u64) -> bool {
        let (bucket, mask) = self.place(seq);
        match self.bits.get_mut(bucket) {
            Some(bits) if *bits & mask != 0 => {
                *bits &= !mask;
                true
            }
            _ => false,
        }
    }

    const fn place(&self, seq: u64) -> (usize, u64) {
        let offset = seq.wrapping_sub(self.base);
        ((offset / BITS_PER_BUCKET) as usize, 1 << (offset % BITS_PER_BUCKET))
    }

    fn is_empty(&self) -> bool {
        self.bits.iter().all(|bits| *bits == 0)
    }

    /// How many bits are set without a gap from `offset` to the end of the node.
    fn ones_from(&self, offset: u64) -> u64 {
        let mut ones = 0;
        let mut skip = offset % BITS_PER_BUCKET;
        for bits in self.bits.iter().skip((offset / BITS_PER_BUCKET) as usize) {
            let run = u64::from((!(bits >> skip)).trailing_zeros()).min(BITS_PER_BUCKET - skip);
            ones += run;
            if run < BITS_PER_BUCKET - skip {
                break;
            }
            skip = 0;
        }
        ones
    }

    fn members(&self) -> impl Iterator<Item = u64> + '_ {
        self.bits.iter().zip(0u64..).flat_map(move |(bits, bucket)| {
            let base = self.base.wrapping_add(bucket * BITS_PER_BUCKET);
            iter::ones(*bits).map(move |bit| base.wrapping_add(bit))
        })
    }

    fn min(&self) -> u64 {
        self.members().next().unwrap_or(0)
    }

    fn max(&self) -> u64 {
        let last = self.bits.iter().enumerate().rfind(|(_, bits)| **bits != 0);
        last.map_or(0, |(bucket, bits)| {
            let bit = BITS_PER_BUCKET - 1 - u64::from(bits.leading_zeros());
            self.base.wrapping_add(bucket as u64 * BITS_PER_BUCKET + bit)
        })
    }
}
