//! `docs/errors.md` against the classes of the protocol and the cases: each class has a row, and each case that a row names
//! holds an answer of that class.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::Path;

use blkspec::harness::protocol::ErrorClass;

super::trials![every_class_has_its_rows, every_named_case_has_the_error, what_no_case_provokes_says_why,];

/// A row of the table: an error of Go, its class, and where it is provoked.
struct Row {
    error: String,
    class: String,
    place: String,
}

impl Row {
    /// The cases that the row names.
    fn cases(&self) -> Vec<&str> {
        quoted(&self.place).into_iter().filter(|name| name.contains('/')).collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let rows: Vec<Row> = text
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
            let [error, class, place] = cells.as_slice() else { return None };
            let class = quoted(class).first().copied()?.to_owned();
            Some(Row { error: (*error).to_owned(), class, place: (*place).to_owned() })
        })
        .collect();
    assert!(
        rows.len() > ErrorClass::NAMES.len(),
        "docs/errors.md has {} rows, fewer than there are classes",
        rows.len()
    );
    rows
}

fn every_class_has_its_rows() {
    let rows = rows();
    let listed: BTreeSet<&str> = rows.iter().map(|row| row.class.as_str()).collect();
    let known: BTreeSet<&str> = ErrorClass::NAMES.iter().copied().collect();
    let missing: Vec<_> = known.difference(&listed).collect();
    assert!(missing.is_empty(), "no row of docs/errors.md has the classes {missing:?}");
    let unknown: Vec<_> = listed.difference(&known).collect();
    assert!(unknown.is_empty(), "docs/errors.md has classes that the protocol does not list: {unknown:?}");
}

fn every_named_case_has_the_error() {
    let mut wrong = Vec::new();
    for row in rows() {
        for name in row.cases() {
            let Ok(case) = std::fs::read_to_string(root().join(format!("corpus/cases/{name}.case"))) else {
                wrong.push(format!("{}: there is no case {name}", row.error));
                continue;
            };
            let answer = format!("error {}", row.class);
            let is_answer = |line: &str| {
                line.trim_start().strip_prefix(&answer).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            };
            if !case.lines().any(is_answer) {
                wrong.push(format!("{}: {name} has no answer `{answer}`", row.error));
            }
        }
    }
    assert!(wrong.is_empty(), "docs/errors.md is wrong:\n{}", wrong.join("\n"));
}

fn what_no_case_provokes_says_why() {
    for row in rows() {
        let why = row.place.strip_prefix("never: ").or(row.place.strip_prefix("swallowed: ")).unwrap_or_default();
        let said = !row.cases().is_empty() || why.len() > 10;
        assert!(said, "{} is provoked by no case, and docs/errors.md does not say why: {}", row.error, row.place);
    }
}
