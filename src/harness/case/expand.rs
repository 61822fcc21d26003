//! Expansion: what the arguments, counts and loops of a case stand for at one repetition, with their types checked.
//!
//! Every number that decides how much is made (repetitions, payload sizes) has a bound here, so that a slip in a case ends in
//! a message and not in an empty memory.

use std::collections::BTreeMap;

use super::error::Fault;
use super::grammar::{Kind, Param};
use super::quantity::{self, Moment};
use super::syntax::{Command, LoopValues};
use super::template::{Template, Variables};
use super::token::Value;
use crate::env::{Entropy as _, SeededEntropy};

/// The most repetitions of one command or loop.
pub const MAX_REPEAT: u64 = 10_000_000;
/// The largest payload that a case can ask for.
pub const MAX_PAYLOAD: u64 = 128 << 20;

/// An argument with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text, or one of a choice of words.
    Text(String),
    /// An unsigned number.
    Unsigned(u64),
    /// A signed number, seconds, or a duration in nanoseconds.
    Signed(i64),
    /// A time.
    Moment(Moment),
    /// Present or not.
    Flag(bool),
    /// A list.
    List(Vec<String>),
}

/// The arguments of a command at one repetition.
#[derive(Debug, Clone, Default)]
pub struct Arguments(BTreeMap<&'static str, Argument>);

impl Arguments {
    /// Expands and checks the arguments of `command`.
    pub fn of(command: &Command, variables: &Variables) -> Result<Arguments, Fault> {
        let mut arguments = BTreeMap::new();
        for (name, value) in &command.arguments {
            let place = command.spec.places.iter().find(|param| param.name == *name);
            if let Some(param) = command.spec.key(name).or(place) {
                let argument = argument(param, value, variables)
                    .map_err(|fault| Fault::new(format!("{} for `{name}`", fault.expected), fault.found))?;
                arguments.insert(*name, argument);
            }
        }
        Ok(Arguments(arguments))
    }

    /// Those that are there, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Argument)> {
        self.0.iter().map(|(name, argument)| (*name, argument))
    }

    /// The unsigned number `name`, when it is there.
    #[must_use]
    pub fn unsigned(&self, name: &str) -> Option<u64> {
        match self.0.get(name) {
            Some(Argument::Unsigned(value)) => Some(*value),
            _ => None,
        }
    }

    /// The signed number, seconds or nanoseconds `name`, when it is there.
    #[must_use]
    pub fn signed(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Argument::Signed(value)) => Some(*value),
            _ => None,
        }
    }

    /// The text `name`, when it is there.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Argument::Text(value)) => Some(value),
            _ => None,
        }
    }

    /// The bytes `name`, when they are there.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.0.get(name) {
            Some(Argument::Bytes(value)) => Some(value),
            _ => None,
        }
    }

    /// The time `name`, when it is there.
    #[must_use]
    pub fn moment(&self, name: &str) -> Option<Moment> {
        match self.0.get(name) {
            Some(Argument::Moment(value)) => Some(*value),
            _ => None,
        }
    }

    /// Whether the flag `name` is there and not taken back.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name) {
            Some(Argument::Flag(value)) => Some(*value),
            _ => None,
        }
    }

    /// The list `name`, when it is there.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&[String]> {
        match self.0.get(name) {
            Some(Argument::List(value)) => Some(value),
            _ => None,
        }
    }

    /// The payload that `payload`, `size=`, `fill=` and `seed=` describe together.
    pub fn payload(&self, variables: &Variables) -> Result<Vec<u8>, Fault> {
        let mut payload = self.bytes("payload").unwrap_or_default().to_vec();
        let Some(size) = self.unsigned("size") else {
            return match self.text("fill").or(self.unsigned("seed").map(|_| "seed=")) {
                Some(_) => Err(Fault::new("size= beside fill= or seed=", "no size=")),
                None => Ok(payload),
            };
        };
        if size > MAX_PAYLOAD {
            return Err(Fault::new(format!("a payload of at most {MAX_PAYLOAD} bytes"), format!("{size}")));
        }
        let size =
            usize::try_from(size).map_err(|_| Fault::new("a payload that fits into memory", format!("{size}")))?;
        match self.text("fill").unwrap_or("Z") {
            "random" => {
                let given = payload.len().min(size);
                payload.resize(size, 0);
                let seed = self.unsigned("seed").unwrap_or(variables.index());
                random_bytes(seed, payload.get_mut(given..).unwrap_or_default())?;
            }
            "" => return Err(Fault::new("`random` or the text to repeat for `fill`", "nothing")),
            fill => {
                let missing = size.saturating_sub(payload.len());
                payload.extend(fill.bytes().cycle().take(missing));
                payload.truncate(size);
            }
        }
        Ok(payload)
    }

    /// The raw headers that `hdr=` or `header=[..]` describe.
    pub fn headers(&self) -> Result<Vec<u8>, Fault> {
        match (self.bytes("hdr"), self.list("header")) {
            (Some(_), Some(_)) => Err(Fault::new("either `hdr` or `header`", "both")),
            (Some(raw), None) => Ok(raw.to_vec()),
            (None, Some(fields)) => {
                let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
                Ok(format!("NATS/1.0\r\n{fields}\r\n").into_bytes())
            }
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// The stream behind `fill=random` and `shuffle`; its bytes never change, so cases keep their meaning.
fn random_bytes(seed: u64, buffer: &mut [u8]) -> Result<(), Fault> {
    SeededEntropy::new(seed).fill(buffer).map_err(|error| Fault::new("random bytes", error.to_string()))
}

fn text_of(template: &Template, variables: &Variables) -> Result<String, Fault> {
    String::from_utf8(template.expand(variables)?).map_err(|error| {
        let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
        Fault::new("text in UTF-8", format!("`{shown}`"))
    })
}

fn argument(param: &Param, value: &Value, variables: &Variables) -> Result<Argument, Fault> {
    let template = match (value, param.kind) {
        (Value::List(members), Kind::TextList) => {
            let members: Result<Vec<String>, Fault> = members.iter().map(|member| text_of(member, variables)).collect();
            return members.map(Argument::List);
        }
        (Value::List(_), _) => return Err(Fault::new("a single value", "a list")),
        (Value::Word(_) | Value::Quoted(_), Kind::TextList) => {
            return Err(Fault::new("a list `[..]`", "a single value"));
        }
        (Value::Word(template) | Value::Quoted(template), _) => template,
    };
    if param.kind == Kind::Bytes {
        return bytes(value, template, variables).map(Argument::Bytes);
    }
    let text = text_of(template, variables)?;
    match param.kind {
        Kind::Unsigned => quantity::unsigned(&text).map(Argument::Unsigned),
        Kind::Signed => quantity::signed(&text).map(Argument::Signed),
        Kind::Duration => quantity::duration(&text).map(Argument::Signed),
        Kind::Seconds => seconds(&text).map(Argument::Signed),
        Kind::Moment => quantity::moment(&text).map(Argument::Moment),
        Kind::Flag => match text.as_str() {
            "true" => Ok(Argument::Flag(true)),
            "false" => Ok(Argument::Flag(false)),
            _ => Err(Fault::new("true or false", format!("`{text}`"))),
        },
        Kind::Choice(words) if words.contains(&text.as_str()) => Ok(Argument::Text(text)),
        Kind::Choice(words) => Err(Fault::new(format!("one of {}", words.join(", ")), format!("`{text}`"))),
        Kind::Text | Kind::Bytes | Kind::TextList => Ok(Argument::Text(text)),
    }
}

fn bytes(value: &Value, template: &Template, variables: &Variables) -> Result<Vec<u8>, Fault> {
    let expanded = template.expand(variables)?;
    match (value, expanded.strip_prefix(b"hex:".as_slice())) {
        (Value::Word(_), Some(digits)) => hex::decode(digits).map_err(|_| {
            Fault::new("pairs of hexadecimal digits after `hex:`", format!("`{}`", String::from_utf8_lossy(digits)))
        }),
        _ => Ok(expanded),
    }
}

fn seconds(text: &str) -> Result<i64, Fault> {
    const SECOND_NS: i64 = 1_000_000_000;
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    match quantity::duration(text) {
        Ok(ns) if ns % SECOND_NS == 0 => Ok(ns / SECOND_NS),
        _ => Err(Fault::new("whole seconds (such as 5, 5s, 1h or -1)", format!("`{text}`"))),
    }
}

/// The count that `repeat=` stands for.
pub fn count(template: &Template, variables: &Variables) -> Result<u64, Fault> {
    let text = text_of(template, variables)?;
    match quantity::unsigned(&text) {
        Ok(count) if (1..=MAX_REPEAT).contains(&count) => Ok(count),
        _ => Err(Fault::new(format!("a count from 1 to {MAX_REPEAT} for `repeat`"), format!("`{text}`"))),
    }
}

/// The values that a loop goes through.
pub fn loop_values(values: &LoopValues, variables: &Variables) -> Result<Vec<i128>, Fault> {
    let number = |template: &Template| {
        let text = text_of(template, variables)?;
        quantity::signed(&text)
            .map(i128::from)
            .or_else(|fault| quantity::unsigned(&text).map(i128::from).map_err(|_| fault))
    };
    match values {
        LoopValues::List(members) => members.iter().map(number).collect(),
        LoopValues::Range { from, to, step } => range(number(from)?, number(to)?, number(step)?),
        LoopValues::Shuffle { from, to, seed } => {
            let mut values = range(number(from)?, number(to)?, 1)?;
            let mut random = vec![0; values.len() * size_of::<u64>()];
            random_bytes(u64::try_from(number(seed)?).unwrap_or(0), &mut random)?;
            let (words, _) = random.as_chunks();
            for (end, word) in (1..values.len()).rev().zip(words) {
                let bound = u64::try_from(end).unwrap_or(0) + 1;
                values.swap(end, usize::try_from(u64::from_le_bytes(*word) % bound).unwrap_or(0));
            }
            Ok(values)
        }
    }
}

fn range(from: i128, to: i128, step: i128) -> Result<Vec<i128>, Fault> {
    if step < 1 {
        return Err(Fault::new("a step of at least 1", format!("{step}")));
    }
    let count = (to - from).abs() / step + 1;
    if count > i128::from(MAX_REPEAT) {
        return Err(Fault::new(format!("at most {MAX_REPEAT} repetitions"), format!("{count}")));
    }
    let direction = if to < from { -step } else { step };
    Ok((0..count).map(|turn| from + turn * direction).collect())
}
