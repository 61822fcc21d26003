//! Cases on which two releases of the Go store answer differently: the program once, and both answers where they differ.
//!
//! Such a file has `releases: LEFT RIGHT` in the place of `recorded:`. Below a paragraph stand the sections of the left release as
//! in any case, and below those, where the right one answers otherwise, its own: `---- v2.14.9`, or `---- v2.14.9 aes/*`. The case
//! parser knows nothing of this: a view of a file is an ordinary case with the answers of one release, every line in its place.
//! A release whose process ends or hangs at the last command is answered for by [`ENDS`] or [`HANGS`].

use thiserror::Error;

use super::case::{Case, CaseError, parse};
use super::execute::Stop;
use super::go_port::GoVersion;
use super::port::PortFailure;
use super::record::{RecordError, recorded_text};
use super::runner::{AnswersError, Session};
use super::workdir::WorkRoot;

/// The answer of a process that ends.
pub const ENDS: &str = "the process ends";
/// The answer of a process that never answers.
pub const HANGS: &str = "no answer comes";

/// The header that names the two releases.
const HEADER: &str = "releases:";
/// The header of the ordinary case that stands in its place.
const RECORDED: &str = "recorded:";
const SEPARATOR: &str = "----";

/// Why a file with two answers cannot be read or made.
#[derive(Debug, Error)]
pub enum ReleasesError {
    /// The header is not what it should be.
    #[error("{file}: `{HEADER}` takes two releases such as v2.14.0 v2.14.9, found `{found}`")]
    Header {
        /// The file.
        file: String,
        /// What follows the header.
        found: String,
    },
    /// There is nothing to tell.
    #[error("{file}: both releases give the same answers")]
    Same {
        /// The file.
        file: String,
    },
    /// A view is not a case.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// A release cannot give the answers.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// A file with the answers of two releases.
#[derive(Clone, Debug)]
pub struct ReleaseCase {
    /// Its name, as that of a case.
    pub name: String,
    /// Where it lies.
    pub file: String,
    /// The older of the two, as a rule.
    pub left: GoVersion,
    /// The other one.
    pub right: GoVersion,
    pieces: Vec<Piece>,
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// The header with the releases, or that of a view.
    Header,
    /// A line of the head, of a program, or between.
    Line(String),
    /// The sections below a paragraph.
    Answers(Vec<String>),
}

impl ReleaseCase {
    /// Reads a file; nothing when it is an ordinary case.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Option<Self>, ReleasesError> {
        let Some(found) = text.lines().find_map(|line| line.strip_prefix(HEADER)) else {
            return Ok(None);
        };
        let versions: Vec<GoVersion> = found.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let (left, right) = match versions.as_slice() {
            [left, right] if left != right && found.split_whitespace().count() == 2 => (left.clone(), right.clone()),
            _ => return Err(ReleasesError::Header { file: file.to_owned(), found: found.trim().to_owned() }),
        };
        Ok(Some(Self { name: name.to_owned(), file: file.to_owned(), left, right, pieces: pieces(text) }))
    }

    /// A file for the program of `case`, with no answers yet.
    #[must_use]
    pub fn of_program(name: &str, file: &str, text: &str, releases: (&GoVersion, &GoVersion)) -> Self {
        let (left, right) = releases;
        let (name, file) = (name.to_owned(), file.to_owned());
        Self { name, file, left: left.clone(), right: right.clone(), pieces: pieces(text) }
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Header => lines.push(self.header()),
                Piece::Line(line) => lines.push(line.clone()),
                Piece::Answers(answers) => lines.extend(answers.iter().cloned()),
            }
        }
        lines.join("\n") + "\n"
    }

    fn header(&self) -> String {
        format!("{HEADER} {} {}", self.left, self.right)
    }

    /// The ordinary case with the answers of the left release.
    pub fn left_view(&self) -> Result<Case, CaseError> {
        self.view(&self.left, |line, of_right| if of_right { String::new() } else { line.to_owned() })
    }

    /// The ordinary case with the answers of the right release.
    pub fn right_view(&self) -> Result<Case, CaseError> {
        let mark = format!("{SEPARATOR} {}", self.right);
        self.view(&self.right, |line, of_right| match line.strip_prefix(&mark).filter(|_| of_right) {
            Some(settings) => format!("{SEPARATOR}{settings}"),
            None => line.to_owned(),
        })
    }

    /// The program without any answer.
    pub fn program(&self) -> Result<Case, CaseError> {
        let lines = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Line(line) => Some(format!("{line}\n")),
            Piece::Header | Piece::Answers(_) => None,
        });
        parse(&self.name, &self.file, &lines.collect::<String>())
    }

    fn view(&self, release: &GoVersion, line: impl Fn(&str, bool) -> String) -> Result<Case, CaseError> {
        let mut text = String::new();
        let mut add = |line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        for piece in &self.pieces {
            match piece {
                Piece::Header => add(&format!("{RECORDED} {release}")),
                Piece::Line(line) => add(line),
                Piece::Answers(lines) => {
                    let from = self.right_from(lines);
                    // The answers that are another's become comments, which may stand between a program and its answers.
                    let hidden = *release == self.right && from < lines.len();
                    for (at, answer) in lines.iter().enumerate() {
                        add(&if hidden && at < from { "#".to_owned() } else { line(answer, at >= from) });
                    }
                }
            }
        }
        parse(&self.name, &self.file, &text)
    }

    /// Where the sections of the right release begin.
    fn right_from(&self, lines: &[String]) -> usize {
        let mark = format!("{SEPARATOR} {}", self.right);
        let marked =
            |line: &String| line.strip_prefix(&mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        lines.iter().position(marked).unwrap_or(lines.len())
    }

    /// The text of the file with the answers that the two releases give now.
    pub fn recorded(&self, sessions: (&mut Session, &mut Session), root: &WorkRoot) -> Result<String, ReleasesError> {
        let program = self.program()?;
        let left = answered(sessions.0, &program, root)?;
        let right = answered(sessions.1, &program, root)?;
        self.merged(&left, &right)
    }

    /// The file of two views.
    pub fn merged(&self, left: &str, right: &str) -> Result<String, ReleasesError> {
        // The header is the same piece whatever release it names.
        let (left, right) = (pieces(left), pieces(right));
        if left == right {
            return Err(ReleasesError::Same { file: self.file.clone() });
        }
        let mut lines = Vec::new();
        for (left, right) in left.into_iter().zip(right) {
            match (left, right) {
                (Piece::Answers(left), Piece::Answers(right)) => {
                    let differ = left != right;
                    lines.extend(left);
                    if differ {
                        lines.extend(right.iter().map(|line| self.marked(line)));
                    }
                }
                (Piece::Header, _) => lines.push(self.header()),
                (Piece::Line(line), _) => lines.push(line),
                (Piece::Answers(_), _) => {}
            }
        }
        Ok(lines.join("\n") + "\n")
    }

    /// A line of the right release's sections.
    fn marked(&self, line: &str) -> String {
        match line.strip_prefix(SEPARATOR) {
            Some(settings) => format!("{SEPARATOR} {}{settings}", self.right),
            None => line.to_owned(),
        }
    }
}

/// Cuts a file into its parts: a section begins at `----` and ends, with those behind it, at a blank line.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut answers: Option<Vec<String>> = None;
    for line in text.lines().map(str::trim_end) {
        match &mut answers {
            Some(lines) if !line.is_empty() => lines.push(line.to_owned()),
            _ if line.starts_with(SEPARATOR) => answers = Some(vec![line.to_owned()]),
            _ => {
                pieces.extend(answers.take().map(Piece::Answers));
                let header = line.starts_with(HEADER) || line.starts_with(RECORDED);
                pieces.push(if header { Piece::Header } else { Piece::Line(line.to_owned()) });
            }
        }
    }
    pieces.extend(answers.map(Piece::Answers));
    pieces
}

/// The text of `program` with the answers of the port of `session`; a process that ends or hangs at the last paragraph has
/// answered with that.
fn answered(session: &mut Session, program: &Case, root: &WorkRoot) -> Result<String, ReleasesError> {
    let error = match recorded_text(session, program, root) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let last = program.paragraphs.last().and_then(|paragraph| paragraph.statements.first()).map_or(1, |s| s.line());
    let Some(answer) = failure_at(&error, last) else {
        return Err(error.into());
    };
    let before: String = program.lines.iter().take(last - 1).map(|line| format!("{line}\n")).collect();
    let before = parse(&program.name, &program.file, &before)?;
    let mut text = recorded_text(session, &before, root)?;
    for line in program.lines.iter().skip(last - 1) {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(&format!("{SEPARATOR}\n{answer}\n"));
    Ok(text)
}

/// What a failure of the port at or behind this line is as an answer.
fn failure_at(error: &RecordError, first: usize) -> Option<&'static str> {
    let RecordError::Answers(AnswersError::Stopped { stop, .. }) = error else {
        return None;
    };
    match stop.as_ref() {
        Stop::Port { line, failure: PortFailure::Crashed { .. } } if *line >= first => Some(ENDS),
        Stop::Port { line, failure: PortFailure::TimedOut { .. } } if *line >= first => Some(HANGS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    const FILE: &str = "# What differs.\nsettings: all\nreleases: v2.14.0 v2.14.9\n\nopen\n----\nok\n\n\
        store a\nload 1\n----\nseq 1\nold\n---- aes/*\nseq 1\nolder\n---- v2.14.9\nseq 1\nnew\n\nstop\n----\nok\n";

    fn file(text: &str) -> Result<ReleaseCase, ReleasesError> {
        ReleaseCase::parse("a/b", "a/b.case", text).map(Option::unwrap)
    }

    fn text(case: &Case) -> String {
        case.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn views_are_cases_with_every_line_in_its_place() {
        let file = file(FILE).unwrap();
        let (left, right) = (file.left_view().unwrap(), file.right_view().unwrap());
        let answers = |case: &Case| -> Vec<(usize, Vec<String>)> {
            let sections = case.paragraphs.iter().flat_map(|paragraph| &paragraph.sections);
            sections.map(|section| (section.first_line, section.answer.clone())).collect()
        };
        let expected = |lines: &[(usize, &[&str])]| -> Vec<(usize, Vec<String>)> {
            lines.iter().map(|(at, answer)| (*at, answer.iter().map(|line| (*line).to_owned()).collect())).collect()
        };
        assert_eq!(
            answers(&left),
            expected(&[(7, &["ok"]), (12, &["seq 1", "old"]), (15, &["seq 1", "older"]), (23, &["ok"])])
        );
        assert_eq!(answers(&right), expected(&[(7, &["ok"]), (18, &["seq 1", "new"]), (23, &["ok"])]));
        assert_eq!((left.recorded.as_deref(), right.recorded.as_deref()), (Some("v2.14.0"), Some("v2.14.9")));
        assert_eq!(
            text(&file.program().unwrap()),
            "# What differs.\nsettings: all\n\nopen\n\nstore a\nload 1\n\nstop\n"
        );
    }

    #[test]
    fn two_recordings_make_one_file() {
        let file = file(FILE).unwrap();
        let left = FILE.replace(HEADER, RECORDED).replace("---- v2.14.9\nseq 1\nnew\n", "");
        let right = left.replace("old\n---- aes/*\nseq 1\nolder\n", "new\n");
        assert_eq!(file.merged(&left, &right).unwrap(), FILE);
        let same = file.merged(&left, &left).unwrap_err();
        assert_eq!(same.to_string(), "a/b.case: both releases give the same answers");
    }

    #[test]
    fn two_releases_are_named() {
        let check = |header: &str, message: &str| {
            let error = file(&format!("{header}\n\nopen\n")).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("a/b.case: `releases:` takes two releases such as v2.14.0 v2.14.9, found {message}")
            );
        };
        check("releases: v2.14.0", "`v2.14.0`");
        check("releases: v2.14.0 v2.14.0", "`v2.14.0 v2.14.0`");
        check("releases: v2.14.0 to v2.14.9", "`v2.14.0 to v2.14.9`");
        assert!(ReleaseCase::parse("a/b", "a/b.case", "recorded: v2.14.9\n\nopen\n").unwrap().is_none());
    }
}
