//! A difference between two ports and its class, which shrinking has to keep.
//!
//! The class names the kind of command or file and the forms of both answers, and none of their numbers: a program that was
//! made smaller fails in the same way or is not taken.

use std::fmt;

use serde::Serialize;

/// The kind of a difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Class(String);

impl Class {
    /// The answers to the command called `command` differ, first in these lines.
    #[must_use]
    pub fn answer(command: &str, left: Option<&str>, right: Option<&str>) -> Self {
        Self(format!("answer to {command}: {}", contrast(left, right)))
    }

    /// The file at `path` differs.
    #[must_use]
    pub fn file(path: &str, left: Option<&str>, right: Option<&str>) -> Self {
        let mut kind = String::new();
        for c in path.chars() {
            match c.is_ascii_digit() {
                true if kind.ends_with('N') => {}
                true => kind.push('N'),
                false => kind.push(c),
            }
        }
        let missing = |line: Option<&str>| line == Some("no such file");
        let shape = match (missing(left), missing(right)) {
            (true, _) => "missing on the left",
            (_, true) => "missing on the right",
            _ => "content",
        };
        Self(format!("file {kind}: {shape}"))
    }

    /// One port failed at the command called `command`.
    #[must_use]
    pub fn port(command: &str, side: &str, how: &str) -> Self {
        Self(format!("port: {side} {how} at {command}"))
    }

    /// Whether a port failed.
    #[must_use]
    pub fn is_port(&self) -> bool {
        self.0.starts_with("port:")
    }

    /// The class as a part of a file name.
    #[must_use]
    pub fn slug(&self) -> String {
        let mut slug = String::new();
        for c in self.0.chars() {
            match c.is_ascii_alphanumeric() {
                true => slug.push(c.to_ascii_lowercase()),
                false if slug.ends_with('-') => {}
                false => slug.push('-'),
            }
        }
        slug.trim_matches('-').to_owned()
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Two lines as their forms; where those are the same, as the first words that differ.
fn contrast(left: Option<&str>, right: Option<&str>) -> String {
    let (Some(left), Some(right)) = (left, right) else {
        return format!("{} / {}", left.map_or("nothing", form), right.map_or("nothing", form));
    };
    if form(left) != form(right) || left.starts_with("error") {
        return format!("{} / {}", name(left), name(right));
    }
    if form(left) == "seq" {
        // A message: its words are values of the program, and no labels.
        let parting = left.split(' ').zip(right.split(' ')).position(|(a, b)| a != b);
        let part = match parting {
            Some(1) => "number",
            Some(2) => "time",
            Some(3) => "subject",
            _ => "content",
        };
        return format!("seq with another {part}");
    }
    // `msgs 3  bytes 10`: the label in front of the first value that differs.
    let words = left.split_whitespace().zip(right.split_whitespace());
    let mut label = form(left);
    for (a, b) in words {
        let is_label = a.starts_with(|c: char| c.is_ascii_alphabetic());
        match (a == b, is_label && a == b) {
            (true, true) => label = a,
            (true, false) => {}
            _ => break,
        }
    }
    format!("{} with another {label}", form(left))
}

/// The first word of a line, indented lines being events.
fn form(line: &str) -> &str {
    match line.starts_with("  ") {
        true => "an event",
        false if line.starts_with('@') => "a time",
        false => line.split(' ').next().unwrap_or_default(),
    }
}

/// The form, and of an error its class.
fn name(line: &str) -> String {
    match line.strip_prefix("error ") {
        Some(class) => format!("error {}", class.split(' ').next().unwrap_or_default()),
        None => form(line).to_owned(),
    }
}

/// The first difference of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its kind.
    pub class: Class,
    /// The place of the command in the program, from 0.
    pub at: usize,
    /// The command.
    pub command: String,
    /// The file, where it is one that differs.
    pub file: Option<String>,
    /// What the left port answered, or the lines that explain its file.
    pub left: Vec<String>,
    /// The same of the right port.
    pub right: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_name_forms_and_no_numbers() {
        let check = |left, right, expected: &str| {
            assert_eq!(Class::answer("load", left, right).to_string(), format!("answer to load: {expected}"));
        };
        check(Some("seq 5 @0s"), Some("error msg_not_found"), "seq / error msg_not_found");
        check(Some("error deleted_msg"), Some("error msg_not_found"), "error deleted_msg / error msg_not_found");
        check(Some("msgs 3  bytes 10"), Some("msgs 3  bytes 20"), "msgs with another bytes");
        check(None, Some("ok"), "nothing / ok");
        check(Some("  remove-msg seq 3"), Some("ok"), "an event / ok");
        let file = Class::file("msgs/12.blk", Some("1"), Some("no such file"));
        assert_eq!(file.to_string(), "file msgs/N.blk: missing on the right");
        assert_eq!(file.slug(), "file-msgs-n-blk-missing-on-the-right");
    }
}
