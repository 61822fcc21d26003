//! The reference store as a port: the one place where the harness reaches into `store`.
//!
//! A case has a world of its own: a clock that only `advance` moves, from deadline to deadline, and keys and nonces that
//! follow from the case's name as those of the Go adapter do. Files are real, because the harness reads and tampers with
//! them. A panic of the store is an error of class `panic`, and the store is gone after it.

mod consumer;
mod decode;
mod errors;
mod pure;
mod snapshot;
mod stream;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::port::{Cost, Port, PortFailure, Reply};
use super::protocol::{Capability, Clock, EPOCH_NS, ErrorClass, Event, Op, OpError, Outcome, Output, Started};
use crate::env::{ChaCha8Entropy, Env, ManualClock, RealFs, Stopwatch};
use crate::store::{ConsumerId, Store, StoreEvent};

/// What an operation is answered with.
type Answered = Result<Output, Refusal>;

/// Why an operation has no result.
enum Refusal {
    /// The reference does not have it.
    Unsupported(String),
    /// It failed.
    Error(OpError),
}

impl Refusal {
    fn new(class: ErrorClass, text: impl Into<String>) -> Self {
        Self::Error(OpError { class, text: text.into() })
    }

    fn invalid(text: impl Into<String>) -> Self {
        Self::new(ErrorClass::InvalidArgument, text)
    }
}

/// The reference store inside this process.
#[derive(Default)]
pub struct ReferencePort {
    case: Option<Case>,
    cost: Cost,
}

/// A case and what it has open.
struct Case {
    env: Env,
    clock: Arc<ManualClock>,
    store: Option<Store>,
    consumers: BTreeMap<String, ConsumerId>,
    /// Stores that are closed and still wait to write: for a consumer that they did not stop, or what they were asked since.
    lingering: Vec<Store>,
}

impl ReferencePort {
    /// The reference, with no case begun.
    pub fn new() -> Self {
        Self::default()
    }

    fn answer(&mut self, op: &Op) -> Answered {
        match op {
            Op::Start { .. } => return Ok(Output::Started(started())),
            Op::Begin { case } => {
                let case = self.case.insert(Case::begin(case));
                return Ok(case.now());
            }
            Op::End {} => {
                let ended = self.case.take();
                return ended.map(|_| Output::Nothing {}).ok_or_else(no_case);
            }
            // Known by its name, before anybody asks for a case.
            Op::NoSuchOperation {} => return Err(Refusal::Unsupported(op.name().to_owned())),
            _ => {}
        }
        if op.capability() == Capability::Pure {
            return pure::answer(op);
        }
        let case = self.case.as_mut().ok_or_else(no_case)?;
        match op.capability() {
            Capability::Session => case.session(op),
            Capability::Consumer => consumer::answer(case, op),
            Capability::Snapshot => snapshot::answer(case, op),
            _ => stream::answer(case, op),
        }
    }

    fn take_events(&mut self) -> Vec<Event> {
        let store = self.case.as_mut().and_then(|case| case.store.as_mut());
        let events = store.map(Store::take_events).unwrap_or_default();
        events.into_iter().map(event).collect()
    }
}

/// How the text of an error begins that is a panic of the reference itself, and not one that it knows of Go.
pub const PANICKED: &str = "the reference panicked";

impl Port for ReferencePort {
    fn name(&self) -> &str {
        "reference"
    }

    fn start(&mut self) -> Result<Started, PortFailure> {
        self.case = None;
        Ok(started())
    }

    fn call(&mut self, op: &Op) -> Result<Reply, PortFailure> {
        let watch = Stopwatch::start();
        let answered = catch_unwind(AssertUnwindSafe(|| self.answer(op)));
        let panicked = match &answered {
            Ok(Err(Refusal::Error(error))) => error.class == ErrorClass::Panic && op.capability() != Capability::Pure,
            Ok(_) => false,
            Err(_) => true,
        };
        if panicked && let Some(case) = &mut self.case {
            // Whatever state a panic leaves behind is not asked again, Go's or one of ours.
            case.close();
        }
        let outcome = match answered {
            Ok(Ok(output)) => Outcome::Result(output),
            Ok(Err(Refusal::Unsupported(what))) => Outcome::Unsupported(what),
            Ok(Err(Refusal::Error(error))) => Outcome::Error(error),
            Err(_) => {
                Outcome::Error(OpError { class: ErrorClass::Panic, text: format!("{PANICKED} in {}", op.name()) })
            }
        };
        let events = self.take_events();
        self.cost.operations += 1;
        self.cost.elapsed += watch.elapsed();
        Ok(Reply { outcome, events })
    }

    fn cost(&self) -> Cost {
        self.cost
    }
}

impl Case {
    fn begin(name: &str) -> Self {
        let clock = Arc::new(ManualClock::starting_at(EPOCH_NS));
        let seed: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        Self {
            env: Env {
                fs: Arc::new(RealFs::new()),
                clock: clock.clone(),
                entropy: Arc::new(ChaCha8Entropy::new(seed)),
            },
            clock,
            store: None,
            consumers: BTreeMap::new(),
            lingering: Vec::new(),
        }
    }

    fn now_ns(&self) -> i64 {
        self.env.clock.now_ns()
    }

    fn now(&self) -> Output {
        Output::Now { now: self.now_ns().into() }
    }

    /// Drops the store and its consumers as they are.
    fn close(&mut self) {
        let lingering = self.store.take().filter(|store| store.is_closed() && store.next_deadline().is_some());
        self.lingering.extend(lingering);
        self.consumers.clear();
    }

    fn store(&mut self) -> Result<&mut Store, Refusal> {
        self.store.as_mut().ok_or_else(|| Refusal::new(ErrorClass::NoStore, "no store is open"))
    }

    /// The operations of the session itself.
    fn session(&mut self, op: &Op) -> Answered {
        match op {
            Op::Advance { ns } if ns.0 < 0 => Err(Refusal::invalid(format!("time does not pass backwards: {ns}"))),
            Op::Advance { ns } => {
                self.advance(ns.0);
                Ok(self.now())
            }
            Op::Now {} => Ok(self.now()),
            Op::Settle {} => Ok(Output::Nothing {}),
            _ => Err(Refusal::Unsupported(op.name().to_owned())),
        }
    }

    /// Lets time pass; everything that comes due on the way runs at its own instant.
    fn advance(&mut self, ns: i64) {
        let end = self.now_ns().saturating_add(ns);
        loop {
            let stores = self.lingering.iter_mut().chain(&mut self.store);
            let next = stores.filter_map(|store| store.next_deadline().map(|due| (due, store)));
            let Some((due, store)) = next.min_by_key(|(due, _)| *due).filter(|(due, _)| *due <= end) else {
                break;
            };
            self.clock.set(due.max(self.env.clock.now_ns()));
            store.run_due();
        }
        self.clock.set(end);
    }
}

fn no_case() -> Refusal {
    Refusal::invalid("no case has begun")
}

fn started() -> Started {
    let capabilities =
        [Capability::Stream, Capability::Snapshot, Capability::Consumer, Capability::Pure, Capability::Inspect];
    let settings = ["none", "chacha", "aes"]
        .iter()
        .flat_map(|cipher| ["none", "s2"].map(|compression| format!("{cipher}/{compression}")));
    Started {
        adapter: "blkspec".to_owned(),
        port: "reference".to_owned(),
        port_version: env!("CARGO_PKG_VERSION").to_owned(),
        language: "Rust".to_owned(),
        clock: Clock::Virtual,
        capabilities: capabilities.map(|group| group.name().to_owned()).to_vec(),
        settings: settings.collect(),
        program: Vec::new(),
    }
}

fn event(event: StoreEvent) -> Event {
    match event {
        StoreEvent::Update { msgs, bytes, seq, subject } => {
            Event::StorageUpdate { msgs: msgs.into(), bytes: bytes.into(), seq: seq.into(), subject: text(subject) }
        }
        StoreEvent::Remove { seq } => Event::RemoveMsg { seq: seq.into() },
        StoreEvent::Process { subject, hdr, msg } => {
            Event::ProcessMsg { subject: text(subject), hdr: hdr.into(), msg: msg.into() }
        }
    }
}

/// A subject as it travels: bytes that are no text show as replacement characters, as Go's JSON shows them.
fn text(subject: Vec<u8>) -> String {
    String::from_utf8(subject).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
