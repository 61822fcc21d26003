//! The checksum of records, states and metadata: HighwayHash-64, keyed by SHA-256 of a name.
//!
//! The key's four words and the answer are little-endian. A stream's files are keyed by the stream's name, a block's records
//! by `NAME-INDEX` (hashKeyForBlock, 1028), a consumer's files by `NAME/CONSUMER`. What is hashed is the caller's business.

use highway::{HighwayHash, HighwayHasher, Key};
use sha2::{Digest, Sha256};

/// A checksum as it lies in a file.
pub type Checksum = [u8; CHECKSUM_LEN];

/// The length of a checksum in bytes.
pub const CHECKSUM_LEN: usize = 8;

/// A keyed hash function. Hashing starts from the same prepared state every time, so one value serves all records.
#[derive(Clone, Debug)]
pub struct Hasher64 {
    start: HighwayHasher,
}

impl Hasher64 {
    /// The hash function keyed by `name`.
    pub fn new(name: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        let (words, _) = digest.as_chunks::<8>();
        let mut key = [0u64; 4];
        for (slot, word) in key.iter_mut().zip(words) {
            *slot = u64::from_le_bytes(*word);
        }
        Self { start: HighwayHasher::new(Key(key)) }
    }

    /// For the files of a stream: `meta.inf`, `index.db`.
    pub fn for_stream(stream: &str) -> Self {
        Self::new(stream)
    }

    /// For the records of a stream's block.
    pub fn for_block(stream: &str, index: u32) -> Self {
        Self::new(&format!("{stream}-{index}"))
    }

    /// For the files of a consumer.
    pub fn for_consumer(stream: &str, consumer: &str) -> Self {
        Self::new(&format!("{stream}/{consumer}"))
    }

    /// The checksum of `bytes`.
    pub fn hash(&self, bytes: &[u8]) -> Checksum {
        self.start.clone().hash64(bytes).to_le_bytes()
    }

    /// The checksum of `bytes` behind `head`: as of two pieces, and faster, because what the function takes at a time, 32 bytes,
    /// begins where it wants it.
    pub fn hash_behind(&self, head: &[u8; 16], bytes: &[u8]) -> Checksum {
        let Some((next, rest)) = bytes.split_first_chunk::<16>() else {
            return self.hash_parts(&[head, bytes]);
        };
        let mut first = [0; 32];
        let (left, right) = first.split_at_mut(head.len());
        left.copy_from_slice(head);
        right.copy_from_slice(next);
        self.hash_parts(&[&first, rest])
    }

    /// The checksum of several pieces, as if they lay one after the other.
    pub fn hash_parts(&self, parts: &[&[u8]]) -> Checksum {
        let mut hasher = self.start.clone();
        for part in parts {
            hasher.append(part);
        }
        hasher.finalize64().to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    /// Recorded from Go; the file says how.
    const VECTORS: &str = include_str!("../../tests/data/format/hash.txt");

    fn vectors() -> impl Iterator<Item = (String, Vec<u8>, Checksum)> {
        let lines = VECTORS.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| {
            let mut words = line.split(' ');
            let name = words.next().unwrap().trim_matches('"').to_owned();
            let len: usize = words.next().unwrap().parse().unwrap();
            let bytes = (0..len).map(|i| (i * 7) as u8).collect();
            let checksum = hex::decode(words.next().unwrap()).unwrap();
            (name, bytes, checksum.try_into().unwrap())
        })
    }

    #[test]
    fn checksums_equal_gos() {
        for (name, bytes, expected) in vectors() {
            let hasher = Hasher64::new(&name);
            assert_eq!(hasher.hash(&bytes), expected, "{name} {}", bytes.len());
        }
        assert_eq!(vectors().count(), 50);
    }

    #[test]
    fn pieces_hash_as_the_whole() {
        for (name, bytes, expected) in vectors() {
            let hasher = Hasher64::new(&name);
            for cut in [0, 1, 16, 31, 32, 100] {
                let (head, tail) = bytes.split_at(cut.min(bytes.len()));
                let (middle, end) = tail.split_at(tail.len() / 2);
                let parts = [head, middle, &[], end];
                assert_eq!(hasher.hash_parts(&parts), expected, "{name} {cut}");
            }
            if let Some((head, rest)) = bytes.split_first_chunk() {
                assert_eq!(hasher.hash_behind(head, rest), expected, "{name}");
            }
        }
    }

    #[test]
    fn names_make_the_keys_of_gos_files() {
        let hash = |hasher: Hasher64| hasher.hash(b"x");
        let test = |name| hash(Hasher64::new(name));
        assert_eq!(hash(Hasher64::for_stream("TEST")), test("TEST"));
        assert_eq!(hash(Hasher64::for_block("TEST", 1)), test("TEST-1"));
        let consumer = Hasher64::for_consumer("TEST", "consumer");
        assert_eq!(hash(consumer), test("TEST/consumer"));
    }
}
