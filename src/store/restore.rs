//! Unpacking a snapshot into a directory, which can then be opened as a store.
//!
//! The archive may come from anywhere: an entry that is no file, or whose path would lead out of the directory, ends the
//! unpacking. Files that were written before it stay; the directory is the caller's to remove. Go does this in its server
//! (`RestoreStream`) and not in the file store.

use std::path::{Component, Path, PathBuf};

use super::error::StoreError;
use crate::env::{FileSystem, OpenMode};
use crate::format::snapshot::{ArchivedFile, read_archive};

/// Unpacks a snapshot into `dir`, which is made when it is missing.
pub fn restore_snapshot(fs: &dyn FileSystem, dir: &Path, archive: &[u8]) -> Result<(), StoreError> {
    read_archive(archive, |file| {
        let inside = inside(&file.name).filter(|_| file.is_regular);
        let Some(relative) = inside else {
            return Err(StoreError::ArchiveEntry(file.name.escape_ascii().to_string()));
        };
        write(fs, &dir.join(relative), &file)
    })
}

fn write(fs: &dyn FileSystem, path: &Path, file: &ArchivedFile) -> Result<(), StoreError> {
    if let Some(parent) = path.parent() {
        fs.create_dir_all(parent)?;
    }
    let target = fs.open(path, OpenMode::Create)?;
    Ok(target.write_at(0, &file.content)?)
}

/// The path below a directory that the name of an entry leads to; none if it leads to the directory itself or out of it, or is
/// no text.
fn inside(name: &[u8]) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    let path_of_entry = Path::new(str::from_utf8(name).ok()?);
    for component in path_of_entry.components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::ParentDir if !path.pop() && !path_of_entry.has_root() => return None,
            _ => {}
        }
    }
    (!path.as_os_str().is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use crate::env::MemFs;
    use crate::format::snapshot::SnapshotWriter;

    fn restore(names: &[&str]) -> (MemFs, Result<(), StoreError>) {
        let mut writer = SnapshotWriter::new(0);
        for name in names {
            writer.file(name, name.as_bytes());
        }
        let fs = MemFs::new();
        fs.create_dir_all(Path::new("/parent/store")).unwrap();
        let restored = restore_snapshot(&fs, Path::new("/parent/store"), &writer.finish());
        (fs, restored)
    }

    #[test]
    fn files_land_where_they_belong() {
        let (fs, restored) = restore(&["meta.inf", "msgs/1.blk", "/obs/./c/o.dat", "a/../b", "/../c"]);
        restored.unwrap();
        let read = |path: &str| String::from_utf8(fs.read(Path::new(path)).unwrap()).unwrap();
        assert_eq!(read("/parent/store/meta.inf"), "meta.inf");
        assert_eq!(read("/parent/store/msgs/1.blk"), "msgs/1.blk");
        assert_eq!(read("/parent/store/obs/c/o.dat"), "/obs/./c/o.dat");
        assert_eq!(read("/parent/store/b"), "a/../b");
        assert_eq!(read("/parent/store/c"), "/../c");
    }

    #[test]
    fn nothing_is_written_outside_of_the_directory() {
        for name in ["../evil", "a/../../evil", "..", ".", "msgs/../../store/../evil"] {
            let (fs, restored) = restore(&["meta.inf", name]);
            assert_eq!(restored, Err(StoreError::ArchiveEntry(name.to_owned())), "{name}");
            let parent = fs.read_dir(Path::new("/parent")).unwrap();
            assert_eq!(parent.len(), 1, "{name}");
            assert!(fs.exists(Path::new("/parent/store/meta.inf")).unwrap(), "{name}");
        }
    }
}
