//! What people see on a terminal: colours and a bar where it shows them, neither elsewhere, and no colour for whoever says so.
//!
//! The terminal is a pseudo-terminal of the machine's, so that the command cannot tell it from a person's.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::broken_adapter;
use super::command::Place;

super::trials![
    a_terminal_has_colours_and_a_bar,
    who_says_no_colour_gets_none,
    what_is_no_terminal_gets_none_unless_forced,
];

/// A case that the toy answers in full.
const CASE: &str = "settings: none/none because the toy has no other\n\nopen\nstore foo \"abc\"\nload 1\n";

/// Variables by which users say what they want.
const WISHES: [&str; 5] = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "CI"];

/// A case that the port of this place fails.
fn place() -> (Place, String) {
    let place = Place::new().with_env(broken_adapter::VARIABLE, "honest");
    place.write("cases/a.case", CASE);
    let port = format!("cmd:{}", std::env::current_exe().unwrap().display());
    let (code, text) = place.run(&["record", "--corpus", "cases", "--port", &port]);
    assert_eq!(code, 0, "{text}");
    (place, port)
}

/// `blkspec run` of that case with these wishes.
fn command(place: &Place, port: &str, wishes: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blkspec"));
    command.args(["run", "--corpus", "cases", "--port", port]).current_dir(place.path("."));
    command.env(broken_adapter::VARIABLE, "loses_a_byte").stdin(Stdio::null());
    for wish in WISHES {
        command.env_remove(wish);
    }
    command.envs(wishes.iter().copied());
    command
}

/// Everything that the command writes to a terminal.
fn on_a_terminal(place: &Place, port: &str, wishes: &[(&str, &str)]) -> String {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
    let terminal = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
    let mut child = command(place, port, wishes).stdout(terminal()).stderr(terminal()).spawn().unwrap();
    let reader = thread::spawn(move || {
        let (mut controller, mut seen, mut chunk) = (File::from(controller), Vec::new(), [0; 4096]);
        // A terminal whose last user is gone ends with an error on Linux.
        while let Ok(count @ 1..) = controller.read(&mut chunk) {
            seen.extend(chunk.iter().take(count));
        }
        seen
    });
    assert_eq!(child.wait().unwrap().code(), Some(1));
    String::from_utf8(reader.join().unwrap()).unwrap()
}

fn a_terminal_has_colours_and_a_bar() {
    let (place, port) = place();
    let seen = on_a_terminal(&place, &port, &[("TERM", "xterm-256color")]);
    assert!(seen.contains("\x1b[1;31mFAIL \x1b[0ma [none/none]"), "{seen:?}");
    assert!(seen.contains("\x1b[31m    -") && seen.contains("\x1b[32m    +"), "{seen:?}");
    assert!(seen.contains("/1 runs"), "no bar in {seen:?}");
}

fn who_says_no_colour_gets_none() {
    let (place, port) = place();
    for wish in [("NO_COLOR", "1"), ("CLICOLOR", "0")] {
        let seen = on_a_terminal(&place, &port, &[("TERM", "xterm-256color"), wish]);
        // The bar may still go back over its line; `m` is what sets a colour.
        let coloured = seen
            .split("\x1b[")
            .skip(1)
            .any(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'));
        assert!(!coloured && seen.contains("FAIL a [none/none]"), "{wish:?}: {seen:?}");
    }
    let seen = on_a_terminal(&place, &port, &[("TERM", "dumb")]);
    assert!(!seen.contains('\x1b') && seen.contains("FAIL a [none/none]"), "{seen:?}");
}

fn what_is_no_terminal_gets_none_unless_forced() {
    let (place, port) = place();
    let piped = |wishes: &[(&str, &str)]| {
        let output = command(&place, &port, wishes).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let plain = piped(&[("TERM", "xterm-256color")]);
    assert!(!plain.contains('\x1b') && !plain.contains("/1 runs") && plain.contains("FAIL a"), "{plain:?}");
    assert!(piped(&[("CLICOLOR_FORCE", "1")]).contains("\x1b[1;31mFAIL "));
    assert!(!piped(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\x1b'));
}
