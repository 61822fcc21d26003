//! Whether two directories of a store are the same: which files differ, and where.
//!
//! Equal bytes are equal. Where they differ, the files are compared without encryption and compression, because keys, nonces
//! and the matches that an S2 encoder finds are nobody's to prescribe; then consumer states and timing wheels by what they
//! mean, because Go writes them in the order of a map. Bytes decide and dumps explain: a difference is shown as the lines
//! of the annotated dump that differ.

use std::collections::BTreeSet;

use crate::env::FsResult;
use crate::format::consumer_state::ConsumerState;
use crate::format::dump::render_pages;
use crate::format::hash_wheel::HashWheel;
use crate::format::record::Records;
use crate::format::schedule::MsgScheduling;
use crate::harness::store_files::{Kind, Plain, StoreFiles};

/// What stands for a file that is missing on one side.
pub const NO_SUCH_FILE: &str = "no such file";

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDifference {
    /// Its path.
    pub path: String,
    /// The lines that explain the expected content.
    pub expected: Vec<String>,
    /// The lines that explain the content found.
    pub found: Vec<String>,
}

/// The files that differ between `expected` and `found`, in the order of their paths.
pub fn differing_files(expected: &StoreFiles<'_>, found: &StoreFiles<'_>) -> FsResult<Vec<FileDifference>> {
    let left: BTreeSet<String> = expected.list()?.into_iter().collect();
    let right: BTreeSet<String> = found.list()?.into_iter().collect();
    let mut differences = Vec::new();
    for path in left.union(&right) {
        let difference = match (left.contains(path), right.contains(path)) {
            (true, true) => compare(path, expected, found)?,
            (true, false) => Some(lines("the file", NO_SUCH_FILE)),
            (false, _) => Some(lines(NO_SUCH_FILE, "the file")),
        };
        if let Some((expected, found)) = difference {
            differences.push(FileDifference { path: path.clone(), expected, found });
        }
    }
    Ok(differences)
}

/// Whether a file says nothing on either side. A consumer's state that was damaged in its head holds the same as another if it has
/// the same bytes in any order, for Go writes it in the order of a map; so do the files of timers. One whose key is lost is as long
/// on both sides.
///
/// A block can be read on neither side if: its key is lost, or was and the noise that it left was encrypted again, or
/// what was compressed in it does not unpack. Keys and the sizes of compressed blocks are chance, so that only a block in which
/// nothing is compressed has to be as long on both sides.
pub fn is_lost_on_both(
    path: &str,
    expected: &StoreFiles<'_>,
    found: &StoreFiles<'_>,
    compressed: bool,
) -> FsResult<bool> {
    let same_length = || -> FsResult<bool> { Ok(expected.read(path)?.len() == found.read(path)?.len()) };
    let key_is_lost = expected.has_lost_its_key(path)? && found.has_lost_its_key(path)?;
    match Kind::of(path) {
        Kind::Block(_) => {}
        Kind::ConsumerState(_) if key_is_lost => return same_length(),
        kind @ (Kind::ConsumerState(_) | Kind::Wheel | Kind::Schedules) => {
            return Ok(match (expected.plain(path)?, found.plain(path)?) {
                (Plain::Bytes(left), Plain::Bytes(right)) => is_same_shuffled(kind, left, right),
                _ => false,
            });
        }
        _ => return Ok(false),
    }
    let lost = |files: &StoreFiles<'_>| -> FsResult<bool> {
        Ok(files.has_lost_its_key(path)?
            || match files.plain(path)? {
                Plain::Bytes(plain) => {
                    files.is_encrypted() && Records::new(&plain).next().is_some_and(|(_, first)| first.is_err())
                }
                Plain::Chance(_) | Plain::Closed(_) => true,
            })
    };
    if !lost(expected)? || !lost(found)? {
        return Ok(false);
    }
    Ok(compressed || same_length()?)
}

/// Whether neither file can be decoded and both have the same bytes in any order.
fn is_same_shuffled(kind: Kind<'_>, mut left: Vec<u8>, mut right: Vec<u8>) -> bool {
    let decodes = |bytes: &[u8]| match kind {
        Kind::ConsumerState(_) => ConsumerState::decode(bytes).is_ok(),
        Kind::Wheel => HashWheel::decode(bytes).is_ok(),
        Kind::Schedules => MsgScheduling::decode(bytes).is_ok(),
        _ => true,
    };
    if decodes(&left) || decodes(&right) {
        return false;
    }
    left.sort_unstable();
    right.sort_unstable();
    left == right
}

type Lines = (Vec<String>, Vec<String>);

fn lines(expected: &str, found: &str) -> Lines {
    (vec![expected.to_owned()], vec![found.to_owned()])
}

fn compare(path: &str, expected: &StoreFiles<'_>, found: &StoreFiles<'_>) -> FsResult<Option<Lines>> {
    if expected.read(path)? == found.read(path)? {
        return Ok(None);
    }
    Ok(match (expected.plain(path)?, found.plain(path)?) {
        (Plain::Bytes(left), Plain::Bytes(right)) => {
            let same = left == right || same_meaning(Kind::of(path), &left, &right);
            if same { None } else { Some(explained(path, expected, found)?) }
        }
        (Plain::Chance(left), Plain::Chance(right)) if left == right => None,
        // What neither side can open, a key being gone or damaged, has nothing to compare but its size.
        (Plain::Closed(left), Plain::Closed(right)) if left == right => {
            let (left, right) = (expected.read(path)?.len(), found.read(path)?.len());
            (left != right).then(|| lines(&format!("{left} sealed bytes"), &format!("{right} sealed bytes")))
        }
        (left, right) => Some(lines(&name(&left), &name(&right))),
    })
}

fn name(plain: &Plain) -> String {
    match plain {
        Plain::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Plain::Chance(what) => what.clone(),
        Plain::Closed(why) => format!("cannot be opened: {why}"),
    }
}

/// Whether two files that Go writes in the order of a map hold the same.
fn same_meaning(kind: Kind<'_>, left: &[u8], right: &[u8]) -> bool {
    match kind {
        Kind::ConsumerState(_) => match (ConsumerState::decode(left), ConsumerState::decode(right)) {
            (Ok(left), Ok(right)) => left == right,
            _ => false,
        },
        Kind::Wheel => match (HashWheel::decode(left), HashWheel::decode(right)) {
            (Ok((left, stamp)), Ok((right, other))) => {
                let sorted = |wheel: &HashWheel| {
                    let mut entries: Vec<_> = wheel.entries().map(|entry| (entry.seq, entry.expires_ns)).collect();
                    entries.sort_unstable();
                    entries
                };
                stamp == other && sorted(&left) == sorted(&right)
            }
            _ => false,
        },
        Kind::Schedules => match (MsgScheduling::decode(left), MsgScheduling::decode(right)) {
            (Ok((left, stamp)), Ok((right, other))) => {
                let sorted = |schedules: &MsgScheduling| {
                    let mut entries: Vec<_> = schedules
                        .iter()
                        .map(|(subject, schedule)| (subject.to_vec(), schedule.seq, schedule.fires_ns))
                        .collect();
                    entries.sort();
                    entries
                };
                stamp == other && sorted(&left) == sorted(&right)
            }
            _ => false,
        },
        _ => false,
    }
}

/// The dumps of both files, down to the last layer, which is the one that was compared.
fn explained(path: &str, expected: &StoreFiles<'_>, found: &StoreFiles<'_>) -> FsResult<Lines> {
    let dump = |files: &StoreFiles<'_>| -> FsResult<Vec<String>> {
        let pages = files.pages(path)?;
        let last = pages.last().map(std::slice::from_ref).unwrap_or_default();
        Ok(render_pages(last).lines().map(str::to_owned).collect())
    };
    Ok((dump(expected)?, dump(found)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_decoded_is_compared_in_any_order() {
        let wheel = |bytes: &[u8]| bytes.to_vec();
        assert!(is_same_shuffled(Kind::Wheel, wheel(b"\xffab"), wheel(b"\xffba")));
        assert!(!is_same_shuffled(Kind::Wheel, wheel(b"\xffab"), wheel(b"\xffbb")));
        assert!(is_same_shuffled(Kind::Schedules, wheel(b"\xffab"), wheel(b"\xffba")));
        let whole = MsgScheduling::new().encode(7);
        assert!(!is_same_shuffled(Kind::Schedules, whole.clone(), whole));
        assert!(!is_same_shuffled(Kind::StreamState, wheel(b"ab"), wheel(b"ba")));
    }
}
