//! What is known of a stream, in one form for the server's report and for the reference: state with what is deleted, every
//! message, and every consumer.
//!
//! Left out is what no store keeps: when a consumer was last active, and the parts of a second at which something was delivered,
//! which are not written.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use similar::TextDiff;

/// A stream as somebody knows it: a line for every fact, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known(BTreeMap<String, String>);

impl Known {
    pub(super) fn note(&mut self, name: impl Into<String>, fact: impl ToString) {
        let known = self.0.insert(name.into(), fact.to_string());
        assert_eq!(known, None, "a fact has two values");
    }

    /// Whether there is a fact whose name begins like this.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.keys().any(|known| known.starts_with(name))
    }

    /// What the server reports of `stream`.
    pub(super) fn of_server(report: &Value, stream: &str) -> Self {
        let streams = report.get("streams").and_then(Value::as_array).unwrap();
        let found = streams.iter().find(|found| text(found, "name") == stream).unwrap();
        let mut known = Self::default();
        known.state(found.get("info").and_then(|info| info.get("state")).unwrap());
        for message in found.get("messages").and_then(Value::as_array).unwrap() {
            let bytes =
                |name| message.get(name).map(|_| STANDARD.decode(text(message, name)).unwrap()).unwrap_or_default();
            let (hdr, data) = (bytes("hdrs"), bytes("data"));
            known.message(number(message, "seq"), text(message, "subject"), &hdr, &data, text(message, "time"));
        }
        for consumer in found.get("consumers").and_then(Value::as_array).unwrap() {
            known.consumer(consumer);
        }
        known
    }

    fn state(&mut self, state: &Value) {
        for name in ["messages", "bytes", "first_seq", "last_seq", "num_deleted", "num_subjects", "consumer_count"] {
            self.note(name, state.get(name).and_then(Value::as_u64).unwrap_or_default());
        }
        for name in ["first_ts", "last_ts"] {
            self.note(name, text(state, name));
        }
        let deleted = state.get("deleted").and_then(Value::as_array).cloned().unwrap_or_default();
        let deleted: Vec<u64> = deleted.iter().map(|seq| seq.as_u64().unwrap()).collect();
        self.note("deleted", format!("{deleted:?}"));
        let lost = state.get("lost").filter(|lost| !lost.is_null());
        self.note("lost", format!("{lost:?}"));
        for (subject, total) in members(state.get("subjects")) {
            self.note(format!("subject {subject}"), total.as_u64().unwrap());
        }
    }

    pub(super) fn message(&mut self, seq: u64, subject: &str, hdr: &[u8], data: &[u8], time: &str) {
        let (hdr, data) = (String::from_utf8_lossy(hdr), String::from_utf8_lossy(data));
        self.note(format!("message {seq:06}"), format!("{time} {subject} {hdr:?} {data:?}"));
    }

    fn consumer(&mut self, consumer: &Value) {
        let name = text(consumer, "name");
        let state = consumer.get("state").unwrap();
        let info = consumer.get("info").unwrap();
        for pair in ["delivered", "ack_floor"] {
            let sequences = state.get(pair).unwrap();
            self.pair(name, pair, (number(sequences, "consumer_seq"), number(sequences, "stream_seq")));
            // What the API says is what the store has.
            let shown = info.get(pair).unwrap();
            assert_eq!(number(shown, "consumer_seq"), number(sequences, "consumer_seq"), "{name} {pair}");
        }
        for (seq, pending) in members(state.get("pending")) {
            let delivered_ns = pending.get("Timestamp").and_then(Value::as_i64).unwrap();
            self.pending(name, seq.parse().unwrap(), number(&pending, "Sequence"), delivered_ns);
        }
        for (seq, count) in members(state.get("redelivered")) {
            self.redelivered(name, seq.parse().unwrap(), count.as_u64().unwrap());
        }
        self.num_pending(name, number(info, "num_pending"));
    }

    pub(super) fn pair(&mut self, consumer: &str, which: &str, pair: (u64, u64)) {
        self.note(format!("consumer {consumer} {which}"), format!("{pair:?}"));
    }

    pub(super) fn pending(&mut self, consumer: &str, seq: u64, delivery: u64, delivered_ns: i64) {
        let second = delivered_ns.div_euclid(1_000_000_000);
        self.note(
            format!("consumer {consumer} pending {seq:06}"),
            format!("delivery {delivery} in the second {second}"),
        );
    }

    pub(super) fn redelivered(&mut self, consumer: &str, seq: u64, count: u64) {
        self.note(format!("consumer {consumer} redelivered {seq:06}"), count);
    }

    pub(super) fn num_pending(&mut self, consumer: &str, count: u64) {
        self.note(format!("consumer {consumer} num_pending"), count);
    }

    fn lines(&self) -> String {
        self.0.iter().map(|(name, fact)| format!("{name}: {fact}\n")).collect()
    }
}

/// Fails with the facts that differ.
pub(super) fn check_equal(what: &str, expected: &Known, found: &Known) {
    if expected != found {
        let (expected, found) = (expected.lines(), found.lines());
        let diff = TextDiff::from_lines(&expected, &found);
        let diff = diff.unified_diff().context_radius(0).header("who wrote it", "who opened it").to_string();
        panic_with(&format!("{what}:\n{diff}"));
    }
}

#[expect(clippy::panic, reason = "this is how a test fails")]
fn panic_with(text: &str) -> ! {
    panic!("{text}")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap()
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap()
}

fn members(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}
