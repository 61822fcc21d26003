//! `run --known`: differences that are listed with a reason fail no run, and a list that does not say what is so does.
//!
//! The port is the toy with a flaw; its list is first proposed by `run --write-known` and completed as a person would.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;

use super::cases::{GOOD, World};

super::trials![
    a_proposal_lacks_what_somebody_has_to_say,
    a_complete_entry_makes_a_difference_known,
    entries_that_do_not_say_what_is_so,
    what_was_left_out_makes_no_entry_stale,
    faulty_lists,
    where_a_proposal_goes,
];

/// A case that the toy with a flaw passes.
const PLAIN: &str = "settings: none/none because the toy has no other\n\nopen\nstate\n";
const FLAW: &str = "loses_a_byte";

fn world() -> World {
    World::recorded(&[("good", GOOD), ("plain", PLAIN)])
}

/// Entries for the flaw, as proposed and completed.
fn list(world: &World) -> String {
    let (code, text) = world.blkspec(FLAW, &["run", "--write-known"]);
    assert_eq!(code, 1, "{text}");
    let at = text.find("# line").unwrap();
    let proposal = text.get(at..).unwrap().replace("reason = \"\"", "reason = \"payloads are cut\"");
    let proposal = proposal.replace("link = \"\"", "link = \"https://example.org/issues/7\"");
    let day = proposal.lines().find_map(|line| line.strip_prefix("expires = ")).unwrap();
    proposal.replace(day, "2999-01-01")
}

/// What `run` says with this list.
fn run(world: &World, fault: &str, list: &str, more: &[&str]) -> (i32, String) {
    let path = world.path("known.toml");
    std::fs::write(&path, list).unwrap();
    world.blkspec(fault, &[&["run", "--known", path.to_str().unwrap()], more].concat())
}

fn a_proposal_lacks_what_somebody_has_to_say() {
    let world = world();
    let (code, text) = world.blkspec(FLAW, &["run", "--write-known"]);
    assert_eq!(code, 1, "{text}");
    let proposal = text.get(text.find("# line").unwrap()..).unwrap();
    let day = proposal.lines().find_map(|line| line.strip_prefix("expires = ")).unwrap();
    insta::assert_snapshot!("proposal", proposal.replace(day, "DAY"));
    let (code, text) = run(&world, FLAW, proposal, &[]);
    assert_eq!((code, text.contains("`reason` is empty")), (2, true), "{text}");
}

fn a_complete_entry_makes_a_difference_known() {
    let world = world();
    let list = list(&world);
    let (code, text) = run(&world, FLAW, &list, &[]);
    insta::assert_snapshot!("known", text);
    assert_eq!(code, 0);
    let report = world.path("report.json");
    let (code, _) = run(&world, FLAW, &list, &["--json", report.to_str().unwrap()]);
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let number = |name: &str| json.pointer(&format!("/summary/{name}")).unwrap().as_u64().unwrap();
    assert_eq!((code, number("passed"), number("failed"), number("known"), number("stale")), (0, 1, 0, 1, 0));
    assert_eq!(json.pointer("/runs/0/kind").unwrap(), "bug");
}

fn entries_that_do_not_say_what_is_so() {
    let world = world();
    let list = list(&world);
    let mut out = String::new();
    let mut check = |what: &str, fault: &str, list: &str| {
        let (code, text) = run(&world, fault, list, &[]);
        writeln!(out, "{what}: exit {code}\n{text}").unwrap();
        assert_eq!(code, 1, "{out}");
    };
    check("it passes", "honest", &list);
    check("it crashes", "store_dies", &list);
    check("it is over", FLAW, &list.replace("2999-01-01", "2020-02-29"));
    check("nothing is called so", FLAW, &list.replace("case = \"good\"", "case = \"god\""));
    check("nothing runs so", FLAW, &list.replace("none/none", "aes/*"));
    check("it is wider than the difference", FLAW, &list.replace("case = \"good\"", "case = \"*\""));
    check("it says it twice", FLAW, &format!("{list}{list}"));
    insta::assert_snapshot!("stale", out);
}

fn what_was_left_out_makes_no_entry_stale() {
    let world = world();
    let list = list(&world);
    let (code, text) = run(&world, "honest", &list, &["plain"]);
    assert_eq!(code, 0, "{text}");
    // A name that no case has is wrong whatever runs.
    let (code, text) = run(&world, "honest", &list.replace("case = \"good\"", "case = \"god\""), &["plain"]);
    assert_eq!(code, 1, "{text}");
}

fn faulty_lists() {
    let world = world();
    let list = list(&world);
    let mut out = String::new();
    for (good, bad) in [
        ("kind = \"bug\"", "kind = \"mood\""),
        ("reason = \"payloads are cut\"", "reason = \" \""),
        ("link = \"https://example.org/issues/7\"\n", ""),
        ("2999-01-01", "\"soon\""),
        ("2999-01-01", "2999-01-01T10:00:00Z"),
        ("2999-01-01", "2999-02-30"),
        ("none/none", "none"),
        ("[\"none/none\"]", "[]"),
        ("case = \"good\"", "case = \"{good\""),
        ("fingerprint = \"", "fingerprint = \"0"),
        ("[[known]]", "[[known]]\nmood = \"good\""),
        ("[[known]]", "[known]"),
    ] {
        assert!(list.contains(good), "{list}");
        let (code, text) = run(&world, FLAW, &list.replace(good, bad), &[]);
        writeln!(out, "{}: {text}", bad.escape_debug()).unwrap();
        assert_eq!(code, 2, "{out}");
    }
    insta::assert_snapshot!("faulty", out);
}

fn where_a_proposal_goes() {
    let world = world();
    let path = world.path("proposed.toml");
    let option = format!("--write-known={}", path.display());
    let (code, text) = world.blkspec(FLAW, &["run", &option]);
    assert_eq!((code, text.contains("[[known]]")), (1, false), "{text}");
    let proposal = std::fs::read_to_string(&path).unwrap();
    assert!(proposal.contains("case = \"good\""), "{proposal}");
    let (code, text) = world.blkspec(FLAW, &["run", &option]);
    assert_eq!((code, text.as_str()), (2, "blkspec: --write-known: CORPUS/proposed.toml is there already\n"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), proposal);
    let (code, text) = world.blkspec(FLAW, &["run", "--write-known", "--json", "-"]);
    assert_eq!(code, 2, "{text}");
}
