//! Checking all blocks against their files: every record's checksum is computed, what is damaged is lost from then on, and the
//! subjects are counted anew.
//!
//! A block that cannot be checked keeps its numbers, loses its subjects, and does not keep the others from being checked.
//!
//! Carries 1087.

use super::Store;
use super::error::StoreError;
use super::state::LostStreamData;

impl Store {
    /// Checks every block; tells what is lost, now or since earlier (Go: `checkMsgs`, 1087).
    pub(super) fn check_msgs(&mut self) -> Result<Option<&LostStreamData>, StoreError> {
        self.check_and_flush_last_block()?;
        self.clear_subjects();
        let mut outcome = Ok(());
        for position in 0..self.blocks.len() {
            let checked = self.check_block(position);
            // The first failure is the one to tell.
            outcome = outcome.and(checked);
        }
        outcome.map(|()| self.lost.as_ref())
    }

    fn check_block(&mut self, position: usize) -> Result<(), StoreError> {
        let Self { ctx, blocks, .. } = self;
        let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
        block.load_encryption(ctx)?;
        let (lost, _) = block.rebuild_state(ctx)?;
        if lost.is_some() {
            self.rebuild_totals(lost);
        }
        self.populate_subjects(position)
    }
}
