//! `docs/adapter.md`, typed in: every listing is written, every command run in a directory of its own, and what it prints is what
//! the guide says it prints; in the end the adapter is that of `adapters/python-decoders`, byte for byte.
//!
//! Directions stand in the guide as comments: `file: NAME` before a listing, `copy: NAME` for a file that is taken over, `not run`
//! before commands that cannot be run here, `figures change` where numbers above 0, and which cases are named, grow with the corpus.
//! A line `…` is any lines; what an operation cost, hashes and times of day are not compared. The listings are held to the adapter
//! without Python; the commands need Python and Mono,
//! so that `cargo test` leaves them out, and CI asks for them with `--ignored`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use super::command::{Place, checkout};
use super::partial_port::{ADAPTER, needs};

/// The page.
const GUIDE: &str = "docs/adapter.md";

/// How pages write the directory in which their readers work.
const HERE: &str = "/home/you/";

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

/// What the guide has its reader do.
enum Act {
    /// Write this file.
    Write(String, String),
    /// Take this file over from the adapter.
    Copy(String),
    /// Run this command, which prints these lines.
    Run { command: String, prints: Vec<String>, figures_change: bool },
}

/// The acts of a page in their order.
fn acts(page: &str) -> Vec<Act> {
    let guide = std::fs::read_to_string(checkout(page)).unwrap();
    let mut acts = Vec::new();
    let mut direction = String::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")) {
            direction = text.to_owned();
            if let Some(name) = text.strip_prefix("copy: ") {
                acts.push(Act::Copy(name.to_owned()));
            }
        } else if line.starts_with("```") && line.len() > 3 {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            match (line, direction.strip_prefix("file: ")) {
                ("```python", Some(name)) => acts.push(Act::Write(name.to_owned(), body.join("\n") + "\n")),
                (_, None) if direction == "not run" => {}
                ("```console", None) => acts.extend(session(&body, &direction)),
                _ => panic!("{line} after the direction {direction:?}"),
            }
            direction.clear();
        }
    }
    acts
}

/// The commands of a listing.
fn session(body: &[&str], direction: &str) -> Vec<Act> {
    let figures_change = direction == "figures change";
    let mut acts: Vec<Act> = Vec::new();
    for line in body {
        match (line.strip_prefix("$ "), acts.last_mut()) {
            (Some(command), _) => {
                acts.push(Act::Run { command: command.to_owned(), prints: Vec::new(), figures_change });
            }
            (None, Some(Act::Run { prints, .. })) => prints.push((*line).to_owned()),
            (None, _) => panic!("output before any command: {line}"),
        }
    }
    acts
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
    let commands = type_in(GUIDE, &place);
    assert!(commands > 10, "only {commands} commands were found");
    same_files(&place);
}

/// Does in `place` what a page has its reader do, and gives the number of commands, all of which print what the page says.
pub(crate) fn type_in(page: &str, place: &Place) -> usize {
    for shared in ["corpus", "golden", "adapters"] {
        symlink(checkout(shared), place.path(shared)).unwrap();
    }
    let here = place.path("").display().to_string();
    let mut code = 0;
    let mut commands = 0;
    for act in acts(page) {
        match act {
            Act::Write(name, text) => place.write(&format!("{MINE}/{name}"), text),
            Act::Copy(name) => place.copy(&format!("{ADAPTER}/{name}"), &format!("{MINE}/{name}")),
            Act::Run { command, prints, figures_change } => {
                let (ended, printed) = shell(&place.path("."), code, &command);
                let printed: Vec<String> = printed.iter().map(|line| line.replace(&here, HERE)).collect();
                code = ended;
                let whole = printed.join("\n");
                assert!(same(&prints, &printed, figures_change), "$ {command}\n{whole}\n(exit code {code})");
                commands += 1;
            }
        }
    }
    commands
}

/// Runs a command after one that ended with `before`: its exit code and the lines that it printed.
fn shell(directory: &Path, before: i32, command: &str) -> (i32, Vec<String>) {
    let binary = Path::new(env!("CARGO_BIN_EXE_blkspec")).parent().unwrap().to_str().unwrap().to_owned();
    let path = format!("{binary}:{}", std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; (exit {before}); {command}")])
        .current_dir(directory)
        .env("PATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text.lines().map(str::to_owned).collect())
}

/// Whether the lines are the ones in the guide.
fn same(guide: &[String], printed: &[String], figures_change: bool) -> bool {
    let Some((first, rest)) = guide.split_first() else { return printed.is_empty() };
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
