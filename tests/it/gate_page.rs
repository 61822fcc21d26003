//! `docs/gate.md`, typed in: the commands of its example print what it says, from the first evidence to a forged one.
//!
//! The example judges the port in Python, so that `cargo test` leaves it out; CI asks for it with `--ignored`, and without Python
//! it fails.

use libtest_mimic::Trial;

use super::command::Place;
use super::page::{Meant, type_in};
use super::partial_port::{ADAPTER, needs};

pub(crate) fn trials() -> Vec<Trial> {
    let typed_in = Trial::test("it::gate_page::its_commands_print_what_it_says", || {
        needs("python3", "install Python 3.9 or newer");
        let commands = type_in("docs/gate.md", &Place::new(), ("my-port", ADAPTER), Meant::WithoutGo);
        assert!(commands > 8, "only {commands} commands were found");
        Ok(())
    });
    vec![typed_in.with_ignored_flag(true)]
}
