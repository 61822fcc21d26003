//! The nodes of the subject tree: how they grow, split, shrink and collapse.
//!
//! Nodes lie in two lists, inner nodes and leaves, and name each other by number; a number that is no longer in use is given
//! out again. So a step down is one read, and a whole tree goes at once.
//! Children lie in the order in which Go iterates over them. Widths 4, 10, 16 and 48 append a new
//! child and fill a gap with the last one; width 256 keeps its children in byte order. Growing keeps the
//! order of the children up to 48; shrinking from 256 and from 48 sorts them by byte. A key is a child's
//! first byte, or [`NO_PIVOT`] for the leaf whose subject ends at the node.

use super::children::Children;
use super::fragment::Fragment;

/// The key of a child that has no byte left.
pub(super) const NO_PIVOT: u8 = 127;

/// In the number of a node: it is a leaf.
const LEAF_BIT: u32 = 1 << 31;

/// The first byte, which decides the way down.
pub(super) fn pivot(rest: &[u8]) -> u8 {
    rest.first().copied().unwrap_or(NO_PIVOT)
}

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(u32);

/// What a node is, and its place in the list of its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of one subject.
    Leaf(usize),
    /// A common prefix of several.
    Inner(usize),
}

impl NodeId {
    /// Stands where no node is.
    pub(super) const NONE: Self = Self(u32::MAX);

    fn leaf(place: usize) -> Option<Self> {
        u32::try_from(place).ok().filter(|place| place & LEAF_BIT == 0).map(|place| Self(place | LEAF_BIT))
    }

    fn inner(place: usize) -> Option<Self> {
        u32::try_from(place).ok().filter(|place| place & LEAF_BIT == 0).map(Self)
    }

    #[inline]
    pub(super) const fn kind(self) -> Kind {
        let place = (self.0 & !LEAF_BIT) as usize;
        if self.0 & LEAF_BIT == 0 { Kind::Inner(place) } else { Kind::Leaf(place) }
    }
}

/// A common prefix, and at least two ways to go on. Aligned, so that a step down touches no more cache lines than it must.
#[derive(Clone)]
#[repr(align(64))]
pub(super) struct Inner {
    prefix: Fragment,
    pub(super) children: Children,
}

impl Inner {
    #[inline]
    pub(super) fn prefix(&self) -> &[u8] {
        self.prefix.as_slice()
    }
}

/// Where a node hangs: at the root, or as the child of an inner node at a position.
#[derive(Clone, Copy)]
enum Place {
    Root,
    Child { parent: usize, position: usize },
}

/// A node on the way down to a subject.
#[derive(Clone, Copy)]
pub(super) struct Step {
    place: Place,
    node: NodeId,
    /// How many bytes of the subject lie above the node.
    pub(super) above: usize,
}

/// What is left of a subject, and its value: together, so that finding a value is one read less.
#[derive(Clone)]
pub(super) struct Leaf<V> {
    pub(super) value: V,
    suffix: Fragment,
}

impl<V> Leaf<V> {
    #[inline]
    pub(super) fn suffix(&self) -> &[u8] {
        self.suffix.as_slice()
    }
}

/// The inner nodes, and where the tree begins.
#[derive(Clone)]
pub(super) struct Shape {
    root: Option<NodeId>,
    inners: Vec<Inner>,
    free_inners: Vec<usize>,
}

/// All nodes.
#[derive(Clone)]
pub(super) struct Nodes<V> {
    pub(super) shape: Shape,
    /// A leaf that is in no use holds a default.
    pub(super) leaves: Vec<Leaf<V>>,
    free_leaves: Vec<usize>,
}

/// What inserting a subject came to.
pub(super) enum Inserted<V> {
    /// It was there, at this leaf; the value was not needed.
    Known(usize, V),
    /// It has the value now.
    New,
    /// It is not kept: it has byte 127, or there are too many nodes.
    Refused,
}

impl Shape {
    pub(super) const fn root(&self) -> Option<NodeId> {
        self.root
    }

    #[inline]
    pub(super) fn inner(&self, place: usize) -> Option<&Inner> {
        self.inners.get(place)
    }

    fn hang(&mut self, place: Place, node: NodeId) {
        match place {
            Place::Root => self.root = Some(node),
            Place::Child { parent, position } => {
                if let Some(inner) = self.inners.get_mut(parent) {
                    inner.children.replace(position, node);
                }
            }
        }
    }

    fn add_inner(&mut self, prefix: &[u8]) -> Option<usize> {
        let inner = Inner { prefix: Fragment::new(prefix), children: Children::new() };
        if let Some(place) = self.free_inners.pop() {
            *self.inners.get_mut(place)? = inner;
            return Some(place);
        }
        let place = self.inners.len();
        NodeId::inner(place)?;
        self.inners.push(inner);
        Some(place)
    }

    fn free_inner(&mut self, place: usize) {
        if let Some(inner) = self.inners.get_mut(place) {
            *inner = Inner { prefix: Fragment::new(&[]), children: Children::new() };
            self.free_inners.push(place);
        }
    }
}

impl<V> Nodes<V> {
    /// A tree without a node.
    pub(super) const fn new() -> Self {
        let shape = Shape { root: None, inners: Vec::new(), free_inners: Vec::new() };
        Self { shape, leaves: Vec::new(), free_leaves: Vec::new() }
    }

    /// How many leaves and inner nodes there are.
    pub(super) const fn room(&self) -> (usize, usize) {
        (self.leaves.len(), self.shape.inners.len())
    }

    /// Makes room for so many more leaves and inner nodes.
    pub(super) fn reserve(&mut self, (leaves, inners): (usize, usize)) {
        self.leaves.reserve_exact(leaves);
        self.shape.inners.reserve_exact(inners);
    }

    /// Gives room back where less than half of it is used.
    pub(super) fn shrink(&mut self) {
        if self.leaves.len() < self.leaves.capacity() / 2 {
            self.leaves.shrink_to_fit();
        }
        if self.shape.inners.len() < self.shape.inners.capacity() / 2 {
            self.shape.inners.shrink_to_fit();
        }
    }

    /// A leaf's suffix or an inner node's prefix.
    fn path(&self, node: NodeId) -> &[u8] {
        match node.kind() {
            Kind::Leaf(leaf) => self.leaves.get(leaf).map_or(&[], Leaf::suffix),
            Kind::Inner(inner) => self.shape.inner(inner).map_or(&[], Inner::prefix),
        }
    }

    /// The leaf of a subject.
    #[inline]
    pub(super) fn find(&self, subject: &[u8]) -> Option<usize> {
        let mut node = self.shape.root?;
        let mut rest = subject;
        loop {
            match node.kind() {
                Kind::Leaf(leaf) => return (self.leaves.get(leaf)?.suffix() == rest).then_some(leaf),
                Kind::Inner(place) => {
                    let inner = self.shape.inners.get(place)?;
                    rest = without_prefix(rest, inner.prefix())?;
                    node = inner.children.get(pivot(rest))?;
                }
            }
        }
    }

    /// Finds the leaf of a subject, or makes one with the value.
    pub(super) fn insert(&mut self, subject: &[u8], value: V) -> Inserted<V> {
        match self.first_step() {
            Some(first) => self.insert_below(first, subject, value, |_| {}),
            None => self.insert_first(subject, value),
        }
    }

    /// The step that every way down begins with; none in an empty tree.
    pub(super) fn first_step(&self) -> Option<Step> {
        self.shape.root.map(|node| Step { place: Place::Root, node, above: 0 })
    }

    /// Makes the leaf of an empty tree.
    pub(super) fn insert_first(&mut self, subject: &[u8], value: V) -> Inserted<V> {
        if subject.contains(&NO_PIVOT) {
            return Inserted::Refused;
        }
        let Some(node) = self.add_leaf(subject, value) else { return Inserted::Refused };
        self.shape.root = Some(node);
        Inserted::New
    }

    /// [`Self::insert`] from a step on that is on the way to the subject. `passed` is told every inner node that the way leads
    /// through, and that still is one afterwards.
    #[inline]
    pub(super) fn insert_below(
        &mut self,
        first: Step,
        subject: &[u8],
        value: V,
        mut passed: impl FnMut(Step),
    ) -> Inserted<V> {
        let mut step = first;
        loop {
            let rest = subject.get(step.above..).unwrap_or_default();
            let path = self.path(step.node);
            let (len, common) = (path.len(), common_prefix_len(path, rest));
            match step.node.kind() {
                Kind::Leaf(leaf) if common == len && common == rest.len() => return Inserted::Known(leaf, value),
                Kind::Inner(parent) if common == len => {
                    passed(step);
                    let (_, rest) = rest.split_at(common);
                    let child = self.shape.inners.get(parent).and_then(|inner| inner.children.find(pivot(rest)));
                    let Some((position, node)) = child else { return self.add_child(parent, rest, value) };
                    step = Step { place: Place::Child { parent, position }, node, above: step.above + common };
                }
                Kind::Leaf(_) | Kind::Inner(_) => return self.split(step.place, step.node, common, rest, value),
            }
        }
    }

    /// Hangs a new leaf under an inner node that has no child with its first byte.
    fn add_child(&mut self, parent: usize, rest: &[u8], value: V) -> Inserted<V> {
        // What lies above is in the tree, and so has no such byte.
        if rest.contains(&NO_PIVOT) {
            return Inserted::Refused;
        }
        let Some(node) = self.add_leaf(rest, value) else { return Inserted::Refused };
        if let Some(inner) = self.shape.inners.get_mut(parent) {
            inner.children.add(pivot(rest), node);
        }
        Inserted::New
    }

    /// Puts an inner node in the place of `old`, for what it and `rest` have in common, and both under it.
    fn split(&mut self, place: Place, old: NodeId, common: usize, rest: &[u8], value: V) -> Inserted<V> {
        if rest.contains(&NO_PIVOT) {
            return Inserted::Refused;
        }
        let (prefix, rest) = rest.split_at(common);
        let Some(parent) = self.shape.add_inner(prefix) else { return Inserted::Refused };
        let (Some(new), Some(node)) = (self.add_leaf(rest, value), NodeId::inner(parent)) else {
            self.shape.free_inner(parent);
            return Inserted::Refused;
        };
        if let Some(path) = self.path_mut(old) {
            *path = Fragment::new(path.as_slice().get(common..).unwrap_or_default());
        }
        // Go adds the new leaf before an old leaf, yet after an old node.
        let children = match old.kind() {
            Kind::Leaf(_) => [new, old],
            Kind::Inner(_) => [old, new],
        };
        let keys = children.map(|child| pivot(self.path(child)));
        if let Some(inner) = self.shape.inners.get_mut(parent) {
            for (key, child) in keys.into_iter().zip(children) {
                inner.children.add(key, child);
            }
        }
        self.shape.hang(place, node);
        Inserted::New
    }

    fn path_mut(&mut self, node: NodeId) -> Option<&mut Fragment> {
        match node.kind() {
            Kind::Leaf(leaf) => self.leaves.get_mut(leaf).map(|leaf| &mut leaf.suffix),
            Kind::Inner(inner) => self.shape.inners.get_mut(inner).map(|inner| &mut inner.prefix),
        }
    }

    fn add_leaf(&mut self, suffix: &[u8], value: V) -> Option<NodeId> {
        let new = Leaf { value, suffix: Fragment::new(suffix) };
        if let Some(place) = self.free_leaves.pop() {
            *self.leaves.get_mut(place)? = new;
            return NodeId::leaf(place);
        }
        let node = NodeId::leaf(self.leaves.len()).filter(|node| *node != NodeId::NONE)?;
        self.leaves.push(new);
        Some(node)
    }
}

impl<V: Default> Nodes<V> {
    /// Takes a subject out and gives its value. The nodes above may shrink or give way to their last child.
    pub(super) fn remove(&mut self, subject: &[u8]) -> Option<V> {
        let root = self.shape.root?;
        let (mut place, mut node, mut rest) = (Place::Root, root, subject);
        if let Kind::Leaf(leaf) = root.kind() {
            if self.leaves.get(leaf)?.suffix() != subject {
                return None;
            }
            self.shape.root = None;
            return self.free_leaf(leaf);
        }
        while let Kind::Inner(parent) = node.kind() {
            let inner = self.shape.inners.get(parent)?;
            rest = without_prefix(rest, inner.prefix())?;
            let key = pivot(rest);
            let (position, child) = inner.children.find(key)?;
            if let Kind::Leaf(leaf) = child.kind() {
                if self.leaves.get(leaf)?.suffix() != rest {
                    return None;
                }
                self.take_child(place, parent, key);
                return self.free_leaf(leaf);
            }
            (place, node) = (Place::Child { parent, position }, child);
        }
        None
    }

    /// Takes a child from an inner node. One with a single child left makes room for it.
    fn take_child(&mut self, place: Place, parent: usize, key: u8) {
        let Some(inner) = self.shape.inners.get_mut(parent) else { return };
        inner.children.take(key);
        let Some(only) = inner.children.shrink() else { return };
        let prefix = inner.prefix.clone();
        if let Some(path) = self.path_mut(only) {
            *path = Fragment::join(prefix.as_slice(), path.as_slice());
        }
        self.shape.hang(place, only);
        self.shape.free_inner(parent);
    }

    fn free_leaf(&mut self, place: usize) -> Option<V> {
        let leaf = self.leaves.get_mut(place)?;
        leaf.suffix = Fragment::new(&[]);
        let value = std::mem::take(&mut leaf.value);
        self.free_leaves.push(place);
        Some(value)
    }
}

/// What follows the prefix. Most prefixes are too short for a call that compares memory.
#[inline]
fn without_prefix<'a>(rest: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    if prefix.is_empty() {
        return Some(rest);
    }
    let (head, tail) = rest.split_at_checked(prefix.len())?;
    (common_prefix_len(head, prefix) == prefix.len()).then_some(tail)
}

/// How many bytes both begin with.
#[inline]
pub(super) fn common_prefix_len(left: &[u8], right: &[u8]) -> usize {
    let (left_words, _) = left.as_chunks::<8>();
    let (right_words, _) = right.as_chunks::<8>();
    let mut len = 0;
    for (left, right) in left_words.iter().zip(right_words) {
        let difference = u64::from_le_bytes(*left) ^ u64::from_le_bytes(*right);
        if difference != 0 {
            return len + (difference.trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    let (left, right) = (left.get(len..).unwrap_or_default(), right.get(len..).unwrap_or_default());
    len + left.iter().zip(right).take_while(|(left, right)| left == right).count()
}
