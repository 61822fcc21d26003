//! The nodes of the subject tree: how they grow, split, shrink and collapse.
//!
//! Children lie in a vector in the order in which Go iterates over them. Widths 4, 10, 16 and 48 append a new
//! child and fill a gap with the last one; width 256 keeps its children in byte order. Growing keeps the
//! order of the children up to 48; shrinking from 256 and from 48 sorts them by byte. A key is a child's
//! first byte, or [`NO_PIVOT`] for the leaf whose subject ends at the node.

use super::fragment::Fragment;

/// The key of a child that has no byte left.
pub(super) const NO_PIVOT: u8 = 127;

/// The first byte, which decides the way down.
pub(super) fn pivot(rest: &[u8]) -> u8 {
    rest.first().copied().unwrap_or(NO_PIVOT)
}

/// A leaf or an inner node.
#[derive(Clone)]
pub(super) enum Node<V> {
    /// The end of one subject.
    Leaf(Box<Leaf<V>>),
    /// A common prefix of several.
    Inner(Box<Inner<V>>),
}

/// What is left of a subject, and its value.
#[derive(Clone)]
pub(super) struct Leaf<V> {
    pub(super) value: V,
    suffix: Fragment,
}

impl<V> Leaf<V> {
    pub(super) fn suffix(&self) -> &[u8] {
        self.suffix.as_slice()
    }

    pub(super) fn split_mut(&mut self) -> (&[u8], &mut V) {
        (self.suffix.as_slice(), &mut self.value)
    }

    pub(super) fn into_value(self) -> V {
        self.value
    }
}

/// A common prefix, and at least two ways to go on.
#[derive(Clone)]
pub(super) struct Inner<V> {
    prefix: Fragment,
    pub(super) keys: Keys,
    pub(super) nodes: Vec<Node<V>>,
}

/// Which child has which key.
#[derive(Clone)]
pub(super) enum Keys {
    /// Widths 4, 10 and 16: the key of each child in turn.
    Few {
        /// The width.
        width: Width,
        /// The keys; those beyond the number of children mean nothing.
        bytes: [u8; 16],
    },
    /// Width 48: for each byte the position of its child plus one, or zero.
    Index(Box<[u8; 256]>),
    /// Width 256: a bit for each byte; a child's position is the number of bits before its own.
    Bits([u64; 4]),
}

/// The widths that search their keys one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// Up to 4 children.
    Four = 4,
    /// Up to 10, for the ten digits.
    Ten = 10,
    /// Up to 16.
    Sixteen = 16,
}

impl<V> Node<V> {
    /// A leaf.
    pub(super) fn leaf(suffix: &[u8], value: V) -> Self {
        Self::Leaf(Box::new(Leaf { value, suffix: Fragment::new(suffix) }))
    }

    /// A leaf's suffix or an inner node's prefix.
    pub(super) fn path(&self) -> &[u8] {
        match self {
            Self::Leaf(leaf) => leaf.suffix(),
            Self::Inner(inner) => inner.prefix(),
        }
    }

    /// Puts `front` before the path.
    fn prepend(&mut self, front: &Fragment) {
        let path = match self {
            Self::Leaf(leaf) => &mut leaf.suffix,
            Self::Inner(inner) => &mut inner.prefix,
        };
        *path = Fragment::join(front.as_slice(), path.as_slice());
    }

    /// Drops the first `count` bytes of the path.
    fn cut_front(&mut self, count: usize) {
        let path = match self {
            Self::Leaf(leaf) => &mut leaf.suffix,
            Self::Inner(inner) => &mut inner.prefix,
        };
        *path = Fragment::new(path.as_slice().get(count..).unwrap_or_default());
    }

    /// Sets the value at `rest` below this node and gives back the one it had.
    pub(super) fn insert(&mut self, rest: &[u8], value: V) -> Option<V> {
        let common = common_prefix_len(self.path(), rest);
        match self {
            Self::Leaf(leaf) if leaf.suffix() == rest => {
                return Some(std::mem::replace(&mut leaf.value, value));
            }
            Self::Inner(inner) if common == inner.prefix().len() => {
                let (_, rest) = rest.split_at(common);
                if let Some(child) = inner.child_mut(pivot(rest)) {
                    return child.insert(rest, value);
                }
                inner.add(pivot(rest), Self::leaf(rest, value));
                return None;
            }
            Self::Leaf(_) | Self::Inner(_) => {}
        }
        let (prefix, rest) = rest.split_at(common);
        let parent = Self::Inner(Box::new(Inner::with_prefix(prefix)));
        let mut old = std::mem::replace(self, parent);
        old.cut_front(common);
        let new = Self::leaf(rest, value);
        // Go adds the new leaf before an old leaf, yet after an old node.
        let (first, second) = match old {
            Self::Leaf(_) => (new, old),
            Self::Inner(_) => (old, new),
        };
        if let Self::Inner(parent) = self {
            for child in [first, second] {
                parent.add(pivot(child.path()), child);
            }
        }
        None
    }

    /// The value at `rest` below this node.
    pub(super) fn find<'t>(&'t self, mut rest: &[u8]) -> Option<&'t V> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(leaf) => return (leaf.suffix() == rest).then_some(&leaf.value),
                Self::Inner(inner) => {
                    rest = rest.strip_prefix(inner.prefix())?;
                    let position = inner.keys.position(pivot(rest), inner.nodes.len())?;
                    node = inner.nodes.get(position)?;
                }
            }
        }
    }

    /// The value at `rest` below this node, to change.
    pub(super) fn find_mut<'t>(&'t mut self, mut rest: &[u8]) -> Option<&'t mut V> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(leaf) => {
                    let leaf = &mut **leaf;
                    return (leaf.suffix.as_slice() == rest).then_some(&mut leaf.value);
                }
                Self::Inner(inner) => {
                    rest = rest.strip_prefix(inner.prefix())?;
                    node = inner.child_mut(pivot(rest))?;
                }
            }
        }
    }

    /// Takes the leaf at `rest` out from below this inner node, which may shrink or give way to its last child.
    pub(super) fn remove(&mut self, rest: &[u8]) -> Option<V> {
        let Self::Inner(inner) = self else {
            return None;
        };
        let rest = rest.strip_prefix(inner.prefix())?;
        let key = pivot(rest);
        let removed = match inner.child_mut(key)? {
            Self::Leaf(leaf) if leaf.suffix() == rest => inner.take(key)?,
            Self::Leaf(_) => return None,
            child @ Self::Inner(_) => return child.remove(rest),
        };
        if let Some(only) = inner.shrink() {
            *self = only;
        }
        match removed {
            Self::Leaf(leaf) => Some(leaf.into_value()),
            Self::Inner(_) => None,
        }
    }
}

impl<V> Inner<V> {
    fn with_prefix(prefix: &[u8]) -> Self {
        Self {
            prefix: Fragment::new(prefix),
            keys: Keys::few(Width::Four),
            nodes: Vec::with_capacity(Width::Four as usize),
        }
    }

    pub(super) fn prefix(&self) -> &[u8] {
        self.prefix.as_slice()
    }

    pub(super) fn split_mut(&mut self) -> (&[u8], &Keys, &mut [Node<V>]) {
        (self.prefix.as_slice(), &self.keys, &mut self.nodes)
    }

    fn child_mut(&mut self, key: u8) -> Option<&mut Node<V>> {
        let position = self.keys.position(key, self.nodes.len())?;
        self.nodes.get_mut(position)
    }

    /// Adds a child under a key that no other child has, growing first where the width is used up.
    fn add(&mut self, key: u8, node: Node<V>) {
        if self.nodes.len() >= self.keys.width() {
            self.grow();
        }
        let position = self.keys.add(key, self.nodes.len());
        self.nodes.insert(position, node);
    }

    fn take(&mut self, key: u8) -> Option<Node<V>> {
        let last = self.nodes.len().checked_sub(1)?;
        let position = self.keys.remove(key, self.nodes.len())?;
        if matches!(self.keys, Keys::Bits(_)) {
            return Some(self.nodes.remove(position));
        }
        (position <= last).then(|| self.nodes.swap_remove(position))
    }

    fn grow(&mut self) {
        let wider = match &self.keys {
            Keys::Few { width, .. } => match width {
                Width::Four => Keys::few(Width::Ten),
                Width::Ten => Keys::few(Width::Sixteen),
                Width::Sixteen => Keys::Index(Box::new([0; 256])),
            },
            Keys::Index(_) | Keys::Bits(_) => Keys::Bits([0; 4]),
        };
        let sorted = matches!(wider, Keys::Bits(_));
        self.rebuild(wider, sorted);
    }

    /// Narrows the node where few children are left. The only child of a node that is no longer needed is
    /// given back, to take its place.
    fn shrink(&mut self) -> Option<Node<V>> {
        let count = self.nodes.len();
        let (narrower, sorted) = match &self.keys {
            Keys::Few { width, .. } => match width {
                Width::Four if count == 1 => {
                    let mut only = self.nodes.pop()?;
                    only.prepend(&self.prefix);
                    return Some(only);
                }
                Width::Ten if count <= Width::Four as usize => (Keys::few(Width::Four), false),
                Width::Sixteen if count <= Width::Ten as usize => (Keys::few(Width::Ten), false),
                Width::Four | Width::Ten | Width::Sixteen => return None,
            },
            Keys::Index(_) if count <= Width::Sixteen as usize => (Keys::few(Width::Sixteen), true),
            Keys::Bits(_) if count <= INDEX_WIDTH => (Keys::Index(Box::new([0; 256])), true),
            Keys::Index(_) | Keys::Bits(_) => return None,
        };
        self.rebuild(narrower, sorted);
        None
    }

    /// Moves the children over to other keys, in their own order or sorted by key.
    fn rebuild(&mut self, keys: Keys, sorted: bool) {
        let old_keys = std::mem::replace(&mut self.keys, keys);
        let old_nodes = std::mem::take(&mut self.nodes);
        let mut children: Vec<(u8, Node<V>)> = old_keys.in_order(old_nodes.len()).into_iter().zip(old_nodes).collect();
        if sorted {
            children.sort_by_key(|(key, _)| *key);
        }
        self.nodes.reserve_exact(children.len() + 1);
        for (key, node) in children {
            let position = self.keys.add(key, self.nodes.len());
            self.nodes.insert(position, node);
        }
    }
}

const INDEX_WIDTH: usize = 48;
const FULL_WIDTH: usize = 256;

impl Keys {
    const fn few(width: Width) -> Self {
        Self::Few { width, bytes: [0; 16] }
    }

    fn width(&self) -> usize {
        match self {
            Self::Few { width, .. } => *width as usize,
            Self::Index(_) => INDEX_WIDTH,
            Self::Bits(_) => FULL_WIDTH,
        }
    }

    /// Where the child of a key lies among `count` children.
    pub(super) fn position(&self, key: u8, count: usize) -> Option<usize> {
        match self {
            Self::Few { bytes, .. } => bytes.get(..count).and_then(|bytes| bytes.iter().position(|byte| *byte == key)),
            Self::Index(index) => {
                let position = *index.get(usize::from(key))?;
                usize::from(position).checked_sub(1)
            }
            Self::Bits(bits) => has_bit(bits, key).then(|| bits_before(bits, key)),
        }
    }

    /// Notes a new key beside `count` others and says where its child goes.
    fn add(&mut self, key: u8, count: usize) -> usize {
        match self {
            Self::Few { bytes, .. } => {
                if let Some(byte) = bytes.get_mut(count) {
                    *byte = key;
                }
                count
            }
            Self::Index(index) => {
                if let Some(position) = index.get_mut(usize::from(key)) {
                    *position = u8::try_from(count + 1).unwrap_or(u8::MAX);
                }
                count
            }
            Self::Bits(bits) => {
                if let Some(word) = bits.get_mut(usize::from(key / 64)) {
                    *word |= 1 << (key % 64);
                }
                bits_before(bits, key)
            }
        }
    }

    /// Forgets a key among `count` and says where its child lay; the last child's key moves there.
    fn remove(&mut self, key: u8, count: usize) -> Option<usize> {
        let position = self.position(key, count)?;
        match self {
            Self::Few { bytes, .. } => {
                if let Some(bytes) = bytes.get_mut(..count) {
                    bytes.swap(position, count - 1);
                }
            }
            Self::Index(index) => {
                let last = u8::try_from(count).ok()?;
                let freed = u8::try_from(position + 1).ok()?;
                if let Some(moved) = index.iter_mut().find(|place| **place == last) {
                    *moved = freed;
                }
                *index.get_mut(usize::from(key))? = 0;
            }
            Self::Bits(bits) => {
                if let Some(word) = bits.get_mut(usize::from(key / 64)) {
                    *word &= !(1 << (key % 64));
                }
            }
        }
        Some(position)
    }

    /// The keys of `count` children in the order of the children.
    fn in_order(&self, count: usize) -> Vec<u8> {
        match self {
            Self::Few { bytes, .. } => bytes.iter().copied().take(count).collect(),
            Self::Index(_) | Self::Bits(_) => {
                let mut keys: Vec<(usize, u8)> =
                    (0..=u8::MAX).filter_map(|key| Some((self.position(key, count)?, key))).collect();
                keys.sort_unstable();
                keys.into_iter().map(|(_, key)| key).collect()
            }
        }
    }
}

fn has_bit(bits: &[u64; 4], key: u8) -> bool {
    bits.get(usize::from(key / 64)).is_some_and(|word| word & (1 << (key % 64)) != 0)
}

fn bits_before(bits: &[u64; 4], key: u8) -> usize {
    let word_index = usize::from(key / 64);
    bits.iter()
        .enumerate()
        .map(|(index, word)| match index.cmp(&word_index) {
            std::cmp::Ordering::Less => word.count_ones(),
            std::cmp::Ordering::Equal => (word & ((1 << (key % 64)) - 1)).count_ones(),
            std::cmp::Ordering::Greater => 0,
        })
        .sum::<u32>() as usize
}

fn common_prefix_len(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}
