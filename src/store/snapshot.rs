//! A snapshot of the stream: its files in an archive, without encryption and without compression of their own.
//!
//! Metadata come first, then the blocks in order, then `index.db` as it is after a forced write, and the consumers last. What
//! cannot be read ends the archive with a file that says so, and is told to the caller. Nothing else happens to the store
//! while the archive is made, so that two snapshots never meet. The archive grows in memory; plain bytes of the store are
//! held for one file at a time.
//!
//! Carries 1209, 1210.

use super::Store;
use super::consumer::{CONSUMER_STATE_FILE, ConsumerId};
use super::error::StoreError;
use super::meta::{META_FILE, META_SUM_FILE, PlainMeta};
use super::open::{CONSUMERS_DIR, MSGS_DIR};
use super::recover_state::STATE_FILE;
use super::state::StreamState;
use crate::format::snapshot::{ERROR_FILE, SnapshotWriter};
use crate::format::stream_state::{frame, unframe};

/// A snapshot that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// A tar stream, compressed with S2. It ends early if the deadline passed.
    pub archive: Vec<u8>,
    /// The stream's state when it was taken.
    pub state: StreamState,
    /// What could not be read.
    pub errors: Vec<String>,
}

/// Why an archive ends before everything is in it.
enum End {
    /// The deadline passed.
    Late,
    /// Something could not be read.
    Failed(String),
}

/// An archive in the making, with the time at which it has to be there.
struct Archive {
    writer: SnapshotWriter,
    deadline_ns: Option<i64>,
}

impl Store {
    /// Takes a snapshot, within so many nanoseconds unless they are 0; checks all messages before, and takes the consumers with
    /// it, if asked to (Go: `Snapshot`, 1210).
    pub fn snapshot(
        &mut self,
        deadline_ns: i64,
        check_msgs: bool,
        include_consumers: bool,
    ) -> Result<Snapshot, StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if check_msgs {
            let checked = self.check_for_snapshot();
            self.settle();
            checked?;
        }
        let state = self.fast_state();
        let now = self.ctx.now_ns();
        let mut archive = Archive {
            writer: SnapshotWriter::new(now),
            deadline_ns: (deadline_ns > 0).then(|| now.saturating_add(deadline_ns)),
        };
        let written = self.write_snapshot(&mut archive, include_consumers);
        self.settle();
        let mut writer = archive.writer;
        let (archive, errors) = match written {
            Ok(()) => (writer.finish(), Vec::new()),
            Err(End::Late) => (writer.abandon(), Vec::new()),
            Err(End::Failed(why)) => {
                writer.file(ERROR_FILE, why.as_bytes());
                (writer.finish(), vec![why])
            }
        };
        Ok(Snapshot { archive, state, errors })
    }

    fn check_for_snapshot(&mut self) -> Result<(), StoreError> {
        match self.check_msgs() {
            Err(error) => Err(StoreError::SnapshotCheck(Box::new(error))),
            Ok(Some(lost)) if !lost.msgs.is_empty() => Err(StoreError::SnapshotLost(lost.msgs.len())),
            Ok(_) => Ok(()),
        }
    }

    /// Go: `streamSnapshot` (1209).
    fn write_snapshot(&mut self, archive: &mut Archive, consumers: bool) -> Result<(), End> {
        let meta = self.plain_stream_meta();
        let meta = meta.map_err(|error| failed("metadata of the stream", &error))?;
        self.put_meta(archive, "", &meta)?;
        for position in 0..self.blocks.len() {
            self.put_block(archive, position)?;
        }
        // A state that cannot be written or opened is left out; whoever restores finds it out from the blocks.
        if self.force_write_full_state().is_ok()
            && let Some(file) = self.plain_state_file()
        {
            self.put(archive, &format!("{MSGS_DIR}/{STATE_FILE}"), &file)?;
        }
        if !consumers {
            return Ok(());
        }
        for (id, name) in self.snapshot_consumers() {
            self.put_consumer(archive, id, &name)?;
        }
        Ok(())
    }

    /// Adds a file, unless it is too late.
    fn put(&self, archive: &mut Archive, name: &str, content: &[u8]) -> Result<(), End> {
        if archive.deadline_ns.is_some_and(|deadline| self.ctx.now_ns() > deadline) {
            return Err(End::Late);
        }
        archive.writer.file(name, content);
        Ok(())
    }

    fn put_meta(&self, archive: &mut Archive, dir: &str, meta: &PlainMeta) -> Result<(), End> {
        self.put(archive, &format!("{dir}{META_FILE}"), &meta.json)?;
        self.put(archive, &format!("{dir}{META_SUM_FILE}"), meta.sum.as_bytes())
    }

    fn put_block(&mut self, archive: &mut Archive, position: usize) -> Result<(), End> {
        let Self { ctx, blocks, .. } = self;
        let Some(block) = blocks.get_mut(position) else {
            return Ok(());
        };
        if block.pending_write_size() > 0 {
            // What cannot be flushed is missing from the snapshot, as it would be after a crash.
            let _outcome_of_no_consequence = block.flush_pending(ctx);
        }
        let index = block.index;
        let plain = block.load_plain(ctx).map_err(|error| failed(&format!("message block {index}"), &error))?;
        self.put(archive, &format!("{MSGS_DIR}/{index}.blk"), &plain)
    }

    /// `index.db` as it would be without encryption.
    fn plain_state_file(&self) -> Option<Vec<u8>> {
        let path = self.ctx.msgs_dir.join(STATE_FILE);
        let file = self.ctx.env.fs.read(&path).ok()?;
        let (content, _) = unframe(&file).ok()?;
        let Some(key) = &self.aead else {
            return Some(file);
        };
        let body = key.open(content).ok()?;
        let hash = self.hasher.hash(&body);
        Some(frame(body, hash))
    }

    fn put_consumer(&mut self, archive: &mut Archive, id: ConsumerId, name: &str) -> Result<(), End> {
        let files = self.plain_consumer_files(id);
        let files = files.map_err(|error| failed(&format!("consumer {name}"), &error))?;
        let Some(files) = files else {
            return Ok(());
        };
        let dir = format!("{CONSUMERS_DIR}/{name}/");
        self.put_meta(archive, &dir, &files.meta)?;
        self.put(archive, &format!("{dir}{CONSUMER_STATE_FILE}"), &files.state)
    }
}

fn failed(what: &str, error: &StoreError) -> End {
    End::Failed(format!("cannot read {what}: {error}"))
}

#[cfg(test)]
mod tests;
