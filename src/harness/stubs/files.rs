//! The files below a directory, in the order of their paths, without what builds and version control leave there.

use std::path::{Path, PathBuf};

use crate::env::{FileKind, FileSystem as _, FsResult, RealFs};

/// Directories that are not entered.
pub(super) const NOT_ENTERED: [&str; 14] = [
    ".git",
    ".hg",
    ".svn",
    ".vs",
    ".idea",
    "bin",
    "obj",
    "target",
    "node_modules",
    "__pycache__",
    ".venv",
    "venv",
    "vendor",
    "dist",
];

/// A file, and its path below the directory that was asked for, whose own name is in front.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// In forward slashes.
    pub(super) relative: String,
}

/// All files below `place`, or `place` itself. Links are not followed.
pub(super) fn below(place: &Path) -> FsResult<Vec<Found>> {
    let fs = RealFs::new();
    let top = place.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    if fs.metadata(place)?.is_file() {
        return Ok(vec![Found { path: place.to_path_buf(), relative: top }]);
    }
    let mut found = Vec::new();
    let mut open = vec![(place.to_path_buf(), top)];
    while let Some((path, relative)) = open.pop() {
        for entry in fs.read_dir(&path)? {
            let name = entry.name.to_string_lossy().into_owned();
            let (path, relative) = (path.join(&entry.name), format!("{relative}/{name}"));
            match entry.kind {
                FileKind::Dir if !NOT_ENTERED.contains(&name.as_str()) => open.push((path, relative)),
                FileKind::File => found.push(Found { path, relative }),
                _ => {}
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}
