//! Adapters that are broken on purpose, one fault each: the toy port behind a line that is spoilt before it is written.
//!
//! A fault is a name in the variable [`VARIABLE`]; `honest` spoils nothing. Each is what a real adapter got wrong once,
//! or easily could.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an adapter for tests may die of what it did not expect"
)]
#![expect(clippy::print_stderr, reason = "an adapter may say on stderr what it likes")]

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;

use blkspec::harness::process::ProcessPort;
use blkspec::harness::serve;
use serde_json::{Value, json};

use super::toy_port::{Flaw, ToyPort};

/// Names the fault.
pub(crate) const VARIABLE: &str = "BLKSPEC_TEST_BROKEN_ADAPTER";

/// The adapter with this fault, as a port.
pub(crate) fn port(fault: &str) -> ProcessPort {
    let program = std::env::current_exe().unwrap();
    let mut port = ProcessPort::new(format!("cmd:broken {fault}"), program, Vec::new()).with_env(VARIABLE, fault);
    blkspec::harness::port::Port::set_deadline(&mut port, Duration::from_secs(20));
    port
}

/// Is the adapter until its input ends.
pub(crate) fn run(fault: &str) -> ExitCode {
    let mut port = match fault {
        "cannot_open" => ToyPort::new(Flaw::CannotOpen),
        "loses_a_byte" => ToyPort::new(Flaw::LosesAByte),
        _ => ToyPort::default(),
    };
    if fault == "deaf" {
        std::thread::sleep(Duration::from_secs(600));
    }
    let mut stdout = io::stdout().lock();
    if fault == "chatter_at_start" {
        writeln!(stdout, "Hosting environment: Production").unwrap();
    }
    for line in io::stdin().lock().lines() {
        let line = line.unwrap() + "\n";
        let request: Value = serde_json::from_str(&line).unwrap();
        let mut answer = Vec::new();
        serve_one(&mut port, &line, &mut answer);
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let op = request["op"].as_str().unwrap().to_owned();
        let bytes = spoil(fault, &op, answer);
        // Like any child, it ends when nobody reads any more.
        if stdout.write_all(&bytes).and_then(|()| stdout.flush()).is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

/// Lets the honest server answer one line; each line begins a session of the server's own.
fn serve_one(port: &mut ToyPort, line: &str, answer: &mut Vec<u8>) {
    let mut session = Vec::from(*b"{\"id\":\"0\",\"op\":\"start\",\"version\":1}\n");
    session.extend_from_slice(line.as_bytes());
    let mut answers = Vec::new();
    serve::serve(port, session.as_slice(), &mut answers).unwrap();
    let end_of_start = answers.iter().position(|byte| *byte == b'\n').unwrap();
    answer.extend(answers.into_iter().skip(end_of_start + 1));
}

/// The bytes that the adapter with `fault` writes instead of `answer`.
fn spoil(fault: &str, op: &str, mut answer: Value) -> Vec<u8> {
    match fault {
        "missing_id" => {
            answer.as_object_mut().unwrap().remove("id");
        }
        "wrong_id" => answer["id"] = json!("77"),
        "id_as_number" => answer["id"] = json!(answer["id"].as_str().unwrap().parse::<u64>().unwrap()),
        "integer_as_number" => through_double(&mut answer, &|double| json!(double)),
        "rounded_integer" => through_double(&mut answer, &|double| json!(format!("{double:.0}"))),
        "no_outcome" => answer = json!({ "id": answer["id"] }),
        "error_for_unknown" if op == "no_such_operation" => {
            answer = json!({ "id": answer["id"], "error": { "class": "other", "text": "what?" } });
        }
        "only_pure" | "only_pure_and_wrong" if op == "start" => answer["result"]["capabilities"] = json!(["pure"]),
        "only_pure_and_wrong" if op == "timestamp_normalized" => answer["result"]["ts"] = json!("7"),
        "only_pure" | "only_pure_and_wrong" if matches!(op, "open" | "state" | "store_msg" | "load_msg") => {
            answer = json!({ "id": answer["id"], "unsupported": op });
        }
        "strange_capability" if op == "start" => answer["result"]["capabilities"] = json!(["streams"]),
        "silent" => return Vec::new(),
        "hangs" if op == "advance" => std::thread::sleep(Duration::from_secs(600)),
        "store_hangs" if op == "store_msg" => std::thread::sleep(Duration::from_secs(600)),
        "dies" if op == "advance" => die("out of wind"),
        "store_dies" if op == "store_msg" => die("disk on fire"),
        "dies_at_start" => die("no licence found"),
        "noisy" => eprintln!("{}", "noise ".repeat(4000)),
        _ => {}
    }
    let line = format!("{answer}\n").into_bytes();
    match fault {
        "bad_json" => line.into_iter().filter(|byte| *byte != b':').collect(),
        "not_utf8" => [&b"{\"id\":\"\xff"[..], &line].concat(),
        "chatter" if op == "now" => [line, b"debug: served a request\n".to_vec()].concat(),
        "ends_lines_as_on_windows" => format!("{answer}\r\n").into_bytes(),
        "twice" => [line.clone(), line].concat(),
        "endless_line" => endless(),
        "torn" => {
            io::stdout().write_all(line.get(..9).unwrap()).unwrap();
            die("in the middle of it")
        }
        _ => line,
    }
}

fn die(last_words: &str) -> ! {
    eprintln!("{last_words}");
    io::stdout().flush().unwrap();
    std::process::exit(3)
}

/// Writes a line that never ends, until nobody reads.
fn endless() -> Vec<u8> {
    let chunk = [b'x'; 4096];
    while io::stdout().write_all(&chunk).is_ok() {}
    die("nobody reads")
}

/// Sends every decimal string in `value` through a double, as a careless JSON library does.
fn through_double(value: &mut Value, print: &dyn Fn(f64) -> Value) {
    match value {
        Value::Object(members) => {
            for (_, member) in members.iter_mut().filter(|(name, _)| *name != "id") {
                through_double(member, print);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| through_double(item, print)),
        Value::String(text) => {
            if text.parse::<i64>().is_ok() && text.len() > 9 {
                *value = print(text.parse::<f64>().unwrap());
            }
        }
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => panic!("the toy wrote the number {number}"),
    }
}
