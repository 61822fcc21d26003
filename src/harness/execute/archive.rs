//! Snapshots as cases show them: the entries of the archive with sizes that are the same for any correct port.
//!
//! The archive is a tar stream in S2, so its own bytes say nothing; a block inside has the size that it has without
//! compression. Entries stay in the order of the archive.

use std::io::Read as _;

use super::plain::{block_index, decompressed};
use crate::format::s2;
use crate::harness::answer::payload;
use crate::harness::protocol::SnapshotTaken;

/// The largest archive that is looked into.
const LIMIT: usize = 1 << 30;

/// The lines of a snapshot.
pub(super) fn describe(taken: &SnapshotTaken) -> Vec<String> {
    let mut lines = match entries(&taken.archive.0) {
        Ok(entries) => entries,
        Err(error) => vec![format!("undecodable {error}  {}", payload(&taken.archive.0))],
    };
    if !taken.errors.is_empty() {
        lines.push(format!("errors {}", taken.errors.len()));
    }
    if lines.is_empty() {
        lines.push("an empty archive".to_owned());
    }
    lines
}

fn entries(archive: &[u8]) -> Result<Vec<String>, String> {
    let plain = s2::decode_stream(archive, LIMIT).map_err(|error| error.to_string())?;
    let mut tar = tar::Archive::new(plain.as_slice());
    let mut lines = Vec::new();
    for entry in tar.entries().map_err(|error| error.to_string())? {
        let mut entry = entry.map_err(|error| error.to_string())?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let mut content = Vec::new();
        // The whole archive is in memory already, so an entry is no larger than what was read.
        entry.read_to_end(&mut content).map_err(|error| error.to_string())?;
        lines.push(match block_index(&name) {
            None => format!("{name} {}", content.len()),
            Some(_) => match decompressed(content) {
                Some(block) => format!("{name} {}", block.len()),
                None => format!("{name} undecodable"),
            },
        });
    }
    Ok(lines)
}
