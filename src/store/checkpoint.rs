//! Writing `index.db`, from which the next start recovers without reading blocks, and the timer files beside it.
//!
//! Nothing is written while nothing changed. A file that nobody forced is left out for a stream with very many subjects
//! or deletes. Numbers that do not add up are never written: the state is added up anew instead. `index.db` is written
//! over in place; a torn one is caught by its hash.
//!
//! Carries 1199, 1201, 1202, 1204.

use super::Store;
use super::error::StoreError;
use super::recover_state::STATE_FILE;
use crate::format::stream_state::{BlockFacts, FullStateHead, FullStateWriter, Tracking, frame};

/// Above so many subjects or deletes the file is only written when it must be (Go: `highCardinalityThreshold`).
const HIGH_CARDINALITY: u64 = 1_000_000;
const SECOND_NS: i64 = 1_000_000_000;
/// How often the file is written at the most, and how much later at random.
const STATE_WRITE_EVERY_NS: i64 = 120 * SECOND_NS;
const STATE_WRITE_JITTER_NS: i64 = 30 * SECOND_NS;

impl Store {
    /// Starts the regular writing (Go: `flushStreamStateLoop`, 1199).
    pub(super) fn start_state_writes(&mut self) -> Result<(), StoreError> {
        let every = STATE_WRITE_EVERY_NS + self.ctx.jitter_below(STATE_WRITE_JITTER_NS)?;
        self.state_write_every_ns = every;
        self.state_write_due = Some(self.ctx.now_ns().saturating_add(every));
        Ok(())
    }

    /// Writes the state unless that would take long (Go: `writeFullState`, 1201).
    pub(super) fn write_full_state(&mut self) -> Result<(), StoreError> {
        self.write_state(false)
    }

    /// Writes the state whatever it takes (Go: `forceWriteFullState`, 1202).
    pub(super) fn force_write_full_state(&mut self) -> Result<(), StoreError> {
        self.write_state(true)
    }

    /// Go: `_writeFullState` (1204).
    fn write_state(&mut self, force: bool) -> Result<(), StoreError> {
        if self.closed || self.dirty == 0 {
            return Ok(());
        }
        self.set_up_stream_key()?;
        if !force && self.is_high_cardinality() {
            return Err(StoreError::StateTooBig);
        }
        let head = self.state_head();
        let (body, tracking) = self.encode_state(&head);
        let content = match self.aead.as_ref().filter(|_| self.ctx.prf.is_some()) {
            Some(key) => self.ctx.seal(key, &body)?,
            None => body,
        };
        if !tracking.agrees_with(&head) {
            self.rebuild_totals(None);
            return Err(StoreError::CorruptState);
        }
        let hash = self.hasher.hash(&content);
        let path = self.ctx.msgs_dir.join(STATE_FILE);
        self.ctx.env.fs.write(&path, &frame(content, hash))?;
        self.dirty = 0;
        // A failure with one file does not keep the other from being written.
        let ttls = self.write_ttl_state();
        let schedules = self.write_scheduling_state();
        ttls.and(schedules)
    }

    fn is_high_cardinality(&self) -> bool {
        let state = &self.state;
        let deleted = if state.last_seq > state.first_seq {
            (state.last_seq - state.first_seq + 1).wrapping_sub(state.msgs)
        } else {
            0
        };
        // Go subtracts as a signed number, so that more messages than sequences are no deletes.
        let deleted = i64::try_from(deleted).unwrap_or_default().unsigned_abs();
        self.subjects.len() as u64 > HIGH_CARDINALITY || deleted > HIGH_CARDINALITY
    }

    fn state_head(&self) -> FullStateHead {
        FullStateHead {
            msgs: self.state.msgs,
            bytes: self.state.bytes,
            first_seq: self.state.first_seq,
            first_ts: self.state.first_time.normalized(),
            last_seq: self.state.last_seq,
            last_ts: self.state.last_time.normalized(),
        }
    }

    /// The body of the file, and what the blocks say of the stream.
    fn encode_state(&mut self, head: &FullStateHead) -> (Vec<u8>, Tracking) {
        let mut writer = FullStateWriter::new(head, self.subjects.len() as u64);
        self.subjects.match_filter(b">", |subject, info| {
            writer.subject(subject, info.total, info.first_block, info.last_block);
        });
        writer.blocks(self.blocks.len() as u64);
        let mut tracking = Tracking::default();
        let mut end = (0, [0; 8]);
        let Self { ctx, blocks, last_block, .. } = self;
        for block in blocks {
            let facts = BlockFacts {
                index: block.index,
                bytes: block.bytes,
                first_seq: block.first.seq,
                first_ts: block.first.ts,
                last_seq: block.last.seq,
                last_ts: block.last.ts,
                ttls: block.ttls,
                schedules: block.schedules,
            };
            writer.block(&facts, &block.deleted);
            if Some(block.index) == *last_block {
                block.ensure_last_checksum(ctx);
                end = (block.index, block.last_checksum);
            }
            tracking.add(&facts, block.msgs);
        }
        (writer.finish(end.0, end.1), tracking)
    }
}
