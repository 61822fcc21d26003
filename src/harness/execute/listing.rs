//! One line of `ls`: the name and size of a file, in a way that is the same for any correct port.
//!
//! A block is shown with the size that it has without compression, because every implementation of S2 finds other matches;
//! encryption keeps the size. A block that does not decode is marked. Every other file has its size on disk.

use super::config::StoreConfig;
use super::plain::{Keys, block_index};
use super::workspace::Workspace;
use crate::env::FsResult;
use crate::harness::case::Setting;

/// The line for the file `relative`.
pub(super) fn line(
    workspace: &Workspace,
    relative: &str,
    config: Option<&StoreConfig>,
    setting: Setting,
) -> FsResult<String> {
    let path = workspace.file(relative);
    let Some(index) = block_index(relative) else {
        return Ok(format!("{relative} {}", workspace.fs().metadata(&path)?.len));
    };
    let bytes = workspace.fs().read(&path)?;
    Ok(match Keys::new(workspace, config, setting).block(index, bytes)? {
        Some(plain) => format!("{relative} {}", plain.len()),
        None => format!("{relative} undecodable"),
    })
}
