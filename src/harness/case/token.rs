//! One command line cut into tokens: words, quoted text, lists and `key=value` pairs, each a template.
//!
//! Quoted text takes `\n \r \t \0 \" \\ \xHH` and may hold any byte; `#` before a token starts a comment. Nothing here knows
//! which commands exist: that is `grammar.rs`.

use super::error::Fault;
use super::template::Template;

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A bare word.
    Word(Template),
    /// Text in quotes.
    Quoted(Template),
    /// `[a, b, c]`.
    List(Vec<Template>),
}

/// A token of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A value by itself.
    Plain(Value),
    /// `key=value`.
    Pair(String, Value),
}

/// Cuts `line` into tokens.
pub(super) fn tokens(line: &str) -> Result<Vec<Token>, Fault> {
    let mut cursor = Cursor { rest: line };
    let mut found = Vec::new();
    loop {
        cursor.skip_space();
        match cursor.peek() {
            None | Some('#') => return Ok(found),
            Some(_) => {}
        }
        let token = match cursor.key() {
            Some(key) => Token::Pair(key, cursor.value()?),
            None => Token::Plain(cursor.value()?),
        };
        found.push(token);
        if cursor.peek().is_some_and(|next| !next.is_whitespace()) {
            return Err(Fault::new("a space between two arguments", format!("`{}`", cursor.rest)));
        }
    }
}

struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// The key of a pair when one starts here; the `=` is consumed with it.
    fn key(&mut self) -> Option<String> {
        let (key, rest) = self.rest.split_once('=')?;
        let well_formed = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        well_formed.then(|| {
            self.rest = rest;
            key.to_owned()
        })
    }

    fn value(&mut self) -> Result<Value, Fault> {
        match self.peek() {
            Some('"') => self.quoted().map(Value::Quoted),
            Some('[') => self.list().map(Value::List),
            _ => self.word(&[]).map(Value::Word),
        }
    }

    fn list(&mut self) -> Result<Vec<Template>, Fault> {
        let whole = self.rest.to_owned();
        self.take();
        let mut members = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            match self.peek() {
                None => return Err(Fault::new("`]` at the end of a list", format!("`{whole}`"))),
                Some(']') => {
                    self.take();
                    return Ok(members);
                }
                Some('"') => members.push(self.quoted()?),
                Some(_) => members.push(self.word(&[',', ']'])?),
            }
        }
    }

    fn word(&mut self, ends: &[char]) -> Result<Template, Fault> {
        let mut template = Template::default();
        while let Some(next) = self.peek() {
            if next.is_whitespace() || ends.contains(&next) {
                break;
            }
            match next {
                '"' => return Err(Fault::new("a space before a quoted text", format!("`{}`", self.rest))),
                '{' | '}' => self.brace(&mut template)?,
                _ => {
                    self.take();
                    push_character(&mut template, next);
                }
            }
        }
        Ok(template)
    }

    fn quoted(&mut self) -> Result<Template, Fault> {
        let whole = self.rest.to_owned();
        let unterminated = || Fault::new("`\"` at the end of a quoted text", format!("`{whole}`"));
        self.take();
        let mut template = Template::default();
        loop {
            match self.peek().ok_or_else(unterminated)? {
                '"' => {
                    self.take();
                    return Ok(template);
                }
                '\\' => template.push(self.escape()?),
                '{' | '}' => self.brace(&mut template)?,
                next => {
                    self.take();
                    push_character(&mut template, next);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<u8, Fault> {
        let fault =
            |found: &str| Fault::new("one of the escapes \\n \\r \\t \\0 \\\" \\\\ \\xHH", format!("`{found}`"));
        self.take();
        match self.take() {
            Some('n') => Ok(b'\n'),
            Some('r') => Ok(b'\r'),
            Some('t') => Ok(b'\t'),
            Some('0') => Ok(0),
            Some('"') => Ok(b'"'),
            Some('\\') => Ok(b'\\'),
            Some('x') => {
                let digits: String = self.rest.chars().take(2).collect();
                let byte = u8::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 2);
                let byte = byte.ok_or_else(|| fault(&format!("\\x{digits}")))?;
                self.take();
                self.take();
                Ok(byte)
            }
            other => Err(fault(&format!("\\{}", other.map(String::from).unwrap_or_default()))),
        }
    }

    /// A brace: doubled it is itself, otherwise a hole of the template.
    fn brace(&mut self, template: &mut Template) -> Result<(), Fault> {
        let brace = self.take().unwrap_or('{');
        if self.peek() == Some(brace) {
            self.take();
            push_character(template, brace);
            return Ok(());
        }
        if brace == '}' {
            return Err(Fault::new("`}}` for a closing brace outside a template", "`}`"));
        }
        match self.rest.split_once('}') {
            Some((inside, rest)) => {
                self.rest = rest;
                template.push_hole(inside)
            }
            None => Err(Fault::new("`}` at the end of a template", format!("`{{{}`", self.rest))),
        }
    }
}

fn push_character(template: &mut Template, character: char) {
    let mut buffer = [0; 4];
    for byte in character.encode_utf8(&mut buffer).bytes() {
        template.push(byte);
    }
}
