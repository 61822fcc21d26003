//! A program: the text of a case, one command a paragraph, and the openings at which the directories change hands.
//!
//! It is an ordinary case, so that what is found can be recorded and replayed. That directories change hands is a comment
//! behind an `open`, which a single port does not see. A program knows its seed for the report and nothing about ports.

use crate::harness::case::{Case, CaseError, Setting, parse};

/// The comment behind an `open` before which the two stores exchange their directories.
pub(super) const HANDS_CHANGE: &str = "# the directories change hands";

/// A program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What it is called; keys and nonces of a port in virtual time depend on it.
    pub name: String,
    /// The setting that it runs in.
    pub setting: Setting,
    /// Its commands, a line each.
    pub commands: Vec<String>,
}

impl Program {
    /// The program that `case` is in `setting`: a command a line, loops and recorded answers left aside.
    #[must_use]
    pub fn of_case(case: &Case, setting: Setting) -> Self {
        let mut commands = Vec::new();
        for paragraph in &case.paragraphs {
            let first = paragraph.statements.first().map_or(1, crate::harness::case::Statement::line);
            let lines = case.lines.iter().take(paragraph.statements_end).skip(first - 1);
            commands.extend(lines.filter(|line| !line.trim_start().starts_with('#')).cloned());
        }
        Self { name: case.name.clone(), setting, commands }
    }

    /// The text of the case, with `about` as its head comment.
    #[must_use]
    pub fn text(&self, about: &[String]) -> String {
        let mut text: String = about.iter().map(|line| format!("# {line}\n")).collect();
        let patterns = format!("settings: {} because the program was found in it\n", self.setting);
        text.push_str(&patterns);
        for command in &self.commands {
            text.push('\n');
            text.push_str(command);
            text.push('\n');
        }
        text
    }

    /// The program as a case: a paragraph for each command.
    pub fn case(&self) -> Result<Case, CaseError> {
        parse(&self.name, &format!("{}.case", self.name), &self.text(&[]))
    }
}

/// Whether the directories change hands before `command`.
pub(super) fn hands_change(command: &str) -> bool {
    command.trim_end().ends_with(HANDS_CHANGE)
}
