//! The parser: Go's grammar and its tolerance.
//!
//! What is open lies on a stack of its own instead of the thread's. The members of the outermost object are noted with their
//! places on the way, for dumps.

use std::ops::Range;

use super::{GoValue, Member};
use crate::format::DecodeError;

/// The limit on nesting. Go's is 10,000; no configuration comes near either, and dropping a value costs stack for each level.
const MAX_DEPTH: usize = 1_000;

/// Reads a whole text: its value, and the members if that is an object.
pub(super) fn document(bytes: &[u8]) -> Result<(GoValue, Vec<Member>), DecodeError> {
    let mut parser = Parser { bytes, at: 0, open: Vec::new(), members: Vec::new() };
    let value = parser.value()?;
    parser.skip_space();
    if parser.at < bytes.len() {
        return Err(parser.error("text after the value"));
    }
    Ok((value, parser.members))
}

enum Open {
    List(Vec<GoValue>),
    Object(Vec<(String, GoValue)>, Key),
}

#[derive(Default)]
struct Key {
    name: String,
    offset: usize,
    value_at: usize,
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open>,
    members: Vec<Member>,
}

impl Parser<'_> {
    fn error(&self, why: &'static str) -> DecodeError {
        DecodeError::new("JSON", self.at, why)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    /// Takes the next byte that is not space if it is `wanted`.
    fn take(&mut self, wanted: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(wanted);
        if found {
            self.at += 1;
        }
        found
    }

    fn value(&mut self) -> Result<GoValue, DecodeError> {
        loop {
            self.skip_space();
            if self.open.len() == MAX_DEPTH && matches!(self.peek(), Some(b'[' | b'{')) {
                return Err(self.error("nested too deep"));
            }
            let complete = match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    if self.take(b'}') {
                        GoValue::Object(Vec::new())
                    } else {
                        let key = self.key()?;
                        self.open.push(Open::Object(Vec::new(), key));
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    if self.take(b']') {
                        GoValue::List(Vec::new())
                    } else {
                        self.open.push(Open::List(Vec::new()));
                        continue;
                    }
                }
                _ => self.scalar()?,
            };
            if let Some(whole) = self.close(complete)? {
                return Ok(whole);
            }
        }
    }

    /// Puts a complete value where it belongs, and closes what ends with it; the whole value once nothing is open.
    fn close(&mut self, mut value: GoValue) -> Result<Option<GoValue>, DecodeError> {
        loop {
            let outermost = self.open.len() == 1;
            match self.open.pop() {
                None => return Ok(Some(value)),
                Some(Open::List(mut values)) => {
                    values.push(value);
                    if self.take(b',') {
                        self.open.push(Open::List(values));
                        return Ok(None);
                    }
                    if !self.take(b']') {
                        return Err(self.error("expected , or ]"));
                    }
                    value = GoValue::List(values);
                }
                Some(Open::Object(mut members, key)) => {
                    if outermost {
                        self.note(&key);
                    }
                    members.push((key.name, value));
                    if self.take(b',') {
                        let key = self.key()?;
                        self.open.push(Open::Object(members, key));
                        return Ok(None);
                    }
                    if !self.take(b'}') {
                        return Err(self.error("expected , or }"));
                    }
                    value = GoValue::Object(members);
                }
            }
        }
    }

    fn note(&mut self, key: &Key) {
        self.members.push(Member { name: key.name.clone(), offset: key.offset, value: key.value_at..self.at });
    }

    fn key(&mut self) -> Result<Key, DecodeError> {
        self.skip_space();
        let offset = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a member's name"));
        }
        let name = self.text()?;
        if !self.take(b':') {
            return Err(self.error("expected :"));
        }
        self.skip_space();
        Ok(Key { name, offset, value_at: self.at })
    }

    fn scalar(&mut self) -> Result<GoValue, DecodeError> {
        match self.peek() {
            Some(b'"') => self.text().map(GoValue::Text),
            Some(b't') => self.word(b"true", GoValue::Bool(true)),
            Some(b'f') => self.word(b"false", GoValue::Bool(false)),
            Some(b'n') => self.word(b"null", GoValue::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.error("expected a value")),
            None => Err(self.error("unexpected end")),
        }
    }

    fn word(&mut self, word: &[u8], value: GoValue) -> Result<GoValue, DecodeError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.error("expected true, false or null"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<GoValue, DecodeError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let digits = self.slice(start..self.at);
        Ok(GoValue::Number(String::from_utf8_lossy(digits).into_owned()))
    }

    fn digits(&mut self) -> Result<(), DecodeError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.error("expected a digit"));
        }
        Ok(())
    }

    fn slice(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// A string, at its opening quote.
    fn text(&mut self) -> Result<String, DecodeError> {
        self.at += 1;
        let mut out = String::new();
        let mut plain = self.at;
        loop {
            let next = self.peek();
            if !matches!(next, Some(b'"' | b'\\')) {
                match next {
                    None => return Err(self.error("string without an end")),
                    Some(0..0x20) => return Err(self.error("control character in a string")),
                    Some(_) => self.at += 1,
                }
                continue;
            }
            push_lossy(&mut out, self.slice(plain..self.at));
            self.at += 1;
            if next == Some(b'"') {
                return Ok(out);
            }
            out.push(self.escape()?);
            plain = self.at;
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, DecodeError> {
        let plain = match self.peek() {
            Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.error("unknown escape")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// The digits after `\u`, and the second half of a surrogate pair where it follows.
    fn unicode(&mut self) -> Result<char, DecodeError> {
        let first = self.hex4(self.at);
        let first = first.ok_or_else(|| self.error("expected four hexadecimal digits"))?;
        self.at += 4;
        if let 0xd800..0xdc00 = first
            && self.slice(self.at..self.at + 2) == b"\\u"
            && let Some(second @ 0xdc00..0xe000) = self.hex4(self.at + 2)
        {
            self.at += 6;
            let pair = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 4)?;
        digits.iter().try_fold(0, |value, digit| char::from(*digit).to_digit(16).map(|digit| value << 4 | digit))
    }
}

/// Go replaces every byte that begins no character; the standard library's lossy reading replaces the longest start of a
/// character at once, so it is not used here.
fn push_lossy(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for _ in chunk.invalid() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
}
