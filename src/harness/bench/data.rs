//! What the benchmarks store and ask for, made from a seed; adapters/go/bench_data.go makes the same.
//!
//! Everything that costs time is made before the clock runs: a payload is a slice, a subject is looked up.

/// How many different payloads a seed gives.
const POOL: u64 = 1 << 18;
/// A prime, so that neighbours differ in their subjects and all subjects come in turn.
const STRIDE: u64 = 7919;

/// The subjects and payloads of a workload.
#[derive(Clone, Debug)]
pub struct Data {
    seed: u64,
    size: usize,
    subjects: Vec<Vec<u8>>,
    pool: Vec<u8>,
}

/// The finalizer of splitmix64.
pub const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl Data {
    /// The data of a seed.
    pub fn new(seed: u64, subjects: u64, size: u64) -> Self {
        let subjects = (0..subjects).map(|k| format!("orders.r{}.c{k}", k % 10).into_bytes()).collect();
        // Words of a small vocabulary, which compress about as well as JSON does.
        let mut pool = Vec::new();
        let mut word = 0;
        while (pool.len() as u64) < POOL + size {
            let mut letters = mix(seed.wrapping_add(1).wrapping_add(mix(seed.wrapping_add(word)) % 512));
            for _ in 0..3 + letters % 7 {
                pool.push(b'a' + ((letters >> 8) % 26) as u8);
                letters = mix(letters);
            }
            pool.push(b' ');
            word += 1;
        }
        Self { seed, size: usize::try_from(size).unwrap_or(usize::MAX), subjects, pool }
    }

    /// The `i`-th of the seed's random numbers.
    pub fn number(&self, i: u64) -> u64 {
        mix(self.seed ^ mix(i))
    }

    /// The subject of message `i`.
    pub fn subject(&self, i: u64) -> &[u8] {
        let at = i.wrapping_mul(STRIDE) % (self.subjects.len() as u64).max(1);
        self.subjects.get(at as usize).map_or(&[], Vec::as_slice)
    }

    /// The payload of message `i`.
    pub fn payload(&self, i: u64) -> &[u8] {
        let at = (self.number(i) % POOL) as usize;
        self.pool.get(at..at.saturating_add(self.size)).unwrap_or_default()
    }

    /// The sequences from 1 to `count` in a random order.
    pub fn shuffled(&self, count: u64) -> Vec<u64> {
        let mut order: Vec<u64> = (1..=count).collect();
        for i in (2..=order.len()).rev() {
            let j = self.number(i as u64) % i as u64;
            order.swap(i - 1, j as usize);
        }
        order
    }
}
