//! The fields of valid bytes, as the annotated dumps of the formats name them: where vectors are cut and changed.
//!
//! A field's name is the first words of its line in the dump, without values; fields of the same name are numbered.

use std::collections::BTreeMap;

use crate::format::dump::DumpPage;

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name, which is a part of file names: `subject-length-2`.
    pub(super) name: String,
    /// The name without its number.
    pub(super) kind: String,
    /// Where it begins.
    pub(super) at: usize,
    /// Its length.
    pub(super) len: usize,
}

impl Field {
    /// Its bytes.
    pub(super) fn range(&self) -> std::ops::Range<usize> {
        self.at..self.at + self.len
    }
}

/// The fields of a page.
pub(super) fn fields(page: &DumpPage) -> Vec<Field> {
    let field = |kind: &str, at: usize, len: usize| Field { name: String::new(), kind: kind.to_owned(), at, len };
    let mut fields: Vec<Field> = Vec::new();
    for line in page.lines.iter().filter(|line| line.len > 0) {
        match kind(&line.text).as_str() {
            // The two bytes at the start of a state are one line.
            kind if kind.ends_with("-state-magic") && line.len == 2 => {
                fields.push(field("magic", line.offset, 1));
                fields.push(field("version", line.offset + 1, 1));
            }
            // A name of its own: those of bases begin with `base-`.
            "base-seconds" => fields.push(field("seconds-base", line.offset, line.len)),
            "node-base" => fields.push(field("node", line.offset, line.len)),
            kind => fields.push(field(kind, line.offset, line.len)),
        }
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for field in &fields {
        *counts.entry(field.kind.clone()).or_default() += 1;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for field in &mut fields {
        let number = seen.entry(field.kind.clone()).or_default();
        *number += 1;
        field.name = match counts.get(&field.kind) {
            Some(1) | None => field.kind.clone(),
            Some(_) => format!("{}-{number}", field.kind),
        };
    }
    fields
}

/// The words of a dump's line up to its first value or comma.
fn kind(text: &str) -> String {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let plain = word.trim_end_matches([',', ':']);
        if plain.is_empty() || !plain.chars().all(|c| c.is_ascii_lowercase()) {
            break;
        }
        words.push(plain);
        if plain != word {
            break;
        }
    }
    if words.is_empty() { "field".to_owned() } else { words.join("-") }
}
