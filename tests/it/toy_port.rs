//! A port for tests of the protocol: a clock, and a store that keeps messages in a list. It is nobody's reference.

use blkspec::harness::port::{Port, PortFailure, Reply};
use blkspec::harness::protocol::{
    Clock, EPOCH_NS, ErrorClass, Int, LoadedMsg, Op, OpError, Outcome, Output, Started, StateMsg, Uint,
};

/// What the toy gets wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// It cannot open a store.
    CannotOpen,
    /// It loses the last byte of every payload.
    LosesAByte,
}

#[derive(Debug, Default)]
pub(crate) struct ToyPort {
    flaw: Flaw,
    now: i64,
    store: Option<Store>,
}

#[derive(Debug)]
struct Store {
    first: u64,
    messages: Vec<LoadedMsg>,
}

impl ToyPort {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self { flaw, ..Self::default() }
    }

    fn outcome(&mut self, op: &Op) -> Outcome {
        match op {
            Op::Begin { .. } => {
                self.now = EPOCH_NS;
                Outcome::Result(Output::Now { now: Int(self.now) })
            }
            Op::Advance { ns } => {
                self.now += ns.0;
                Outcome::Result(Output::Now { now: Int(self.now) })
            }
            Op::Now {} => Outcome::Result(Output::Now { now: Int(self.now) }),
            Op::Settle {} => Outcome::Result(Output::Nothing {}),
            Op::TimestampNormalized { ts } => Outcome::Result(Output::Timestamp { ts: *ts }),
            Op::Open { .. } if self.flaw == Flaw::CannotOpen => error(ErrorClass::Other, "the disk is a drum"),
            Op::Open { stream, .. } => {
                let first = stream.text("first_seq").map_or(0, |text| text.parse().unwrap_or(0));
                self.store = Some(Store { first, messages: Vec::new() });
                Outcome::Result(Output::Nothing {})
            }
            Op::End {} | Op::Stop {} => {
                self.store = None;
                Outcome::Result(Output::Nothing {})
            }
            Op::State {} | Op::StoreMsg { .. } | Op::LoadMsg { .. } => match &mut self.store {
                Some(store) => store.outcome(op, self.now, self.flaw),
                None => error(ErrorClass::NoStore, "open first"),
            },
            other => Outcome::Unsupported(other.name().to_owned()),
        }
    }
}

impl Store {
    fn outcome(&mut self, op: &Op, now: i64, flaw: Flaw) -> Outcome {
        match op {
            Op::StoreMsg { subject, hdr, msg, .. } => {
                let (seq, ts) = (Uint(self.messages.len() as u64 + 1), Int(now));
                let mut msg = msg.clone();
                if flaw == Flaw::LosesAByte {
                    msg.0.pop();
                }
                self.messages.push(LoadedMsg { subject: subject.clone(), seq, ts, hdr: hdr.clone(), msg });
                Outcome::Result(Output::Stored { seq, ts })
            }
            Op::LoadMsg { seq } => match self.messages.iter().find(|message| message.seq == *seq) {
                Some(message) => Outcome::Result(Output::Message { msg: message.clone() }),
                None => error(ErrorClass::MsgNotFound, "not in the list"),
            },
            _ => {
                let (first_seq, last_seq) = (Uint(self.first), Uint(self.first.saturating_sub(1)));
                Outcome::Result(Output::State { state: StateMsg { first_seq, last_seq, ..StateMsg::default() } })
            }
        }
    }
}

impl Port for ToyPort {
    fn name(&self) -> &str {
        "toy"
    }

    fn start(&mut self) -> Result<Started, PortFailure> {
        Ok(Started {
            adapter: "toy-adapter".into(),
            port: "toy".into(),
            port_version: "1".into(),
            language: "rust".into(),
            clock: Clock::Virtual,
            capabilities: vec!["stream".into(), "pure".into()],
            settings: vec!["none/none".into()],
            program: Vec::new(),
        })
    }

    fn call(&mut self, op: &Op) -> Result<Reply, PortFailure> {
        Ok(Reply { outcome: self.outcome(op), events: Vec::new() })
    }
}

fn error(class: ErrorClass, text: &str) -> Outcome {
    Outcome::Error(OpError { class, text: text.to_owned() })
}
