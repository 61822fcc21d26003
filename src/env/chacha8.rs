//! The random stream of Go's `math/rand/v2.ChaCha8`, whose bytes the Go adapter feeds to the store.
//!
//! A case's key seeds and nonces follow from its name: the stream is seeded with the SHA-256 of it. With the same stream
//! here, the reference writes the same encrypted bytes as Go. The generator (C2SP `chacha8rand`) runs ChaCha with 8 rounds
//! on four interleaved blocks at a time, takes its next key from the end of every fourth run, and gives little-endian words.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::entropy::{Entropy, EntropyError};

/// The words that one run gives.
const RUN_WORDS: usize = 32;
/// The words at the end of the last run under a key that become the next key.
const KEY_WORDS: usize = 4;
/// Blocks that run side by side, and by how much a run moves the counter on.
const LANES: usize = 4;
/// The counter at which the key changes.
const LAST_COUNTER: u32 = 16;
/// The first row of ChaCha's state, "expand 32-byte k".
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// The stream of a seed.
pub struct ChaCha8Entropy {
    stream: Mutex<Stream>,
}

struct Stream {
    key: [u64; KEY_WORDS],
    counter: u32,
    /// The bytes of the current run that were not given yet, last first.
    left: Vec<u8>,
}

impl ChaCha8Entropy {
    /// The stream of `seed`, from its beginning.
    pub fn new(seed: [u8; 32]) -> Self {
        let mut key = [0; KEY_WORDS];
        let (words, _) = seed.as_chunks::<8>();
        for (slot, word) in key.iter_mut().zip(words) {
            *slot = u64::from_le_bytes(*word);
        }
        let mut stream = Stream { key, counter: 0, left: Vec::new() };
        stream.run();
        Self { stream: Mutex::new(stream) }
    }
}

impl fmt::Debug for ChaCha8Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChaCha8Entropy")
    }
}

impl Entropy for ChaCha8Entropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in buffer {
            *byte = stream.next_byte();
        }
        Ok(())
    }
}

impl Stream {
    fn next_byte(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.left.pop() {
                return byte;
            }
            self.counter += LANES as u32;
            self.run();
        }
    }

    /// Fills `left` from the block at `counter`; under the last counter the end of it becomes the key of the next run.
    fn run(&mut self) {
        if self.counter == LAST_COUNTER {
            self.counter = 0;
        }
        let words = run_words(&self.key, self.counter);
        let mut given = words.as_slice();
        if self.counter + LANES as u32 == LAST_COUNTER
            && let Some((rest, key)) = words.split_last_chunk::<KEY_WORDS>()
        {
            given = rest;
            self.key = *key;
        }
        self.left.clear();
        self.left.extend(given.iter().rev().flat_map(|word| word.to_be_bytes()));
    }
}

/// Four blocks from `counter` on, word by word across the blocks, as Go's vector code lays them out.
fn run_words(key: &[u64; KEY_WORDS], counter: u32) -> [u64; RUN_WORDS] {
    let mut lanes = [[0u32; 16]; LANES];
    for (lane, at) in lanes.iter_mut().zip(counter..) {
        *lane = block(key, at);
    }
    let mut out = [0; RUN_WORDS];
    let interleaved =
        (0..16).flat_map(|word| lanes.iter().map(move |lane| lane.get(word).copied().unwrap_or_default()));
    let halves: Vec<u32> = interleaved.collect();
    for (slot, pair) in out.iter_mut().zip(halves.as_chunks::<2>().0) {
        let [low, high] = *pair;
        *slot = u64::from(low) | u64::from(high) << 32;
    }
    out
}

/// One block. Only the rows of the key are added back at the end: the others hold no secret.
fn block(key: &[u64; KEY_WORDS], counter: u32) -> [u32; 16] {
    let [k0, k1, k2, k3] = key.map(|word| [word as u32, (word >> 32) as u32]);
    let rows = [CONSTANTS, [k0[0], k0[1], k1[0], k1[1]], [k2[0], k2[1], k3[0], k3[1]], [counter, 0, 0, 0]];
    let [mut a, mut b, mut c, mut d] = rows;
    for _ in 0..4 {
        quarter_rounds(&mut a, &mut b, &mut c, &mut d);
        b.rotate_left(1);
        c.rotate_left(2);
        d.rotate_left(3);
        quarter_rounds(&mut a, &mut b, &mut c, &mut d);
        b.rotate_right(1);
        c.rotate_right(2);
        d.rotate_right(3);
    }
    let [_, key_low, key_high, _] = rows;
    for (slot, word) in b.iter_mut().chain(&mut c).zip(key_low.iter().chain(&key_high)) {
        *slot = slot.wrapping_add(*word);
    }
    let mut out = [0; 16];
    for (slot, word) in out.iter_mut().zip(a.into_iter().chain(b).chain(c).chain(d)) {
        *slot = word;
    }
    out
}

/// A quarter round on each column of four rows.
fn quarter_rounds(a: &mut [u32; 4], b: &mut [u32; 4], c: &mut [u32; 4], d: &mut [u32; 4]) {
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        *a = a.wrapping_add(*b);
        *d = (*d ^ *a).rotate_left(16);
        *c = c.wrapping_add(*d);
        *b = (*b ^ *c).rotate_left(12);
        *a = a.wrapping_add(*b);
        *d = (*d ^ *a).rotate_left(8);
        *c = c.wrapping_add(*d);
        *b = (*b ^ *c).rotate_left(7);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    /// From Go 1.26: `rand.NewChaCha8([32]byte("chacha8: 32-byte seed for tests!"))` read by 7, 1000 and 3000 bytes; the first 16
    /// bytes and the CRC-32 of all.
    #[test]
    fn the_stream_is_that_of_go() {
        let entropy = ChaCha8Entropy::new(*b"chacha8: 32-byte seed for tests!");
        let mut all = Vec::new();
        for len in [7, 1000, 3000] {
            let mut bytes = vec![0; len];
            entropy.fill(&mut bytes).unwrap();
            all.extend(bytes);
        }
        assert_eq!(hex::encode(all.first_chunk::<16>().unwrap()), "91a4312fa2c32e6a2bf78700bd43bba5");
        assert_eq!(crc32fast::hash(&all), 0x3a71_7587);
    }
}
