//! The porters' numbering of `filestore.go`: 308 functions, 955 to 1262, from `corpus/features.tsv`.
//!
//! The table is embedded, so that a number means the same wherever the program runs. Some functions were there when the
//! numbers were given and are gone in v2.14.9; their numbers stay, and say so.

use super::TraceError;

/// The table as it is checked in: number, group in batch 11, function, whether v2.14.9 has it.
const TABLE: &str = include_str!("../../../corpus/features.tsv");

/// A function of `filestore.go` with the number that porters gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its number.
    pub number: u16,
    /// Its group within batch 11, if it belongs to it.
    pub batch_11: Option<u8>,
    /// The function: `newFileStore`, or `fileStore.StoreMsg` for a method.
    pub function: String,
    /// Whether v2.14.9 has it.
    pub present: bool,
}

/// All features, in the order of their numbers.
#[derive(Clone, Debug)]
pub struct Features(Vec<Feature>);

impl Features {
    /// The table of this crate.
    pub fn embedded() -> Result<Self, TraceError> {
        Self::parse(TABLE)
    }

    /// Reads a table.
    pub fn parse(table: &str) -> Result<Self, TraceError> {
        let lines = table.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
        let mut features: Vec<Feature> = Vec::new();
        for (at, line) in lines {
            let feature = feature(line).ok_or_else(|| TraceError::Broken {
                file: format!("corpus/features.tsv:{}", at + 1),
                why: format!("expected a number, a group or nothing, a function, and yes or no, found {line:?}"),
                command: "git checkout corpus/features.tsv",
            })?;
            features.push(feature);
        }
        features.sort_by_key(|feature| feature.number);
        Ok(Self(features))
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Feature] {
        &self.0
    }

    /// The feature with this number.
    pub fn get(&self, number: u16) -> Result<&Feature, TraceError> {
        self.0.iter().find(|feature| feature.number == number).ok_or_else(|| self.unknown(&number.to_string()))
    }

    /// The features of a list such as `955,1239,1000-1010` or `batch11`.
    pub fn select(&self, list: &str) -> Result<Vec<&Feature>, TraceError> {
        let mut found: Vec<&Feature> = Vec::new();
        for word in list.split([',', ' ']).filter(|word| !word.is_empty()) {
            if word == "all" {
                found.extend(&self.0);
            } else if word == "batch11" {
                found.extend(self.0.iter().filter(|feature| feature.batch_11.is_some()));
            } else {
                let (first, last) = word.split_once('-').unwrap_or((word, word));
                let number = |text: &str| text.parse::<u16>().map_err(|_| self.unknown(text));
                let (first, last) = (number(first)?, number(last)?);
                // Both ends are to be there, so that a slip of the pen does not select less than was meant.
                let (first, last) = (self.get(first)?.number, self.get(last)?.number);
                found.extend(self.0.iter().filter(|feature| (first..=last).contains(&feature.number)));
            }
        }
        if found.is_empty() {
            return Err(self.unknown(&format!("`{list}`")));
        }
        found.sort_by_key(|feature| feature.number);
        found.dedup_by_key(|feature| feature.number);
        Ok(found)
    }

    fn unknown(&self, given: &str) -> TraceError {
        let number = |feature: Option<&Feature>| feature.map_or(0, |feature| feature.number);
        TraceError::NoFeature { given: given.to_owned(), first: number(self.0.first()), last: number(self.0.last()) }
    }
}

fn feature(line: &str) -> Option<Feature> {
    let mut columns = line.split('\t');
    let number = columns.next()?.parse().ok()?;
    let batch_11 = match columns.next()? {
        "" => None,
        group => Some(group.parse().ok()?),
    };
    let function = columns.next().filter(|name| !name.is_empty())?.to_owned();
    let present = match columns.next()?.trim() {
        "yes" => true,
        "no" => false,
        _ => return None,
    };
    columns.next().is_none().then_some(Feature { number, batch_11, function, present })
}
