//! Pages typed in: every listing is written, every command run in a directory of its own, and what it prints is what the page says.
//!
//! Directions stand in a page as comments, several between `;`: `file: NAME` before a listing, `copy: NAME` for a file that is taken
//! over, `not run` before commands that cannot be run here, `output left out` before commands of which it is enough that they succeed
//! (with `may differ`, or that they find a difference, which is not the page's fault), `needs Go` before those that ask the Go store,
//! `CI runs it` before lines of `.ci/run`, `figures change` where numbers above 0, and which cases are named, grow with the corpus. A
//! line `…` is any lines; what an operation cost, hashes and times of day are not compared. A block without any direction is run, so
//! that none is left out by accident.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Stdio};

use super::command::{Place, checkout};

/// How pages write the directory in which their readers work.
const HERE: &str = "/home/you/";

/// How pages call the program before it is installed.
const BUILT: &str = "cargo run --release -- ";

/// What a page has its reader do.
pub(crate) enum Act {
    /// Write this file.
    Write(String, String),
    /// Take this file over from the adapter.
    Copy(String),
    /// Run this command, which prints these lines.
    Run { command: String, prints: Vec<String>, directions: Vec<String> },
}

/// Which commands of a page are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meant {
    /// Those that need no Go.
    WithoutGo,
    /// Those that do.
    WithGo,
}

/// The acts of a page in their order.
pub(crate) fn acts(page: &str) -> Vec<Act> {
    let text = std::fs::read_to_string(checkout(page)).unwrap();
    let mut acts = Vec::new();
    let mut directions: Vec<String> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")) {
            directions = text.split("; ").map(str::to_owned).collect();
            acts.extend(text.strip_prefix("copy: ").map(|name| Act::Copy(name.to_owned())));
        } else if line.starts_with("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let file = directions.iter().find_map(|direction| direction.strip_prefix("file: "));
            match (line, file) {
                (_, Some(name)) => acts.push(Act::Write(name.to_owned(), body.join("\n") + "\n")),
                _ if directions.iter().any(|direction| direction == "not run") => {}
                // Documentation tests compile and run these.
                ("```rust", None) => {}
                ("```console", None) => acts.extend(session(&body, &directions)),
                _ => panic!("{page}: {line} with the directions {directions:?} would be left out"),
            }
            directions.clear();
        }
    }
    acts
}

/// The commands of a listing.
fn session(body: &[&str], directions: &[String]) -> Vec<Act> {
    let mut acts: Vec<Act> = Vec::new();
    for line in body {
        match (line.strip_prefix("$ "), acts.last_mut()) {
            (Some(command), _) => {
                acts.push(Act::Run { command: command.to_owned(), prints: Vec::new(), directions: directions.to_vec() })
            }
            (None, Some(Act::Run { prints, .. })) => prints.push((*line).to_owned()),
            (None, _) => panic!("output before any command: {line}"),
        }
    }
    acts
}

/// Makes what pages find in a checkout visible in `place`.
fn furnish(place: &Place) {
    for shared in ["corpus", "golden", "adapters"] {
        #[cfg(unix)]
        std::os::unix::fs::symlink(checkout(shared), place.path(shared)).unwrap();
        #[cfg(not(unix))]
        place.copy(shared, shared);
    }
}

/// Does in `place` what a page has its reader do, with listings and copies in the directory `mine` and the adapter's files from
/// `adapter`; gives the number of commands, all of which print what the page says.
pub(crate) fn type_in(page: &str, place: &Place, (mine, adapter): (&str, &str), meant: Meant) -> usize {
    furnish(place);
    let here = place.path("").display().to_string();
    let mut code = 0;
    let mut commands = 0;
    for act in acts(page) {
        match act {
            Act::Write(name, text) => place.write(&format!("{mine}/{name}"), text),
            Act::Copy(name) => place.copy(&format!("{adapter}/{name}"), &format!("{mine}/{name}")),
            Act::Run { command, prints, directions } => {
                let says = |wanted: &str| directions.iter().any(|direction| direction == wanted);
                if says("CI runs it") {
                    let ci = std::fs::read_to_string(checkout(".ci/run")).unwrap();
                    assert!(ci.lines().any(|line| line == command), "{page}: .ci/run does not run `{command}`");
                    continue;
                }
                if says("needs Go") != (meant == Meant::WithGo) {
                    continue;
                }
                let (ended, printed) = shell(place, code, &command, meant);
                let printed: Vec<String> = printed.iter().map(|line| line.replace(&here, HERE)).collect();
                code = ended;
                let whole = printed.join("\n");
                if says("output left out") {
                    let expected = if says("may differ") { 0..=1 } else { 0..=0 };
                    let well = expected.contains(&code) && !printed.is_empty();
                    assert!(well, "$ {command}\n{whole}\n(exit code {code})");
                } else {
                    let same = same(&prints, &printed, says("figures change"));
                    assert!(same, "{page} is to say:\n\n$ {command}\n{whole}\n\n(exit code {code})");
                }
                commands += 1;
            }
        }
    }
    commands
}

/// Runs a command after one that ended with `before`: its exit code and the lines that it printed. Programs in the place's own `bin`
/// come first.
fn shell(place: &Place, before: i32, command: &str, meant: Meant) -> (i32, Vec<String>) {
    let command = match command.strip_prefix(BUILT) {
        Some(words) => format!("blkspec {words}"),
        None => command.to_owned(),
    };
    let binary = Path::new(env!("CARGO_BIN_EXE_blkspec")).parent().unwrap().to_owned();
    let before_all = [place.path("bin"), binary];
    let others = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(before_all.into_iter().chain(std::env::split_paths(&others))).unwrap();
    // What needs no Go shall not find any.
    let without_go = (meant == Meant::WithoutGo).then_some(("BLKSPEC_GO", "no-go-is-needed"));
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; (exit {before}); {command}")])
        .current_dir(place.path("."))
        .env("PATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(without_go)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text.lines().map(str::to_owned).collect())
}

/// Whether the lines are the ones in the page.
fn same(page: &[String], printed: &[String], figures_change: bool) -> bool {
    let Some((first, rest)) = page.split_first() else { return printed.is_empty() };
    if first == "…" {
        return (0..=printed.len()).any(|from| same(rest, printed.get(from..).unwrap_or_default(), figures_change));
    }
    let masked = |line: &str| {
        let changes = figures_change || line.contains("  cost: ");
        let line = steady(line.split(" (first in ").next().unwrap_or_default());
        if changes { without_figures(&line) } else { line }
    };
    printed.split_first().is_some_and(|(line, more)| masked(first) == masked(line) && same(rest, more, figures_change))
}

/// A line without hashes and times of day, which are others at every run.
fn steady(line: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches(',');
        let is_hash = bare.len() == 64 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_time = bare.parse::<jiff::Timestamp>().is_ok();
        if is_hash || is_time { "…".to_owned() } else { word.to_owned() }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A line with `#` for every number above 0, without the names of cases, and the columns as they come.
fn without_figures(line: &str) -> String {
    let is_case =
        |word: &str| word.split_once('/').is_some_and(|(_, name)| name.contains('-') && !name.contains(['.', '/']));
    let word = |word: &str| match word.parse::<u64>() {
        Ok(number) if number > 0 => "#".to_owned(),
        Err(_) if is_case(word) => "TOPIC/CASE".to_owned(),
        _ => word.to_owned(),
    };
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}
