//! `run --evidence`: what it says of port, program, corpus and verdicts, and when there is none.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use blkspec::env::Scratch;
use blkspec::harness::evidence::{Collector, Evidence, EvidenceError, Gathered};
use blkspec::harness::port::Port as _;
use blkspec::harness::port_spec::PortSpec;
use blkspec::harness::protocol::Started;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::cases::{GOOD, World};
use super::toy_port::{Flaw, ToyPort};

super::trials![
    it_says_what_ran_and_on_what,
    its_digest_is_that_of_its_content,
    a_known_difference_is_one_in_evidence,
    a_program_that_changes_meanwhile_has_none,
    what_an_adapter_declares_belongs_to_the_program,
];

const WIDE: &str = "settings: none/none because the toy has no other\n\nopen\n----\nok\n\npurge\n----\npurged 0\n";

/// Evidence of a run of the toy with this flaw.
fn evidence(world: &World, fault: &str, more: &[&str]) -> (i32, Value) {
    let path = world.path("evidence.json");
    let (code, text) = world.blkspec(fault, &[&["run", "--evidence", path.to_str().unwrap()], more].concat());
    assert!(path.exists(), "{text}");
    (code, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn world() -> World {
    let world = World::recorded(&[("good", GOOD)]);
    std::fs::write(world.path("wide.case"), WIDE).unwrap();
    world
}

fn hash(path: &Path) -> String {
    hex::encode(Sha256::digest(std::fs::read(path).unwrap()))
}

fn it_says_what_ran_and_on_what() {
    let world = world();
    let (code, found) = evidence(&world, "loses_a_byte", &[]);
    assert_eq!(code, 1);
    let text = |pointer: &str| found.pointer(pointer).and_then(Value::as_str).unwrap_or("absent").to_owned();
    let adapter = std::env::current_exe().unwrap();
    let expected = [
        ("/port/name", format!("cmd:{}", adapter.display())),
        ("/port/port", "toy".to_owned()),
        ("/port/capabilities/1", "pure".to_owned()),
        ("/port/program/0/path", adapter.display().to_string()),
        ("/port/program/0/sha256", hash(&adapter)),
        ("/blkspec/sha256", hash(Path::new(env!("CARGO_BIN_EXE_blkspec")))),
        ("/go/version", "v2.14.9".to_owned()),
        ("/go/sum", "h1:5qySxqT44SAUIHkjGC6o9t+PnrWmxqdjER0FMTt7rkA=".to_owned()),
        ("/corpus/cases/wide", hex::encode(Sha256::digest(WIDE))),
        ("/runs/0/case", "good".to_owned()),
        ("/runs/0/verdict", "fail".to_owned()),
        ("/runs/0/fingerprint", "1f21c0eabfb72465".to_owned()),
        ("/runs/1/verdict", "unsupported".to_owned()),
        ("/runs/1/why", "purge".to_owned()),
        ("/command/0", "run".to_owned()),
        ("/seeds/entropy", "ChaCha8, seeded with the SHA-256 of the name of the case".to_owned()),
    ];
    for (pointer, expected) in expected {
        assert_eq!(text(pointer), expected, "{pointer} of {found:#}");
    }
    for pointer in ["/host/name", "/host/system", "/started", "/ended"] {
        assert!(text(pointer).len() > 1, "{pointer} of {found:#}");
    }
    assert!(text("/started") < text("/ended"), "{found:#}");
}

/// The digest without the code that made it: members in order, no blanks.
fn its_digest_is_that_of_its_content() {
    let (_, mut found) = evidence(&world(), "honest", &[]);
    let said = found.as_object_mut().unwrap().remove("digest").unwrap();
    let canonical = serde_json::to_string(&sorted(found)).unwrap();
    assert_eq!(said, hex::encode(Sha256::digest(canonical)));
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(name, member)| (name, sorted(member))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn a_known_difference_is_one_in_evidence() {
    let world = world();
    let list = "[[known]]\ncase = \"good\"\nsettings = [\"all\"]\nkind = \"will-not-fix\"\nreason = \"so\"\nlink = \"x\"\n\
                expires = 2999-01-01\nfingerprint = \"1f21c0eabfb72465\"\n";
    let path = world.path("known.toml");
    std::fs::write(&path, list).unwrap();
    let (code, found) = evidence(&world, "loses_a_byte", &["--known", path.to_str().unwrap()]);
    let run = found.pointer("/runs/0").unwrap();
    let member = |name: &str| run.get(name).and_then(Value::as_str).unwrap_or("absent");
    assert_eq!((code, member("verdict"), member("kind"), member("why")), (0, "known", "will-not-fix", "so"));
}

/// A toy that is made of `file`.
fn made_of(file: &Path) -> (PortSpec, Started) {
    let mut started = ToyPort::new(Flaw::None).start().unwrap();
    started.program = vec![file.to_str().unwrap().to_owned()];
    ("cmd:sh -c true".parse().unwrap(), started)
}

fn a_program_that_changes_meanwhile_has_none() {
    let scratch = Scratch::new(None).unwrap();
    let file = scratch.path().join("port.py");
    std::fs::write(&file, "one").unwrap();
    let (spec, started) = made_of(&file);
    let gathered = || Gathered { command: Vec::new(), corpus: &[], goldens: None, fuzz_seeds: None, runs: &[] };
    let collector = Collector::begin(&spec, &started).unwrap();
    std::fs::write(&file, "two").unwrap();
    let found = collector.finish(&gathered());
    let Err(EvidenceError::Changed(changed)) = &found else { unreachable!("{found:?}") };
    assert_eq!(Path::new(changed), file);
    Collector::begin(&spec, &started).unwrap().finish(&gathered()).unwrap();
}

fn what_an_adapter_declares_belongs_to_the_program() {
    let scratch = Scratch::new(None).unwrap();
    std::fs::create_dir(scratch.path().join("lib")).unwrap();
    std::fs::write(scratch.path().join("lib/a.py"), "a").unwrap();
    let (spec, started) = made_of(scratch.path());
    let gathered = Gathered { command: Vec::new(), corpus: &[], goldens: None, fuzz_seeds: None, runs: &[] };
    let found: Evidence = Collector::begin(&spec, &started).unwrap().finish(&gathered).unwrap();
    let paths: Vec<&str> = found.port.program.iter().map(|file| file.path.as_str()).collect();
    let declared = scratch.path().join("lib/a.py");
    assert!(paths.contains(&declared.to_str().unwrap()), "{paths:?}");
    assert!(paths.iter().any(|path| path.ends_with("/sh")), "{paths:?}");
    let missing = Collector::begin(&spec, &made_of(&scratch.path().join("none")).1);
    let text = missing.unwrap_err().to_string();
    assert!(text.contains("the adapter declares"), "{text}");
}
