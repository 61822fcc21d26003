//! The values of the protocol: 64-bit integers as decimal strings, times, bytes as base64, lists of sequences.
//!
//! Invariants: an integer never passes through a JSON number, in either direction, and a JSON number where an integer
//! belongs is refused with a text that says so; a [`SeqList`] is ascending, without overlaps, and merged, so that two
//! equal sets are equal values however they were written. A range costs two words, however long it is.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A text that is not the value it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct ValueError {
    text: String,
    expected: &'static str,
}

impl ValueError {
    fn new(text: &str, expected: &'static str) -> Self {
        // A hostile line may carry megabytes in one string; the head is enough to recognise it.
        Self { text: text.chars().take(80).collect(), expected }
    }
}

/// An unsigned 64-bit integer, a decimal string on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uint(pub u64);

/// A signed 64-bit integer (times, durations, changes), a decimal string on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Int(pub i64);

/// An instant in Unix nanoseconds, or Go's zero time (`None`, JSON `null`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub Option<i64>);

/// Bytes, standard base64 with padding on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

/// An ascending set of sequences as inclusive ranges, `["2","5-9"]` on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeqList {
    ranges: Vec<(u64, u64)>,
}

impl Time {
    /// The instant `ns` nanoseconds after the Unix epoch.
    pub const fn at(ns: i64) -> Self {
        Self(Some(ns))
    }

    /// Go's zero time.
    pub const ZERO: Self = Self(None);

    /// Whether this is Go's zero time, which an absent member stands for.
    pub const fn is_zero(&self) -> bool {
        self.0.is_none()
    }
}

impl Bytes {
    /// Whether there are none, which an absent member stands for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl SeqList {
    /// The list of these inclusive ranges, which must ascend without overlapping; neighbours are merged.
    pub fn from_ranges(ranges: impl IntoIterator<Item = (u64, u64)>) -> Result<Self, ValueError> {
        let mut list = Self::default();
        for (first, last) in ranges {
            let ascending = list.ranges.last().is_none_or(|&(_, before)| before < first);
            if first > last || !ascending {
                return Err(ValueError::new(
                    &format!("{first}-{last}"),
                    "a range that ascends after the ones before it",
                ));
            }
            list.push(first, last);
        }
        Ok(list)
    }

    /// The list of these sequences, in any order, each taken once.
    pub fn from_seqs(seqs: impl IntoIterator<Item = u64>) -> Self {
        let mut seqs: Vec<u64> = seqs.into_iter().collect();
        seqs.sort_unstable();
        seqs.dedup();
        let mut list = Self::default();
        for seq in seqs {
            list.push(seq, seq);
        }
        list
    }

    /// The inclusive ranges, ascending, with at least one sequence missing between two of them.
    pub fn ranges(&self) -> &[(u64, u64)] {
        &self.ranges
    }

    /// The sequences, ascending and one at a time: a hostile range of 2^64 costs nothing until it is walked.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.ranges.iter().flat_map(|&(first, last)| first..=last)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many sequences there are (2^64 of them do not fit a `u64`).
    pub fn count(&self) -> u128 {
        self.ranges.iter().map(|&(first, last)| u128::from(last - first) + 1).sum()
    }

    /// Appends a range that starts after every range of the list.
    fn push(&mut self, first: u64, last: u64) {
        match self.ranges.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(first) => *end = last,
            _ => self.ranges.push((first, last)),
        }
    }
}

impl fmt::Display for Uint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SeqList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (position, range) in self.ranges.iter().enumerate() {
            let separator = if position == 0 { "" } else { " " };
            write!(f, "{separator}{}", range_text(*range))?;
        }
        f.write_str("]")
    }
}

impl From<u64> for Uint {
    fn from(value: u64) -> Self {
        Self(value)
    }
}

impl From<i64> for Int {
    fn from(value: i64) -> Self {
        Self(value)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(value: Vec<u8>) -> Self {
        Self(value)
    }
}

impl From<&[u8]> for Bytes {
    fn from(value: &[u8]) -> Self {
        Self(value.to_vec())
    }
}

const UINT_EXPECTED: &str = "a decimal string from \"0\" to \"18446744073709551615\" (integers never travel as JSON numbers, which many libraries round)";
const INT_EXPECTED: &str =
    "a decimal string of a signed 64-bit integer (integers never travel as JSON numbers, which many libraries round)";
const TIME_EXPECTED: &str = "Unix nanoseconds as a decimal string, or null for Go's zero time";
const BYTES_EXPECTED: &str = "standard base64 with padding";
const RANGE_EXPECTED: &str = "a sequence or an inclusive range as a decimal string, such as \"2\" or \"5-9\"";

impl FromStr for Uint {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // The parser of the standard library takes a leading plus; the protocol has one spelling for a number.
        match text.parse() {
            Ok(value) if text.starts_with(|c: char| c.is_ascii_digit()) => Ok(Self(value)),
            _ => Err(ValueError::new(text, UINT_EXPECTED)),
        }
    }
}

impl FromStr for Int {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text.parse() {
            Ok(value) if !text.starts_with('+') => Ok(Self(value)),
            _ => Err(ValueError::new(text, INT_EXPECTED)),
        }
    }
}

impl FromStr for Bytes {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        STANDARD.decode(text).map(Self).map_err(|_| ValueError::new(text, BYTES_EXPECTED))
    }
}

impl Serialize for Uint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(ns) => serializer.collect_str(&ns),
            None => serializer.serialize_unit(),
        }
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl Serialize for SeqList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.ranges.iter().map(|range| range_text(*range)))
    }
}

/// Reads a value from a JSON string through its `FromStr`.
struct TextVisitor<T> {
    expected: &'static str,
    parse: fn(&str) -> Result<T, ValueError>,
}

impl<T> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Uint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor { expected: UINT_EXPECTED, parse: str::parse })
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor { expected: INT_EXPECTED, parse: str::parse })
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor { expected: BYTES_EXPECTED, parse: str::parse })
    }
}

struct TimeVisitor;

impl<'de> Visitor<'de> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TIME_EXPECTED)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Time, E> {
        Ok(Time::ZERO)
    }

    fn visit_none<E: de::Error>(self) -> Result<Time, E> {
        Ok(Time::ZERO)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Time, D::Error> {
        Int::deserialize(deserializer).map(|Int(ns)| Time::at(ns))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(TimeVisitor)
    }
}

impl<'de> Deserialize<'de> for SeqList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<RangeText>::deserialize(deserializer)?;
        Self::from_ranges(texts.into_iter().map(|RangeText(range)| range)).map_err(de::Error::custom)
    }
}

/// One member of a [`SeqList`] as it is written.
struct RangeText((u64, u64));

impl<'de> Deserialize<'de> for RangeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor { expected: RANGE_EXPECTED, parse: parse_range })
    }
}

fn parse_range(text: &str) -> Result<RangeText, ValueError> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(Uint(first)), Ok(Uint(last))) => Ok(RangeText((first, last))),
        _ => Err(ValueError::new(text, RANGE_EXPECTED)),
    }
}

fn range_text((first, last): (u64, u64)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

macro_rules! text_schema {
    ($type:ty, $name:literal, $description:expr, $pattern:literal) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "description": $description, "pattern": $pattern })
            }
        }
    };
}

text_schema!(Uint, "Uint", "An unsigned 64-bit integer as a decimal string.", "^[0-9]+$");
text_schema!(Int, "Int", "A signed 64-bit integer as a decimal string.", "^-?[0-9]+$");
text_schema!(Bytes, "Bytes", "Bytes as standard base64 with padding.", "^[A-Za-z0-9+/]*={0,2}$");

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "null"],
            "description": "Unix nanoseconds as a decimal string; null is Go's zero time.",
            "pattern": "^-?[0-9]+$"
        })
    }
}

impl JsonSchema for SeqList {
    fn schema_name() -> Cow<'static, str> {
        "SeqList".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "Ascending sequences, each one sequence or an inclusive range.",
            "items": { "type": "string", "pattern": "^[0-9]+(-[0-9]+)?$" }
        })
    }
}
