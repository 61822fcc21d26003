//! The requests: an operation with an id; written by the harness, read by `serve`.
//!
//! A request that cannot be read still deserves an answer, so reading one gives either the request or the answer that
//! its sender gets: `unsupported` for an operation that does not exist, `invalid_argument` for everything else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{Answer, OpError, Outcome};
use super::class::ErrorClass;
use super::op::Op;

/// An operation to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// What the answer echoes.
    pub id: String,
    /// The operation with its arguments.
    #[serde(flatten)]
    pub op: Op,
}

/// A line that is no request, and what its sender is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRequest {
    /// The answer; its id is empty when the line has none.
    pub answer: Box<Answer>,
}

impl Request {
    /// Reads a request from one line.
    pub fn parse(line: &str) -> Result<Self, BadRequest> {
        let value: Value = serde_json::from_str(line).map_err(|error| invalid("", &format!("not JSON: {error}")))?;
        let Value::Object(members) = &value else {
            return Err(invalid("", "a request is a JSON object"));
        };
        let Some(id) = members.get("id").and_then(Value::as_str).map(str::to_owned) else {
            return Err(invalid("", "a request has an \"id\", which is a string"));
        };
        let Some(name) = members.get("op").and_then(Value::as_str).map(str::to_owned) else {
            return Err(invalid(&id, "a request has an \"op\", which is a string"));
        };
        if !Op::NAMES.contains(&name.as_str()) {
            return Err(bad(&id, Outcome::Unsupported(name)));
        }
        match serde_json::from_value(value) {
            Ok(Op::NoSuchOperation {}) => Err(bad(&id, Outcome::Unsupported(name))),
            Ok(op) => Ok(Self { id, op }),
            Err(error) => Err(invalid(&id, &format!("{name}: {error}"))),
        }
    }
}

fn invalid(id: &str, text: &str) -> BadRequest {
    bad(id, Outcome::Error(OpError { class: ErrorClass::InvalidArgument, text: text.to_owned() }))
}

fn bad(id: &str, outcome: Outcome) -> BadRequest {
    BadRequest { answer: Box::new(Answer { id: id.to_owned(), outcome, events: Vec::new() }) }
}
