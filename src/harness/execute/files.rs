//! The file commands: what the harness does itself to the files of a store, between the operations of the port.
//!
//! A missing file is an answer (`error not_found`), as it would be from a port: a case may be about it. Anything else that
//! goes wrong is a fault of the environment and stops the execution.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use super::plain::Keys;
use super::{Answered, Interpreter, Stop, dump, harness_fault, listing};
use crate::env::{FileKind, FsError, FsErrorKind, copy_tree, walk};
use crate::harness::case::FileStep;

/// The largest file that a case can make.
const MAX_FILE: u64 = 1 << 30;

impl Interpreter {
    /// Carries out work on files.
    pub(super) fn file(&mut self, work: &FileStep, line: usize) -> Result<Answered, Stop> {
        let lines = match self.file_lines(work) {
            Ok(lines) => lines,
            Err(Trouble::Answer(text)) => vec![text],
            Err(Trouble::Fs(error)) if error.kind == FsErrorKind::NotFound => vec!["error not_found".to_owned()],
            Err(Trouble::Fs(error)) => return Err(harness_fault(line, &error)),
            Err(Trouble::Case(text)) => return Err(Stop::Case { line, text }),
        };
        Ok(Answered { lines })
    }

    fn file_lines(&mut self, work: &FileStep) -> Result<Vec<String>, Trouble> {
        let fs = self.workspace.fs();
        let path = |relative: &str| self.workspace.file(relative);
        let ok = vec!["ok".to_owned()];
        self.refuse_devices(work)?;
        match work {
            FileStep::List(glob) => return self.list(glob.as_deref()),
            FileStep::Dump(file) => {
                let keys = Keys::new(&self.workspace, self.config.as_ref(), self.setting);
                return Ok(dump::dump(&keys, file, fs.read(&path(file))?, self.context)?);
            }
            FileStep::Bytes(file) => return Ok(super::hex_lines(&fs.read(&path(file))?)),
            FileStep::Truncate { file, size } => {
                let present = fs.metadata(&path(file))?.len;
                let size = match u64::try_from(*size) {
                    Ok(size) => size,
                    Err(_) => present.saturating_sub(size.unsigned_abs()),
                };
                if size > MAX_FILE {
                    return Err(Trouble::Case(format!("`{file}` would be larger than {MAX_FILE} bytes")));
                }
                fs.truncate(&path(file), size)?;
            }
            FileStep::Flip { file, offset, bit } => {
                let mut bytes = fs.read(&path(file))?;
                let place = place(*offset, bytes.len());
                match place.and_then(|at| bytes.get_mut(at)) {
                    Some(byte) => *byte ^= 1 << bit,
                    None => return Err(Trouble::Answer(format!("error beyond the end ({} bytes)", bytes.len()))),
                }
                fs.write(&path(file), &bytes)?;
            }
            FileStep::Remove(glob) => return self.remove(glob),
            FileStep::Copy { from, to } => self.copy(&path(from), &path(to))?,
            FileStep::Move { from, to } => {
                self.make_parent(&path(to))?;
                fs.rename(&path(from), &path(to))?;
            }
            FileStep::Write { file, bytes, offset } => self.write(&path(file), bytes, *offset)?,
            FileStep::MakeDir(dir) => fs.create_dir_all(&path(dir))?,
            FileStep::Link { target, file } => {
                self.make_parent(&path(file))?;
                fs.remove_dir_all(&path(file))?;
                fs.make_link(Path::new(target.as_str()), &path(file))?;
            }
            FileStep::Chmod { mode, file } => fs.set_permissions(&path(file), *mode)?,
            FileStep::SaveDir(name) => self.workspace.save(name)?,
            FileStep::RestoreDir(name) => self.workspace.restore(name)?,
        }
        Ok(ok)
    }

    /// Through a link a case must neither read a device without end nor change the machine's.
    fn refuse_devices(&self, work: &FileStep) -> Result<(), Trouble> {
        let file = match work {
            FileStep::Dump(file)
            | FileStep::Truncate { file, .. }
            | FileStep::Flip { file, .. }
            | FileStep::Copy { from: file, .. }
            | FileStep::Write { file, .. }
            | FileStep::Chmod { file, .. } => file,
            _ => return Ok(()),
        };
        match self.workspace.fs().metadata(&self.workspace.file(file)) {
            Ok(metadata) if metadata.kind == FileKind::Other => {
                Err(Trouble::Case(format!("`{file}` is neither a file nor a directory")))
            }
            _ => Ok(()),
        }
    }

    fn list(&self, glob: Option<&str>) -> Result<Vec<String>, Trouble> {
        let matched = self.matching(glob.unwrap_or("**"))?;
        let mut lines = Vec::new();
        for (relative, kind) in matched {
            let shown = relative.to_string_lossy().replace('\\', "/");
            lines.push(match kind {
                FileKind::Dir => format!("{shown}/"),
                FileKind::Other => {
                    let says = self.workspace.fs().read_link(&self.workspace.file(&shown))?;
                    format!("{shown} -> {}", says.display())
                }
                FileKind::File => listing::line(&self.workspace, &shown, self.config.as_ref(), self.setting)?,
            });
        }
        if lines.is_empty() {
            lines.push("none".to_owned());
        }
        Ok(lines)
    }

    fn remove(&self, glob: &str) -> Result<Vec<String>, Trouble> {
        let matched = self.matching(glob)?;
        for (relative, _) in &matched {
            self.workspace.fs().remove_dir_all(&self.workspace.store_dir().join(relative))?;
        }
        match matched.len() {
            0 => Err(Trouble::Answer("error not_found".to_owned())),
            1 => Ok(vec!["ok".to_owned()]),
            count => Ok(vec![format!("ok {count}")]),
        }
    }

    /// The entries below the store's directory that match, in order.
    fn matching(&self, glob: &str) -> Result<Vec<(PathBuf, FileKind)>, Trouble> {
        let matcher = GlobBuilder::new(glob)
            .literal_separator(true)
            .build()
            .map_err(|error| Trouble::Case(format!("`{glob}` is no pattern of paths: {error}")))?
            .compile_matcher();
        let entries = walk(self.workspace.fs(), &self.workspace.store_dir())?;
        Ok(entries
            .into_iter()
            .filter(|entry| matcher.is_match(&entry.path))
            .map(|entry| (entry.path, entry.kind))
            .collect())
    }

    fn make_parent(&self, path: &Path) -> Result<(), Trouble> {
        match path.parent() {
            Some(parent) => Ok(self.workspace.fs().create_dir_all(parent)?),
            None => Ok(()),
        }
    }

    fn copy(&self, from: &Path, to: &Path) -> Result<(), Trouble> {
        let fs = self.workspace.fs();
        if fs.metadata(from)?.is_dir() {
            return Ok(copy_tree(fs, from, fs, to)?);
        }
        self.make_parent(to)?;
        Ok(fs.write(to, &fs.read(from)?)?)
    }

    fn write(&self, path: &Path, bytes: &[u8], offset: Option<i64>) -> Result<(), Trouble> {
        let fs = self.workspace.fs();
        self.make_parent(path)?;
        let Some(offset) = offset else { return Ok(fs.write(path, bytes)?) };
        let mut content = fs.read(path)?;
        let at = if offset == i64::MAX { Some(content.len()) } else { place(offset, content.len()) };
        let at = at.filter(|at| *at <= content.len());
        let at = at.ok_or_else(|| Trouble::Answer(format!("error beyond the end ({} bytes)", content.len())))?;
        let end = content.len().min(at + bytes.len());
        content.splice(at..end, bytes.iter().copied());
        Ok(fs.write(path, &content)?)
    }
}

/// Why work on files came to nothing.
enum Trouble {
    /// Something that a case may be about.
    Answer(String),
    /// The file system refused.
    Fs(FsError),
    /// The case makes no sense.
    Case(String),
}

impl From<FsError> for Trouble {
    fn from(error: FsError) -> Trouble {
        Trouble::Fs(error)
    }
}

/// The place that `offset` means in a file of `length` bytes; negative ones count from the end.
fn place(offset: i64, length: usize) -> Option<usize> {
    let distance = usize::try_from(offset.unsigned_abs()).ok()?;
    if offset < 0 { length.checked_sub(distance) } else { Some(distance) }
}
