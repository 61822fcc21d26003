//! The nodes of the subject tree: how they grow, split, shrink and collapse.
//!
//! Nodes lie in two lists, inner nodes and the suffixes of leaves, and name each other by number; a number that is no longer
//! in use is given out again. So a step down is one read, and a whole tree goes at once.
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

/// A common prefix, and at least two ways to go on.
#[derive(Clone)]
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

/// The tree without its values, which lie at the places of the leaves.
#[derive(Clone, Default)]
pub(super) struct Shape {
    root: Option<NodeId>,
    inners: Vec<Inner>,
    free_inners: Vec<usize>,
    /// What is left of each subject.
    suffixes: Vec<Fragment>,
    free_leaves: Vec<usize>,
}

/// What inserting a subject came to.
pub(super) enum Inserted {
    /// It was there, at this leaf.
    Known(usize),
    /// It has this leaf now.
    New(usize),
    /// There are too many nodes.
    Full,
}

impl Shape {
    /// A tree without a node.
    pub(super) const fn new() -> Self {
        Self { root: None, inners: Vec::new(), free_inners: Vec::new(), suffixes: Vec::new(), free_leaves: Vec::new() }
    }

    /// Makes room for so many more subjects.
    pub(super) fn reserve(&mut self, subjects: usize) {
        self.suffixes.reserve(subjects);
    }

    pub(super) const fn root(&self) -> Option<NodeId> {
        self.root
    }

    #[inline]
    pub(super) fn suffix(&self, leaf: usize) -> &[u8] {
        self.suffixes.get(leaf).map_or(&[], Fragment::as_slice)
    }

    #[inline]
    pub(super) fn inner(&self, place: usize) -> Option<&Inner> {
        self.inners.get(place)
    }

    /// A leaf's suffix or an inner node's prefix.
    pub(super) fn path(&self, node: NodeId) -> &[u8] {
        match node.kind() {
            Kind::Leaf(leaf) => self.suffix(leaf),
            Kind::Inner(inner) => self.inners.get(inner).map_or(&[], Inner::prefix),
        }
    }

    /// The leaf of a subject.
    #[inline]
    pub(super) fn find(&self, subject: &[u8]) -> Option<usize> {
        let mut node = self.root?;
        let mut rest = subject;
        loop {
            match node.kind() {
                Kind::Leaf(leaf) => return (self.suffixes.get(leaf)?.as_slice() == rest).then_some(leaf),
                Kind::Inner(place) => {
                    let inner = self.inners.get(place)?;
                    rest = without_prefix(rest, inner.prefix())?;
                    node = inner.children.get(pivot(rest))?;
                }
            }
        }
    }

    /// Finds or makes the leaf of a subject.
    pub(super) fn insert(&mut self, subject: &[u8]) -> Inserted {
        let Some(mut node) = self.root else {
            let Some((leaf, node)) = self.add_leaf(subject) else { return Inserted::Full };
            self.root = Some(node);
            return Inserted::New(leaf);
        };
        let (mut place, mut rest) = (Place::Root, subject);
        loop {
            let path = self.path(node);
            let (len, common) = (path.len(), common_prefix_len(path, rest));
            match node.kind() {
                Kind::Leaf(leaf) if common == len && common == rest.len() => return Inserted::Known(leaf),
                Kind::Inner(parent) if common == len => {
                    (_, rest) = rest.split_at(common);
                    let child = self.inners.get(parent).and_then(|inner| inner.children.find(pivot(rest)));
                    match child {
                        Some((position, child)) => (place, node) = (Place::Child { parent, position }, child),
                        None => return self.add_child(parent, rest),
                    }
                }
                Kind::Leaf(_) | Kind::Inner(_) => return self.split(place, node, common, rest),
            }
        }
    }

    /// Hangs a new leaf under an inner node that has no child with its first byte.
    fn add_child(&mut self, parent: usize, rest: &[u8]) -> Inserted {
        let Some((leaf, node)) = self.add_leaf(rest) else { return Inserted::Full };
        if let Some(inner) = self.inners.get_mut(parent) {
            inner.children.add(pivot(rest), node);
        }
        Inserted::New(leaf)
    }

    /// Puts an inner node in the place of `old`, for what it and `rest` have in common, and both under it.
    fn split(&mut self, place: Place, old: NodeId, common: usize, rest: &[u8]) -> Inserted {
        let (prefix, rest) = rest.split_at(common);
        let Some(parent) = self.add_inner(prefix) else { return Inserted::Full };
        let Some((leaf, new)) = self.add_leaf(rest) else {
            self.free_inner(parent);
            return Inserted::Full;
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
        if let Kind::Inner(parent) = parent.kind()
            && let Some(inner) = self.inners.get_mut(parent)
        {
            for (key, child) in keys.into_iter().zip(children) {
                inner.children.add(key, child);
            }
        }
        self.hang(place, parent);
        Inserted::New(leaf)
    }

    /// Takes a subject out and says which leaf it had. The nodes above may shrink or give way to their last child.
    pub(super) fn remove(&mut self, subject: &[u8]) -> Option<usize> {
        let root = self.root?;
        let (mut place, mut node, mut rest) = (Place::Root, root, subject);
        if let Kind::Leaf(leaf) = root.kind() {
            let known = self.suffix(leaf) == subject;
            return known.then(|| {
                self.root = None;
                self.free_leaf(leaf)
            });
        }
        while let Kind::Inner(parent) = node.kind() {
            let inner = self.inners.get(parent)?;
            rest = rest.strip_prefix(inner.prefix())?;
            let key = pivot(rest);
            let (position, child) = inner.children.find(key)?;
            if let Kind::Leaf(leaf) = child.kind() {
                if self.suffix(leaf) != rest {
                    return None;
                }
                self.take_child(place, parent, key);
                return Some(self.free_leaf(leaf));
            }
            (place, node) = (Place::Child { parent, position }, child);
        }
        None
    }

    /// Takes a child from an inner node. One with a single child left makes room for it.
    fn take_child(&mut self, place: Place, parent: usize, key: u8) {
        let Some(inner) = self.inners.get_mut(parent) else { return };
        inner.children.take(key);
        let Some(only) = inner.children.shrink() else { return };
        let prefix = inner.prefix.clone();
        if let Some(path) = self.path_mut(only) {
            *path = Fragment::join(prefix.as_slice(), path.as_slice());
        }
        self.hang(place, only);
        if let Some(parent) = NodeId::inner(parent) {
            self.free_inner(parent);
        }
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

    fn path_mut(&mut self, node: NodeId) -> Option<&mut Fragment> {
        match node.kind() {
            Kind::Leaf(leaf) => self.suffixes.get_mut(leaf),
            Kind::Inner(inner) => self.inners.get_mut(inner).map(|inner| &mut inner.prefix),
        }
    }

    fn add_leaf(&mut self, suffix: &[u8]) -> Option<(usize, NodeId)> {
        let suffix = Fragment::new(suffix);
        if let Some(leaf) = self.free_leaves.pop() {
            *self.suffixes.get_mut(leaf)? = suffix;
            return Some((leaf, NodeId::leaf(leaf)?));
        }
        let leaf = self.suffixes.len();
        let node = NodeId::leaf(leaf).filter(|node| *node != NodeId::NONE)?;
        self.suffixes.push(suffix);
        Some((leaf, node))
    }

    fn add_inner(&mut self, prefix: &[u8]) -> Option<NodeId> {
        let inner = Inner { prefix: Fragment::new(prefix), children: Children::new() };
        if let Some(place) = self.free_inners.pop() {
            *self.inners.get_mut(place)? = inner;
            return NodeId::inner(place);
        }
        let node = NodeId::inner(self.inners.len())?;
        self.inners.push(inner);
        Some(node)
    }

    fn free_leaf(&mut self, leaf: usize) -> usize {
        if let Some(suffix) = self.suffixes.get_mut(leaf) {
            *suffix = Fragment::new(&[]);
        }
        self.free_leaves.push(leaf);
        leaf
    }

    fn free_inner(&mut self, node: NodeId) {
        if let Kind::Inner(place) = node.kind()
            && let Some(inner) = self.inners.get_mut(place)
        {
            *inner = Inner { prefix: Fragment::new(&[]), children: Children::new() };
            self.free_inners.push(place);
        }
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
fn common_prefix_len(left: &[u8], right: &[u8]) -> usize {
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
