//! Every golden as text: what its directory says, byte for byte with its meaning, is a snapshot, so that a golden that changes is
//! read as a difference of dumps with `cargo insta review` and not taken on trust.
//!
//! The setting is none/none, in which nothing but the meaning is in the way; the other settings hold the same store and are held to
//! it by `golden check`.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use blkspec::harness::golden::{Golden, Goldens};

use super::command::{Place, checkout};

super::trials![every_golden_says_what_was_reviewed, no_snapshot_is_of_a_golden_that_is_gone];

/// Where the snapshots lie.
const REVIEWED: &str = "tests/it/snapshots/goldens";

/// The goldens in the plain setting: a name for the snapshot, and the directory.
fn goldens() -> Vec<(String, String)> {
    let all = Goldens::beside(&checkout("corpus/cases")).select(&[]).unwrap();
    let name = |golden: &Golden| golden.manifest.case.replace('/', "__");
    all.iter().map(|golden| (name(golden), golden.dir.join("none-none").display().to_string())).collect()
}

fn every_golden_says_what_was_reviewed() {
    let goldens = goldens();
    assert!(goldens.len() >= 18, "{goldens:?}");
    let place = Place::new();
    insta::with_settings!({ snapshot_path => checkout(REVIEWED), prepend_module_to_snapshot => false, omit_expression => true }, {
        for (name, directory) in goldens {
            // One holds a file that Go left and that means nothing, which is said with the exit code.
            let (code, dump) = place.run(&["inspect", &directory]);
            assert!(dump.starts_with("== meta.inf\n"), "{directory}: {dump}");
            insta::assert_snapshot!(name, format!("{dump}exit {code}\n"));
        }
    });
}

fn no_snapshot_is_of_a_golden_that_is_gone() {
    let names: Vec<String> = goldens().into_iter().map(|(name, _)| format!("{name}.snap")).collect();
    for entry in std::fs::read_dir(checkout(REVIEWED)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name) || name.ends_with(".snap.new"), "{REVIEWED}/{name}: there is no such golden");
    }
}
