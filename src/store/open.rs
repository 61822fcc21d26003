//! Opening a store: checks, directories, keys, recovery, then the limits that the configuration asks for.
//!
//! The state comes from `index.db` when it agrees with the blocks; otherwise the blocks are read again. What was recovered
//! is then brought under the limits before anybody sees it, so that opening may remove messages and write tombstones.
//! Metadata is written last, and only when it is missing.
//!
//! Carries 960.

use std::cell::Cell;
use std::sync::Arc;

use super::Store;
use super::atomic::remove_best_effort;
use super::background::Alarm;
use super::config::{FileStoreConfig, Storage, StreamConfig};
use super::ctx::{Ctx, DeferredQueue, OperationTime, Spare};
use super::delete_markers::DeleteMarkers;
use super::error::StoreError;
use super::keys::{KeyGen, META_KEY_FILE};
use super::meta::META_FILE;
use super::scheduling::Scheduling;
use super::state::{StreamState, Time};
use crate::env::Env;
use crate::format::checksum::Hasher64;
use crate::format::hash_wheel::HashWheel;
use crate::index::subject_tree::SubjectTree;

/// The directory of the blocks (Go: `msgDir`).
pub(crate) const MSGS_DIR: &str = "msgs";
/// The directory of the consumers (Go: `consumerDir`).
pub(crate) const CONSUMERS_DIR: &str = "obs";

/// The keys a store is opened with.
#[derive(Clone, Debug, Default)]
pub struct OpenKeys {
    /// Derives the keys in use; without it the store is not encrypted (Go: `prf`).
    pub current: Option<KeyGen>,
    /// Derives the keys in use before the last change (Go: `oldprf`).
    pub previous: Option<KeyGen>,
}

impl Store {
    /// Opens the store in a directory, which is made when it is missing (Go: `newFileStoreWithCreated`, 960).
    pub fn open(
        env: Env,
        fcfg: FileStoreConfig,
        config: StreamConfig,
        created: Time,
        keys: OpenKeys,
    ) -> Result<Self, StoreError> {
        if config.name.is_empty() {
            return Err(StoreError::NameRequired);
        }
        if config.storage != Storage::File {
            return Err(StoreError::NotFileStorage);
        }
        let fcfg = fcfg.completed(&config, keys.current.is_some())?;
        check_directory(&env, &fcfg)?;
        let mut store = Self::unrecovered(env, fcfg, config, created, keys);
        store.make_directories()?;
        store.check_stream_key()?;
        store.recover()?;
        store.enforce_on_open().map_err(|error| StoreError::Enforcement(Box::new(error)))?;
        store.purge_to_first_sequence()?;
        store.write_missing_meta()?;
        store.start_sync_timer()?;
        store.start_state_writes()?;
        store.clean_up_old_meta();
        store.settle();
        Ok(store)
    }

    /// The store before anything was read.
    fn unrecovered(env: Env, fcfg: FileStoreConfig, config: StreamConfig, created: Time, keys: OpenKeys) -> Self {
        let ctx = Ctx {
            name: config.name.clone(),
            msgs_dir: fcfg.store_dir.join(MSGS_DIR),
            prf: keys.current,
            old_prf: keys.previous,
            flush_in_place: !fcfg.async_flush,
            sync_always: fcfg.sync_always,
            access_base_ns: env.clock.now_ns(),
            access_stopped_ns: None,
            deferred: DeferredQueue::default(),
            alarm: Alarm::new(),
            syncs: Vec::new(),
            rewriting: Arc::default(),
            time: OperationTime::default(),
            spare: Spare::default(),
            subjects_room: Cell::default(),
            env,
            fcfg,
        };
        Self {
            hasher: Hasher64::for_stream(&ctx.name),
            ttls: config.allow_msg_ttl.then(HashWheel::new),
            scheduling: config.allow_msg_schedules.then(Scheduling::default),
            ctx,
            config,
            created,
            state: StreamState::default(),
            tombs: Vec::new(),
            lost: None,
            blocks: Vec::new(),
            blocks_out_of_order: false,
            last_block: None,
            removed_last: None,
            subjects: SubjectTree::new(),
            subjects_len: 0,
            aead: None,
            write_error: None,
            dirty: 0,
            closing: false,
            closed: false,
            received_any: false,
            first_moved: false,
            delete_markers: DeleteMarkers::default(),
            last_purge_ex_ns: None,
            age_check: None,
            age_check_time: 0,
            age_check_running: false,
            sync_due: None,
            state_write_due: None,
            state_write_every_ns: 0,
            consumers: Vec::new(),
            attached: Vec::new(),
            events: std::collections::VecDeque::new(),
            updates_registered: false,
            removes_registered: false,
            process_registered: false,
        }
    }

    fn make_directories(&self) -> Result<(), StoreError> {
        let fs = &self.ctx.env.fs;
        fs.create_dir_all(&self.ctx.msgs_dir)?;
        fs.create_dir_all(&self.ctx.fcfg.store_dir.join(CONSUMERS_DIR))?;
        Ok(())
    }

    /// An encrypted directory needs a key; with a key and a key file, the stream's key is opened.
    fn check_stream_key(&mut self) -> Result<(), StoreError> {
        let key_file = self.ctx.fcfg.store_dir.join(META_KEY_FILE);
        if !self.ctx.env.fs.exists(&key_file)? {
            return Ok(());
        }
        if self.ctx.prf.is_none() {
            return Err(StoreError::NoMainKey);
        }
        self.recover_stream_key()
    }

    /// Takes the state from `index.db`, or else from the blocks.
    fn recover(&mut self) -> Result<(), StoreError> {
        match self.recover_full_state() {
            Ok(()) => return Ok(()),
            Err(error @ StoreError::EndlessLastBlock) => return Err(error),
            Err(_) => {}
        }
        let prior = std::mem::take(&mut self.state);
        self.clear_subjects();
        self.blocks.clear();
        self.tombs.clear();
        self.recover_msgs()?;
        // The index may remember an end of the stream that no block shows any more; a tombstone keeps it. With
        // asynchronous flushing the index may simply have been ahead of the blocks.
        if prior.last_seq > self.state.last_seq && !self.ctx.fcfg.async_flush {
            let position = self.new_block_for_write()?;
            let Self { ctx, blocks, .. } = self;
            let block = blocks.get_mut(position).ok_or(StoreError::NoMsgBlock)?;
            block.write_tombstone(ctx, prior.last_seq, prior.last_time.unix_nano())?;
            self.state.last_seq = prior.last_seq;
            self.state.last_time = prior.last_time;
            if self.state.msgs == 0 {
                self.state.first_seq = self.state.last_seq.wrapping_add(1);
                self.state.first_time = Time::ZERO;
            }
        }
        self.dirty += 1;
        Ok(())
    }

    /// Brings what was recovered under the limits of the configuration.
    fn enforce_on_open(&mut self) -> Result<(), StoreError> {
        if self.config.allow_msg_ttl {
            // Without the state of the wheel, messages expire late at worst; Go warns and goes on, too.
            let _wheel_is_rebuilt_from_messages = self.recover_ttl_state();
        }
        if self.config.allow_msg_schedules {
            let _schedules_are_rebuilt_from_messages = self.recover_scheduling_state();
        }
        self.remove_left_over_tombs()?;
        self.enforce_msg_limit()?;
        self.enforce_bytes_limit()?;
        if self.config.max_age_ns != 0 {
            self.expire_msgs_on_recover()?;
            self.start_age_check();
        }
        if self.config.max_msgs_per > 0 {
            self.enforce_msg_per_subject_limit(false)?;
        }
        Ok(())
    }

    /// The stream begins at the configured sequence, if it has one.
    fn purge_to_first_sequence(&mut self) -> Result<(), StoreError> {
        if self.config.first_seq > 0 && self.state.first_seq < self.config.first_seq {
            self.purge_to(self.config.first_seq)?;
        }
        Ok(())
    }

    /// Removes the messages whose tombstones were found in later blocks.
    fn remove_left_over_tombs(&mut self) -> Result<(), StoreError> {
        for seq in std::mem::take(&mut self.tombs) {
            match self.remove_msg_via_limits(seq) {
                Ok(_) | Err(StoreError::Eof | StoreError::MsgNotFound) => {}
                Err(error) => return Err(error),
            }
            self.remove_from_lost(seq);
        }
        Ok(())
    }

    /// Writes the stream's metadata when it is missing or empty, or was not encrypted and now should be.
    fn write_missing_meta(&mut self) -> Result<(), StoreError> {
        let dir = &self.ctx.fcfg.store_dir;
        let (meta, key_file) = (dir.join(META_FILE), dir.join(META_KEY_FILE));
        let missing = match self.ctx.env.fs.metadata(&meta) {
            Ok(found) => found.len == 0,
            Err(error) => error.is_not_found(),
        };
        if missing {
            self.write_stream_meta()?;
        }
        let unencrypted = |error: &crate::env::FsError| error.is_not_found();
        if self.ctx.prf.is_some() && self.ctx.env.fs.metadata(&key_file).is_err_and(|error| unencrypted(&error)) {
            self.write_stream_meta()?;
        }
        Ok(())
    }
}

/// Makes the directory when it is missing, and makes sure that it takes new files.
fn check_directory(env: &Env, fcfg: &FileStoreConfig) -> Result<(), StoreError> {
    /// What the name of the file begins with by which writability is tried.
    const TRIAL_PREFIX: &str = "_test_";
    let dir = &fcfg.store_dir;
    match env.fs.metadata(dir) {
        Err(error) if error.is_not_found() => env.fs.create_dir_all(dir)?,
        Ok(found) if found.is_dir() => {}
        _ => return Err(StoreError::NotADirectory),
    }
    let trial = env.fs.create_temp(dir, TRIAL_PREFIX);
    let trial = trial.map_err(|_| StoreError::NotWritable)?;
    remove_best_effort(env.fs.as_ref(), &trial);
    Ok(())
}
