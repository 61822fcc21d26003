//! Writing a small file so that a reader finds the old bytes or the new ones, never a part.
//!
//! The bytes go to `NAME.tmp`, which is then renamed. With sync, the bytes are on disk before the rename and the
//! directory after it. Block files and `index.db` are not written this way.
//!
//! Carries 1260, 1261, 1262.

use std::path::{Path, PathBuf};

use super::ctx::Ctx;
use crate::env::{File, FileSystem, FsResult, OpenMode};

/// What the name of a file in the making ends with.
const TEMPORARY_SUFFIX: &str = ".tmp";

/// Writes the file, synced if the store syncs always (Go: `writeFileWithOptionalSync`, 1260).
pub(crate) fn write_with_optional_sync(ctx: &Ctx, path: &Path, bytes: &[u8]) -> FsResult<()> {
    write_atomically(ctx.env.fs.as_ref(), path, bytes, ctx.sync_always)
}

/// Writes the file and syncs it (Go: `writeFileWithSync`, 1261).
pub fn write_file_with_sync(fs: &dyn FileSystem, path: &Path, bytes: &[u8]) -> FsResult<()> {
    write_atomically(fs, path, bytes, true)
}

/// Writes the file by way of a temporary one (Go: `writeAtomically`, 1262).
pub fn write_atomically(fs: &dyn FileSystem, path: &Path, bytes: &[u8], sync: bool) -> FsResult<()> {
    write_atomically_with_temporary(fs, &temporary_path(path), path, bytes, sync)
}

/// As [`write_atomically`], with the temporary file's path given.
pub(crate) fn write_atomically_with_temporary(
    fs: &dyn FileSystem,
    temporary: &Path,
    path: &Path,
    bytes: &[u8],
    sync: bool,
) -> FsResult<()> {
    // What could not be opened is not ours to remove.
    let file = fs.open(temporary, OpenMode::Truncate)?;
    if let Err(error) = write_temporary(file.as_ref(), bytes, sync) {
        remove_best_effort(fs, temporary);
        return Err(error);
    }
    drop(file);
    if let Err(error) = fs.rename(temporary, path) {
        remove_best_effort(fs, temporary);
        return Err(error);
    }
    if sync && let Some(dir) = path.parent() {
        fs.sync_dir(dir)?;
    }
    Ok(())
}

/// Syncs a file and its directory; a file that is gone needs neither (Go: `syncFileAndDir`).
pub(crate) fn sync_file_and_dir(fs: &dyn FileSystem, path: &Path) -> FsResult<()> {
    match fs.sync_file(path) {
        Err(error) if error.is_not_found() => return Ok(()),
        synced => synced?,
    }
    path.parent().map_or(Ok(()), |dir| fs.sync_dir(dir))
}

/// Removes a file of which it does not matter whether it is there or can be removed, as Go does with `os.Remove`.
pub(crate) fn remove_best_effort(fs: &dyn FileSystem, path: &Path) {
    let _outcome_of_no_consequence = fs.remove_file(path);
}

fn write_temporary(file: &dyn File, bytes: &[u8], sync: bool) -> FsResult<()> {
    file.write_at(0, bytes)?;
    if sync { file.sync() } else { Ok(()) }
}

fn temporary_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(TEMPORARY_SUFFIX);
    PathBuf::from(name)
}
