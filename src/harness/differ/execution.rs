//! Runs one program on two ports side by side: after every command the answers are compared, at every stop and crash the
//! directories, and where the program says so the two stores exchange their directories before they are opened again.
//!
//! The run ends at the first difference. What only a command of the harness cannot do (a saved state that was never saved) is
//! an answer like any other, as long as both sides agree; it comes up when shrinking has taken a command away.

use super::DiffError;
use super::difference::{Class, Difference};
use super::program::{Program, hands_change};
use super::states::{Observer, Reached};
use crate::env::FsResult;
use crate::format::snapshot::ERROR_FILE;
use crate::harness::case::{Case, Compression, Paragraph, Statement};
use crate::harness::execute::{AnswerLine, Interpreter, Stop};
use crate::harness::golden::{NO_SUCH_FILE, differing_files, identity, is_lost_on_both};
use crate::harness::port::{Port, PortFailure};
use crate::harness::runner::Session;
use crate::harness::store_files::StoreFiles;
use crate::harness::workdir::WorkRoot;

/// The commands that make sense only while the store is down.
const NEEDS_A_STORE_THAT_IS_DOWN: [&str; 8] = ["open", "rm", "cp", "mv", "write", "truncate-file", "flip", "mkdir"];

/// The answer of a port that panicked and lived.
const PANIC: &str = "error panic";

/// Two ports and the place for their files.
pub struct Sides<'a> {
    /// The port whose answers are expected.
    pub left: &'a mut Session,
    /// The port that is held to them.
    pub right: &'a mut Session,
    /// Where directories are made.
    pub root: &'a WorkRoot,
}

/// What a run came to.
#[derive(Debug)]
pub struct Executed {
    /// The first difference, if there was one.
    pub difference: Option<Difference>,
    /// How the left port itself failed, if that ended the run: there is nothing that the right one could be held to.
    pub left_failed: Option<Class>,
    /// What one of the ports does not support, if that ended the run.
    pub unsupported: Option<String>,
    /// How many commands were run.
    pub commands: u64,
    /// Where the program has been.
    pub reached: Reached,
}

impl Executed {
    fn nothing(commands: u64) -> Self {
        Self { difference: None, left_failed: None, unsupported: None, commands, reached: Reached::default() }
    }
}

/// Runs `program` on both sides.
pub fn execute(sides: &mut Sides<'_>, program: &Program) -> Result<Executed, DiffError> {
    let case = program.case()?;
    let left = sides.root.workspace(&format!("{}-left", program.name), program.setting)?;
    let right = sides.root.workspace(&format!("{}-right", program.name), program.setting)?;
    let roots = [left.root().to_path_buf(), right.root().to_path_buf()];
    let begun = {
        let (left_port, _) = sides.left.ready().map_err(DiffError::NoPort)?;
        let (right_port, _) = sides.right.ready().map_err(DiffError::NoPort)?;
        let interpreters = Interpreter::begin(left_port, &case, program.setting, left)
            .map_err(|stop| ("left", stop))
            .and_then(|begun| {
                let right = Interpreter::begin(right_port, &case, program.setting, right);
                right.map(|right| (begun, right)).map_err(|stop| ("right", stop))
            });
        match interpreters {
            Ok((left, right)) => {
                let run = Run {
                    program,
                    left: Side { interpreter: left, port: left_port },
                    right: Side { interpreter: right, port: right_port },
                    observer: Observer::new(program.setting),
                    commands: 0,
                    down: true,
                };
                run.all(&case)?
            }
            Err((side, stop)) => Ended::stopped(0, "begin", side, &stop),
        }
    };
    if begun.left_failed {
        sides.left.failed();
    }
    if begun.right_failed {
        sides.right.failed();
    }
    for root in &roots {
        sides.root.discard(root)?;
    }
    Ok(begun.executed)
}

/// A run that is over, with the ports that have to be started afresh.
struct Ended {
    executed: Executed,
    left_failed: bool,
    right_failed: bool,
}

impl Ended {
    fn stopped(at: usize, command: &str, side: &str, stop: &Stop) -> Self {
        let mut executed = Executed::nothing(at as u64);
        match stop {
            Stop::Unsupported { what, .. } => executed.unsupported = Some(format!("{what} ({side})")),
            Stop::Port { failure, .. } if side == "left" => {
                let how = if matches!(failure, PortFailure::TimedOut { .. }) { "timed out" } else { "crashed" };
                executed.left_failed = Some(Class::port(command.split(' ').next().unwrap_or_default(), side, how));
            }
            Stop::Port { failure, .. } => {
                let how = match failure {
                    PortFailure::TimedOut { .. } => "timed out",
                    _ => "crashed",
                };
                let class = Class::port(command.split(' ').next().unwrap_or_default(), side, how);
                let mut lines = vec![failure.to_string()];
                lines.extend(failure.stderr_tail().lines().map(str::to_owned));
                executed.difference = Some(one_sided(class, at, command, side, lines));
            }
            Stop::Case { text, .. } => {
                let class = Class::port(command.split(' ').next().unwrap_or_default(), side, "was not served");
                executed.difference = Some(one_sided(class, at, command, side, vec![text.clone()]));
            }
        }
        // A port in the midst of a case is started afresh.
        Self { executed, left_failed: true, right_failed: true }
    }
}

fn one_sided(class: Class, at: usize, command: &str, side: &str, lines: Vec<String>) -> Difference {
    let (left, right) = if side == "left" { (lines, Vec::new()) } else { (Vec::new(), lines) };
    Difference { class, at, command: command.to_owned(), file: None, left, right }
}

struct Side<'a> {
    interpreter: Interpreter,
    port: &'a mut dyn Port,
}

impl Side<'_> {
    /// The answer to a paragraph. What the harness cannot do is an answer, too.
    fn answer(&mut self, paragraph: &Paragraph) -> Result<Vec<String>, Stop> {
        match self.interpreter.paragraph(self.port, paragraph) {
            Ok(lines) => Ok(lines.into_iter().map(|AnswerLine { text, .. }| text).collect()),
            // What went wrong is the same on both sides; the directories that it names are not.
            Err(Stop::Case { text, .. }) => {
                let root = self.interpreter.workspace().root().to_string_lossy().into_owned();
                Ok(vec![text.replace(&root, "")])
            }
            Err(stop) => Err(stop),
        }
    }

    fn has_directory(&self) -> FsResult<bool> {
        let workspace = self.interpreter.workspace();
        workspace.fs().exists(&workspace.store_dir())
    }
}

struct Run<'a> {
    program: &'a Program,
    left: Side<'a>,
    right: Side<'a>,
    observer: Observer,
    commands: u64,
    /// Whether both stores are down, so that their files are the harness's.
    down: bool,
}

impl Run<'_> {
    fn all(mut self, case: &Case) -> Result<Ended, DiffError> {
        for (at, (paragraph, command)) in case.paragraphs.iter().zip(&self.program.commands).enumerate() {
            // Nobody opens a store that is open or touches its files; it comes up when shrinking has taken the stop away.
            if !self.down && NEEDS_A_STORE_THAT_IS_DOWN.contains(&command_name(paragraph)) {
                continue;
            }
            if hands_change(command) {
                self.exchange()?;
            }
            // A left port that fails has said nothing that the right one could be held to, and is no use any more. Where it
            // never ends, one inside this process might not either, and nobody could stop it.
            let left = match self.left.answer(paragraph) {
                Ok(left) => left,
                Err(stop) => return Ok(self.stopped(at, command, "left", &stop)),
            };
            if left.iter().any(|line| line == PANIC) {
                let mut ended = self.ended(None);
                ended.executed.left_failed = Some(Class::port(command_name(paragraph), "left", "panicked"));
                return Ok(ended);
            }
            let right = match self.right.answer(paragraph) {
                Ok(right) => right,
                Err(stop) => return Ok(self.stopped(at, command, "right", &stop)),
            };
            self.commands += 1;
            self.observer.see(command, &left);
            let aside = |lines| without(lines, if self.compressed() { &ENCODED_SIZES } else { &RACING_SIZES });
            let (left, right) = (aside(left), aside(right));
            let difference = match answer_difference(at, paragraph, command, &left, &right) {
                Some(difference) => Some(difference),
                None => self.after(at, paragraph, command)?,
            };
            if difference.is_some() {
                return Ok(self.ended(difference));
            }
        }
        Ok(self.ended(None))
    }

    /// What is to be compared once `command` was answered alike.
    fn after(&mut self, at: usize, paragraph: &Paragraph, command: &str) -> Result<Option<Difference>, DiffError> {
        match command_name(paragraph) {
            "stop" | "crash" | "delete" => {
                self.down = true;
                self.files(at, command)
            }
            "open" | "restart" => {
                self.down = false;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn files(&mut self, at: usize, command: &str) -> Result<Option<Difference>, DiffError> {
        let Some(open) = self.left.interpreter.last_open() else {
            return Ok(None);
        };
        if !self.left.has_directory()? || !self.right.has_directory()? {
            return Ok(None);
        }
        let (stream, keys) = identity(&open);
        let (left, right) = (self.left.interpreter.workspace(), self.right.interpreter.workspace());
        let expected = StoreFiles::new(left.fs(), &left.store_dir(), &stream, keys.clone());
        let found = StoreFiles::new(right.fs(), &right.store_dir(), &stream, keys);
        self.observer.files(&expected)?;
        let compressed = self.compressed();
        let mut differences = Vec::new();
        for difference in differing_files(&expected, &found)? {
            // Copies that the program keeps are compared when they are back in their place, where their keys are.
            let kept = difference.path.starts_with("kept/");
            let missing = [&difference.expected, &difference.found].iter().any(|lines| **lines == [NO_SUCH_FILE]);
            // What restoring says went wrong is a text of its own; that it went wrong is said by the file.
            let errors = difference.path == ERROR_FILE && !missing;
            if !kept && !errors && (missing || !is_lost_on_both(&difference.path, &expected, &found, compressed)?) {
                differences.push(difference);
            }
        }
        let Some(first) = differences.into_iter().next() else {
            return Ok(None);
        };
        let class = Class::file(
            &first.path,
            first.expected.first().map(String::as_str),
            first.found.first().map(String::as_str),
        );
        let name = format!("{command} ({})", first.path);
        let file = Some(first.path);
        Ok(Some(Difference { class, at, command: name, file, left: first.expected, right: first.found }))
    }

    fn compressed(&self) -> bool {
        self.program.setting.compression != Compression::None
    }

    fn exchange(&mut self) -> Result<(), DiffError> {
        if self.left.has_directory()? && self.right.has_directory()? {
            self.left.interpreter.workspace().exchange(self.right.interpreter.workspace())?;
            self.observer.handed_over();
        }
        Ok(())
    }

    /// The run ended at `stop`; where it has been before counts all the same.
    fn stopped(self, at: usize, command: &str, side: &str, stop: &Stop) -> Ended {
        let mut ended = Ended::stopped(at, command, side, stop);
        ended.executed.reached = self.observer.reached();
        ended
    }

    fn ended(self, difference: Option<Difference>) -> Ended {
        let left_failed = self.left.interpreter.end(self.left.port).is_err();
        let right_failed = self.right.interpreter.end(self.right.port).is_err();
        let executed = Executed { difference, reached: self.observer.reached(), ..Executed::nothing(self.commands) };
        Ended { executed, left_failed, right_failed }
    }
}

fn command_name(paragraph: &Paragraph) -> &'static str {
    match paragraph.statements.first() {
        Some(Statement::Command(command)) => command.spec.name,
        _ => "a loop",
    }
}

/// Sizes on disk, which are the encoder's to choose in a compressed store: those of blocks, of what was lost, of all together.
const ENCODED_SIZES: [&str; 3] = ["rbytes", "lost_bytes", "total"];
/// Go adds what is lost of several blocks up in goroutines that take turns by chance; the bytes of a block whose sequences were
/// counted before are not added.
const RACING_SIZES: [&str; 1] = ["lost_bytes"];

/// Answers without the sizes of these names.
fn without(lines: Vec<String>, sizes: &[&str]) -> Vec<String> {
    let aside = |line: String| {
        let used = line.starts_with("total ") && line.contains(" reported ");
        let mut before = "";
        let word = |word| {
            let size = sizes.contains(&before) && (before != "total" || used);
            before = word;
            if size { "~" } else { word }
        };
        line.split(' ').map(word).collect::<Vec<_>>().join(" ")
    };
    lines.into_iter().map(aside).collect()
}

fn answer_difference(
    at: usize,
    paragraph: &Paragraph,
    command: &str,
    left: &[String],
    right: &[String],
) -> Option<Difference> {
    if left == right {
        return None;
    }
    let line = (0..).find(|line| left.get(*line) != right.get(*line))?;
    let text = |lines: &'_ [String]| lines.get(line).cloned();
    let (a, b) = (text(left), text(right));
    let class = Class::answer(command_name(paragraph), a.as_deref(), b.as_deref());
    let command = command.to_owned();
    Some(Difference { class, at, command, file: None, left: left.to_vec(), right: right.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_chance_decides_are_left_aside_and_nothing_else() {
        let line = "block 1  msgs 1  bytes 31  rbytes 139  lost [1] lost_bytes 31".to_owned();
        assert_eq!(
            without(vec![line], &RACING_SIZES),
            ["block 1  msgs 1  bytes 31  rbytes 139  lost [1] lost_bytes ~"]
        );
        let check = |line: &str, expected: &str| assert_eq!(without(vec![line.to_owned()], &ENCODED_SIZES), [expected]);
        check("block 1  first 1@0s  msgs 1  bytes 31  rbytes 139", "block 1  first 1@0s  msgs 1  bytes 31  rbytes ~");
        check("msgs 2  bytes 95  lost [] lost_bytes 23", "msgs 2  bytes 95  lost [] lost_bytes ~");
        check("total 139 reported 31", "total ~ reported 31");
        check("total 12 valid_through 584", "total 12 valid_through 584");
    }
}
