//! File system, clock and entropy: the only layer that touches the machine.
//!
//! Everything above receives an [`Env`] and never names `std::fs`, a clock or a random source, so that a
//! run can be repeated exactly, crashed at any point and fed any fault. Beside each real implementation
//! stand its doubles: [`MemFs`] (can crash), [`FaultyFs`] (fails chosen calls), [`ManualClock`] and
//! [`SeededEntropy`]. This layer knows nothing of formats or stores.

mod cache;
mod chacha8;
mod clock;
mod entropy;
mod error;
mod faulty;
mod file_system;
mod memory;
mod memory_file;
mod memory_use;
mod platform;
mod real;
mod scratch;
mod tree;

use std::sync::Arc;

pub use cache::{CACHE_VARIABLE, user_cache};
pub use chacha8::ChaCha8Entropy;
pub use clock::{Clock, ManualClock, RealClock, Stopwatch, VIRTUAL_EPOCH_NS, process_time_ns};
pub use entropy::{Entropy, EntropyError, FixedEntropy, RealEntropy, SeededEntropy};
pub use error::{FsError, FsErrorKind, FsResult, Operation};
pub use faulty::{Fault, FaultId, FaultyFs};
pub use file_system::{DirEntry, File, FileKind, FileSystem, Metadata, OpenMode};
pub use memory::{CrashLoss, MemFs};
pub use memory_use::{peak_memory_bytes, reset_peak_memory};
pub use real::{RealFs, host_name};
pub use scratch::{Scratch, fast_scratch_parent};
pub use tree::{TreeEntry, copy_tree, walk};

/// What a store may use of the machine. Cloning it is cheap and shares the parts.
#[derive(Clone, Debug)]
pub struct Env {
    /// Where files live.
    pub fs: Arc<dyn FileSystem>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where keys and nonces come from.
    pub entropy: Arc<dyn Entropy>,
}

impl Env {
    /// The machine itself: its file system, its clock and its random source.
    pub fn real() -> Self {
        Self { fs: Arc::new(RealFs::new()), clock: Arc::new(RealClock::new()), entropy: Arc::new(RealEntropy::new()) }
    }

    /// A world of its own: memory, virtual time from [`VIRTUAL_EPOCH_NS`], and the stream of `seed`.
    pub fn virtual_with_seed(seed: u64) -> Self {
        Self {
            fs: Arc::new(MemFs::new()),
            clock: Arc::new(ManualClock::new()),
            entropy: Arc::new(SeededEntropy::new(seed)),
        }
    }
}

#[cfg(test)]
mod tests;
