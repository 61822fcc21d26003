//! What the files say where a run failed: the case is run again up to the failing paragraph on the port and on the reference,
//! both stores are stopped, and the directories are compared file by file, down to the field of the annotated dump.
//!
//! It explains and never judges: the verdict is given before. What cannot be compared (the port crashes, or does not stop) says so.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::env::RealFs;
use crate::harness::case::{Case, Setting};
use crate::harness::execute::{Interpreter, Stop};
use crate::harness::golden::{FileDifference, differing_files, identity};
use crate::harness::protocol::Op;
use crate::harness::runner::Session;
use crate::harness::store_files::StoreFiles;
use crate::harness::workdir::WorkRoot;

/// How many lines around the first difference are kept.
const AROUND: usize = 4;
/// How many lines from the first difference on are kept.
const LINES: usize = 24;

/// What the files were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Files {
    /// What came of the comparison, in a sentence.
    pub note: String,
    /// The files that differ, each where it begins to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differing: Vec<DifferingFile>,
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DifferingFile {
    /// Its path below the store's directory.
    pub path: String,
    /// The field where it begins to differ, as the dump of the reference's file has it; empty where that ends before.
    pub field: String,
    /// The lines of the dump there, of the reference.
    pub expected: Vec<String>,
    /// The lines of the dump there, of the port.
    pub found: Vec<String>,
}

/// What the files are when `case` has come to the paragraph of `line`.
pub fn explain(
    port: &mut Session,
    reference: &mut Session,
    case: &Case,
    setting: Setting,
    line: usize,
    root: &WorkRoot,
) -> Files {
    let said = |note: String| Files { note, differing: Vec::new() };
    let cut = up_to(case, line);
    let theirs = match directory(port, &cut, setting, root) {
        Ok(theirs) => theirs,
        Err(why) => return said(format!("the files were not compared: {why}")),
    };
    let ours = match directory(reference, &cut, setting, root) {
        Ok(ours) => ours,
        Err(why) => return said(format!("the files were not compared: the reference: {why}")),
    };
    let (Some((ours, open)), Some((theirs, _))) = (ours, theirs) else {
        return said("no store was opened, so that there are no files".to_owned());
    };
    let (stream, keys) = identity(&open);
    let fs = RealFs::new();
    let (left, right) =
        (StoreFiles::new(&fs, &ours, &stream, keys.clone()), StoreFiles::new(&fs, &theirs, &stream, keys));
    match differing_files(&left, &right) {
        Err(error) => said(format!("the files were not compared: {error}")),
        Ok(differing) if differing.is_empty() => {
            said("the files of the port and of the reference say the same: only the answer differs".to_owned())
        }
        Ok(differing) => Files {
            note: format!(
                "{} of the files differ from those of the reference, once the store is stopped",
                differing.len()
            ),
            differing: differing.iter().map(begins).collect(),
        },
    }
}

/// The difference of a golden's file, where it begins.
#[must_use]
pub fn begins(difference: &FileDifference) -> DifferingFile {
    let (expected, found) = (&difference.expected, &difference.found);
    let first = expected.iter().zip(found).take_while(|(left, right)| left == right).count();
    let from = first.saturating_sub(AROUND);
    let part = |lines: &[String]| lines.iter().skip(from).take(first - from + LINES).cloned().collect();
    let field = expected.get(first).cloned().unwrap_or_default();
    DifferingFile { path: difference.path.clone(), field, expected: part(expected), found: part(found) }
}

/// The case up to the paragraph that holds `line`.
fn up_to(case: &Case, line: usize) -> Case {
    let mut cut = case.clone();
    let whole = cut.paragraphs.iter().position(|paragraph| paragraph.statements_end >= line);
    cut.paragraphs.truncate(whole.map_or(usize::MAX, |at| at + 1));
    cut
}

type Directory = Option<(std::path::PathBuf, Op)>;

fn directory(session: &mut Session, case: &Case, setting: Setting, root: &WorkRoot) -> Result<Directory, String> {
    session.set_deadline(Duration::from_secs(30));
    let result = kept(session, case, setting, root);
    if result.is_err() {
        session.failed();
    }
    result
}

fn kept(session: &mut Session, case: &Case, setting: Setting, root: &WorkRoot) -> Result<Directory, String> {
    let workspace = root.workspace(&case.name, setting).map_err(|error| error.to_string())?;
    let stopped = |stop: Stop| stop.to_string();
    let (port, _) = session.ready().map_err(|failure| failure.to_string())?;
    let mut interpreter = Interpreter::begin(port, case, setting, workspace).map_err(stopped)?;
    for paragraph in &case.paragraphs {
        interpreter.paragraph(port, paragraph).map_err(stopped)?;
    }
    let open = interpreter.last_open();
    if open.is_some() {
        interpreter.stop_and_keep(port).map_err(stopped)?;
    }
    let directory = interpreter.workspace().kept_dir();
    interpreter.end(port).map_err(stopped)?;
    Ok(open.map(|open| (directory, open)))
}
