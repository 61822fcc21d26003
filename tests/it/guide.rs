//! `docs/adapter.md`, typed in (`page.rs` says how): what its commands print is what the guide says, and in the end the adapter is
//! that of `adapters/python-decoders`, byte for byte.
//!
//! The listings are held to the adapter without Python; the commands need Python and Mono, so that `cargo test` leaves them out, and
//! CI asks for them with `--ignored`.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use libtest_mimic::Trial;

use super::command::{Place, checkout};
use super::page::{Act, Meant, acts, type_in};
use super::partial_port::{ADAPTER, needs};

/// The page.
const GUIDE: &str = "docs/adapter.md";

/// The directory in which the guide has its reader work.
const MINE: &str = "my-port";

pub(crate) fn trials() -> Vec<Trial> {
    let listings = Trial::test("it::guide::its_listings_are_the_adapter", || {
        its_listings_are_the_adapter();
        Ok(())
    });
    let typed_in = Trial::test("it::guide::its_commands_print_what_it_says", || {
        its_commands_print_what_it_says();
        Ok(())
    });
    vec![listings, typed_in.with_ignored_flag(true)]
}

fn its_listings_are_the_adapter() {
    let place = Place::new();
    for act in acts(GUIDE) {
        match act {
            Act::Write(name, text) => place.write(&format!("{MINE}/{name}"), text),
            Act::Copy(name) => place.copy(&format!("{ADAPTER}/{name}"), &format!("{MINE}/{name}")),
            Act::Run { .. } => {}
        }
    }
    same_files(&place);
}

/// Whether the reader now has the Python files of the adapter.
fn same_files(place: &Place) {
    let mut compared = 0;
    for entry in std::fs::read_dir(checkout(ADAPTER)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".py") {
            let (mine, theirs) = (place.read(&format!("{MINE}/{name}")), checkout(&format!("{ADAPTER}/{name}")));
            assert_eq!(String::from_utf8(mine).unwrap(), std::fs::read_to_string(theirs).unwrap(), "{name}");
            compared += 1;
        }
    }
    assert_eq!(compared, 6);
}

fn its_commands_print_what_it_says() {
    needs("python3", "install Python 3.9 or newer");
    needs("mcs", "install Mono (mono-mcs)");
    let place = Place::new();
    let commands = type_in(GUIDE, &place, (MINE, ADAPTER), Meant::WithoutGo);
    assert!(commands > 10, "only {commands} commands were found");
    same_files(&place);
}
