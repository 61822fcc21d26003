//! A store for many threads in real time: [`SharedStore`] and [`SharedConsumer`], thin handles over the one-owner
//! [`Store`], with a background thread that flushes, syncs, expires and writes states.
//!
//! One lock holds the store; an operation is that lock and the same operation of the core. After it, still under the lock,
//! the thread is woken only if something came due before it would wake by itself (see `background`), and what the store
//! reports is queued; registered closures run after the lock is released (see `callbacks`). A stopped store answers
//! [`StoreError::Closed`]. An operation that panicked leaves the store poisoned: whoever comes next, and the thread, answers
//! [`StoreError::Poisoned`] and writes nothing more; opening it anew recovers from what the files hold.

mod background;
mod callbacks;
mod consumer;
mod stream;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle, Thread, ThreadId};

pub use consumer::SharedConsumer;
pub use stream::LastMsgs;

use background::{ClockWatch, Sleep};
use callbacks::Callbacks;

use crate::env::Env;
use crate::store::{FileStoreConfig, OpenKeys, Store, StoreError, StreamConfig, Time};

/// A store that threads share: a clone is another handle on the same store. The last one that is dropped stops it, as
/// [`SharedStore::stop`] does; only `stop` can tell that a write failed.
///
/// ```
/// use blkspec::env::{Env, Scratch};
/// use blkspec::handle::SharedStore;
/// use blkspec::store::{ConsumerConfig, FileStoreConfig, OpenKeys, StreamConfig, Time};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let dir = Scratch::new(None)?;
/// let (env, files) = (Env::real(), FileStoreConfig::new(dir.path().join("ORDERS")));
/// let created = Time::from_unix_nano(env.clock.now_ns());
/// let store = SharedStore::open(env, files, StreamConfig::named("ORDERS"), created, OpenKeys::default())?;
///
/// let (seq, _) = store.store_msg(b"orders.1", b"", b"two coffees", 0)?;
/// assert_eq!(store.load_msg(seq)?.msg, b"two coffees");
///
/// let consumer = store.consumer_store("BILLING", created, ConsumerConfig::default())?;
/// consumer.update_delivered(1, seq, 1, created.unix_nano())?;
///
/// let other = store.clone();
/// let stored = std::thread::spawn(move || other.store_msg(b"orders.2", b"", b"one tea", 0)).join();
/// assert_eq!(stored.map(|stored| stored.map(|(seq, _)| seq)).ok(), Some(Ok(2)));
///
/// store.stop()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SharedStore {
    owner: Arc<Owner>,
}

/// What all handles of a store have in common. When it goes, the store stops.
struct Owner {
    core: Arc<Core>,
    background: ThreadId,
    /// Until somebody has waited for the thread's end.
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the handles and the thread share.
struct Core {
    env: Env,
    inner: Mutex<Inner>,
    /// The thread, to wake it; set before it first sleeps.
    background: OnceLock<Thread>,
    /// Told when a recompression is finished.
    recompressed: Condvar,
    callbacks: Callbacks,
}

/// What the lock holds.
struct Inner {
    store: Store,
    sleep: Sleep,
    /// The thread is to end.
    stopping: bool,
    /// The thread ended by a panic.
    broken: bool,
}

impl Core {
    /// Runs an operation on the store.
    fn with<T>(&self, act: impl FnOnce(&mut Store) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut inner = self.inner.lock().map_err(|_| StoreError::Poisoned)?;
        if inner.broken {
            return Err(StoreError::Poisoned);
        }
        if inner.store.is_closed() {
            return Err(StoreError::Closed);
        }
        let outcome = act(&mut inner.store);
        let has_events = self.callbacks.queue_events(&mut inner.store);
        let wakes = inner.wakes_background();
        drop(inner);
        if wakes {
            self.wake_background();
        }
        if has_events {
            self.callbacks.deliver();
        }
        outcome
    }

    fn wake_background(&self) {
        // One that has not begun looks at everything anyway.
        if let Some(background) = self.background.get() {
            background.unpark();
        }
    }
}

impl SharedStore {
    /// Opens the store in a directory, which is made when it is missing (Go: `newFileStoreWithCreated`), and starts its
    /// thread. The clock of `env` must be one that runs.
    pub fn open(
        env: Env,
        fcfg: FileStoreConfig,
        config: StreamConfig,
        created: Time,
        keys: OpenKeys,
    ) -> Result<Self, StoreError> {
        let watch = ClockWatch::new(env.clock.as_ref());
        let mut store = Store::open(env.clone(), fcfg, config, created, keys)?;
        store.leave_to_background(true);
        let inner = Inner { store, sleep: Sleep::Awake, stopping: false, broken: false };
        let core = Arc::new(Core {
            env,
            inner: Mutex::new(inner),
            background: OnceLock::new(),
            recompressed: Condvar::new(),
            callbacks: Callbacks::default(),
        });
        let of_thread = Arc::clone(&core);
        let thread = thread::Builder::new()
            .name("blkspec-store".to_owned())
            .spawn(move || background::run(&of_thread, watch))
            .map_err(|error| StoreError::NoThread(error.to_string()))?;
        let background = thread.thread().id();
        Ok(Self { owner: Arc::new(Owner { core, background, thread: Mutex::new(Some(thread)) }) })
    }

    /// Flushes, writes the state, stops the consumers and ends the thread (Go: `Stop`). When it returns, every callback has
    /// run and the closures are dropped, unless it is called from one of them. A store that was stopped before stays so.
    /// What is answered is the failure that kept something from being written, if there was one.
    pub fn stop(&self) -> Result<(), StoreError> {
        self.owner.stop()
    }

    /// Stops the store and removes everything in its directory, stopped before or not (Go: `Delete`).
    pub fn delete(&self) -> Result<(), StoreError> {
        self.owner.end(|store| store.delete(true))
    }

    /// Whether the store was stopped or deleted.
    pub fn is_closed(&self) -> Result<bool, StoreError> {
        let inner = self.owner.core.inner.lock().map_err(|_| StoreError::Poisoned)?;
        Ok(inner.store.is_closed())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Store) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.owner.core.with(act)
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore").finish_non_exhaustive()
    }
}

impl Owner {
    fn stop(&self) -> Result<(), StoreError> {
        let stopped = self.end(|store| if store.is_closed() { Ok(()) } else { store.stop() });
        let inner = self.core.inner.lock().map_err(|_| StoreError::Poisoned)?;
        // The thread may have found a failure on its way out.
        stopped.and(inner.store.failed_write().cloned().map_or(Ok(()), Err))
    }

    /// Has the store come to its end, and waits for that of the thread and of the callbacks.
    fn end(&self, act: impl FnOnce(&mut Store) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let recompressing = |inner: &mut Inner| inner.store.is_recompressing() && !inner.broken;
        let idle = self.core.inner.lock().and_then(|mut inner| {
            // The thread begins no other recompression, of which there may be many.
            inner.stopping = true;
            self.core.recompressed.wait_while(inner, recompressing)
        });
        let ended = match idle {
            Ok(mut inner) if !inner.broken => {
                inner.store.leave_to_background(false);
                let ended = act(&mut inner.store);
                self.core.callbacks.queue_events(&mut inner.store);
                ended
            }
            Ok(_) => Err(StoreError::Poisoned),
            Err(poisoned) => {
                // Only the thread is told; nobody looks at a store that may be half changed.
                poisoned.into_inner().stopping = true;
                Err(StoreError::Poisoned)
            }
        };
        self.core.wake_background();
        self.core.callbacks.deliver();
        self.join();
        self.core.callbacks.close();
        ended
    }

    /// Waits for the thread's end, unless this is the thread.
    fn join(&self) {
        if thread::current().id() == self.background {
            return;
        }
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // The thread catches its panics, and leaves the store marked as broken.
            let _cannot_fail = thread.join();
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Whoever wants to know calls `stop`.
        let _nobody_to_tell = self.stop();
    }
}
