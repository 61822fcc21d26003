//! Making goldens: the Go store runs each case in each of its settings, and what it leaves is kept, with its answers.
//!
//! Nothing but the Go store writes goldens. A golden whose directories would be the same is left untouched, so that an
//! update without a change changes no file.

use std::collections::BTreeMap;
use std::path::Path;

use thiserror::Error;

use super::manifest::{self, Directory, Manifest};
use super::{GoldenError, Goldens, ask};
use crate::env::{FileSystem as _, RealFs, copy_tree};
use crate::harness::case::{Case, Setting};
use crate::harness::protocol::{Int, Op};
use crate::harness::runner::{RunError, Session, run_case_keep_dir};
use crate::harness::verdict::Verdict;
use crate::harness::workdir::WorkRoot;

/// Why a golden cannot be made.
#[derive(Debug, Error)]
pub enum UpdateError {
    /// Reading or asking failed.
    #[error(transparent)]
    Golden(#[from] GoldenError),
    /// The case does not pass on the Go store.
    #[error("{case} [{setting}] does not pass on the Go store ({verdict}): record it first")]
    NotPassing {
        /// The case.
        case: String,
        /// The setting.
        setting: String,
        /// What it came to.
        verdict: String,
    },
    /// The case leaves no store behind.
    #[error("{0} opens no store, so there is no directory to keep")]
    NoStore(String),
}

impl From<crate::env::FsError> for UpdateError {
    fn from(error: crate::env::FsError) -> Self {
        Self::Golden(error.into())
    }
}

/// Makes the golden of `case` anew with the Go store of `session`, and says whether anything changed.
pub fn update(session: &mut Session, goldens: &Goldens, case: &Case, root: &WorkRoot) -> Result<bool, UpdateError> {
    let fs = RealFs::new();
    let mut settings = BTreeMap::new();
    let staging = root.path().join("golden");
    fs.remove_dir_all(&staging)?;
    let mut version = String::new();
    for setting in &case.settings {
        let name = setting.to_string();
        let kept = staging.join(manifest::folder(&name));
        let directory = keep_directory(session, case, *setting, root, &kept)?;
        let (_, started) = session.ready().map_err(|failure| GoldenError::Run(RunError::NoPort(failure)))?;
        version.clone_from(&started.port_version);
        settings.insert(name, directory);
    }
    let manifest = Manifest {
        command: format!("blkspec golden update {}", case.name),
        go: version,
        case: case.name.clone(),
        settings,
    };
    let target = goldens.root().join(&manifest.go).join(&case.name);
    let unchanged = manifest::read(&fs, &target).is_ok_and(|before| before == manifest)
        && case
            .settings
            .iter()
            .all(|setting| manifest.faults(&fs, &target, *setting).is_ok_and(|faults| faults.is_empty()));
    if unchanged {
        return Ok(false);
    }
    fs.remove_dir_all(&target)?;
    copy_tree(&fs, &staging, &fs, &target)?;
    fs.write(&target.join(manifest::NAME), manifest.text()?.as_bytes())?;
    Ok(true)
}

/// Runs `case`, copies the directory that it leaves to `kept` and asks about it.
fn keep_directory(
    session: &mut Session,
    case: &Case,
    setting: Setting,
    root: &WorkRoot,
    kept: &Path,
) -> Result<Directory, UpdateError> {
    let fs = RealFs::new();
    let workspace = root.workspace(&case.name, setting)?;
    let directory_of_run = workspace.root().to_path_buf();
    let run = run_case_keep_dir(session, case, setting, workspace).map_err(GoldenError::Run)?;
    if run.verdict != Verdict::Pass {
        return Err(UpdateError::NotPassing {
            case: case.name.clone(),
            setting: setting.to_string(),
            verdict: run.verdict.name().to_owned(),
        });
    }
    let Some(mut open) = run.open else {
        return Err(UpdateError::NoStore(case.name.clone()));
    };
    if let Op::Open { dir, .. } = &mut open {
        dir.clear();
    }
    copy_tree(&fs, &run.store_dir, &fs, kept)?;
    root.discard(&directory_of_run)?;
    let mut directory = Directory {
        ended_after_ns: Int(run.ended_after_ns),
        open,
        answers: Vec::new(),
        files: manifest::entries(&fs, kept)?,
    };
    let copy = root.workspace(&format!("{}-asked", case.name), setting)?;
    let (port, _) = session.ready().map_err(|failure| GoldenError::Run(RunError::NoPort(failure)))?;
    directory.answers = ask::ask(port, &case.name, &directory, kept, &copy.store_dir())?;
    root.discard(copy.root())?;
    Ok(directory)
}
