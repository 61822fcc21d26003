//! Running the rows: a fresh process for every round of either side, in turn, on the same directory or copies of it.
//!
//! Directories that an act only reads are made once, by the Go store, and read by both sides. Which side begins changes from
//! round to round, so that what happens to the machine meanwhile happens to both.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::report::{Report, RowReport, SideReport};
use super::rows::Row;
use super::workload::{Act, Figures, Workload};
use crate::env::{FileSystem, FsError, RealFs, Scratch, copy_tree, fast_scratch_parent};

/// Where a store keeps its state beside its blocks.
const INDEX_FILE: &str = "msgs/index.db";

/// What is measured, how often, by which programs and where.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The rows.
    pub rows: Vec<Row>,
    /// How many rounds each has.
    pub rounds: usize,
    /// The worker of the Go store, with its arguments.
    pub go: (PathBuf, Vec<OsString>),
    /// The worker of the reference, with its arguments.
    pub reference: (PathBuf, Vec<OsString>),
    /// Where the stores are; a memory file system when not given, where there is one.
    pub work_dir: Option<PathBuf>,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The files of a store could not be made or copied.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// A worker did not do its work.
    #[error("{worker}: {reason}")]
    Worker {
        /// Which one.
        worker: String,
        /// What happened.
        reason: String,
    },
    /// The two sides, or two rounds, found different things: whatever they did, it was not the same work.
    #[error("row {row:?}: {worker} answers {found:?} where another round answered {expected:?}")]
    Differs {
        /// The row.
        row: String,
        /// Who answered last.
        worker: String,
        /// The operations and the check it answered.
        found: (u64, u64),
        /// Those answered before.
        expected: (u64, u64),
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Go,
    Reference,
}

/// Measures the rows of the plan; `note` is told what is about to happen.
pub fn bench(plan: &Plan, note: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    let fs = RealFs::new();
    if let Some(dir) = &plan.work_dir {
        fs.create_dir_all(dir)?;
    }
    let fast = fast_scratch_parent();
    let scratch = Scratch::new(plan.work_dir.as_deref().or(fast.as_deref()))?;
    let mut bench = Bench { plan, fs, root: scratch.path(), prepared: HashMap::new(), next: 0 };
    let mut rows = Vec::new();
    for row in &plan.rows {
        rows.push(bench.row(row, note)?);
    }
    scratch.close()?;
    Ok(Report { rounds: plan.rounds, rows })
}

struct Bench<'a> {
    plan: &'a Plan,
    fs: RealFs,
    root: &'a Path,
    /// Directories with messages: how many, on how many subjects, of which size.
    prepared: HashMap<(u64, u64, u64), PathBuf>,
    next: usize,
}

impl Bench<'_> {
    fn row(&mut self, row: &Row, note: &mut dyn FnMut(&str)) -> Result<RowReport, BenchError> {
        let source = if row.prepared { Some(self.prepare(row, note)?) } else { None };
        let (mut go, mut reference) = (SideReport::default(), SideReport::default());
        let mut expected = None;
        for round in 0..self.plan.rounds {
            note(&format!("{}, round {}", row.name, round + 1));
            let order = if round % 2 == 0 { [Side::Go, Side::Reference] } else { [Side::Reference, Side::Go] };
            for side in order {
                let figures = self.round(row, side, source.as_deref())?;
                let found = (figures.operations.0, figures.check.0);
                let expected = *expected.get_or_insert(found);
                if found != expected {
                    let (row, worker) = (row.name.to_owned(), format!("{side:?}"));
                    return Err(BenchError::Differs { row, worker, found, expected });
                }
                match side {
                    Side::Go => go.add(&figures),
                    Side::Reference => reference.add(&figures),
                }
            }
        }
        let (operations, _) = expected.unwrap_or_default();
        Ok(RowReport { name: row.name.to_owned(), operations, go, reference })
    }

    /// One round of one side.
    fn round(&mut self, row: &Row, side: Side, source: Option<&Path>) -> Result<Figures, BenchError> {
        let own = row.changes || row.without_index;
        let dir = match source {
            Some(source) if !own => source.to_path_buf(),
            Some(source) => {
                let dir = self.fresh_dir();
                copy_tree(&self.fs, source, &self.fs, &dir)?;
                dir
            }
            None => self.fresh_dir(),
        };
        if row.without_index {
            self.fs.remove_file(&dir.join(INDEX_FILE))?;
        }
        let figures = self.work(side, &Workload { dir: dir.clone(), ..row.workload.clone() })?;
        if own {
            self.fs.remove_dir_all(&dir)?;
        }
        Ok(figures)
    }

    fn fresh_dir(&mut self) -> PathBuf {
        self.next += 1;
        self.root.join(self.next.to_string())
    }

    /// A directory with the messages that the row wants to find.
    fn prepare(&mut self, row: &Row, note: &mut dyn FnMut(&str)) -> Result<PathBuf, BenchError> {
        let Workload { messages, subjects, size, .. } = row.workload;
        let key = (messages.0, subjects.0, size.0);
        if let Some(dir) = self.prepared.get(&key) {
            return Ok(dir.clone());
        }
        note(&format!("{}: storing the messages", row.name));
        let dir = self.fresh_dir();
        self.work(Side::Go, &Workload { act: Act::Prepare, dir: dir.clone(), ..row.workload.clone() })?;
        self.prepared.insert(key, dir.clone());
        Ok(dir)
    }

    fn work(&self, side: Side, workload: &Workload) -> Result<Figures, BenchError> {
        let (program, arguments) = match side {
            Side::Go => &self.plan.go,
            Side::Reference => &self.plan.reference,
        };
        let failed = |reason: String| BenchError::Worker { worker: program.display().to_string(), reason };
        let line = serde_json::to_string(workload).map_err(|error| failed(error.to_string()))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        // Closing stdin is what tells the worker that the line is whole; one that ended early says why on stderr.
        let sent = child.stdin.take().map(|mut stdin| writeln!(stdin, "{line}"));
        let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Err(failed(format!("{}: {}", output.status, stderr.trim())));
        }
        if let Some(Err(error)) = sent {
            return Err(failed(format!("does not read its workload: {error}")));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| failed(format!("{error} in {}", String::from_utf8_lossy(&output.stdout).trim())))
    }
}
