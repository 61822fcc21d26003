//! What the store reports, to closures that somebody registered.
//!
//! Events are queued while the store is locked, so in the order of what happened, and handed over without the lock, so that
//! a closure may use the store. One thread at a time hands over: another one, and a closure that uses the store, leaves its
//! events to the one that is at it. So each event is told once and in order, and nobody waits for anybody; an operation may
//! return a moment before another thread has told of it. A closure that panics does so in the thread that hands over; the
//! events behind are handed over by the next one.
//!
//! Carries the callbacks of 1025 to 1027.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::store::{Store, StoreEvent};

/// Told of messages and bytes more or less, with the sequence and subject where it is one message.
type OnUpdate = Arc<dyn Fn(i64, i64, u64, &[u8]) + Send + Sync>;
/// Asked to remove the message of a sequence.
type OnRemove = Arc<dyn Fn(u64) + Send + Sync>;
/// Asked to process a message: subject, headers, payload.
type OnProcess = Arc<dyn Fn(&[u8], &[u8], &[u8]) + Send + Sync>;

/// The closures, and what they have not been told.
#[derive(Default)]
pub(super) struct Callbacks {
    queue: Mutex<Queue>,
    /// Rung when nobody hands over any more.
    idle: Condvar,
}

#[derive(Default)]
struct Queue {
    events: VecDeque<StoreEvent>,
    delivering: Option<ThreadId>,
    handlers: Handlers,
    /// The closures go as soon as nobody runs one.
    closed: bool,
}

#[derive(Clone, Default)]
struct Handlers {
    update: Option<OnUpdate>,
    remove: Option<OnRemove>,
    process: Option<OnProcess>,
}

impl Handlers {
    fn tell(&self, event: &StoreEvent) {
        match event {
            StoreEvent::Update { msgs, bytes, seq, subject } => {
                if let Some(update) = &self.update {
                    update(*msgs, *bytes, *seq, subject);
                }
            }
            StoreEvent::Remove { seq } => {
                if let Some(remove) = &self.remove {
                    remove(*seq);
                }
            }
            StoreEvent::Process { subject, hdr, msg } => {
                if let Some(process) = &self.process {
                    process(subject, hdr, msg);
                }
            }
        }
    }
}

impl Callbacks {
    pub(super) fn on_update(&self, update: OnUpdate) {
        self.lock().handlers.update = Some(update);
    }

    pub(super) fn on_remove(&self, remove: OnRemove) {
        self.lock().handlers.remove = Some(remove);
    }

    pub(super) fn on_process(&self, process: OnProcess) {
        self.lock().handlers.process = Some(process);
    }

    /// Takes the store's events over; the caller holds the store. Says whether there were any.
    pub(super) fn queue_events(&self, store: &mut Store) -> bool {
        if !store.has_events() {
            return false;
        }
        self.lock().events.extend(store.take_events());
        true
    }

    /// Hands over what is queued, unless somebody is at it.
    pub(super) fn deliver(&self) {
        let mut queue = self.lock();
        if queue.delivering.is_some() {
            return;
        }
        let _turn = Turn { callbacks: self };
        queue.delivering = Some(thread::current().id());
        while let Some(event) = queue.events.pop_front() {
            let handlers = queue.handlers.clone();
            drop(queue);
            handlers.tell(&event);
            queue = self.lock();
        }
        // In one step with having found nothing, so that no event stays behind.
        queue.delivering = None;
        let let_go = if queue.closed { std::mem::take(&mut queue.handlers) } else { Handlers::default() };
        drop(queue);
        drop(let_go);
    }

    /// Waits until everything is handed over, and lets go of the closures, which may hold the store. Does not wait for the
    /// thread that it runs on.
    pub(super) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        while queue.delivering.is_some_and(|thread| thread != thread::current().id()) {
            queue = self.idle.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if queue.delivering.is_none() {
            let handlers = std::mem::take(&mut queue.handlers);
            drop(queue);
            drop(handlers);
        }
    }

    /// The queue is changed in single steps, so that a panic leaves it whole.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose turn it is ends when the thread is done, by a panic of a closure too.
struct Turn<'a> {
    callbacks: &'a Callbacks,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut queue = self.callbacks.lock();
        if queue.delivering == Some(thread::current().id()) {
            queue.delivering = None;
        }
        drop(queue);
        self.callbacks.idle.notify_all();
    }
}
