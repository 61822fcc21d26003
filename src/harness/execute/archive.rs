//! Snapshots as cases show them: the entries of the archive with sizes that are the same for any correct port.
//!
//! The archive is a tar stream in S2, so its own bytes say nothing; a block inside has the size that it has without
//! compression, and none if it does not begin with a record. Entries stay in the order of the archive.

use super::plain::{block_index, decompressed};
use crate::format::record::RecordView;
use crate::format::snapshot::{ArchiveError, ERROR_FILE, read_archive};
use crate::harness::answer::payload;
use crate::harness::protocol::SnapshotTaken;

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

fn entries(archive: &[u8]) -> Result<Vec<String>, ArchiveError> {
    let mut lines = Vec::new();
    read_archive(archive, |file| {
        let name = String::from_utf8_lossy(&file.name).into_owned();
        lines.push(match block_index(&name) {
            // Its text is the port's own.
            None if name == ERROR_FILE => name,
            None => format!("{name} {}", file.content.len()),
            Some(_) => format!("{name} {}", records(file.content)),
        });
        Ok(())
    })
    .map(|()| lines)
}

/// How many bytes of records a block has.
fn records(content: Vec<u8>) -> String {
    match decompressed(content) {
        None => "undecodable".to_owned(),
        Some(block) if block.is_empty() || RecordView::parse(&block).is_some() => block.len().to_string(),
        // Compressed bytes that were decrypted with the wrong keystream: any port is free to have another number of them.
        Some(_) => "without records".to_owned(),
    }
}
