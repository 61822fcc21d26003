//! Makes the vectors of `corpus/decode` out of their bases: families of faults that every format has, and those of its own.
//!
//! The families are systematic: cut off before and inside every field that the format's dump names, every number too small,
//! too large, too long, everything twice and in another order, bytes behind the end. An edit that changes nothing, and a second
//! one with the same bytes for the same commands, make no vector. Names stay what they are: they are file names.

mod blocks;
mod files;
mod states;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::fields::Field;
use super::read::{made, shown_bytes};
use super::{Edit, Mend, Vectors};
use crate::harness::case::SEPARATOR;

/// The hexadecimal digits on a line of a vector's head.
const HEX_DIGITS: usize = 96;

/// What Go gives no answer to within half a minute: a count of redeliveries up to 2^62, of which it looks for every one, the
/// end of the bytes notwithstanding. There is nothing to record.
const WITHOUT_ANSWER: [&str; 4] = [
    "consumer-state/number-pending-zero",
    "consumer-state/v1-number-pending-zero",
    "consumer-state/file-number-pending-zero",
    "consumer-state/file-number-pending-all-ones",
];

/// A vector as text, without recorded answers.
#[derive(Debug)]
pub struct Generated {
    /// Format and fault, the name of its file.
    pub name: String,
    /// The text.
    pub text: String,
}

impl Generated {
    /// Whether `present`, the text of a file, is this vector with whatever answers.
    #[must_use]
    pub fn is_in(&self, present: &str) -> bool {
        let mut without = String::new();
        let mut in_answer = false;
        for line in present.lines() {
            in_answer = !line.is_empty() && (in_answer || line.starts_with(SEPARATOR));
            if !in_answer && !line.starts_with("recorded:") {
                without.push_str(line);
                without.push('\n');
            }
        }
        without == self.text
    }
}

/// All vectors that follow from the bases.
pub fn generate(vectors: &Vectors) -> Result<Vec<Generated>, String> {
    let mut maker = Maker { vectors, out: Vec::new(), seen: BTreeSet::new() };
    blocks::all(&mut maker)?;
    states::all(&mut maker)?;
    files::all(&mut maker)?;
    Ok(maker.out)
}

/// Collects vectors.
struct Maker<'a> {
    vectors: &'a Vectors,
    out: Vec<Generated>,
    seen: BTreeSet<(String, Vec<u8>)>,
}

/// A base and what is done with the bytes made of it.
#[derive(Clone)]
struct Source {
    format: &'static str,
    base: String,
    bytes: Vec<u8>,
    /// What it is, at the start of the head comment.
    about: &'static str,
    /// What stands before the names of its vectors.
    prefix: &'static str,
    setting: &'static str,
    /// The commands, with `$bytes`.
    commands: String,
    /// The checksum that is made right unless it is the fault.
    mend: Option<Mend>,
}

impl Source {
    fn with(&self, mend: Option<Mend>) -> Source {
        Source { mend, ..self.clone() }
    }

    /// The bytes that edits are made to.
    fn edited(&self) -> &[u8] {
        let hashed = if self.mend == Some(Mend::Index) { 8 } else { 0 };
        self.bytes.get(..self.bytes.len().saturating_sub(hashed)).unwrap_or_default()
    }
}

impl Maker<'_> {
    fn source(
        &self,
        format: &'static str,
        base: &str,
        about: &'static str,
        commands: &[&str],
    ) -> Result<Source, String> {
        Ok(Source {
            format,
            base: base.to_owned(),
            bytes: self.vectors.base(format, base)?,
            about,
            prefix: "",
            setting: "none/none",
            commands: commands.join("\n"),
            mend: None,
        })
    }

    /// Adds the vector that `edit` makes of `source`.
    fn add(&mut self, source: &Source, name: &str, fault: &str, edit: Edit) {
        // A record that the edit left without sense has no checksum to mend.
        let mended = source.mend.and_then(|mend| Some((Some(mend), made(&source.bytes, &edit, Some(mend)).ok()?)));
        let plain = || Some((None, made(&source.bytes, &edit, None).ok()?));
        let Some((mend, bytes)) = mended.or_else(plain) else { return };
        let whole_name = format!("{}/{}{name}", source.format, source.prefix);
        if WITHOUT_ANSWER.contains(&whole_name.as_str()) {
            return;
        }
        let changes_nothing = bytes == source.bytes && edit != Edit::None;
        if changes_nothing || !self.seen.insert((source.commands.clone(), bytes.clone())) {
            return;
        }
        let mut text = format!("# {}: {fault}.\nbase: {}\nedit: {edit}\n", source.about, source.base);
        if let Some(mend) = mend {
            push(&mut text, format_args!("mend: {mend}\n"));
        }
        let shown = shown_bytes(&bytes);
        text.push_str("bytes:");
        for (at, digit) in shown.chars().enumerate() {
            match at % HEX_DIGITS {
                0 if at > 0 => text.push_str("\n  "),
                0 => text.push(' '),
                _ => {}
            }
            text.push(digit);
        }
        let setting = source.setting;
        push(&mut text, format_args!("\nsettings: {setting} because the bytes are those of one setting\n\n"));
        text.push_str(&source.commands);
        text.push('\n');
        self.out.push(Generated { name: whole_name, text });
    }

    /// The base itself, cut off before and inside each field, and with bytes behind its end.
    fn ends(&mut self, source: &Source, fields: &[Field]) {
        self.add(source, "whole", "nothing is wrong", Edit::None);
        let len = source.edited().len();
        for field in fields {
            let before = format!("cut off before {}, after {} of {len} bytes", field.name, field.at);
            self.add(source, &format!("cut-before-{}", field.name), &before, Edit::Cut(field.at));
            if field.len > 1 {
                let at = field.at + field.len / 2;
                let inside = format!("cut off inside {}, after {at} of {len} bytes", field.name);
                self.add(source, &format!("cut-inside-{}", field.name), &inside, Edit::Cut(at));
            }
        }
        self.add(source, "cut-last-byte", "the last byte is missing", Edit::Cut(len.saturating_sub(1)));
        self.add(source, "trailing-zero", "a zero behind the end", Edit::Append(vec![0]));
        self.add(source, "trailing-ones", "eight bytes ff behind the end", Edit::Append(vec![0xff; 8]));
    }

    /// Replaces a field.
    fn value(&mut self, source: &Source, field: &Field, what: &str, bytes: &[u8]) {
        let fault = format!("{} is {}", field.name, what.replace('-', " "));
        self.add(source, &format!("{}-{what}", field.name), &fault, Edit::Replace(field.range(), bytes.to_vec()));
    }

    /// Unusual numbers in place of a varint.
    fn varint(&mut self, source: &Source, field: &Field) {
        let present = source.edited().get(field.range()).unwrap_or_default().to_vec();
        self.value(source, field, "zero", &[0]);
        self.value(source, field, "one", &[1]);
        self.value(source, field, "the-greatest-number", &[[0xff; 9].as_slice(), &[1]].concat());
        self.value(source, field, "above-64-bits", &[[0xff; 9].as_slice(), &[2]].concat());
        self.value(source, field, "of-eleven-bytes", &[[0x80; 10].as_slice(), &[1]].concat());
        if let Some((last, rest)) = present.split_last() {
            self.value(source, field, "longer-than-needed", &[rest, &[last | 0x80, 0]].concat());
            self.value(source, field, "one-less", &[&[last.wrapping_sub(1) & 0x7f], rest].concat());
        }
    }

    /// Unusual numbers in place of a little-endian integer.
    fn fixed(&mut self, source: &Source, field: &Field) {
        let present = source.edited().get(field.range()).unwrap_or_default().to_vec();
        let moved = |by: u8, down: bool| {
            let mut bytes = present.clone();
            for byte in &mut bytes {
                let (value, carries) = if down { byte.overflowing_sub(by) } else { byte.overflowing_add(by) };
                *byte = value;
                if !carries {
                    break;
                }
            }
            bytes
        };
        self.value(source, field, "zero", &vec![0; field.len]);
        self.value(source, field, "one-more", &moved(1, false));
        self.value(source, field, "one-less", &moved(1, true));
        self.value(source, field, "all-ones", &vec![0xff; field.len]);
        let mut top = present.clone();
        if let Some(last) = top.last_mut() {
            *last ^= 0x80;
        }
        self.value(source, field, "with-its-top-bit-flipped", &top);
    }

    /// Magic and version bytes that are others.
    fn byte(&mut self, source: &Source, field: &Field) {
        let present = source.edited().get(field.at).copied().unwrap_or_default();
        self.value(source, field, "zero", &[0]);
        self.value(source, field, "one-more", &[present.wrapping_add(1)]);
        self.value(source, field, "one-less", &[present.wrapping_sub(1)]);
        self.value(source, field, "all-ones", &[0xff]);
    }

    /// One bit of a field is flipped, and nothing makes up for it.
    fn flip(&mut self, source: &Source, field: &Field) {
        let mut bytes = source.edited().get(field.range()).unwrap_or_default().to_vec();
        if let Some(first) = bytes.first_mut() {
            *first ^= 1;
        }
        self.value(&source.with(None), field, "with-a-bit-flipped", &bytes);
    }
}

fn push(text: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(part);
}
