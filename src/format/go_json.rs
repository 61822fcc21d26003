//! JSON as Go's encoding/json reads and writes it, where serde_json differs.
//!
//! Reading: duplicate members keep their order (the last one wins, field by field), a member belongs to a field whose name
//! equals it after folding of case, `null` leaves a field as it is, invalid UTF-8 and lone surrogates become U+FFFD, numbers
//! stay text until a field's type is known. Nesting ends at 1,000 (Go: 10,000). Writing: `<`, `>`, `&`, U+2028 and U+2029 are escaped,
//! times are RFC 3339 with trimmed nanoseconds. The bytes of `meta.inf` depend on it, and `meta.sum` on those bytes.

use std::io;
use std::ops::Range;

use super::DecodeError;

mod parse;
mod time;

pub use time::{ZERO_TIME, format_time, parse_time};

/// A JSON value with everything that Go's decoder can still tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoValue {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<GoValue>),
    /// An object: every member in the order of the text, duplicates included.
    Object(Vec<(String, GoValue)>),
}

/// A value of another type than the field's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a JSON value that is not {wanted}")]
pub struct GoTypeError {
    /// What the field holds.
    pub wanted: &'static str,
}

/// A member of the outermost object and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name.
    pub name: String,
    /// Where the name begins.
    pub offset: usize,
    /// Where the value lies.
    pub value: Range<usize>,
}

/// Reads a whole text.
pub fn parse(bytes: &[u8]) -> Result<GoValue, DecodeError> {
    parse::document(bytes).map(|(value, _)| value)
}

/// The members of the outermost object; none if the text is another value.
pub fn members(bytes: &[u8]) -> Result<Vec<Member>, DecodeError> {
    parse::document(bytes).map(|(_, members)| members)
}

impl GoValue {
    /// The values that Go would decode one after the other into the field `name`, in that order.
    pub fn field<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a GoValue> + use<'a, 'n> {
        let members = match self {
            Self::Object(members) => members.as_slice(),
            _ => &[],
        };
        let named = members.iter().filter(move |(member, _)| folds_to(member, name));
        named.map(|(_, value)| value)
    }

    /// The last value for the field `name` that is not `null`: what a scalar field ends up with.
    pub fn last<'a>(&'a self, name: &str) -> Option<&'a GoValue> {
        self.field(name).filter(|value| **value != Self::Null).last()
    }

    /// A boolean; nothing for `null`.
    pub fn as_bool(&self) -> Result<Option<bool>, GoTypeError> {
        match self {
            Self::Null => Ok(None),
            Self::Bool(value) => Ok(Some(*value)),
            _ => Err(GoTypeError { wanted: "a boolean" }),
        }
    }

    /// A signed integer, or any type that reads as Go's ParseInt does; nothing for `null`.
    pub fn as_integer<T: std::str::FromStr>(&self) -> Result<Option<T>, GoTypeError> {
        let wanted = GoTypeError { wanted: "an integer in range" };
        match self {
            Self::Null => Ok(None),
            Self::Number(text) => text.parse().map(Some).map_err(|_| wanted),
            _ => Err(wanted),
        }
    }

    /// A floating-point number; nothing for `null`.
    pub fn as_float(&self) -> Result<Option<f64>, GoTypeError> {
        let wanted = GoTypeError { wanted: "a number in range" };
        match self {
            Self::Null => Ok(None),
            Self::Number(text) => {
                let value: f64 = text.parse().map_err(|_| wanted)?;
                if value.is_finite() { Ok(Some(value)) } else { Err(wanted) }
            }
            _ => Err(wanted),
        }
    }

    /// A string; nothing for `null`.
    pub fn as_text(&self) -> Result<Option<&str>, GoTypeError> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            _ => Err(GoTypeError { wanted: "a string" }),
        }
    }

    /// An array; nothing for `null`.
    pub fn as_list(&self) -> Result<Option<&[GoValue]>, GoTypeError> {
        match self {
            Self::Null => Ok(None),
            Self::List(values) => Ok(Some(values)),
            _ => Err(GoTypeError { wanted: "an array" }),
        }
    }

    /// A time in Unix nanoseconds, with nothing for `null` and for Go's zero time.
    pub fn as_time(&self) -> Result<Option<i64>, GoTypeError> {
        match self.as_text()? {
            None => Ok(None),
            Some(text) => parse_time(text).ok_or(GoTypeError { wanted: "a time in RFC 3339" }),
        }
    }
}

/// Whether `member` folds to the field name `name`, which is ASCII: letters without case, and the two signs outside ASCII
/// that fold into it.
fn folds_to(member: &str, name: &str) -> bool {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    member.chars().map(fold).eq(name.chars().map(fold))
}

/// The JSON that Go writes for `value`, without spaces.
pub fn to_vec<T: serde::Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, GoFormatter);
    value.serialize(&mut serializer)?;
    Ok(out)
}

/// serde_json's compact format with Go's escapes.
struct GoFormatter;

impl serde_json::ser::Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (plain, special) = rest.split_at(at);
            let mut chars = special.chars();
            let code = chars.next().map_or(0, u32::from);
            write!(writer, "{plain}\\u{code:04x}")?;
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests;
