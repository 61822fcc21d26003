//! A file system that fails on demand: the nth matching call, every call of a kind, or a write halfway.
//!
//! Rules are looked at in the order they were added and the first that fires decides; every rule counts its
//! own matching calls, so that "the third write to index.db" means the same whatever else fails. Calls are
//! counted per operation, failed ones included, which is how a test enumerates every place to fail.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::{FsError, FsErrorKind, FsResult, Operation};
use super::file_system::{DirEntry, File, FileSystem, Metadata, OpenMode};

/// A rule for failing: which calls, and how. By default every matching call fails with an I/O error.
#[derive(Clone, Debug)]
pub struct Fault {
    scope: Scope,
    path_part: Option<String>,
    skipped: u64,
    times: Option<u64>,
    kind: FsErrorKind,
    written: usize,
}

#[derive(Clone, Copy, Debug)]
enum Scope {
    Any,
    Mutations,
    One(Operation),
}

impl Fault {
    /// Calls of one operation.
    pub const fn on(op: Operation) -> Self {
        Self::with_scope(Scope::One(op))
    }

    /// Calls of every operation.
    pub const fn on_any() -> Self {
        Self::with_scope(Scope::Any)
    }

    /// Calls of every operation that changes something.
    pub const fn on_mutation() -> Self {
        Self::with_scope(Scope::Mutations)
    }

    const fn with_scope(scope: Scope) -> Self {
        Self { scope, path_part: None, skipped: 0, times: None, kind: FsErrorKind::Other, written: 0 }
    }

    /// Only paths that contain `part`.
    #[must_use]
    pub fn path_contains(mut self, part: impl Into<String>) -> Self {
        self.path_part = Some(part.into());
        self
    }

    /// Lets the first `count` matching calls pass.
    #[must_use]
    pub const fn after(mut self, count: u64) -> Self {
        self.skipped = count;
        self
    }

    /// Fails `count` calls and lets the later ones pass.
    #[must_use]
    pub const fn times(mut self, count: u64) -> Self {
        self.times = Some(count);
        self
    }

    /// Fails the `n`th matching call alone, counted from one.
    #[must_use]
    pub const fn nth(self, n: u64) -> Self {
        self.after(n.saturating_sub(1)).times(1)
    }

    /// The kind of the error.
    #[must_use]
    pub const fn kind(mut self, kind: FsErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Lets a failing write put its first `bytes` bytes down before it fails.
    #[must_use]
    pub const fn partial(mut self, bytes: usize) -> Self {
        self.written = bytes;
        self
    }

    fn matches(&self, op: Operation, path: &Path) -> bool {
        let in_scope = match self.scope {
            Scope::Any => true,
            Scope::Mutations => op.is_mutation(),
            Scope::One(one) => one == op,
        };
        in_scope && self.path_part.as_ref().is_none_or(|part| path.to_string_lossy().contains(part.as_str()))
    }
}

/// A rule that was added, to ask after it or to take it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultId(u64);

#[derive(Debug)]
struct Rule {
    id: FaultId,
    fault: Fault,
    seen: u64,
    fired: u64,
}

#[derive(Debug, Default)]
struct Rules {
    rules: Vec<Rule>,
    calls: BTreeMap<Operation, u64>,
    next_id: u64,
}

impl Rules {
    /// Counts a call and says how it fails, if it does: the error, and how much of a write is put down first.
    fn judge(&mut self, op: Operation, path: &Path) -> Option<(FsError, usize)> {
        *self.calls.entry(op).or_default() += 1;
        let mut verdict = None;
        for rule in &mut self.rules {
            if !rule.fault.matches(op, path) {
                continue;
            }
            rule.seen += 1;
            let in_range = rule.seen > rule.fault.skipped
                && rule.fault.times.is_none_or(|times| rule.seen <= rule.fault.skipped.saturating_add(times));
            if in_range && verdict.is_none() {
                rule.fired += 1;
                let error = FsError::new(op, path, rule.fault.kind).with_message("injected fault");
                verdict = Some((error, rule.fault.written));
            }
        }
        verdict
    }
}

/// A file system around another that fails where its rules say. A clone shares rules and counts.
#[derive(Clone, Debug)]
pub struct FaultyFs {
    inner: Arc<dyn FileSystem>,
    rules: Arc<Mutex<Rules>>,
}

impl FaultyFs {
    /// Wraps a file system; without rules it behaves like it and only counts.
    pub fn new(inner: Arc<dyn FileSystem>) -> Self {
        Self { inner, rules: Arc::default() }
    }

    /// Adds a rule; it counts calls from now on.
    pub fn inject(&self, fault: Fault) -> FaultId {
        self.with_rules(|rules| {
            let id = FaultId(rules.next_id);
            rules.next_id += 1;
            rules.rules.push(Rule { id, fault, seen: 0, fired: 0 });
            id
        })
    }

    /// Takes a rule away.
    pub fn remove(&self, id: FaultId) {
        self.with_rules(|rules| rules.rules.retain(|rule| rule.id != id));
    }

    /// Takes all rules away; the counts stay.
    pub fn clear(&self) {
        self.with_rules(|rules| rules.rules.clear());
    }

    /// How often a rule made a call fail; none for a rule that was taken away.
    pub fn fired(&self, id: FaultId) -> Option<u64> {
        self.with_rules(|rules| {
            let rule = rules.rules.iter().find(|rule| rule.id == id)?;
            Some(rule.fired)
        })
    }

    /// How often an operation was called.
    pub fn calls(&self, op: Operation) -> u64 {
        self.with_rules(|rules| rules.calls.get(&op).copied().unwrap_or_default())
    }

    /// How often anything was called that changes something.
    pub fn mutations(&self) -> u64 {
        self.with_rules(|rules| rules.calls.iter().filter(|(op, _)| op.is_mutation()).map(|(_, count)| count).sum())
    }

    fn with_rules<T>(&self, act: impl FnOnce(&mut Rules) -> T) -> T {
        act(&mut self.rules.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn check(&self, op: Operation, path: &Path) -> FsResult<()> {
        match self.with_rules(|rules| rules.judge(op, path)) {
            Some((error, _)) => Err(error),
            None => Ok(()),
        }
    }

    /// Runs a write, or the part of it that a rule lets through before its error.
    fn write_with(
        &self,
        op: Operation,
        path: &Path,
        bytes: &[u8],
        write: impl FnOnce(&[u8]) -> FsResult<()>,
    ) -> FsResult<()> {
        let Some((error, written)) = self.with_rules(|rules| rules.judge(op, path)) else {
            return write(bytes);
        };
        match bytes.get(..written.min(bytes.len())) {
            Some(part) if !part.is_empty() => write(part).and(Err(error)),
            _ => Err(error),
        }
    }
}

impl FileSystem for FaultyFs {
    fn create_dir_all(&self, path: &Path) -> FsResult<()> {
        self.check(Operation::CreateDirAll, path)?;
        self.inner.create_dir_all(path)
    }

    fn metadata(&self, path: &Path) -> FsResult<Metadata> {
        self.check(Operation::Metadata, path)?;
        self.inner.metadata(path)
    }

    fn read(&self, path: &Path) -> FsResult<Vec<u8>> {
        self.check(Operation::Read, path)?;
        self.inner.read(path)
    }

    fn read_range(&self, path: &Path, offset: u64, len: usize) -> FsResult<Vec<u8>> {
        self.check(Operation::Read, path)?;
        self.inner.read_range(path, offset, len)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> FsResult<()> {
        self.write_with(Operation::Write, path, bytes, |part| self.inner.write(path, part))
    }

    fn open(&self, path: &Path, mode: OpenMode) -> FsResult<Box<dyn File>> {
        self.check(Operation::Open, path)?;
        Ok(Box::new(FaultyFile { inner: self.inner.open(path, mode)?, fs: self.clone() }))
    }

    fn rename(&self, source: &Path, target: &Path) -> FsResult<()> {
        self.check(Operation::Rename, source)?;
        self.inner.rename(source, target)
    }

    fn remove_file(&self, path: &Path) -> FsResult<()> {
        self.check(Operation::RemoveFile, path)?;
        self.inner.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> FsResult<()> {
        self.check(Operation::RemoveDir, path)?;
        self.inner.remove_dir(path)
    }

    fn remove_dir_all(&self, path: &Path) -> FsResult<()> {
        self.check(Operation::RemoveDirAll, path)?;
        self.inner.remove_dir_all(path)
    }

    fn read_dir(&self, path: &Path) -> FsResult<Vec<DirEntry>> {
        self.check(Operation::ReadDir, path)?;
        self.inner.read_dir(path)
    }

    fn create_temp(&self, dir: &Path, prefix: &str) -> FsResult<PathBuf> {
        self.check(Operation::CreateTemp, dir)?;
        self.inner.create_temp(dir, prefix)
    }

    fn sync_dir(&self, path: &Path) -> FsResult<()> {
        self.check(Operation::SyncDir, path)?;
        self.inner.sync_dir(path)
    }

    fn set_permissions(&self, path: &Path, mode: u32) -> FsResult<()> {
        self.check(Operation::SetPermissions, path)?;
        self.inner.set_permissions(path, mode)
    }

    fn make_link(&self, target: &Path, path: &Path) -> FsResult<()> {
        self.check(Operation::Link, path)?;
        self.inner.make_link(target, path)
    }

    fn read_link(&self, path: &Path) -> FsResult<PathBuf> {
        self.inner.read_link(path)
    }
}

/// An open file whose calls obey the rules of the file system that opened it.
#[derive(Debug)]
struct FaultyFile {
    inner: Box<dyn File>,
    fs: FaultyFs,
}

impl File for FaultyFile {
    fn path(&self) -> &Path {
        self.inner.path()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize> {
        self.fs.check(Operation::ReadAt, self.path())?;
        self.inner.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> FsResult<()> {
        self.fs.write_with(Operation::WriteAt, self.path(), bytes, |part| self.inner.write_at(offset, part))
    }

    fn set_len(&self, len: u64) -> FsResult<()> {
        self.fs.check(Operation::SetLen, self.path())?;
        self.inner.set_len(len)
    }

    fn sync(&self) -> FsResult<()> {
        self.fs.check(Operation::Sync, self.path())?;
        self.inner.sync()
    }

    fn len(&self) -> FsResult<u64> {
        self.fs.check(Operation::Metadata, self.path())?;
        self.inner.len()
    }
}
