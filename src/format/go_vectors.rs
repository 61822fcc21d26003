//! What the tests of recorded vectors share: the files' lines, the hash and the generator that the recorder in Go used.
//!
//! The vectors lie in `tests/data/go-vectors`; each file's first lines say what was recorded and from which version.

/// FNV-1a, 64 bits, over everything noted so far.
pub(in crate::format) struct Fnv(u64);

impl Fnv {
    pub(in crate::format) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(in crate::format) fn note(&mut self, bytes: impl AsRef<[u8]>) {
        for byte in bytes.as_ref() {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub(in crate::format) fn hex(&self) -> String {
        format!("{:016x}", self.0)
    }
}

/// The hash of one text.
pub(in crate::format) fn fnv(text: &str) -> String {
    let mut fnv = Fnv::new();
    fnv.note(text);
    fnv.hex()
}

/// Knuth's linear congruential generator; the high 31 bits count.
pub(in crate::format) struct Lcg(pub(in crate::format) u64);

impl Lcg {
    pub(in crate::format) fn draw(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// The vectors of a file, without its head.
pub(in crate::format) fn vectors(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter(|line| !line.starts_with('#'))
}

/// Checks every `hexadecimal verdict` line of a decoder's file: `decode` answers the verdict.
pub(in crate::format) fn check_verdicts(file: &str, expected_count: usize, mut decode: impl FnMut(&[u8]) -> String) {
    let mut checked = 0;
    for line in vectors(file) {
        let (input, verdict) = line.split_once(' ').unwrap_or_default();
        let bytes = hex::decode(input).unwrap_or_default();
        assert_eq!(decode(&bytes), verdict, "{input}");
        checked += 1;
    }
    assert_eq!(checked, expected_count);
}
