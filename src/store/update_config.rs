//! Changing the configuration of an open store.
//!
//! The metadata is written first; if that fails nothing changes. Then timers and flushing follow the new configuration and
//! the new limits are enforced, which may remove messages.
//!
//! Carries 963.

use super::Store;
use super::config::{PersistMode, Storage, StreamConfig};
use super::error::StoreError;

impl Store {
    /// Takes over another configuration (Go: `UpdateConfig`, 963).
    pub fn update_config(&mut self, config: StreamConfig) -> Result<(), StoreError> {
        let updated = self.change_config(config);
        self.settle();
        updated
    }

    fn change_config(&mut self, mut config: StreamConfig) -> Result<(), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        if config.name.is_empty() {
            return Err(StoreError::NameRequired);
        }
        if config.storage != Storage::File {
            return Err(StoreError::NotFileStorage);
        }
        config.max_msgs_per = config.max_msgs_per.max(-1);
        let old = std::mem::replace(&mut self.config, config);
        if let Err(error) = self.write_stream_meta() {
            self.config = old;
            return Err(error);
        }
        self.follow_timers()?;
        self.enforce_msg_limit()?;
        self.enforce_bytes_limit()?;
        self.follow_age_check();
        let per = self.config.max_msgs_per;
        if per > 0 && (old.max_msgs_per <= 0 || per < old.max_msgs_per) {
            self.enforce_msg_per_subject_limit(true)?;
        }
        self.follow_flushing()?;
        if self.config.max_age_ns != 0 || self.config.allow_msg_ttl {
            self.expire_msgs();
        }
        if self.config.allow_msg_schedules {
            self.run_msg_scheduling();
        }
        Ok(())
    }

    /// Makes or drops what keeps track of expirations and schedules.
    fn follow_timers(&mut self) -> Result<(), StoreError> {
        if !self.config.allow_msg_ttl {
            self.ttls = None;
        } else if self.ttls.is_none() {
            self.recover_ttl_state()?;
        }
        if !self.config.allow_msg_schedules {
            self.scheduling = None;
        } else if self.scheduling.is_none() {
            self.recover_scheduling_state()?;
        }
        Ok(())
    }

    fn follow_age_check(&mut self) {
        if self.config.max_age_ns == 0 {
            self.cancel_age_check();
        } else if self.age_check.is_none() {
            self.start_age_check();
        }
    }

    /// Turns asynchronous flushing on or off. It needs replicas and no syncing of every write, or to be asked for.
    fn follow_flushing(&mut self) -> Result<(), StoreError> {
        let position = self.last_position();
        let Self { ctx, blocks, config, removed_last, .. } = self;
        let mut block = position.and_then(|position| blocks.get_mut(position));
        if block.is_none() && removed_last.is_none() {
            return Ok(());
        }
        let mut wanted = !ctx.fcfg.sync_always && config.replicas > 1;
        if config.persist_mode == PersistMode::Async {
            wanted = true;
            ctx.fcfg.sync_always = false;
            ctx.sync_always = false;
            if let Some(block) = &mut block {
                block.sync_always = false;
            }
        }
        if wanted && !ctx.fcfg.async_flush {
            ctx.fcfg.async_flush = true;
            if let Some(block) = block {
                block.spin_up_flusher();
            }
        } else if !wanted && ctx.fcfg.async_flush {
            ctx.fcfg.async_flush = false;
            match (block, removed_last) {
                (Some(block), _) => {
                    block.stop_flusher();
                    block.flush_pending(ctx)?;
                }
                (None, Some(removed)) => removed.outcome()?,
                (None, None) => {}
            }
        }
        ctx.flush_in_place = !ctx.fcfg.async_flush;
        Ok(())
    }
}
