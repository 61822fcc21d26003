//! Damage as a state to be reached: every kind of file in every way, counted when the file was there and the store, with
//! something in it, was opened again afterwards.

use crate::harness::store_files::Kind;

/// How many kinds of files there are, and how many ways to damage one.
const KINDS: usize = 7;
const WAYS: usize = 5;

/// The states: a row for each kind of file.
pub(super) const DAMAGE: [[&str; WAYS]; KINDS] = [
    ["index.db removed", "index.db cut", "index.db extended", "index.db with a bit flipped", "index.db put back old"],
    ["a block removed", "a block cut", "a block extended", "a block with a bit flipped", "a block put back old"],
    [
        "a block's key removed",
        "a block's key cut",
        "a block's key extended",
        "a block's key with a bit flipped",
        "a block's key put back old",
    ],
    ["thw.db removed", "thw.db cut", "thw.db extended", "thw.db with a bit flipped", "thw.db put back old"],
    ["sched.db removed", "sched.db cut", "sched.db extended", "sched.db with a bit flipped", "sched.db put back old"],
    ["o.dat removed", "o.dat cut", "o.dat extended", "o.dat with a bit flipped", "o.dat put back old"],
    ["metadata removed", "metadata cut", "metadata extended", "metadata with a bit flipped", "metadata put back old"],
];

/// The state that a command of the harness, which went well, leads to.
pub(super) fn damage(words: &[&str]) -> Option<&'static str> {
    let (way, path) = match words {
        ["rm", path, ..] => (0, path),
        ["truncate-file", path, ..] => (1, path),
        ["write", path, .., "offset=max"] => (2, path),
        ["flip", path, ..] => (3, path),
        ["cp", from, path, ..] if from.starts_with("kept/") => (4, path),
        _ => return None,
    };
    let kind = match (path.rsplit('/').next().unwrap_or_default(), Kind::of(path)) {
        ("index.db", _) => 0,
        (_, Kind::Block(_)) => 1,
        ("thw.db", _) => 3,
        ("sched.db", _) => 4,
        ("o.dat", _) => 5,
        (name, _) if name.starts_with("meta.") => 6,
        (name, _) if name.ends_with(".key") => 2,
        _ => return None,
    };
    DAMAGE.get(kind).and_then(|row| row.get(way)).copied()
}
