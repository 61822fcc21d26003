//! Reads the text of a vector: its own head lines apart, `$bytes` and `$(BASE)` filled in, the rest as a case.
//!
//! The lines of the case stay those of the file, so that faults, reports and `record` speak of the file as it lies.

use super::{Edit, Mend, Vector, Vectors};
use crate::format::dump::fingerprint;
use crate::harness::case::{Case, CaseError, Fault, SEPARATOR, Statement, parse as parse_case};

/// Bytes that a vector shows in full; longer ones by length and fingerprint.
const SHOWN: usize = 640;
/// What stands before bytes in hexadecimal.
const HEX: &str = "hex:";

/// What a vector has in its head beyond that of a case, with the lines (from 1) where it stands.
#[derive(Default)]
struct Head {
    base: Option<(usize, String)>,
    edit: Option<(usize, String)>,
    mend: Option<(usize, String)>,
    bytes: Option<(usize, String)>,
}

pub(super) fn parse(vectors: &Vectors, name: &str, file: &str, text: &str) -> Result<Vector, CaseError> {
    let lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    let (head, mut filled, body) = head(&lines);
    let missing = |what: &str| Fault::new(format!("`{what}:` in the head of a vector"), "none").at(file, body + 1);
    let format = name.split('/').nth(1).unwrap_or_default();
    let (base_line, base) = head.base.ok_or_else(|| missing("base"))?;
    let from = |reference: &str| vectors.base(format, reference);
    let base = from(&base).map_err(|found| Fault::new("a base", found).at(file, base_line))?;
    let (edit_line, edit) = head.edit.ok_or_else(|| missing("edit"))?;
    let edit = Edit::parse(&edit).map_err(|fault| fault.at(file, edit_line))?;
    let (mend_line, mend) = match head.mend {
        None => (edit_line, None),
        Some((line, text)) => (line, Some(Mend::parse(&text).map_err(|fault| fault.at(file, line))?)),
    };
    let bytes = made(&base, &edit, mend).map_err(|fault| fault.at(file, mend_line))?;
    let (bytes_line, shown) = head.bytes.ok_or_else(|| missing("bytes"))?;
    if shown != shown_bytes(&bytes) {
        let expected = format!("the base with its edit, {}", fingerprint(&bytes));
        return Err(Fault::new(expected, "other bytes").at(file, bytes_line));
    }
    for at in body..lines.len() {
        let Some(line) = lines.get(at) else { break };
        let text = fill(line, &bytes, &from).map_err(|found| Fault::new("a base", found).at(file, at + 1))?;
        filled.push(text);
    }
    let mut case = parse_case(name, file, &filled.join("\n"))?;
    case.lines = lines;
    Ok(Vector { case, edit, mend, bytes })
}

/// The bytes of `base` with an edit and a checksum made right.
pub(super) fn made(base: &[u8], edit: &Edit, mend: Option<Mend>) -> Result<Vec<u8>, Fault> {
    match mend {
        None => edit.apply(base),
        Some(mend) => mend.apply(base, edit),
    }
}

/// Bytes as the head of a vector shows them, without line ends.
pub(super) fn shown_bytes(bytes: &[u8]) -> String {
    if bytes.len() > SHOWN { fingerprint(bytes) } else { hex::encode(bytes) }
}

/// The head, its lines with those of the vector alone left empty, and the first line (from 0) behind it.
fn head(lines: &[String]) -> (Head, Vec<String>, usize) {
    let mut head = Head::default();
    let mut filled = Vec::new();
    let mut in_bytes = false;
    for (line, number) in lines.iter().zip(1..) {
        if in_bytes && line.starts_with(' ') {
            if let Some((_, bytes)) = &mut head.bytes {
                bytes.push_str(line.trim());
            }
            filled.push(String::new());
            continue;
        }
        in_bytes = false;
        let pair = line.split_once(':').filter(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase()));
        let place = match pair {
            Some(("base", _)) => &mut head.base,
            Some(("edit", _)) => &mut head.edit,
            Some(("mend", _)) => &mut head.mend,
            Some(("bytes", _)) => {
                in_bytes = true;
                &mut head.bytes
            }
            // A head line of any case, which knows what it takes.
            Some(_) => {
                filled.push(line.clone());
                continue;
            }
            None if line.is_empty() || line.starts_with('#') => {
                filled.push(line.clone());
                continue;
            }
            None => break,
        };
        *place = pair.map(|(_, value)| (number, value.trim().to_owned()));
        filled.push(String::new());
    }
    let body = filled.len();
    (head, filled, body)
}

/// A command with `$bytes` and `$(BASE)` filled in.
fn fill(line: &str, bytes: &[u8], base: &dyn Fn(&str) -> Result<Vec<u8>, String>) -> Result<String, String> {
    if line.starts_with(SEPARATOR) {
        return Ok(line.to_owned());
    }
    let word = |bytes: &[u8]| if bytes.is_empty() { "\"\"".to_owned() } else { format!("{HEX}{}", hex::encode(bytes)) };
    let mut out = line.replace("$bytes", &word(bytes));
    while let Some((before, rest)) = out.split_once("$(") {
        let Some((reference, after)) = rest.split_once(')') else { return Err("`$(` without `)`".to_owned()) };
        out = format!("{before}{}{after}", word(&base(reference)?));
    }
    Ok(out)
}

/// The bytes that `case` shows by `bytes PART` or `bytes-saved PART`, in a paragraph of their own.
pub(super) fn part(case: &Case, part: &str) -> Option<Vec<u8>> {
    let asks = |text: &str| text.strip_prefix("bytes ").or(text.strip_prefix("bytes-saved ")) == Some(part);
    let paragraph = case.paragraphs.iter().find(|paragraph| match paragraph.statements.as_slice() {
        [Statement::Command(command)] => asks(command.text.trim()),
        _ => false,
    })?;
    let answer = &paragraph.section(*case.settings.first()?)?.answer;
    let mut bytes = Vec::new();
    for line in answer {
        bytes.extend(hex::decode(line.strip_prefix(HEX)?).ok()?);
    }
    Some(bytes)
}
