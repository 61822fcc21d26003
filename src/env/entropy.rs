//! Random bytes for keys and nonces: the machine's, a seeded stream, or bytes chosen beforehand.
//!
//! The seeded stream is written out here (SplitMix64, words in little-endian order, no byte dropped between
//! calls), so that a printed seed means the same bytes in every release and in every language.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The source could not give the bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no random bytes: {0}")]
pub struct EntropyError(pub String);

/// A source of random bytes.
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Fills `buffer`, all of it or an error.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;

    /// How far a timer is moved by chance, below `bound`. A source that can be repeated moves none: what happens when is
    /// then a matter of the configuration alone, and no key depends on how many timers there are.
    fn jitter_below(&self, _bound: u64) -> Result<u64, EntropyError> {
        Ok(0)
    }
}

/// The machine's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealEntropy;

impl RealEntropy {
    /// The machine's random source.
    pub const fn new() -> Self {
        Self
    }
}

impl Entropy for RealEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|error| EntropyError(error.to_string()))
    }

    fn jitter_below(&self, bound: u64) -> Result<u64, EntropyError> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes).checked_rem(bound).unwrap_or_default())
    }
}

/// The SplitMix64 stream of a seed.
pub struct SeededEntropy {
    stream: Mutex<Stream>,
}

struct Stream {
    state: u64,
    word: [u8; 8],
    used: usize,
}

impl SeededEntropy {
    /// The stream of `seed`, from its beginning.
    pub const fn new(seed: u64) -> Self {
        Self { stream: Mutex::new(Stream { state: seed, word: [0; 8], used: 8 }) }
    }
}

impl fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededEntropy")
    }
}

impl Stream {
    fn next_byte(&mut self) -> u8 {
        if self.used >= self.word.len() {
            self.word = split_mix_64(&mut self.state).to_le_bytes();
            self.used = 0;
        }
        let byte = self.word.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }
}

fn split_mix_64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let mut stream = lock(&self.stream);
        for byte in buffer {
            *byte = stream.next_byte();
        }
        Ok(())
    }
}

/// Bytes chosen beforehand, each given once: what a recorded directory's keys are replayed from.
pub struct FixedEntropy {
    left: Mutex<std::collections::VecDeque<u8>>,
}

impl FixedEntropy {
    /// A source of exactly `bytes`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { left: Mutex::new(bytes.into().into()) }
    }

    /// How many bytes are left to give.
    pub fn left(&self) -> usize {
        lock(&self.left).len()
    }
}

impl fmt::Debug for FixedEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FixedEntropy({} bytes left)", self.left())
    }
}

impl Entropy for FixedEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let mut left = lock(&self.left);
        if left.len() < buffer.len() {
            return Err(EntropyError(format!(
                "{} bytes were asked for and {} are left of those given",
                buffer.len(),
                left.len()
            )));
        }
        let count = buffer.len();
        for (byte, given) in buffer.iter_mut().zip(left.drain(..count)) {
            *byte = given;
        }
        Ok(())
    }
}

/// A panic elsewhere leaves these values whole, so a poisoned lock is still good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
