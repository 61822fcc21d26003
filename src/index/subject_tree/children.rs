//! The children of an inner node: which byte leads to which, in widths of 4, 10, 16, 48 and 256.
//!
//! Up to 16 lie in place, so that a step down the tree needs no other read; Go's width still decides when a node grows and
//! shrinks, because that decides the order of the children.

use super::node::NodeId;

const FEW: usize = 16;
const INDEX_WIDTH: usize = 48;
const FULL_WIDTH: usize = 256;

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

/// The children of an inner node, each with its key.
#[derive(Clone)]
pub(super) enum Children {
    /// Widths 4, 10 and 16.
    Few {
        /// The width.
        width: Width,
        /// How many there are.
        count: u8,
        /// The key of each child in turn; those beyond the number of children mean nothing.
        keys: [u8; FEW],
        /// The children.
        nodes: [NodeId; FEW],
    },
    /// Width 48.
    Index {
        /// For each byte the position of its child plus one, or zero.
        index: Box<[u8; 256]>,
        /// The children.
        nodes: Vec<NodeId>,
    },
    /// Width 256.
    Bits {
        /// A bit for each byte; a child's position is the number of bits before its own.
        bits: [u64; 4],
        /// The children.
        nodes: Vec<NodeId>,
    },
}

impl Children {
    /// No children, width 4.
    pub(super) const fn new() -> Self {
        Self::few(Width::Four)
    }

    const fn few(width: Width) -> Self {
        Self::Few { width, count: 0, keys: [0; FEW], nodes: [NodeId::NONE; FEW] }
    }

    /// The children in their order.
    #[inline]
    pub(super) fn nodes(&self) -> &[NodeId] {
        match self {
            Self::Few { count, nodes, .. } => nodes.get(..usize::from(*count)).unwrap_or_default(),
            Self::Index { nodes, .. } | Self::Bits { nodes, .. } => nodes,
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::Few { width, .. } => *width as usize,
            Self::Index { .. } => INDEX_WIDTH,
            Self::Bits { .. } => FULL_WIDTH,
        }
    }

    /// The child of a key.
    #[inline]
    pub(super) fn get(&self, key: u8) -> Option<NodeId> {
        self.find(key).map(|(_, node)| node)
    }

    /// The child of a key, and its position.
    #[inline]
    pub(super) fn find(&self, key: u8) -> Option<(usize, NodeId)> {
        let position = match self {
            Self::Few { count, keys, .. } => position_among(keys, key).filter(|at| *at < usize::from(*count))?,
            Self::Index { index, .. } => usize::from(*index.get(usize::from(key))?).checked_sub(1)?,
            Self::Bits { bits, .. } => has_bit(bits, key).then(|| bits_before(bits, key))?,
        };
        Some((position, *self.nodes().get(position)?))
    }

    /// Puts a node in the place of the child at a position.
    pub(super) fn replace(&mut self, position: usize, node: NodeId) {
        let slot = match self {
            Self::Few { nodes, .. } => nodes.get_mut(position),
            Self::Index { nodes, .. } | Self::Bits { nodes, .. } => nodes.get_mut(position),
        };
        if let Some(slot) = slot {
            *slot = node;
        }
    }

    /// Adds a child under a key that no other child has, growing first where the width is used up.
    pub(super) fn add(&mut self, key: u8, node: NodeId) {
        if self.nodes().len() >= self.width() {
            self.grow();
        }
        self.put(key, node);
    }

    fn put(&mut self, key: u8, node: NodeId) {
        match self {
            Self::Few { count, keys, nodes, .. } => {
                let at = usize::from(*count);
                if let (Some(slot), Some(place)) = (keys.get_mut(at), nodes.get_mut(at)) {
                    (*slot, *place) = (key, node);
                    *count += 1;
                }
            }
            Self::Index { index, nodes } => {
                nodes.push(node);
                if let Some(position) = index.get_mut(usize::from(key)) {
                    *position = u8::try_from(nodes.len()).unwrap_or(u8::MAX);
                }
            }
            Self::Bits { bits, nodes } => {
                if let Some(word) = bits.get_mut(usize::from(key / 64)) {
                    *word |= 1 << (key % 64);
                }
                nodes.insert(bits_before(bits, key), node);
            }
        }
    }

    /// Forgets the child of a key; in the narrower widths the last child moves to its place.
    pub(super) fn take(&mut self, key: u8) {
        let Some((position, _)) = self.find(key) else { return };
        match self {
            Self::Few { count, keys, nodes, .. } => {
                let last = usize::from(*count).saturating_sub(1);
                keys.swap(position, last);
                nodes.swap(position, last);
                *count = count.saturating_sub(1);
            }
            Self::Index { index, nodes } => {
                let (last, freed) = (nodes.len(), position + 1);
                if let Some(moved) = index.iter_mut().find(|place| usize::from(**place) == last) {
                    *moved = u8::try_from(freed).unwrap_or(u8::MAX);
                }
                if let Some(place) = index.get_mut(usize::from(key)) {
                    *place = 0;
                }
                nodes.swap_remove(position);
            }
            Self::Bits { bits, nodes } => {
                if let Some(word) = bits.get_mut(usize::from(key / 64)) {
                    *word &= !(1 << (key % 64));
                }
                nodes.remove(position);
            }
        }
    }

    fn grow(&mut self) {
        let wider = match self {
            Self::Few { width, .. } => match width {
                Width::Four => Self::few(Width::Ten),
                Width::Ten => Self::few(Width::Sixteen),
                Width::Sixteen => Self::index(),
            },
            Self::Index { .. } | Self::Bits { .. } => Self::Bits { bits: [0; 4], nodes: Vec::new() },
        };
        self.move_to(wider, false);
    }

    fn index() -> Self {
        Self::Index { index: Box::new([0; 256]), nodes: Vec::new() }
    }

    /// Narrows the node where few children are left. The only child of a node that is no longer needed is
    /// given back, to take its place.
    pub(super) fn shrink(&mut self) -> Option<NodeId> {
        let count = self.nodes().len();
        let (narrower, sorted) = match self {
            Self::Few { width, .. } => match width {
                Width::Four if count == 1 => return self.nodes().first().copied(),
                Width::Ten if count <= Width::Four as usize => (Self::few(Width::Four), false),
                Width::Sixteen if count <= Width::Ten as usize => (Self::few(Width::Ten), false),
                Width::Four | Width::Ten | Width::Sixteen => return None,
            },
            Self::Index { .. } if count <= Width::Sixteen as usize => (Self::few(Width::Sixteen), true),
            Self::Bits { .. } if count <= INDEX_WIDTH => (Self::index(), true),
            Self::Index { .. } | Self::Bits { .. } => return None,
        };
        self.move_to(narrower, sorted);
        None
    }

    /// Moves the children over, in their own order or sorted by key.
    fn move_to(&mut self, target: Self, sorted: bool) {
        let source = std::mem::replace(self, target);
        let mut children: Vec<(u8, NodeId)> =
            source.keys_in_order().into_iter().zip(source.nodes().iter().copied()).collect();
        if sorted {
            children.sort_by_key(|(key, _)| *key);
        }
        for (key, node) in children {
            self.put(key, node);
        }
    }

    fn keys_in_order(&self) -> Vec<u8> {
        match self {
            Self::Few { count, keys, .. } => keys.iter().copied().take(usize::from(*count)).collect(),
            Self::Index { .. } | Self::Bits { .. } => {
                let mut keys: Vec<(usize, u8)> =
                    (0..=u8::MAX).filter_map(|key| self.find(key).map(|(position, _)| (position, key))).collect();
                keys.sort_unstable();
                keys.into_iter().map(|(_, key)| key).collect()
            }
        }
    }
}

/// Where `key` comes first among all sixteen keys.
#[inline]
fn position_among(keys: &[u8; FEW], key: u8) -> Option<usize> {
    const LOWEST: u128 = u128::from_le_bytes([1; FEW]);
    const HIGHEST: u128 = LOWEST << 7;
    // A byte that equals the key becomes zero, and the lowest zero byte is the lowest one with its highest bit set below.
    let differences = u128::from_le_bytes(*keys) ^ u128::from_le_bytes([key; FEW]);
    let zeros = differences.wrapping_sub(LOWEST) & !differences & HIGHEST;
    (zeros != 0).then(|| (zeros.trailing_zeros() / 8) as usize)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_where_it_comes_first() {
        let keys: [u8; FEW] = [5, 0, 255, 127, 1, 128, 5, 254, 0, 0, 0, 0, 0, 0, 0, 0];
        let check = |key: u8| assert_eq!(position_among(&keys, key), keys.iter().position(|k| *k == key), "{key}");
        (0..=u8::MAX).for_each(check);
    }
}
