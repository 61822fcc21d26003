//! The fuzz bodies that need a store or two ports: hostile directories, programs of operations, and the decoders beside Go's.
//!
//! Stores live in a fresh directory for each input. What must hold: no operation makes the reference panic; its blocks add up
//! to its state; what its state counts can be loaded; and a store that was stopped opens with the state that it had.

use std::cell::RefCell;
use std::path::Path;

use arbitrary::Unstructured;

use super::port::{Port, PortFailure};
use super::port_spec::PortSpec;
use super::protocol::{
    Bytes, FileConfig, Inspection, KeyConfig, Op, Outcome, Output, StateMsg, StreamConfigMsg, Time, Uint,
};
use super::reference::{PANICKED, ReferencePort};
use crate::env::{FileSystem, RealFs, Scratch};
use crate::format::checksum::Hasher64;

/// The variable that names the port beside which the decoders are held; without it the Go store.
pub const PORT_VARIABLE: &str = "BLKSPEC_FUZZ_PORT";
/// Where the directories of stores lie, if it is there: memory.
const MEMORY: &str = "/dev/shm";
/// The most operations of a program.
const MAX_ACTS: usize = 64;
/// Inputs that go to the other port at once.
const BATCH: usize = 64;
/// The most sequences that are loaded to count messages.
const MAX_LOADS: u64 = 512;

fn scratch() -> Option<Scratch> {
    let memory = Path::new(MEMORY);
    let parent = RealFs::new().metadata(memory).is_ok().then_some(memory);
    Scratch::new(parent).ok()
}

/// A reference port with one store.
struct World {
    port: ReferencePort,
    scratch: Scratch,
    open: Op,
    /// What it was asked, to be told with a finding.
    asked: Vec<Op>,
}

impl World {
    fn new(file: FileConfig, mut stream: StreamConfigMsg, key: Option<KeyConfig>) -> Option<World> {
        let scratch = scratch()?;
        stream.set("name", "FUZZ");
        stream.set("subjects", vec![">"]);
        let dir = scratch.path().to_string_lossy().into_owned();
        let created = Time::at(super::protocol::EPOCH_NS);
        let open = Op::Open { dir, file, stream, created, key, old_key: None };
        let mut world = World { port: ReferencePort::new(), scratch, open, asked: Vec::new() };
        world.call(&Op::Start { version: super::protocol::VERSION });
        world.call(&Op::Begin { case: "fuzz".to_owned() });
        Some(world)
    }

    /// Carries out an operation, which must not panic.
    fn call(&mut self, op: &Op) -> Outcome {
        self.asked.push(op.clone());
        let outcome = match self.port.call(op) {
            Ok(reply) => reply.outcome,
            Err(failure) => Outcome::Unsupported(failure.to_string()),
        };
        // Where Go panics the reference says so, with an error of the same class and a text of its own.
        let panicked = matches!(&outcome, Outcome::Error(error) if error.text.starts_with(PANICKED));
        assert!(!panicked, "{} made the reference panic in\n{}", op.name(), self.program());
        outcome
    }

    /// The program so far, an operation a line, as an adapter is asked.
    fn program(&self) -> String {
        self.asked.iter().filter_map(|op| serde_json::to_string(op).ok()).collect::<Vec<_>>().join("\n")
    }

    fn open(&mut self) -> Outcome {
        let op = self.open.clone();
        self.call(&op)
    }

    fn state(&mut self) -> Option<StateMsg> {
        match self.call(&Op::State {}) {
            Outcome::Result(Output::State { state }) => Some(state),
            _ => None,
        }
    }

    fn inspect(&mut self) -> Option<Inspection> {
        match self.call(&Op::Inspect {}) {
            Outcome::Result(Output::Inspection(inside)) => Some(inside),
            _ => None,
        }
    }

    /// What must hold of a store whose files nobody touched.
    fn check(&mut self) {
        let (Some(state), Some(inside)) = (self.state(), self.inspect()) else { return };
        let msgs: u64 = inside.blocks.iter().map(|block| block.msgs.0).sum();
        let bytes: u64 = inside.blocks.iter().map(|block| block.bytes.0).sum();
        let counted = (msgs, bytes);
        assert_eq!(
            counted,
            (state.msgs.0, state.bytes.0),
            "the blocks do not add up to the state in\n{}",
            self.program()
        );
        let span = state.last_seq.0.saturating_sub(state.first_seq.0);
        if state.msgs.0 == 0 || span > MAX_LOADS {
            return;
        }
        let loaded = (state.first_seq.0..=state.last_seq.0)
            .filter(|seq| matches!(self.call(&Op::LoadMsg { seq: Uint(*seq) }), Outcome::Result(_)))
            .count();
        assert_eq!(loaded as u64, state.msgs.0, "what the state counts cannot be loaded in\n{}", self.program());
    }
}

/// Any bytes as the files of a store: two blocks, the body of `index.db`, `thw.db` and `sched.db`, each behind its length.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_store_files(data: &[u8]) {
    let mut stream = StreamConfigMsg::default();
    stream.set("allow_msg_ttl", true);
    stream.set("allow_msg_schedules", true);
    let Some(mut world) = World::new(FileConfig::default(), stream, None) else { return };
    let root = world.scratch.path().to_path_buf();
    let fs = RealFs::new();
    if fs.create_dir_all(&root.join("msgs")).is_err() {
        return;
    }
    let mut rest = data;
    for name in ["1.blk", "2.blk", "index.db", "thw.db", "sched.db"] {
        let Some((len, behind)) = rest.split_first_chunk::<2>() else { break };
        let (file, behind) = behind.split_at(usize::from(u16::from_le_bytes(*len)).min(behind.len()));
        rest = behind;
        let mut file = file.to_vec();
        if file.is_empty() {
            continue;
        }
        if name == "index.db" {
            let hash = Hasher64::for_stream("FUZZ").hash(&file);
            file.extend_from_slice(&hash);
        }
        if fs.write(&root.join("msgs").join(name), &file).is_err() {
            return;
        }
    }
    for _ in 0..2 {
        if !matches!(world.open(), Outcome::Result(_)) {
            return;
        }
        if let Some(state) = world.state() {
            for seq in (state.first_seq.0..=state.last_seq.0).take(16) {
                world.call(&Op::LoadMsg { seq: Uint(seq) });
            }
        }
        world.call(&Op::SubjectsTotals { filter: ">".to_owned() });
        world.call(&Op::StoreMsg { subject: "a".to_owned(), hdr: Bytes::default(), msg: Bytes::default(), ttl: None });
        world.call(&Op::Stop {});
    }
}

/// Any bytes as a configuration and a program of operations.
///
/// # Panics
/// If an invariant is broken: a finding.
pub fn fuzz_programs(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok(mut world) = configured(&mut bytes) else { return };
    let Some(world) = &mut world else { return };
    if !matches!(world.open(), Outcome::Result(_)) {
        return;
    }
    for _ in 0..MAX_ACTS {
        if bytes.is_empty() || act(world, &mut bytes).is_err() {
            break;
        }
    }
    world.check();
    let before = world.state();
    world.call(&Op::Stop {});
    let opened = world.open();
    assert!(matches!(opened, Outcome::Result(_)), "a store that was stopped does not open: {opened:?}");
    let after = world.state();
    // A store that was truncated to nothing opens with sequence 0 among its deleted ones, as Go's does: corpus/cases/found.
    let truncated_to_nothing = before.as_ref().is_some_and(|state| state.first_seq.0 == 0 && state.last_seq.0 == 0);
    if !truncated_to_nothing {
        assert_eq!(before, after, "a store that was stopped opens with another state in\n{}", world.program());
    }
    world.check();
}

/// A store whose configuration the bytes choose.
fn configured(bytes: &mut Unstructured<'_>) -> arbitrary::Result<Option<World>> {
    let cipher = *bytes.choose(&["none", "none", "chacha", "aes"])?;
    let file = FileConfig {
        block_size: Some(Uint(bytes.int_in_range(64..=1_000)?)),
        cipher: Some(cipher.to_owned()),
        compression: Some((*bytes.choose(&["none", "s2"])?).to_owned()),
        ..FileConfig::default()
    };
    let mut stream = StreamConfigMsg::default();
    for (name, greatest) in [("max_msgs", 20), ("max_bytes", 2_000), ("max_msgs_per_subject", 5)] {
        if bytes.ratio(1, 3)? {
            stream.set(name, bytes.int_in_range(1..=greatest)?.to_string());
        }
    }
    if bytes.ratio(1, 4)? {
        stream.set("discard", "new");
    }
    let key = (cipher != "none").then(|| KeyConfig { secret: Bytes(b"secret".to_vec()), prefix: String::new() });
    Ok(World::new(file, stream, key))
}

/// One operation.
fn act(world: &mut World, bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let subject = (*bytes.choose(&["a", "b", "c.d", "c.e"])?).to_owned();
    let seq = Uint(bytes.int_in_range(0..=80)?);
    let op = match bytes.int_in_range(0..=19)? {
        0..=7 => {
            let msg = Bytes(vec![b'x'; bytes.int_in_range(0..=90)?]);
            Op::StoreMsg { subject, hdr: Bytes::default(), msg, ttl: None }
        }
        8 | 9 => Op::RemoveMsg { seq },
        10 => Op::EraseMsg { seq },
        11 => Op::PurgeEx { subject, seq, keep: Uint(0) },
        12 => Op::PurgeEx { subject, seq: Uint(0), keep: Uint(bytes.int_in_range(0..=3)?) },
        13 => Op::Compact { seq },
        14 => {
            // Go fails and forgets messages when it is to cut at a sequence that has none: corpus/cases/found.
            if !matches!(world.call(&Op::LoadMsg { seq }), Outcome::Result(_)) {
                return Ok(());
            }
            Op::Truncate { seq }
        }
        15 => Op::Purge {},
        16 => {
            let last = world.state().map_or(0, |state| state.last_seq.0);
            Op::SkipMsgs { seq: Uint(last.saturating_add(1)), num: Uint(bytes.int_in_range(1..=40)?) }
        }
        17 => Op::Advance { ns: super::protocol::Int(bytes.int_in_range(1..=200)? * 1_000_000_000) },
        18 => Op::LoadLastMsg { subject },
        _ => {
            world.call(&Op::Stop {});
            let opened = world.open();
            assert!(matches!(opened, Outcome::Result(_)), "a store that was stopped does not open: {opened:?}");
            return Ok(());
        }
    };
    world.call(&op);
    Ok(())
}

/// The other port and what is still to be asked of it.
struct Beside {
    port: Box<dyn Port>,
    waiting: Vec<Op>,
}

thread_local! {
    static BESIDE: RefCell<Option<Beside>> = const { RefCell::new(None) };
}

/// Any bytes, behind one that chooses it, for a decoder of the reference and of another port, which must agree: on whether
/// they accept, with which class they refuse, and on the meaning. The other port is asked in batches.
///
/// # Panics
/// If the ports disagree: a finding, whose bytes the panic shows.
pub fn fuzz_differential(data: &[u8]) {
    let name = std::env::var(PORT_VARIABLE).unwrap_or_else(|_| "go".to_owned());
    let spec = name.parse();
    assert!(spec.is_ok(), "{PORT_VARIABLE} names no port: {name}");
    if let Ok(spec) = spec {
        ask(&spec, data, BATCH);
    }
}

/// The same beside the port `spec`, asked at once.
///
/// # Panics
/// If the ports disagree.
pub fn differential_beside(spec: &PortSpec, data: &[u8]) {
    ask(spec, data, 1);
}

fn ask(spec: &PortSpec, data: &[u8], batch: usize) {
    let Some((choice, data)) = data.split_first() else { return };
    let bytes = Bytes(data.to_vec());
    let op = match choice % 8 {
        0 => Op::DecodeStreamState { bytes },
        1 => Op::DecodeSequenceSet { bytes },
        2 => Op::DecodeHashWheel { bytes },
        3 => Op::DecodeMsgScheduling { bytes },
        4 => Op::UnmarshalMetadata { bytes },
        5 => Op::Decompress { compression: Uint(1), bytes },
        6 => Op::CheckConsumerHeader { bytes },
        _ => Op::DecodeConsumerState { bytes },
    };
    BESIDE.with_borrow_mut(|beside| {
        if beside.is_none() {
            let begun = begin(spec);
            assert!(begun.is_ok(), "{spec} does not start: {:?}", begun.err());
            *beside = begun.ok();
        }
        let Some(beside) = beside else { return };
        beside.waiting.push(op);
        if beside.waiting.len() >= batch {
            compare(beside);
        }
    });
}

fn begin(spec: &PortSpec) -> Result<Beside, PortFailure> {
    let mut port = spec.connect(&|_| ())?;
    port.start()?;
    Ok(Beside { port, waiting: Vec::new() })
}

fn compare(beside: &mut Beside) {
    let ops = std::mem::take(&mut beside.waiting);
    let replies = beside.port.call_many(&ops);
    assert_eq!(replies.len(), ops.len(), "the other port answered too few operations");
    let mut reference = ReferencePort::new();
    for (op, reply) in ops.iter().zip(replies) {
        let theirs = reply.map(|reply| meaning(reply.outcome)).unwrap_or_else(|failure| failure.to_string());
        let ours = reference.call(op).map(|reply| meaning(reply.outcome)).unwrap_or_else(|failure| failure.to_string());
        let asked = serde_json::to_string(op).unwrap_or_default();
        assert_eq!(ours, theirs, "the reference (left) and the other port differ on {asked}");
    }
}

/// An outcome without the words of errors.
fn meaning(outcome: Outcome) -> String {
    match outcome {
        Outcome::Error(error) => format!("error {}", error.class),
        other => format!("{other:?}"),
    }
}
