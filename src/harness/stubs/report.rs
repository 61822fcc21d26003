//! What a scan says, for people and for machines.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::facts::Place;

/// One thing that a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file, as it was reached.
    pub file: String,
    /// Where in it.
    #[serde(flatten)]
    pub place: Place,
    /// The rule.
    pub rule: &'static str,
    /// The function, the test or the type; absent where it is none of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is there.
    pub what: String,
    /// The numbers of the functions of `filestore.go` that the function is called as; none in tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<u16>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place, rule, name, what, numbers: _ } = self;
        write!(f, "{file}:{}:{} {rule} {}: {what}", place.line, place.column, name.as_deref().unwrap_or("-"))
    }
}

/// A file of which the scan says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The file.
    pub file: String,
    /// Why.
    pub why: String,
}

/// A file that the grammar does not understand in part. What it does understand is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Partly {
    /// The file.
    pub file: String,
    /// The first such place.
    #[serde(flatten)]
    pub place: Place,
    /// How many there are.
    pub places: usize,
}

/// Everything that a scan says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// How many files were read.
    pub files: usize,
    /// How many functions they have.
    pub functions: usize,
    /// How many of these are tests.
    pub tests: usize,
    /// What was found, in the order of paths and places.
    pub findings: Vec<Finding>,
    /// What could not be read, for which nothing stands.
    pub unread: Vec<Unread>,
    /// What was understood in part.
    pub partly: Vec<Partly>,
}

impl Report {
    /// Whether there is nothing to object to.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.unread.is_empty()
    }

    /// How many findings each rule has.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<&'static str, usize> {
        let mut totals = BTreeMap::new();
        for finding in &self.findings {
            *totals.entry(finding.rule).or_default() += 1;
        }
        totals
    }

    /// For people: a line for each finding, then the counts.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines: Vec<String> = self.findings.iter().map(Finding::to_string).collect();
        lines.extend(self.unread.iter().map(|one| format!("{}: NOT READ: {}", one.file, one.why)));
        lines.extend(self.partly.iter().map(|one| {
            let Place { line, column } = one.place;
            format!("{}:{line}:{column}: not understood here, nor in {} other places", one.file, one.places - 1)
        }));
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(self.totals().into_iter().map(|(rule, count)| format!("{count:6} {rule}")));
        let Self { files, functions, tests, findings, unread, partly } = self;
        lines.push(format!(
            "{} findings in {files} files, {functions} functions, {tests} of them tests; {} files not read, {} understood in part",
            findings.len(),
            unread.len(),
            partly.len()
        ));
        lines.join("\n") + "\n"
    }

    /// As JSON, with the totals.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        if let serde_json::Value::Object(members) = &mut value {
            members.insert("totals".to_owned(), serde_json::to_value(self.totals())?);
        }
        Ok(serde_json::to_string_pretty(&value)? + "\n")
    }
}
