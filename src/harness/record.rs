//! Records the answers of a case: runs it on a port in each of its settings and writes what the port said.
//!
//! Nobody writes an expected answer by hand; this is where they come from. Two recordings are identical, because the port runs
//! in virtual time and the text depends on the answers alone.

use thiserror::Error;

use super::case::{Answers, Case, rewrite};
use super::runner::{AnswersError, Session, answers_of};
use super::workdir::WorkRoot;
use crate::env::FsError;

/// Why a case cannot be recorded.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The port gave no answers.
    #[error(transparent)]
    Answers(#[from] AnswersError),
    /// The file system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// The text of `case` with the answers of the port of `session`.
pub fn recorded_text(session: &mut Session, case: &Case, root: &WorkRoot) -> Result<String, RecordError> {
    let mut answers: Vec<Answers> = case.paragraphs.iter().map(|_| Answers::new()).collect();
    let mut version = String::new();
    for setting in &case.settings {
        let workspace = root.workspace(&case.name, *setting)?;
        let directory = workspace.root().to_path_buf();
        let found = answers_of(session, case, *setting, workspace)?;
        for (paragraph, lines) in answers.iter_mut().zip(found) {
            paragraph.push((*setting, lines.into_iter().map(|line| line.text).collect()));
        }
        if let Ok((_, started)) = session.ready() {
            version.clone_from(&started.port_version);
        }
        root.discard(&directory)?;
    }
    Ok(rewrite(case, &answers, &version))
}
