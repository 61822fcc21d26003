//! The JSON Schemas of the two messages, generated from the types and checked in for authors of adapters.
//!
//! A test compares the files with what is generated here and fails when they are stale.

use schemars::schema_for;

use super::answer::Answer;
use super::request::Request;

/// Where the schema of requests is checked in.
pub const REQUEST_SCHEMA_PATH: &str = "schemas/request.schema.json";

/// Where the schema of answers is checked in.
pub const ANSWER_SCHEMA_PATH: &str = "schemas/answer.schema.json";

/// The text of the schema of requests.
pub fn request_schema() -> String {
    format!("{:#}\n", schema_for!(Request).as_value())
}

/// The text of the schema of answers.
pub fn answer_schema() -> String {
    format!("{:#}\n", schema_for!(Answer).as_value())
}
