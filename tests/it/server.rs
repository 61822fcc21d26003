//! A real nats-server and the reference on one directory, in turn: what the one left behind, the other opens and goes on with.
//!
//! `adapters/go-server` makes streams and consumers through the official client and reports what the server knows of them. The
//! reference opens every stream as the server would, has to know the same, and writes; the server starts again on that, has to
//! know what the reference knew, delivers what the reference stored, and works on; the reference opens it once more. These tests
//! start Go, so that `cargo test` leaves them out; CI asks for them with `--ignored`, and without Go they fail.

mod known;
mod process;
mod stream;

use std::collections::BTreeMap;
use std::path::Path;

use blkspec::env::Scratch;
use libtest_mimic::Trial;
use serde_json::Value;

use known::{Known, check_equal};
use process::{Encryption, Server};
use stream::{Opened, consumer_names, metadata};

pub(crate) fn trials() -> Vec<Trial> {
    let journeys = [
        ("plain", Encryption::None, "none", End::Stopped),
        ("plain_s2", Encryption::None, "s2", End::Stopped),
        ("chacha", Encryption::ChaCha, "none", End::Stopped),
        ("chacha_s2", Encryption::ChaCha, "s2", End::Stopped),
        ("aes", Encryption::Aes, "none", End::Stopped),
        ("aes_s2", Encryption::Aes, "s2", End::Stopped),
        ("plain_killed", Encryption::None, "none", End::Killed),
        ("aes_s2_killed", Encryption::Aes, "s2", End::Killed),
    ];
    let trial = |(name, encryption, compression, end)| {
        Trial::test(format!("it::server::there_and_back_{name}"), move || {
            there_and_back(encryption, compression, end);
            Ok(())
        })
        .with_ignored_flag(true)
    };
    journeys.map(trial).into()
}

/// How the server ends before the reference opens what it left.
#[derive(Clone, Copy)]
enum End {
    Stopped,
    Killed,
}

#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]
fn there_and_back(encryption: Encryption, compression: &str, end: End) {
    let scratch = Scratch::new(None).unwrap();
    let server = Server::new(&scratch.path().join("store"), encryption);
    let killed = matches!(end, End::Killed);
    let filled = server.run(&["fill", "-compression", compression], killed);
    let [filled] = filled.as_slice() else { panic!("expected one report of the server, got {}", filled.len()) };
    let names = stream_names(filled);
    assert!(names.len() >= 9, "the server made only {names:?}");

    let left = left_behind(&server, filled, &scratch.path().join("copy"), end);

    // What the server left behind, and what the reference makes of it.
    let mut written = BTreeMap::new();
    for name in &names {
        let directory = server.stream_dir(filled, name);
        let before = metadata(&directory);
        let mut opened = Opened::open(&directory, name, encryption);
        check_equal(&format!("{name}, left by the server"), &Known::of_server(&left, name), &opened.known());
        stream::write(&mut opened);
        written.insert(name.clone(), (opened.known(), opened.unseen()));
        opened.stop();
        assert_eq!(metadata(&directory), before, "{name}: the metadata belongs to the server");
    }

    // A server that had nothing to tell would pass.
    let everything: Vec<_> = written.values().map(|(known, _)| known).collect();
    for fact in ["consumer explicit pending", "consumer worker redelivered", "subject keys.short.9", "message 001000"] {
        assert!(everything.iter().any(|known| known.has(fact)), "nobody knows of any {fact}");
    }
    assert!(written.values().flat_map(|(_, unseen)| unseen.values()).flatten().count() > 1000);
    assert!(server.stream_dir(&left, "BLOCKS").join("msgs/5.blk").exists(), "too few blocks");

    // The server on what the reference wrote.
    let resumed = server.run(&["resume"], killed);
    let [first, last] = resumed.as_slice() else { panic!("expected two reports of the server, got {}", resumed.len()) };
    assert_eq!(stream_names(first), names);
    for (name, (known, unseen)) in &written {
        check_equal(&format!("{name}, left by the reference"), known, &Known::of_server(first, name));
        for (consumer, expected) in unseen {
            let fetched = fetched(last, name, consumer);
            let found: Vec<_> = fetched.iter().filter(|message| expected.contains(message)).collect();
            assert_eq!(
                found.len(),
                expected.len(),
                "{name}: {consumer} was given {fetched:?} and not all of {expected:?}"
            );
        }
    }

    // And the reference once more.
    let left = left_behind(&server, last, &scratch.path().join("second copy"), end);
    for name in &names {
        let mut opened = Opened::open(&server.stream_dir(last, name), name, encryption);
        check_equal(&format!("{name}, left by the server again"), &Known::of_server(&left, name), &opened.known());
        assert!(
            !consumer_names(&server.stream_dir(last, name)).is_empty() || name == "MIRROR",
            "{name} has lost its consumers"
        );
        opened.stop();
    }
}

/// What is to be found in the directory of a server that reported `reported` last. One that was killed has not written all that
/// it knew; what counts then is what a server makes of a copy.
fn left_behind(server: &Server, reported: &Value, copy: &Path, end: End) -> Value {
    match end {
        End::Stopped => reported.clone(),
        End::Killed => server.copy_of_the_killed(copy).run(&["look"], false).remove(0),
    }
}

#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
fn stream_names(report: &Value) -> Vec<String> {
    let streams = report.get("streams").and_then(Value::as_array).unwrap();
    streams.iter().map(|stream| stream.get("name").and_then(Value::as_str).unwrap().to_owned()).collect()
}

/// The sequences that a consumer was given for the first time, with their subjects.
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
fn fetched(report: &Value, stream: &str, consumer: &str) -> Vec<(u64, String)> {
    let all = report.get("fetched").and_then(|all| all.get(format!("{stream} {consumer}"))).and_then(Value::as_array);
    let number = |message: &Value, name: &str| message.get(name).and_then(Value::as_u64).unwrap();
    all.unwrap()
        .iter()
        .filter(|message| number(message, "delivered") == 1)
        .map(|message| (number(message, "seq"), message.get("subject").and_then(Value::as_str).unwrap().to_owned()))
        .collect()
}
