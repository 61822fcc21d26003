//! The answers: an echoed id, one of three outcomes, and the events that fired meanwhile.
//!
//! Reading an answer is where a broken adapter shows, so every way in which a line can fail to be the answer that was
//! waited for has a [`Diagnosis`] of its own. The fast path parses once; only a line that fails is looked at again.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use serde_path_to_error::Segment;

use super::class::ErrorClass;
use super::op::Op;
use super::output::Output;
use super::value::{Bytes, Int, Uint};

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Answer {
    /// The id of the request, echoed.
    pub id: String,
    /// How it went.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The callbacks that fired while the operation ran, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

/// How an operation went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It worked, with this result.
    Result(Output),
    /// The port does not have this operation (a capability, a setting or the operation's name).
    Unsupported(String),
    /// It failed.
    Error(OpError),
}

/// An error of an operation: compared by class, shown with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpError {
    /// What kind of error it is.
    pub class: ErrorClass,
    /// The port's own words, never compared.
    #[serde(default)]
    pub text: String,
}

/// A callback of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The store's totals changed.
    StorageUpdate {
        /// The change of the count of messages.
        msgs: Int,
        /// The change of bytes.
        bytes: Int,
        /// The sequence, when one message is meant.
        seq: Uint,
        /// Its subject.
        subject: String,
    },
    /// The store wants a message removed.
    RemoveMsg {
        /// Its sequence.
        seq: Uint,
    },
    /// The store wants a message processed (a schedule that came due, a marker).
    ProcessMsg {
        /// Its subject.
        subject: String,
        /// Its headers.
        #[serde(default, skip_serializing_if = "Bytes::is_empty")]
        hdr: Bytes,
        /// Its payload.
        #[serde(default, skip_serializing_if = "Bytes::is_empty")]
        msg: Bytes,
    },
}

/// What is wrong with a line that should have been an answer: the adapter's fault, never the port's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    /// The line is not JSON but looks like something printed for people.
    Chatter {
        /// The line, shortened.
        line: String,
    },
    /// The line starts like a JSON object and is none.
    BadJson {
        /// What the parser found.
        error: String,
        /// The line, shortened.
        line: String,
    },
    /// The object has no id.
    MissingId {
        /// The line, shortened.
        line: String,
    },
    /// The id is another one than that of the request.
    WrongId {
        /// The id of the request.
        expected: String,
        /// The id of the answer, as JSON.
        found: String,
    },
    /// An integer came as a JSON number, which this or another library may have rounded.
    JsonNumber {
        /// The member.
        path: String,
        /// The number as it was written.
        number: String,
    },
    /// The answer is not exactly one of result, unsupported and error, or a member of it is not what it must be.
    Shape {
        /// What is wrong where.
        error: String,
    },
    /// A line longer than the reader takes.
    Oversize {
        /// The most bytes that a line may have.
        limit: usize,
    },
    /// A line that is not UTF-8.
    NotUtf8 {
        /// The line, shortened, with replacement characters.
        line: String,
    },
    /// A line that nobody waited for.
    Unasked {
        /// The line, shortened.
        line: String,
    },
}

impl Answer {
    /// Reads the answer to request `id` of operation `op` from one line.
    pub fn parse(id: &str, op: &Op, line: &str) -> Result<Self, Diagnosis> {
        if !line.trim_start().starts_with('{') {
            return Err(Diagnosis::Chatter { line: shorten(line) });
        }
        let wire: WireAnswer<'_> = serde_json::from_str(line).map_err(|error| diagnose_line(line, &error))?;
        match wire.id {
            None => {
                return Err(Diagnosis::MissingId { line: shorten(line) });
            }
            Some(Value::String(found)) if found == id => {}
            Some(found) => {
                return Err(Diagnosis::WrongId { expected: id.to_owned(), found: shorten(&found.to_string()) });
            }
        }
        let outcome = match (wire.result, wire.unsupported, wire.error) {
            (Some(result), None, None) => Outcome::Result(parse_result(op, result)?),
            (None, Some(what), None) => Outcome::Unsupported(parse_member("unsupported", what)?),
            (None, None, Some(error)) => Outcome::Error(parse_member("error", error)?),
            _ => {
                let error = "an answer has exactly one of \"result\", \"unsupported\" and \"error\"".to_owned();
                return Err(Diagnosis::Shape { error });
            }
        };
        let events = wire.events.map_or(Ok(Vec::new()), |events| parse_member("events", events))?;
        Ok(Self { id: id.to_owned(), outcome, events })
    }
}

impl fmt::Display for OpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.is_empty() { write!(f, "{}", self.class) } else { write!(f, "{} ({})", self.class, self.text) }
    }
}

impl Diagnosis {
    /// The name of the diagnosis, for records and tests.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Chatter { .. } => "chatter",
            Self::BadJson { .. } => "bad_json",
            Self::MissingId { .. } => "missing_id",
            Self::WrongId { .. } => "wrong_id",
            Self::JsonNumber { .. } => "json_number",
            Self::Shape { .. } => "shape",
            Self::Oversize { .. } => "oversize",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::Unasked { .. } => "unasked",
        }
    }

    /// What the author of the adapter should do.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Chatter { .. } => "stdout belongs to the protocol: print everything else to stderr",
            Self::BadJson { .. } => {
                "write each answer as one complete JSON object on one line, ended by \\n, and flush"
            }
            Self::MissingId { .. } => "copy the request's \"id\" into every answer, errors included",
            Self::WrongId { .. } => "answer every request once, in order, with the id string unchanged",
            Self::JsonNumber { .. } => "write integers as decimal strings, straight from the 64-bit value",
            Self::Shape { .. } => "compare the answer with docs/protocol.md and schemas/answer.schema.json",
            Self::Oversize { .. } => "check that every answer ends with \\n",
            Self::NotUtf8 { .. } => "encode answers as UTF-8, and bytes as base64",
            Self::Unasked { .. } => "write one line for each request and nothing on your own",
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chatter { line } => {
                write!(f, "stdout carries a line that is not an answer: {line:?}")
            }
            Self::BadJson { error, line } => {
                write!(f, "an answer is not valid JSON ({error}): {line}")
            }
            Self::MissingId { line } => write!(f, "an answer has no \"id\": {line}"),
            Self::WrongId { expected, found } => {
                write!(f, "the answer to id {expected:?} carries the id {found}")
            }
            Self::JsonNumber { path, number } => {
                write!(f, "the integer {path} came as the JSON number {number} instead of a decimal string")
            }
            Self::Shape { error } => {
                write!(f, "an answer has not the shape of its operation: {error}")
            }
            Self::Oversize { limit } => write!(f, "an answer is longer than {limit} bytes"),
            Self::NotUtf8 { line } => write!(f, "an answer is not UTF-8: {line:?}"),
            Self::Unasked { line } => {
                write!(f, "stdout carries a line that answers no request: {line}")
            }
        }
    }
}

/// The members of an answer, not yet looked into.
#[derive(Deserialize)]
struct WireAnswer<'a> {
    id: Option<Value>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    unsupported: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
}

fn parse_result(op: &Op, raw: &RawValue) -> Result<Output, Diagnosis> {
    let json = raw.get();
    if !json.starts_with('{') {
        let error = format!("the result of {} must be an object, not {}", op.name(), shorten(json));
        return Err(Diagnosis::Shape { error });
    }
    Output::parse(op.output_kind(), json).map_err(|error| diagnose_member("result", json, &error))
}

fn parse_member<'a, T: Deserialize<'a>>(name: &str, raw: &'a RawValue) -> Result<T, Diagnosis> {
    let json = raw.get();
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(json))
        .map_err(|error| diagnose_member(name, json, &error))
}

/// Says what is wrong inside member `name`: a number where a decimal string belongs is told from everything else.
fn diagnose_member(name: &str, json: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Diagnosis {
    let mut path = name.to_owned();
    let mut place: Option<&str> = Some(json);
    for segment in error.path() {
        match segment {
            Segment::Map { key } => {
                path.push_str(&format!(".{}", shorten(key)));
                place = place.and_then(|json| member_of(json, key));
            }
            Segment::Seq { index } => {
                path.push_str(&format!("[{index}]"));
                place = place.and_then(|json| item_of(json, *index));
            }
            Segment::Enum { .. } | Segment::Unknown => place = None,
        }
    }
    let text = without_position(error.inner());
    let number_for_text = text.starts_with("invalid type: integer") || text.starts_with("invalid type: floating");
    if number_for_text && text.contains("decimal string") {
        // Inside a tagged object the path ends early; the parser's own words then carry the number in backticks.
        let quoted = text.split('`').nth(1).unwrap_or_default();
        let number = place.filter(|json| !json.starts_with(['{', '[', '"'])).unwrap_or(quoted);
        return Diagnosis::JsonNumber { path, number: shorten(number) };
    }
    Diagnosis::Shape { error: format!("{path}: {text}") }
}

/// The text of an error without its position, which counts from the start of a fragment and would mislead.
fn without_position(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    text.truncate(text.rfind(" at line ").unwrap_or(text.len()));
    text
}

fn member_of<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let mut members: BTreeMap<String, &'a RawValue> = serde_json::from_str(json).ok()?;
    members.remove(key).map(RawValue::get)
}

fn item_of(json: &str, index: usize) -> Option<&str> {
    let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    items.get(index).map(|item| item.get())
}

/// Says why a line could not be taken apart.
fn diagnose_line(line: &str, error: &serde_json::Error) -> Diagnosis {
    if error.is_data() {
        return Diagnosis::Shape { error: error.to_string() };
    }
    Diagnosis::BadJson { error: error.to_string(), line: shorten(line) }
}

/// The head of a text, for people: an adapter may write megabytes on one line.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} bytes)", text.get(..end).unwrap_or(text), text.len()),
        None => text.to_owned(),
    }
}
