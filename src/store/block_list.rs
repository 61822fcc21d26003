//! The list of blocks by their indexes: where a block is, which blocks lie between two indexes, what is added and dropped.
//!
//! Nearly always the list ascends. A truncation that met a file of which the store did not know, a stopped store that goes on
//! writing, and an `index.db` that says so leave it in another order; it is then searched from its end, since of two
//! blocks with one index the later counts (Go: `bim`).
//!
//! Carries 1180, 1181.

use std::ops::Range;
use std::vec::IntoIter;

use super::Store;
use super::block::Block;

/// Positions in the list, in the order of the blocks' indexes.
#[derive(Debug)]
pub(super) enum Positions {
    /// The list ascends.
    Run(Range<usize>),
    /// It does not.
    Sorted(IntoIter<usize>),
}

impl Iterator for Positions {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        match self {
            Self::Run(range) => range.next(),
            Self::Sorted(positions) => positions.next(),
        }
    }
}

impl DoubleEndedIterator for Positions {
    fn next_back(&mut self) -> Option<usize> {
        match self {
            Self::Run(range) => range.next_back(),
            Self::Sorted(positions) => positions.next_back(),
        }
    }
}

impl Store {
    /// Where the block with this index is in the list.
    pub(crate) fn position(&self, index: u32) -> Option<usize> {
        if self.blocks_out_of_order {
            return self.blocks.iter().rposition(|block| block.index == index);
        }
        // Most lists have no gaps, so that the place follows from the first index.
        let guess = index.checked_sub(self.blocks.first()?.index)? as usize;
        if self.blocks.get(guess).is_some_and(|block| block.index == index) {
            return Some(guess);
        }
        self.blocks.binary_search_by_key(&index, |block| block.index).ok()
    }

    /// Where the blocks from one index to another are, the lower index first.
    pub(super) fn positions_between(&self, low: u32, high: u32) -> Positions {
        if !self.blocks_out_of_order {
            let begin = self.blocks.partition_point(|block| block.index < low);
            let end = self.blocks.partition_point(|block| block.index <= high);
            return Positions::Run(begin..end.max(begin));
        }
        let mut found: Vec<(u32, usize)> = Vec::new();
        for (position, block) in self.blocks.iter().enumerate().rev() {
            let index = block.index;
            if (low..=high).contains(&index) && !found.iter().any(|(known, _)| *known == index) {
                found.push((index, position));
            }
        }
        found.sort_unstable();
        Positions::Sorted(found.into_iter().map(|(_, position)| position).collect::<Vec<_>>().into_iter())
    }

    /// The first block that `found` holds for, by halving as Go does (`sort.Search`): where the blocks are out of order,
    /// which damage does, it matters where one looks.
    pub(super) fn search_blocks(&self, found: impl Fn(&Block) -> bool) -> usize {
        let (mut low, mut high) = (0, self.blocks.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.blocks.get(middle).is_some_and(&found) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Where the block that is written to is in the list.
    pub(crate) fn last_position(&self) -> Option<usize> {
        self.position(self.last_block?)
    }

    /// Whether the block at `position` is the one that is written to.
    pub(crate) fn is_last(&self, position: usize) -> bool {
        self.last_position() == Some(position)
    }

    /// Appends a block, which becomes the one that is written to (Go: `addMsgBlock`, 1180).
    pub(crate) fn add_block(&mut self, block: Block) {
        let disordered = |last: &Block| self.blocks_out_of_order || block.index <= last.index;
        self.blocks_out_of_order = self.blocks.last().is_some_and(disordered);
        self.last_block = Some(block.index);
        self.removed_last = None;
        self.blocks.push(block);
    }

    /// Drops a block from the list, its files untouched (Go: `removeMsgBlockFromList`, 1181).
    pub(crate) fn remove_block_from_list(&mut self, position: usize) {
        if position < self.blocks.len() {
            self.blocks.remove(position);
            self.dirty += 1;
        }
    }
}
