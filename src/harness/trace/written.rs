//! `corpus/coverage.json` as text: one line for each function, case and test, so that a change of a case changes its line.
//!
//! Blocks are numbered by their place in the file; a set of them is base64 of a bit map. The same coverage is always the same
//! text. Reading takes nothing on trust: numbers out of range, blocks out of order and another format are errors.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use super::model::{Block, CaseCoverage, Coverage, Function};
use super::{Bits, Features, TraceError, WRITE_ALL_COMMAND};

/// The number of this format.
const FORMAT: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    server: String,
    go: String,
    /// Name, first line, last line, blocks as `L.C,L.C N` with `;` between.
    functions: Vec<(String, u32, u32, String)>,
    /// Where unsteady blocks begin, as `L.C`.
    unsteady: Vec<String>,
    cases: BTreeMap<String, (String, String)>,
    go_tests: BTreeMap<String, String>,
    unmeasured: BTreeMap<String, String>,
}

impl Coverage {
    /// Reads a coverage file; `file` names it in errors. The list of Go's tests is not in it and stays empty.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self, TraceError> {
        let broken = |why: String| TraceError::Broken { file: file.to_owned(), why, command: WRITE_ALL_COMMAND };
        let written: Written = serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
        if written.format != FORMAT {
            return Err(broken(format!("it has format {}, and this program reads {FORMAT}", written.format)));
        }
        let mut coverage = Self {
            server: written.server,
            go: written.go,
            blocks: Vec::new(),
            functions: Vec::new(),
            cases: BTreeMap::new(),
            go_tests: BTreeMap::new(),
            unmeasured: written.unmeasured,
            unsteady: Bits::default(),
            features: Features::embedded()?,
            tests: BTreeMap::new(),
        };
        for (name, first, last, blocks) in written.functions {
            let start = coverage.blocks.len();
            for text in blocks.split(';').filter(|text| !text.is_empty()) {
                let block = block(text).ok_or_else(|| broken(format!("{text:?} of {name} is no block")))?;
                if coverage.blocks.last().is_some_and(|before| before.begin >= block.begin) {
                    return Err(broken(format!("{text:?} of {name} is out of order")));
                }
                coverage.blocks.push(block);
            }
            coverage.functions.push(Function { name, lines: (first, last), blocks: start..coverage.blocks.len() });
        }
        let end = coverage.blocks.len();
        let bits = |of: &str, text: &str| Bits::parse(text, end).map_err(|why| broken(format!("{of}: {why}")));
        for (name, (digest, hits)) in written.cases {
            let hits = bits(&name, &hits)?;
            coverage.cases.insert(name, CaseCoverage { digest, hits });
        }
        for (name, hits) in written.go_tests {
            let hits = bits(&name, &hits)?;
            coverage.go_tests.insert(name, hits);
        }
        for place in written.unsteady {
            let begin = position(&place).ok_or_else(|| broken(format!("{place:?} is no place")))?;
            let at = coverage.blocks.iter().position(|block| block.begin == begin);
            coverage.unsteady.insert(at.ok_or_else(|| broken(format!("no block begins at {place}")))?);
        }
        Ok(coverage)
    }

    /// The coverage as it is checked in.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{{\n\"format\": {FORMAT},");
        let _ = writeln!(out, "\"server\": {},\n\"go\": {},", quoted(&self.server), quoted(&self.go));
        list(&mut out, "functions", "[", "],", self.functions.iter().map(|function| self.function_line(function)));
        let place = |at| self.blocks.get(at).map(|block: &Block| quoted(&point(block.begin)));
        list(&mut out, "unsteady", "[", "],", self.unsteady.iter().filter_map(place));
        let case = |(name, case): (&String, &CaseCoverage)| {
            format!("{}: [{}, {}]", quoted(name), quoted(&case.digest), quoted(&case.hits.text()))
        };
        list(&mut out, "cases", "{", "},", self.cases.iter().map(case));
        let test = |(name, hits): (&String, &Bits)| format!("{}: {}", quoted(name), quoted(&hits.text()));
        list(&mut out, "go_tests", "{", "},", self.go_tests.iter().map(test));
        let why = |(name, why): (&String, &String)| format!("{}: {}", quoted(name), quoted(why));
        list(&mut out, "unmeasured", "{", "}", self.unmeasured.iter().map(why));
        out.push_str("}\n");
        out
    }

    fn function_line(&self, function: &Function) -> String {
        let blocks = self.blocks.iter().skip(function.blocks.start).take(function.blocks.len());
        let text = |block: &Block| format!("{},{} {}", point(block.begin), point(block.end), block.statements);
        let blocks = blocks.map(text).collect::<Vec<_>>().join(";");
        let (first, last) = function.lines;
        format!("[{}, {first}, {last}, {}]", quoted(&function.name), quoted(&blocks))
    }
}

/// `"name": [` with a line for each item, and the closing bracket.
fn list(out: &mut String, name: &str, open: &str, close: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    let body = items.join(",\n");
    let line_end = if items.is_empty() { "" } else { "\n" };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\"{name}\": {open}{line_end}{body}{line_end}{close}");
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn point((line, column): (u32, u32)) -> String {
    format!("{line}.{column}")
}

/// `L.C`
pub(super) fn position(text: &str) -> Option<(u32, u32)> {
    let (line, column) = text.split_once('.')?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// `L.C,L.C N`
pub(super) fn block(text: &str) -> Option<Block> {
    let (range, statements) = text.split_once(' ')?;
    let (begin, end) = range.split_once(',')?;
    Some(Block { begin: position(begin)?, end: position(end)?, statements: statements.parse().ok()? })
}
