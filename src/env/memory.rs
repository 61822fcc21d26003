//! A file system in memory that can crash: what was not synced is then gone.
//!
//! The model is Pebble's crashable file system. A file's data survives a crash when the file was synced, its
//! name when its directory was synced; a new directory survives at once, as the store takes its directories
//! for given. Permission bits bite here even for the superuser (owner's bits alone), which no test on a real
//! disk can count on. Relative paths start at the root, as there is no working directory.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::error::{FsError, FsErrorKind, FsResult, Operation};
use super::file_system::{DirEntry, File, FileKind, FileSystem, Metadata, OpenMode};
use super::memory_file::{Content, MemFile, Shared, lock};

const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const OWNER_READS: u32 = 0o400;
const OWNER_WRITES: u32 = 0o200;
const PERMISSION_BITS: u32 = 0o7777;
/// As on Linux; it also bounds the depth of a tree.
const MAX_PATH_BYTES: usize = 4096;

/// What a crash takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashLoss {
    /// Data that was not synced, and names (creations, renames, removals) whose directory was not synced.
    DataAndNames,
    /// Data that was not synced; every name is as it was last.
    Data,
}

/// A file system in memory. A clone shares its files.
#[derive(Clone, Debug)]
pub struct MemFs {
    names: Arc<Mutex<Names>>,
}

#[derive(Debug)]
struct Names {
    root: SharedDir,
    next_temp: u64,
}

type SharedDir = Arc<Mutex<Dir>>;

#[derive(Clone, Debug)]
enum Node {
    Dir(SharedDir),
    File(Shared),
}

#[derive(Debug)]
struct Dir {
    entries: BTreeMap<OsString, Node>,
    synced: BTreeMap<OsString, Node>,
    mode: u32,
}

impl Dir {
    const fn new(mode: u32) -> Self {
        Self { entries: BTreeMap::new(), synced: BTreeMap::new(), mode }
    }

    const fn is_writable(&self) -> bool {
        self.mode & OWNER_WRITES != 0
    }
}

impl Default for MemFs {
    fn default() -> Self {
        Self::new()
    }
}

impl MemFs {
    /// An empty file system.
    pub fn new() -> Self {
        Self::with_root(Arc::new(Mutex::new(Dir::new(DIR_MODE))))
    }

    fn with_root(root: SharedDir) -> Self {
        Self { names: Arc::new(Mutex::new(Names { root, next_temp: 0 })) }
    }

    /// Loses what was not synced. Files that are open stay readable and writable, but nobody sees them any more.
    pub fn crash(&self, loss: CrashLoss) {
        let mut names = lock(&self.names);
        let survivor = surviving_dir(&names.root, loss);
        names.root = survivor;
    }

    /// What a crash at this moment would leave, as a file system of its own.
    #[must_use]
    pub fn crashed(&self, loss: CrashLoss) -> Self {
        Self::with_root(surviving_dir(&lock(&self.names).root, loss))
    }

    /// Everything as it lies, synced or not, as a file system of its own.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self::with_root(copied_dir(&lock(&self.names).root))
    }

    fn file(&self, op: Operation, path: &Path) -> FsResult<Shared> {
        match find(&lock(&self.names), op, path)? {
            Node::File(file) => Ok(file),
            Node::Dir(_) => Err(FsError::new(op, path, FsErrorKind::IsADirectory)),
        }
    }

    fn dir(&self, op: Operation, path: &Path) -> FsResult<SharedDir> {
        match find(&lock(&self.names), op, path)? {
            Node::Dir(dir) => Ok(dir),
            Node::File(_) => Err(FsError::new(op, path, FsErrorKind::NotADirectory)),
        }
    }

    fn readable(&self, op: Operation, path: &Path) -> FsResult<Shared> {
        let file = self.file(op, path)?;
        if lock(&file).mode & OWNER_READS == 0 {
            return Err(FsError::new(op, path, FsErrorKind::PermissionDenied));
        }
        Ok(file)
    }

    fn open_content(&self, op: Operation, path: &Path, mode: OpenMode) -> FsResult<Shared> {
        let fail = |kind| Err(FsError::new(op, path, kind));
        let names = lock(&self.names);
        let (dir, name) = parent(&names, op, path)?;
        let mut dir = lock(&dir);
        match dir.entries.get(name) {
            Some(Node::Dir(_)) => fail(FsErrorKind::IsADirectory),
            Some(Node::File(_)) if mode == OpenMode::CreateNew => fail(FsErrorKind::AlreadyExists),
            Some(Node::File(file)) => {
                let mut content = lock(file);
                let needed = if mode.writes() { OWNER_READS | OWNER_WRITES } else { OWNER_READS };
                if content.mode & needed != needed {
                    return fail(FsErrorKind::PermissionDenied);
                }
                if mode == OpenMode::Truncate {
                    content.data.clear();
                }
                drop(content);
                Ok(Arc::clone(file))
            }
            None if !mode.creates() => fail(FsErrorKind::NotFound),
            None if !dir.is_writable() => fail(FsErrorKind::PermissionDenied),
            None => {
                let file = Arc::new(Mutex::new(Content::new(FILE_MODE)));
                dir.entries.insert(name.to_os_string(), Node::File(Arc::clone(&file)));
                Ok(file)
            }
        }
    }
}

/// The names of a path from the root down, `.` and `..` resolved.
fn components(op: Operation, path: &Path) -> FsResult<Vec<&OsStr>> {
    if path.as_os_str().len() > MAX_PATH_BYTES {
        return Err(FsError::new(op, path, FsErrorKind::InvalidInput).with_message("path too long"));
    }
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => names.push(name),
            Component::ParentDir => {
                names.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    Ok(names)
}

fn descend(start: SharedDir, op: Operation, path: &Path, steps: &[&OsStr]) -> FsResult<Node> {
    let mut node = Node::Dir(start);
    for name in steps {
        let next = match &node {
            Node::Dir(dir) => lock(dir).entries.get(*name).cloned(),
            Node::File(_) => return Err(FsError::new(op, path, FsErrorKind::NotADirectory)),
        };
        node = next.ok_or_else(|| FsError::new(op, path, FsErrorKind::NotFound))?;
    }
    Ok(node)
}

fn find(names: &MutexGuard<'_, Names>, op: Operation, path: &Path) -> FsResult<Node> {
    descend(Arc::clone(&names.root), op, path, &components(op, path)?)
}

/// The directory that holds `path`, and the name in it. The root itself is in none.
fn parent<'p>(names: &MutexGuard<'_, Names>, op: Operation, path: &'p Path) -> FsResult<(SharedDir, &'p OsStr)> {
    let steps = components(op, path)?;
    let Some((name, above)) = steps.split_last() else {
        return Err(
            FsError::new(op, path, FsErrorKind::InvalidInput).with_message("the root has no directory above it")
        );
    };
    match descend(Arc::clone(&names.root), op, path, above)? {
        Node::Dir(dir) => Ok((dir, name)),
        Node::File(_) => Err(FsError::new(op, path, FsErrorKind::NotADirectory)),
    }
}

fn surviving_dir(dir: &SharedDir, loss: CrashLoss) -> SharedDir {
    let dir = lock(dir);
    let survivors = match loss {
        CrashLoss::DataAndNames => &dir.synced,
        CrashLoss::Data => &dir.entries,
    };
    durable_dir(dir.mode, survivors, |node| match node {
        Node::Dir(child) => Node::Dir(surviving_dir(child, loss)),
        Node::File(file) => {
            let content = lock(file);
            durable_file(content.synced.clone(), content.mode)
        }
    })
}

fn copied_dir(dir: &SharedDir) -> SharedDir {
    let dir = lock(dir);
    durable_dir(dir.mode, &dir.entries, |node| match node {
        Node::Dir(child) => Node::Dir(copied_dir(child)),
        Node::File(file) => {
            let content = lock(file);
            durable_file(content.data.clone(), content.mode)
        }
    })
}

fn durable_file(data: Vec<u8>, mode: u32) -> Node {
    Node::File(Arc::new(Mutex::new(Content::durable(data, mode))))
}

fn durable_dir(mode: u32, entries: &BTreeMap<OsString, Node>, copy: impl Fn(&Node) -> Node) -> SharedDir {
    let mut durable = Dir::new(mode);
    for (name, node) in entries {
        durable.entries.insert(name.clone(), copy(node));
    }
    durable.synced = durable.entries.clone();
    Arc::new(Mutex::new(durable))
}

/// Whether a tree may be removed: every directory in it that holds something must be writable.
fn is_removable(node: &Node) -> bool {
    match node {
        Node::File(_) => true,
        Node::Dir(dir) => {
            let dir = lock(dir);
            (dir.entries.is_empty() || dir.is_writable()) && dir.entries.values().all(is_removable)
        }
    }
}

/// Which refusal a rename over an existing entry meets, if any.
fn rename_conflict(source: &Node, target: &Node) -> Option<FsErrorKind> {
    match (source, target) {
        (Node::File(_), Node::File(_)) => None,
        (Node::File(_), Node::Dir(_)) => Some(FsErrorKind::IsADirectory),
        (Node::Dir(_), Node::File(_)) => Some(FsErrorKind::NotADirectory),
        (Node::Dir(_), Node::Dir(dir)) => (!lock(dir).entries.is_empty()).then_some(FsErrorKind::DirectoryNotEmpty),
    }
}

impl FileSystem for MemFs {
    fn create_dir_all(&self, path: &Path) -> FsResult<()> {
        let op = Operation::CreateDirAll;
        let names = lock(&self.names);
        let mut dir = Arc::clone(&names.root);
        for name in components(op, path)? {
            let mut above = lock(&dir);
            let next = match above.entries.get(name) {
                Some(Node::Dir(child)) => Arc::clone(child),
                Some(Node::File(_)) => {
                    return Err(FsError::new(op, path, FsErrorKind::NotADirectory));
                }
                None if !above.is_writable() => {
                    return Err(FsError::new(op, path, FsErrorKind::PermissionDenied));
                }
                None => {
                    let child = Arc::new(Mutex::new(Dir::new(DIR_MODE)));
                    let node = Node::Dir(Arc::clone(&child));
                    above.synced.insert(name.to_os_string(), node.clone());
                    above.entries.insert(name.to_os_string(), node);
                    child
                }
            };
            drop(above);
            dir = next;
        }
        Ok(())
    }

    fn metadata(&self, path: &Path) -> FsResult<Metadata> {
        Ok(match find(&lock(&self.names), Operation::Metadata, path)? {
            Node::Dir(dir) => Metadata { kind: FileKind::Dir, len: 0, mode: lock(&dir).mode },
            Node::File(file) => {
                let content = lock(&file);
                Metadata { kind: FileKind::File, len: content.data.len() as u64, mode: content.mode }
            }
        })
    }

    fn read(&self, path: &Path) -> FsResult<Vec<u8>> {
        let file = self.readable(Operation::Read, path)?;
        let bytes = lock(&file).data.clone();
        Ok(bytes)
    }

    fn read_range(&self, path: &Path, offset: u64, len: usize) -> FsResult<Vec<u8>> {
        let file = self.readable(Operation::Read, path)?;
        let content = lock(&file);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let available = content.data.get(start..).unwrap_or_default();
        Ok(available.get(..len.min(available.len())).unwrap_or_default().to_vec())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> FsResult<()> {
        let op = Operation::Write;
        let file = self.open_content(op, path, OpenMode::Truncate)?;
        lock(&file).write_at(0, bytes).map_err(|kind| FsError::new(op, path, kind))
    }

    fn open(&self, path: &Path, mode: OpenMode) -> FsResult<Box<dyn File>> {
        Ok(Box::new(MemFile {
            path: path.to_path_buf(),
            content: self.open_content(Operation::Open, path, mode)?,
            writes: mode.writes(),
        }))
    }

    fn rename(&self, source: &Path, target: &Path) -> FsResult<()> {
        let op = Operation::Rename;
        let names = lock(&self.names);
        let (source_steps, target_steps) = (components(op, source)?, components(op, target)?);
        let node = find(&names, op, source)?;
        if source_steps == target_steps {
            return Ok(());
        }
        if target_steps.starts_with(&source_steps) {
            return Err(
                FsError::new(op, source, FsErrorKind::InvalidInput).with_message("a directory cannot move into itself")
            );
        }
        let (source_dir, source_name) = parent(&names, op, source)?;
        let (target_dir, target_name) = parent(&names, op, target)?;
        if !lock(&source_dir).is_writable() || !lock(&target_dir).is_writable() {
            return Err(FsError::new(op, source, FsErrorKind::PermissionDenied));
        }
        let existing = lock(&target_dir).entries.get(target_name).cloned();
        if let Some(kind) = existing.and_then(|existing| rename_conflict(&node, &existing)) {
            return Err(FsError::new(op, target, kind));
        }
        lock(&source_dir).entries.remove(source_name);
        lock(&target_dir).entries.insert(target_name.to_os_string(), node);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> FsResult<()> {
        self.remove(Operation::RemoveFile, path, |node| match node {
            Node::File(_) => None,
            Node::Dir(_) => Some(FsErrorKind::IsADirectory),
        })
    }

    fn remove_dir(&self, path: &Path) -> FsResult<()> {
        self.remove(Operation::RemoveDir, path, |node| match node {
            Node::File(_) => Some(FsErrorKind::NotADirectory),
            Node::Dir(dir) => (!lock(dir).entries.is_empty()).then_some(FsErrorKind::DirectoryNotEmpty),
        })
    }

    fn remove_dir_all(&self, path: &Path) -> FsResult<()> {
        let result = self.remove(Operation::RemoveDirAll, path, |node| {
            (!is_removable(node)).then_some(FsErrorKind::PermissionDenied)
        });
        match result {
            Err(error) if error.is_not_found() => Ok(()),
            result => result,
        }
    }

    fn read_dir(&self, path: &Path) -> FsResult<Vec<DirEntry>> {
        let dir = self.dir(Operation::ReadDir, path)?;
        let dir = lock(&dir);
        if dir.mode & OWNER_READS == 0 {
            return Err(FsError::new(Operation::ReadDir, path, FsErrorKind::PermissionDenied));
        }
        Ok(dir
            .entries
            .iter()
            .map(|(name, node)| DirEntry {
                name: name.clone(),
                kind: match node {
                    Node::Dir(_) => FileKind::Dir,
                    Node::File(_) => FileKind::File,
                },
            })
            .collect())
    }

    fn create_temp(&self, dir: &Path, prefix: &str) -> FsResult<PathBuf> {
        let op = Operation::CreateTemp;
        loop {
            let number = {
                let mut names = lock(&self.names);
                names.next_temp += 1;
                names.next_temp
            };
            let path = dir.join(format!("{prefix}{number}"));
            match self.open_content(op, &path, OpenMode::CreateNew) {
                Ok(_) => return Ok(path),
                Err(error) if error.kind == FsErrorKind::AlreadyExists => {}
                Err(error) => return Err(FsError::new(op, dir, error.kind)),
            }
        }
    }

    fn sync_dir(&self, path: &Path) -> FsResult<()> {
        let dir = self.dir(Operation::SyncDir, path)?;
        let mut dir = lock(&dir);
        dir.synced = dir.entries.clone();
        Ok(())
    }

    fn set_permissions(&self, path: &Path, mode: u32) -> FsResult<()> {
        let mode = mode & PERMISSION_BITS;
        match find(&lock(&self.names), Operation::SetPermissions, path)? {
            Node::Dir(dir) => lock(&dir).mode = mode,
            Node::File(file) => lock(&file).mode = mode,
        }
        Ok(())
    }
}

impl MemFs {
    fn remove(&self, op: Operation, path: &Path, refusal: impl FnOnce(&Node) -> Option<FsErrorKind>) -> FsResult<()> {
        let names = lock(&self.names);
        let (dir, name) = parent(&names, op, path)?;
        let mut dir = lock(&dir);
        let node = dir.entries.get(name).ok_or_else(|| FsError::new(op, path, FsErrorKind::NotFound))?;
        if !dir.is_writable() {
            return Err(FsError::new(op, path, FsErrorKind::PermissionDenied));
        }
        if let Some(kind) = refusal(node) {
            return Err(FsError::new(op, path, kind));
        }
        dir.entries.remove(name);
        Ok(())
    }
}
