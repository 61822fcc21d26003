//! Why statements are executed by no case, and where functions went: `corpus/unreached.toml`, embedded.
//!
//! A reason names a function and the first lines of the statements that it is about, and stands in a section with others of its kind.
//! One that is about statements which some case executes, or which are not there, is out of date, and so is a list without a reason for
//! what is not executed: [`faults`] tells both. [`page`] makes `docs/uncovered.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;

use super::TraceError;
use super::model::{Block, Coverage};
use super::report::share_text;

const TABLE: &str = include_str!("../../../corpus/unreached.toml");

/// All reasons.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reasons {
    /// Why functions are gone, by the number of the feature.
    #[serde(default)]
    gone: BTreeMap<String, String>,
    /// Why statements are not executed.
    #[serde(default, rename = "unreached")]
    sections: Vec<Section>,
}

/// Reasons of one kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What they have in common, in a few words.
    pub title: String,
    /// What there is to say of all of them.
    #[serde(default)]
    pub text: String,
    /// The reasons.
    pub statements: Vec<Reason>,
}

/// Why some statements of a function are executed by no case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The function.
    pub function: String,
    /// The lines on which blocks of such statements begin.
    pub lines: Vec<u32>,
    /// The reason.
    pub why: String,
}

impl Reason {
    fn is_about(&self, function: &str, line: u32) -> bool {
        self.function == function && self.lines.contains(&line)
    }
}

impl Reasons {
    /// The reasons of this crate.
    pub fn embedded() -> Result<Self, TraceError> {
        Self::parse(TABLE)
    }

    /// Reads a list.
    pub fn parse(table: &str) -> Result<Self, TraceError> {
        toml::from_str(table).map_err(|error| TraceError::Broken {
            file: "corpus/unreached.toml".to_owned(),
            why: error.to_string(),
            command: "git checkout corpus/unreached.toml",
        })
    }

    /// Why the block of `function` that begins on `line` is not executed.
    #[must_use]
    pub fn why(&self, function: &str, line: u32) -> Option<&str> {
        self.all().find(|reason| reason.is_about(function, line)).map(|reason| reason.why.as_str())
    }

    /// Where the function of a feature went.
    #[must_use]
    pub fn gone(&self, feature: u16) -> Option<&str> {
        self.gone.get(&feature.to_string()).map(String::as_str)
    }

    /// Every reason.
    pub fn all(&self) -> impl Iterator<Item = &Reason> {
        self.sections.iter().flat_map(|section| &section.statements)
    }
}

/// The blocks that no case executes, each with its function.
fn unreached(coverage: &Coverage) -> Vec<(&str, Block)> {
    let all = coverage.all_hits();
    let blocks = coverage.blocks.iter().enumerate();
    let missed = blocks.filter(|(at, block)| block.statements > 0 && !all.contains(*at));
    missed.filter_map(|(at, block)| Some((coverage.function_of(at)?.name.as_str(), *block))).collect()
}

/// What is wrong with the reasons, a line each: statements that have none or two, and reasons that are about nothing. A block that
/// is executed in one measurement and not in another may have one.
#[must_use]
pub fn faults(coverage: &Coverage, reasons: &Reasons) -> Vec<String> {
    let missed = unreached(coverage);
    let mut found = Vec::new();
    for (function, block) in &missed {
        let line = block.begin.0;
        match reasons.all().filter(|reason| reason.is_about(function, line)).count() {
            0 => found
                .push(format!("corpus/unreached.toml has no reason why no case executes line {line}, in {function}")),
            1 => {}
            more => found.push(format!("corpus/unreached.toml has {more} reasons for line {line}, in {function}")),
        }
    }
    let unsteady = coverage.unsteady.iter().filter_map(|at| coverage.blocks.get(at));
    let mut known: BTreeSet<u32> = missed.iter().map(|(_, block)| block.begin.0).collect();
    known.extend(unsteady.map(|block| block.begin.0));
    for reason in reasons.all() {
        for line in reason.lines.iter().filter(|line| !known.contains(line)) {
            let function = &reason.function;
            found.push(format!(
                "corpus/unreached.toml has a reason for line {line}, in {function}: a case executes it, or nothing begins there"
            ));
        }
    }
    found
}

/// The page of what no case executes: a table for each section, a row for each reason.
#[must_use]
pub fn page(coverage: &Coverage, reasons: &Reasons) -> String {
    let missed = unreached(coverage);
    let all = share_text(coverage.share_of_file(&coverage.all_hits()));
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "# What no case reaches\n\nThe corpus executes {all} statements of `filestore.go` ({}) on Go. Here are the others, by why. The lines are \
         those of the\nstatements, not of their functions. [trace.md](trace.md) says how they are counted; the reasons lie in \
         `corpus/unreached.toml`, and\n`blkspec trace --uncovered-page docs/uncovered.md` makes this page of them.\n",
        coverage.server
    );
    for section in &reasons.sections {
        let mut rows = String::new();
        let mut count = 0;
        for reason in &section.statements {
            let blocks = missed.iter().filter(|(function, block)| reason.is_about(function, block.begin.0));
            let blocks: Vec<Block> = blocks.map(|(_, block)| *block).collect();
            let statements: u32 = blocks.iter().map(|block| block.statements).sum();
            if statements > 0 {
                let _ =
                    writeln!(rows, "| `{}` | {} | {statements} | {} |", reason.function, ranges(&blocks), reason.why);
            }
            count += statements;
        }
        if count > 0 {
            let noun = if count == 1 { "statement" } else { "statements" };
            let _ = write!(out, "\n## {}\n{count} {noun}. {}\n\n", section.title, section.text);
            let _ = write!(out, "| function | lines | statements | |\n|---|---|---|---|\n{rows}");
        }
    }
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The lines of blocks, those that touch taken together: `12-14, 20`.
fn ranges(blocks: &[Block]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for block in blocks {
        let (first, end) = (block.begin.0, block.end.0);
        match ranges.last_mut() {
            Some(last) if first <= last.1 => last.1 = last.1.max(end),
            _ => ranges.push((first, end)),
        }
    }
    let texts =
        ranges.iter().map(|(first, end)| if first == end { first.to_string() } else { format!("{first}-{end}") });
    texts.collect::<Vec<_>>().join(", ")
}
