//! The syntax tree of a case: paragraphs of statements with the sections of recorded answers below them.
//!
//! The tree keeps the lines of its source, because `record` replaces answers in place and everything else stays as it was
//! written.

use super::grammar::Spec;
use super::setting::{Setting, SettingPattern};
use super::template::Template;
use super::token::Value;

/// A parsed case file.
#[derive(Debug, Clone)]
pub struct Case {
    /// Topic and name, `purge/basics` for `corpus/cases/purge/basics.case`.
    pub name: String,
    /// The file as it was asked for.
    pub file: String,
    /// The Go tests that it was written from.
    pub from: Vec<String>,
    /// The settings in which it runs.
    pub settings: Vec<Setting>,
    /// Why it does not run in all of them.
    pub limited_because: Option<String>,
    /// The version of nats-server that gave the answers.
    pub recorded: Option<String>,
    /// The head comment without its `#`, one line after another.
    pub about: String,
    /// The commands and answers, in order.
    pub paragraphs: Vec<Paragraph>,
    /// The lines of the source.
    pub lines: Vec<String>,
    /// The line (from 1) of the `recorded:` header, or where it belongs when there is none.
    pub recorded_line: RecordedLine,
}

/// Where the `recorded:` header of a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordedLine {
    /// It is this line, from 1.
    At(usize),
    /// It is missing and belongs after this line; 0 is the top.
    After(usize),
}

/// Statements and the answers recorded for them.
#[derive(Debug, Clone)]
pub struct Paragraph {
    /// What is done.
    pub statements: Vec<Statement>,
    /// What was answered; empty when nothing has been recorded.
    pub sections: Vec<Section>,
    /// The last line of the statements, from 1.
    pub statements_end: usize,
    /// The last line of the whole paragraph, from 1.
    pub end: usize,
}

impl Paragraph {
    /// The section that holds the answer in `setting`: one that names it before the plain one.
    #[must_use]
    pub fn section(&self, setting: Setting) -> Option<&Section> {
        let named = |section: &&Section| section.patterns.iter().any(|pattern| pattern.matches(setting));
        self.sections.iter().find(named).or_else(|| self.sections.iter().find(|section| section.patterns.is_empty()))
    }
}

/// The answer in some settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The settings it is for; none for every setting that no other section names.
    pub patterns: Vec<SettingPattern>,
    /// The line of its first answer line, from 1.
    pub first_line: usize,
    /// The answer.
    pub answer: Vec<String>,
}

/// A command or a loop.
#[derive(Debug, Clone)]
pub enum Statement {
    /// One command, perhaps repeated.
    Command(Command),
    /// Statements for each of some values.
    Loop(Loop),
}

impl Statement {
    /// The line on which it starts, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        match self {
            Statement::Command(command) => command.line,
            Statement::Loop(repeated) => repeated.line,
        }
    }
}

/// `for NAME in VALUES {` .. `}` or `repeat N {` .. `}`.
#[derive(Debug, Clone)]
pub struct Loop {
    /// The line on which it starts, from 1.
    pub line: usize,
    /// The variable.
    pub variable: String,
    /// What it goes through.
    pub values: LoopValues,
    /// What is done for each.
    pub body: Vec<Statement>,
}

/// What a loop goes through.
#[derive(Debug, Clone)]
pub enum LoopValues {
    /// `A..B step S`, downwards when B is below A.
    Range {
        /// The first value.
        from: Template,
        /// The last value that may be reached.
        to: Template,
        /// The distance between two values.
        step: Template,
    },
    /// `shuffle A..B seed=S`: every value of the range once, in an order that the seed fixes.
    Shuffle {
        /// The first value.
        from: Template,
        /// The last value.
        to: Template,
        /// The seed of the order.
        seed: Template,
    },
    /// `[a, b, c]`.
    List(Vec<Template>),
}

/// One command line, checked against the grammar.
#[derive(Debug, Clone)]
pub struct Command {
    /// The line, from 1.
    pub line: usize,
    /// The text of the line.
    pub text: String,
    /// Its row in the grammar.
    pub spec: &'static Spec,
    /// The consumer it is about, for `consumer NAME VERB`.
    pub consumer: Option<Template>,
    /// The arguments by name, as written.
    pub arguments: Vec<(&'static str, Value)>,
    /// `repeat=`.
    pub repeat: Option<Template>,
}
