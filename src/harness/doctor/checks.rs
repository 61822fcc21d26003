//! The checks of the doctor, each a function over a started port: what was seen when all is well, or a complaint.
//!
//! Checks stand in the order in which an adapter is written: the session first, values next, then a store. None depends
//! on an earlier one, and each that opens a store begins and ends a case of its own.

use std::time::Duration;

use super::{Complaint, Culprit, Patient};
use crate::harness::port::{PortFailure, Reply};
use crate::harness::protocol::{
    Bytes, Capability, Clock, EPOCH_NS, ErrorClass, FileConfig, Int, Op, Outcome, Output, SequencePair,
    StreamConfigMsg, Time, Uint,
};

type Check = fn(&mut Patient<'_>) -> Result<String, Complaint>;

/// All checks in their order.
pub(super) const CHECKS: &[(&str, Check)] = &[
    ("capabilities", capabilities),
    ("ids", ids),
    ("pipelining", pipelining),
    ("unknown operation", unknown_operation),
    ("clock", clock),
    ("before open", before_open),
    ("64 bits in a function", wide_pure),
    ("decoders", decoders),
    ("64 bits in a store", wide_store),
    ("store and load", store_and_load),
    ("large payload", large_payload),
    ("missing message", missing_message),
    ("silence between requests", silence),
    ("restart", restart),
    ("stderr", stderr),
    ("cost", cost),
];

/// The greatest integer that a double holds with its neighbours, plus one: a number that passed through one shows.
const ROUNDS: u64 = (1 << 53) + 1;

/// An integer that an adapter with signed sequences cannot hold.
const NEGATIVE_WHEN_SIGNED: u64 = (1 << 63) + 1;

const ROUNDED: &str =
    "a 64-bit integer changed on the way: parse and print it as a 64-bit integer, never through a double";

impl Patient<'_> {
    fn call(&mut self, op: &Op) -> Result<Reply, Complaint> {
        self.port.call(op).map_err(|failure| Complaint::Failure { failure, capability: op.capability() })
    }

    /// The result of an operation that must succeed.
    fn result(&mut self, op: &Op) -> Result<Output, Complaint> {
        let culprit = if op.capability() == Capability::Session { Culprit::Adapter } else { Culprit::Port };
        match self.call(op)?.outcome {
            Outcome::Result(output) => Ok(output),
            Outcome::Unsupported(what) => {
                let what = format!("{} was answered unsupported ({what})", op.name());
                let advice = "declare only the capabilities that the adapter has".to_owned();
                Err(Complaint::Wrong { culprit: Culprit::Adapter, what, advice })
            }
            Outcome::Error(error) => {
                let advice = "the error is the port's own answer".to_owned();
                Err(Complaint::Wrong { culprit, what: format!("{} failed: {error}", op.name()), advice })
            }
        }
    }

    fn now(&mut self, op: &Op) -> Result<i64, Complaint> {
        match self.result(op)? {
            Output::Now { now: Int(now) } => Ok(now),
            other => Err(wrong(Culprit::Adapter, format!("{} gave {other:?}", op.name()), "")),
        }
    }

    fn needs(&self, capability: Capability) -> Result<(), Complaint> {
        if self.started.has(capability) {
            return Ok(());
        }
        Err(Complaint::Skip(format!("the port does not declare {}", capability.name())))
    }

    /// Begins a case and opens a store whose first sequence is `first_seq`, without encryption and compression.
    fn open(&mut self, first_seq: u64) -> Result<(), Complaint> {
        self.needs(Capability::Stream)?;
        if !self.started.has_setting("none/none") {
            return Err(Complaint::Skip("the port does not declare the setting none/none".to_owned()));
        }
        self.now(&Op::Begin { case: format!("doctor/{}", self.check) })?;
        let mut stream = StreamConfigMsg::default();
        stream.set("name", "DOCTOR");
        stream.set("subjects", vec!["doctor.>"]);
        if first_seq > 0 {
            stream.set("first_seq", first_seq.to_string());
        }
        let dir = self.dir.join(self.check.replace(' ', "-")).join(first_seq.to_string());
        let file = FileConfig::default();
        let dir = dir.to_string_lossy().into_owned();
        self.result(&Op::Open { dir, file, stream, created: Time::at(EPOCH_NS), key: None, old_key: None })?;
        Ok(())
    }

    /// Ends the case that [`Patient::open`] began.
    fn close(&mut self) -> Result<(), Complaint> {
        self.result(&Op::Stop {})?;
        self.result(&Op::End {})?;
        Ok(())
    }
}

fn wrong(culprit: Culprit, what: String, advice: &str) -> Complaint {
    Complaint::Wrong { culprit, what, advice: advice.to_owned() }
}

fn capabilities(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    let started = &patient.started;
    let known: Vec<&str> = Capability::DECLARED.iter().map(|capability| capability.name()).collect();
    if let Some(strange) = started.capabilities.iter().find(|name| !known.contains(&name.as_str())) {
        let advice = format!("capabilities are {}", known.join(", "));
        return Err(wrong(Culprit::Adapter, format!("start declares the capability {strange:?}"), &advice));
    }
    let setting = |name: &str| {
        name.split_once('/').is_some_and(|(cipher, compression)| {
            ["none", "chacha", "aes"].contains(&cipher) && ["none", "s2"].contains(&compression)
        })
    };
    if let Some(strange) = started.settings.iter().find(|name| !setting(name)) {
        let advice = "a setting is CIPHER/COMPRESSION of none, chacha, aes and none, s2";
        return Err(wrong(Culprit::Adapter, format!("start declares the setting {strange:?}"), advice));
    }
    if started.capabilities.is_empty() {
        let advice = format!("declare at least one of {}", known.join(", "));
        return Err(wrong(Culprit::Adapter, "start declares no capability".to_owned(), &advice));
    }
    Ok(format!(
        "{} for {} {} ({}), {} clock; {}; {}",
        started.adapter,
        started.port,
        started.port_version,
        started.language,
        match started.clock {
            Clock::Virtual => "virtual",
            Clock::Real => "real",
        },
        started.capabilities.join(", "),
        started.settings.join(", ")
    ))
}

fn ids(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    // The process layer compares every id; what is needed here is some of them.
    begin(patient)?;
    for _ in 0..10 {
        patient.now(&Op::Now {})?;
    }
    patient.result(&Op::End {})?;
    Ok("10 requests, each answered with its id".to_owned())
}

fn pipelining(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    begin(patient)?;
    let ops = vec![Op::Now {}; 100];
    let replies = patient.port.call_many(&ops);
    let answered = replies.iter().filter(|reply| reply.is_ok()).count();
    if let Some(Err(failure)) = replies.into_iter().find(Result::is_err) {
        return Err(of_session(failure));
    }
    patient.result(&Op::End {})?;
    Ok(format!("{answered} requests written before the first answer was read"))
}

fn unknown_operation(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    match patient.call(&Op::NoSuchOperation {})?.outcome {
        Outcome::Unsupported(what) => Ok(format!("unsupported ({what})")),
        Outcome::Error(error) => {
            let what = format!("an operation that does not exist was answered with the error {error}");
            Err(wrong(Culprit::Adapter, what, "answer it with {\"id\":..,\"unsupported\":OP}"))
        }
        Outcome::Result(_) => {
            let what = "an operation that does not exist was answered with a result".to_owned();
            Err(wrong(Culprit::Adapter, what, "answer it with {\"id\":..,\"unsupported\":OP}"))
        }
    }
}

fn clock(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    const HOUR_NS: i64 = 3_600_000_000_000;
    let began = begin(patient)?;
    if patient.started.clock == Clock::Real {
        patient.result(&Op::End {})?;
        return Err(Complaint::Skip("the port keeps real time, so cases that advance much are not for it".to_owned()));
    }
    if began != EPOCH_NS {
        let what = format!("the virtual clock of a new case stands at {began}");
        return Err(wrong(Culprit::Adapter, what, &format!("begin sets it to {EPOCH_NS}")));
    }
    let advanced = patient.now(&Op::Advance { ns: Int(HOUR_NS) })?;
    let now = patient.now(&Op::Now {})?;
    if (advanced, now) != (EPOCH_NS + HOUR_NS, EPOCH_NS + HOUR_NS) {
        let what = format!("an hour after {EPOCH_NS} advance says {advanced} and now says {now}");
        return Err(wrong(Culprit::Adapter, what, "advance moves the clock by exactly ns, and nothing else moves it"));
    }
    patient.result(&Op::Settle {})?;
    patient.result(&Op::End {})?;
    Ok("an hour passed at once, to the nanosecond".to_owned())
}

fn before_open(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    patient.needs(Capability::Stream)?;
    begin(patient)?;
    let outcome = patient.call(&Op::State {})?.outcome;
    patient.result(&Op::End {})?;
    match outcome {
        Outcome::Error(error) if error.class == ErrorClass::NoStore => Ok("no_store".to_owned()),
        other => {
            let what = format!("state before open was answered with {other:?}");
            Err(wrong(Culprit::Adapter, what, "answer an error of class no_store"))
        }
    }
}

fn wide_pure(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    patient.needs(Capability::Pure)?;
    let times = [ROUNDS as i64, EPOCH_NS + 1, i64::MAX, i64::MIN + 1];
    for ns in times {
        match patient.call(&Op::TimestampNormalized { ts: Time::at(ns) })?.outcome {
            Outcome::Result(Output::Timestamp { ts }) if ts == Time::at(ns) => {}
            Outcome::Unsupported(_) => return wide_consumer_state(patient),
            other => return Err(wide(&format!("timestamp_normalized of {ns}"), other)),
        }
    }
    Ok(format!("{} extremes came back unchanged", times.len()))
}

/// For a port without `timestamp_normalized`: a consumer's state of version 2 with the largest sequences that it can have.
fn wide_consumer_state(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    let header = [22, 2];
    // Varints of seven bits a byte: u64::MAX, ROUNDS, u64::MAX, i64::MAX; and neither pending nor redelivered messages.
    let (widest, rounds) = ([255, 255, 255, 255, 255, 255, 255, 255, 255, 1], [129, 128, 128, 128, 128, 128, 128, 16]);
    let signed = [255, 255, 255, 255, 255, 255, 255, 255, 127];
    let bytes = Bytes([&header[..], &widest, &rounds, &widest, &signed, &[0, 0]].concat());
    let pair = |consumer, stream| SequencePair { consumer: Uint(consumer), stream: Uint(stream) };
    match patient.call(&Op::DecodeConsumerState { bytes })?.outcome {
        Outcome::Result(Output::ConsumerState { state })
            if state.ack_floor == pair(u64::MAX, ROUNDS) && state.delivered == pair(u64::MAX, i64::MAX as u64) =>
        {
            Ok("the largest sequences of a consumer's state came back unchanged".to_owned())
        }
        Outcome::Unsupported(_) => {
            Err(Complaint::Skip("the port has neither timestamp_normalized nor decode_consumer_state".to_owned()))
        }
        other => Err(wide("the largest sequences of a consumer's state", other)),
    }
}

/// What is wrong with a function that did not give back what it was asked with.
fn wide(asked: &str, outcome: Outcome) -> Complaint {
    match outcome {
        Outcome::Result(output) => wrong(Culprit::Adapter, format!("{asked} gave {output:?}"), ROUNDED),
        Outcome::Error(error) => {
            wrong(Culprit::Port, format!("{asked} failed: {error}"), "the error is the port's own answer")
        }
        Outcome::Unsupported(what) => {
            let advice = "a function that is there at one time is there at all times";
            wrong(Culprit::Adapter, format!("{asked} was answered unsupported ({what})"), advice)
        }
    }
}

/// Bytes that no decoder takes: an error each, and nothing else.
fn decoders(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    patient.needs(Capability::Pure)?;
    let bytes = || Bytes(vec![0xee; 20]);
    let ops = [
        Op::DecodeConsumerState { bytes: bytes() },
        Op::DecodeStreamState { bytes: bytes() },
        Op::DecodeSequenceSet { bytes: bytes() },
        Op::DecodeHashWheel { bytes: bytes() },
        Op::DecodeMsgScheduling { bytes: bytes() },
        Op::Decompress { compression: Uint(1), bytes: bytes() },
    ];
    let (mut refused, mut missing) = (0, Vec::new());
    for op in &ops {
        match patient.call(op)?.outcome {
            Outcome::Error(error) if error.class != ErrorClass::Panic => refused += 1,
            Outcome::Unsupported(_) => missing.push(op.name()),
            other => {
                let what = format!("{} of bytes without sense gave {other:?}", op.name());
                return Err(wrong(Culprit::Port, what, "a decoder refuses what it cannot read with an error"));
            }
        }
    }
    match missing.as_slice() {
        [] => Ok(format!("{refused} refused bytes without sense")),
        names => Ok(format!("{refused} refused bytes without sense; unsupported: {}", names.join(", "))),
    }
}

fn wide_store(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    for first in [ROUNDS, NEGATIVE_WHEN_SIGNED] {
        patient.open(first)?;
        let Output::State { state } = patient.result(&Op::State {})? else {
            return Err(wrong(Culprit::Adapter, "state gave another result".to_owned(), ""));
        };
        if (state.first_seq, state.last_seq) != (Uint(first), Uint(first - 1)) {
            let what = format!("a store opened with first_seq {first} has {} and {}", state.first_seq, state.last_seq);
            return Err(wrong(Culprit::Adapter, what, ROUNDED));
        }
        patient.close()?;
    }
    Ok(format!("first sequences {ROUNDS} and {NEGATIVE_WHEN_SIGNED} came back unchanged"))
}

fn store_and_load(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    round_trip(patient, (0..=255).collect())?;
    Ok("every byte value came back".to_owned())
}

fn large_payload(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    const SIZE: usize = 1 << 20;
    round_trip(patient, (0..SIZE).map(|at| (at % 251) as u8).collect())?;
    Ok("1 MiB came back".to_owned())
}

/// Stores a message, loads it and compares every byte.
fn round_trip(patient: &mut Patient<'_>, payload: Vec<u8>) -> Result<(), Complaint> {
    patient.open(0)?;
    let msg = Bytes(payload);
    let hdr = Bytes(b"NATS/1.0\r\nDoctor: \xc3\xa9\r\n\r\n".to_vec());
    let subject = "doctor.é".to_owned();
    let store = Op::StoreMsg { subject: subject.clone(), hdr: hdr.clone(), msg: msg.clone(), ttl: None };
    let stored = patient.result(&store)?;
    let loaded = patient.result(&Op::LoadMsg { seq: Uint(1) })?;
    match (stored, loaded) {
        (Output::Stored { seq: Uint(1), ts }, Output::Message { msg: loaded }) => {
            let unchanged = [
                ("subject", loaded.subject == subject),
                ("seq", loaded.seq == Uint(1)),
                ("ts", loaded.ts == ts),
                ("hdr", loaded.hdr == hdr),
                ("msg", loaded.msg == msg),
            ];
            if let Some((member, _)) = unchanged.iter().find(|(_, same)| !same) {
                let what = format!("the {member} of a loaded message is not what was stored");
                let advice =
                    "bytes are standard base64 both ways, and subjects are UTF-8; if both hold, it is the port";
                return Err(wrong(Culprit::Port, what, advice));
            }
        }
        (stored, _) => {
            return Err(wrong(Culprit::Port, format!("the first message of a store gave {stored:?}"), ""));
        }
    }
    patient.close()
}

fn missing_message(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    patient.open(0)?;
    let outcome = patient.call(&Op::LoadMsg { seq: Uint(1) })?.outcome;
    patient.close()?;
    match outcome {
        Outcome::Error(error) if matches!(error.class, ErrorClass::Unlisted(_)) => {
            let what = format!("the error class {} is not in the list", error.class);
            Err(wrong(Culprit::Adapter, what, "use the classes of docs/protocol.md, and other for the rest"))
        }
        Outcome::Error(error) if error.class == ErrorClass::Panic => {
            Err(wrong(Culprit::Port, format!("loading a message that is not there: {error}"), "an error is expected"))
        }
        Outcome::Error(error) => Ok(format!("an error of class {}", error.class)),
        other => {
            let what = format!("a message that is not there was answered with {other:?}");
            Err(wrong(Culprit::Port, what, "an error is expected"))
        }
    }
}

fn silence(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    patient.call(&Op::NoSuchOperation {})?;
    // What is printed on the side comes late; a moment makes it visible to the next call.
    std::thread::sleep(Duration::from_millis(50));
    patient.call(&Op::NoSuchOperation {})?;
    Ok("nothing on stdout but answers".to_owned())
}

fn restart(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    let again = patient.port.start().map_err(of_session)?;
    if again != patient.started {
        let what = "a second start gave other answers than the first".to_owned();
        return Err(wrong(Culprit::Adapter, what, "what start says does not depend on what happened before"));
    }
    Ok("a fresh process says the same".to_owned())
}

fn stderr(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    let bytes = patient.port.stderr_tail().len();
    Ok(format!("{bytes} bytes, kept and not judged"))
}

fn cost(patient: &mut Patient<'_>) -> Result<String, Complaint> {
    const OPERATIONS: usize = 500;
    begin(patient)?;
    let before = patient.port.cost();
    for _ in 0..OPERATIONS {
        patient.now(&Op::Now {})?;
    }
    let between = patient.port.cost();
    let replies = patient.port.call_many(&vec![Op::Now {}; OPERATIONS]);
    if let Some(Err(failure)) = replies.into_iter().find(Result::is_err) {
        return Err(of_session(failure));
    }
    let after = patient.port.cost();
    patient.result(&Op::End {})?;
    if after.operations == before.operations {
        return Err(Complaint::Skip("a port inside this process has no way to cost anything".to_owned()));
    }
    let micros = |elapsed: Duration| elapsed.as_secs_f64() * 1e6 / OPERATIONS as f64;
    let alone = micros(between.elapsed.saturating_sub(before.elapsed));
    let together = micros(after.elapsed.saturating_sub(between.elapsed));
    Ok(format!("{alone:.0} µs an operation, {together:.0} µs when pipelined"))
}

/// Begins a case that opens nothing.
fn begin(patient: &mut Patient<'_>) -> Result<i64, Complaint> {
    patient.now(&Op::Begin { case: format!("doctor/{}", patient.check) })
}

fn of_session(failure: PortFailure) -> Complaint {
    Complaint::Failure { failure, capability: Capability::Session }
}
