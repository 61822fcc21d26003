//! A set of small numbers, written as base64 of a bit map: which blocks of `filestore.go` ran.
//!
//! The text is canonical, for bytes of zeros at the end are left away: equal sets are equal texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A set of numbers, each below the number of blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    bytes: Vec<u8>,
}

impl Bits {
    /// Puts `at` into the set.
    pub fn insert(&mut self, at: usize) {
        if self.bytes.len() <= at / 8 {
            self.bytes.resize(at / 8 + 1, 0);
        }
        if let Some(byte) = self.bytes.get_mut(at / 8) {
            *byte |= 1 << (at % 8);
        }
    }

    /// Whether `at` is in the set.
    #[must_use]
    pub fn contains(&self, at: usize) -> bool {
        self.bytes.get(at / 8).is_some_and(|byte| byte & (1 << (at % 8)) != 0)
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Self) {
        if self.bytes.len() < other.bytes.len() {
            self.bytes.resize(other.bytes.len(), 0);
        }
        for (byte, more) in self.bytes.iter_mut().zip(&other.bytes) {
            *byte |= more;
        }
    }

    /// What is in one of the two and not in both.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let (long, short) = if self.bytes.len() < other.bytes.len() { (other, self) } else { (self, other) };
        let mut found = long.clone();
        for (byte, less) in found.bytes.iter_mut().zip(&short.bytes) {
            *byte ^= less;
        }
        found
    }

    /// What is in this set and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut found = self.clone();
        for (byte, less) in found.bytes.iter_mut().zip(&other.bytes) {
            *byte &= !less;
        }
        found
    }

    /// The numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.bytes.len() * 8).filter(|at| self.contains(*at))
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0)
    }

    /// The set as text.
    #[must_use]
    pub fn text(&self) -> String {
        let used = self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        STANDARD_NO_PAD.encode(self.bytes.get(..used).unwrap_or_default())
    }

    /// The set that `text` is, if all of its numbers are below `end`.
    pub fn parse(text: &str, end: usize) -> Result<Self, String> {
        let bytes = STANDARD_NO_PAD.decode(text).map_err(|error| format!("no base64 of a bit map: {error}"))?;
        let bits = Self { bytes };
        let beyond = bits.iter().find(|at| *at >= end);
        beyond.map_or(Ok(bits), |at| Err(format!("block {at} of {end}")))
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut bits = Self::default();
        numbers.into_iter().for_each(|at| bits.insert(at));
        bits
    }
}
