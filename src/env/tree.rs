//! Walking and copying whole trees, within a file system or between two.
//!
//! Both are deterministic: entries come sorted by name, a directory before what it holds. A symbolic link is copied
//! as what it says and never followed. Anything else is refused by a copy, because a copy without it would be another tree.

use std::path::{Path, PathBuf};

use super::error::FsResult;
use super::file_system::{FileKind, FileSystem};

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// The path relative to the tree's root.
    pub path: PathBuf,
    /// What it names.
    pub kind: FileKind,
    /// The length in bytes of a file, 0 of anything else.
    pub len: u64,
}

/// Everything under `root`, which itself is left out.
pub fn walk(fs: &dyn FileSystem, root: &Path) -> FsResult<Vec<TreeEntry>> {
    let mut entries = Vec::new();
    // A stack of directories still to list, relative to the root; recursion would trust foreign depths.
    let mut pending = vec![PathBuf::new()];
    while let Some(relative) = pending.pop() {
        let dir = root.join(&relative);
        for entry in fs.read_dir(&dir)? {
            let path = relative.join(&entry.name);
            let len = match entry.kind {
                FileKind::File => fs.metadata(&root.join(&path))?.len,
                FileKind::Dir | FileKind::Other => 0,
            };
            if entry.kind == FileKind::Dir {
                pending.push(path.clone());
            }
            entries.push(TreeEntry { path, kind: entry.kind, len });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// Copies the tree at `source` to `target`, which is made when missing; permission bits travel along.
pub fn copy_tree(source_fs: &dyn FileSystem, source: &Path, target_fs: &dyn FileSystem, target: &Path) -> FsResult<()> {
    target_fs.create_dir_all(target)?;
    let entries = walk(source_fs, source)?;
    for entry in &entries {
        let path = target.join(&entry.path);
        let original = source.join(&entry.path);
        match entry.kind {
            FileKind::Dir => target_fs.create_dir_all(&path)?,
            FileKind::File => target_fs.write(&path, &source_fs.read(&original)?)?,
            // A link is copied as what it says; a socket or a device is refused by `read_link`.
            FileKind::Other => {
                let says = source_fs.read_link(&original)?;
                target_fs.remove_dir_all(&path)?;
                target_fs.make_link(&says, &path)?;
            }
        }
    }
    // Children first, so that a directory becomes read-only only when it is complete.
    for entry in entries.iter().rev().filter(|entry| entry.kind != FileKind::Other) {
        let mode = source_fs.metadata(&source.join(&entry.path))?.mode;
        target_fs.set_permissions(&target.join(&entry.path), mode)?;
    }
    Ok(())
}
