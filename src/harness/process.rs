//! A port in a child process that speaks the adapter protocol over its stdin and stdout.
//!
//! One thread reads stdout by lines, one keeps the tail of stderr; the caller writes. No call outlives its deadline,
//! no line and no backlog outgrows its bound, and a pipe cannot deadlock: what might not fit a pipe is written by a
//! thread of its own while the answers are read. A child that fails is killed at once and stays failed until
//! [`Port::start`]. What the bytes mean is the protocol's business; stderr is kept and never judged.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::port::{Cost, Port, PortFailure, Reply};
use super::protocol::{Answer, Diagnosis, Op, Outcome, Request, Started, VERSION, shorten};
use crate::env::{Scratch, Stopwatch};

/// How long an operation may take unless somebody says otherwise.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);

/// The longest line that is read: a snapshot of 48 MiB fits.
pub const LINE_LIMIT: usize = 64 << 20;

/// Unread lines that the reader keeps before it lets the pipe fill.
const LINES_KEPT: usize = 4;

/// The bytes of stderr that are kept.
const STDERR_KEPT: usize = 16 << 10;

/// What a pipe takes without blocking on every system when it is empty, which it is once all requests are answered.
const PIPE_SURE: usize = 4096;

/// Requests, and bytes of requests, that are under way at most.
const WINDOW_OPS: usize = 256;
const WINDOW_BYTES: usize = 1 << 20;

/// How long a child may take to end after its stdin was closed, or after it closed its stdout.
const END_PATIENCE: Duration = Duration::from_secs(2);

/// A port in a child process.
#[derive(Debug)]
pub struct ProcessPort {
    name: String,
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    /// Where the child runs; None: where this process does.
    directory: Option<Scratch>,
    deadline: Duration,
    line_limit: usize,
    running: Option<Running>,
    failure: Option<PortFailure>,
    last_id: u64,
    cost: Cost,
}

/// The child and the ends of its pipes.
#[derive(Debug)]
struct Running {
    child: Child,
    /// Away while a thread writes.
    stdin: Option<ChildStdin>,
    lines: Receiver<Line>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
    stderr_reader: JoinHandle<()>,
    heard: bool,
}

/// What the reader of stdout found.
#[derive(Debug)]
enum Line {
    Text(Vec<u8>),
    Oversize,
    /// The end of stdout, and whether it came in the middle of a line.
    End {
        torn: bool,
    },
}

/// A request as it is sent: its id, its operation and its bytes with the newline.
struct Prepared<'a> {
    id: String,
    op: &'a Op,
    bytes: Vec<u8>,
}

impl ProcessPort {
    /// A port that runs `program` with `arguments`; nothing is started yet.
    pub fn new(name: impl Into<String>, program: impl Into<OsString>, arguments: Vec<OsString>) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            arguments,
            environment: Vec::new(),
            directory: None,
            deadline: DEFAULT_DEADLINE,
            line_limit: LINE_LIMIT,
            running: None,
            failure: None,
            last_id: 0,
            cost: Cost::default(),
        }
    }

    /// Sets a variable of the child's environment.
    #[must_use]
    pub fn with_env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Runs the child in a directory of its own, which goes with the port. The program's path must be absolute.
    #[must_use]
    pub fn in_directory(mut self, directory: Scratch) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Reads no line longer than `limit` bytes.
    #[must_use]
    pub fn with_line_limit(mut self, limit: usize) -> Self {
        self.line_limit = limit;
        self
    }

    fn spawn(&self) -> Result<Running, PortFailure> {
        let mut command = Command::new(&self.program);
        if let Some(directory) = &self.directory {
            command.current_dir(directory.path());
        }
        let mut child = command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| not_started(&format!("{}: {error}", self.program.display())))?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(not_started("the child has no pipes"));
        };
        let (sender, lines) = sync_channel(LINES_KEPT);
        let line_limit = self.line_limit;
        thread::spawn(move || read_lines(stdout, line_limit, &sender));
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let ring = Arc::clone(&kept);
        let stderr_reader = thread::spawn(move || keep_tail(stderr, &ring));
        Ok(Running { child, stdin: Some(stdin), lines, stderr: kept, stderr_reader, heard: false })
    }

    fn prepare<'a>(&mut self, op: &'a Op) -> Result<Prepared<'a>, PortFailure> {
        self.last_id += 1;
        let id = self.last_id.to_string();
        let request = Request { id: id.clone(), op: op.clone() };
        let mut bytes = serde_json::to_vec(&request)
            .map_err(|error| not_started(&format!("the request {} cannot be written: {error}", op.name())))?;
        bytes.push(b'\n');
        Ok(Prepared { id, op, bytes })
    }

    /// Runs one window of prepared requests; the last reply may be a failure.
    fn exchange(&mut self, window: &[Prepared<'_>]) -> Vec<Result<Reply, PortFailure>> {
        let Some(running) = self.running.as_mut() else {
            return vec![Err(self.failure.clone().unwrap_or_else(|| not_started("it was never started")))];
        };
        let watch = Stopwatch::start();
        let mut replies = Vec::with_capacity(window.len());
        let outcome = running.exchange(window, self.deadline, self.line_limit, &mut replies);
        if outcome.is_ok() {
            self.cost.operations += replies.len() as u64;
            self.cost.elapsed += watch.elapsed();
        }
        let mut replies: Vec<_> = replies.into_iter().map(Ok).collect();
        if let Err(fault) = outcome {
            replies.push(Err(self.fail(fault)));
        }
        replies
    }

    /// Ends the child and remembers why.
    fn fail(&mut self, fault: Fault) -> PortFailure {
        let (status, stderr_tail, heard) = match self.running.take() {
            Some(running) => running.end(&fault),
            None => (String::new(), String::new(), false),
        };
        let failure = match fault {
            Fault::Ended { torn } => {
                let where_torn = if torn { ", in the middle of a line" } else { "" };
                PortFailure::Crashed { status: format!("{status}{where_torn}"), stderr_tail }
            }
            Fault::Late { op, after } => PortFailure::TimedOut { op, after, silent: !heard, stderr_tail },
            Fault::Broken { op, diagnosis } => PortFailure::Protocol { diagnosis, op, stderr_tail },
        };
        self.failure = Some(failure.clone());
        failure
    }
}

impl Port for ProcessPort {
    fn name(&self) -> &str {
        &self.name
    }

    fn start(&mut self) -> Result<Started, PortFailure> {
        if let Some(running) = self.running.take() {
            running.close();
        }
        self.failure = None;
        self.running = Some(self.spawn()?);
        let reply = self.call(&Op::Start { version: VERSION })?;
        match reply.outcome {
            Outcome::Result(super::protocol::Output::Started(started)) => Ok(started),
            other => {
                let error = format!("start was not answered with a result but with {}", describe(&other));
                Err(self.fail(Fault::Broken { op: "start", diagnosis: Diagnosis::Shape { error } }))
            }
        }
    }

    fn call(&mut self, op: &Op) -> Result<Reply, PortFailure> {
        let prepared = self.prepare(op)?;
        let reply = self.exchange(&[prepared]).pop();
        reply.unwrap_or_else(|| Err(not_started("an exchange of one request gave no reply")))
    }

    fn call_many(&mut self, ops: &[Op]) -> Vec<Result<Reply, PortFailure>> {
        let mut replies = Vec::with_capacity(ops.len());
        let mut rest = ops.iter().peekable();
        while rest.peek().is_some() {
            let mut window = Vec::new();
            let mut bytes = 0;
            while let Some(op) = rest.next_if(|_| window.len() < WINDOW_OPS && bytes < WINDOW_BYTES) {
                match self.prepare(op) {
                    Ok(prepared) => {
                        bytes += prepared.bytes.len();
                        window.push(prepared);
                    }
                    Err(failure) => {
                        replies.push(Err(failure));
                        return replies;
                    }
                }
            }
            let mut answered = self.exchange(&window);
            let failed = answered.last().is_some_and(Result::is_err);
            replies.append(&mut answered);
            if failed {
                break;
            }
        }
        replies
    }

    fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    fn cost(&self) -> Cost {
        self.cost
    }

    fn stderr_tail(&self) -> String {
        match (&self.running, &self.failure) {
            (Some(running), _) => tail_of(&running.stderr),
            (None, Some(failure)) => failure.stderr_tail().to_owned(),
            (None, None) => String::new(),
        }
    }
}

impl Drop for ProcessPort {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.close();
        }
    }
}

/// What went wrong in an exchange, before the child's end is known.
enum Fault {
    Ended { torn: bool },
    Late { op: &'static str, after: Duration },
    Broken { op: &'static str, diagnosis: Diagnosis },
}

impl Running {
    /// Writes all requests of the window and reads their answers.
    fn exchange(
        &mut self,
        window: &[Prepared<'_>],
        deadline: Duration,
        line_limit: usize,
        replies: &mut Vec<Reply>,
    ) -> Result<(), Fault> {
        let Some(first) = window.first() else {
            return Ok(());
        };
        self.refuse_unasked(first.op.name(), line_limit)?;
        let bytes: Vec<u8> = window.iter().flat_map(|prepared| prepared.bytes.iter().copied()).collect();
        let writer = self.send(bytes);
        for prepared in window {
            replies.push(self.receive(prepared, deadline, line_limit)?);
        }
        if let Some(writer) = writer {
            // All requests are answered, so all were read and the thread is at its end.
            self.stdin = writer.join().ok();
        }
        Ok(())
    }

    /// Sends bytes: directly when an empty pipe takes them, else by a thread that brings stdin back. A write that fails
    /// means that the child is gone or deaf; reading its stdout tells which.
    fn send(&mut self, bytes: Vec<u8>) -> Option<JoinHandle<ChildStdin>> {
        let mut stdin = self.stdin.take()?;
        if bytes.len() <= PIPE_SURE {
            write_request(&mut stdin, &bytes);
            self.stdin = Some(stdin);
            return None;
        }
        Some(thread::spawn(move || {
            write_request(&mut stdin, &bytes);
            stdin
        }))
    }

    fn receive(&mut self, prepared: &Prepared<'_>, deadline: Duration, line_limit: usize) -> Result<Reply, Fault> {
        let op = prepared.op.name();
        let line = match self.lines.recv_timeout(deadline) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                return Err(Fault::Late { op, after: deadline });
            }
            Err(RecvTimeoutError::Disconnected) => return Err(Fault::Ended { torn: false }),
        };
        self.heard = true;
        let text = text_of(line, op, line_limit)?;
        let answer =
            Answer::parse(&prepared.id, prepared.op, &text).map_err(|diagnosis| Fault::Broken { op, diagnosis })?;
        Ok(Reply { outcome: answer.outcome, events: answer.events })
    }

    /// Finds a line that came after the last answer.
    fn refuse_unasked(&mut self, op: &'static str, line_limit: usize) -> Result<(), Fault> {
        let line = match self.lines.try_recv() {
            Ok(line) => line,
            Err(TryRecvError::Empty) => return Ok(()),
            Err(TryRecvError::Disconnected) => return Err(Fault::Ended { torn: false }),
        };
        let line = shorten(&text_of(line, op, line_limit)?);
        let looks_like_an_answer = line.trim_start().starts_with('{');
        let diagnosis = if looks_like_an_answer { Diagnosis::Unasked { line } } else { Diagnosis::Chatter { line } };
        Err(Fault::Broken { op, diagnosis })
    }

    /// Ends a failed child: how it ended, the tail of its stderr, and whether it ever wrote to stdout.
    fn end(mut self, fault: &Fault) -> (String, String, bool) {
        let status = match fault {
            Fault::Ended { .. } => match wait(&mut self.child, END_PATIENCE) {
                Some(status) => format!("{status} without an answer"),
                None => "it closed its stdout and did not exit".to_owned(),
            },
            Fault::Late { .. } | Fault::Broken { .. } => String::new(),
        };
        kill(&mut self.child);
        let watch = Stopwatch::start();
        while !self.stderr_reader.is_finished() && watch.elapsed() < Duration::from_millis(200) {
            thread::sleep(Duration::from_millis(1));
        }
        (status, tail_of(&self.stderr), self.heard)
    }

    /// Ends a healthy child: its input ends, and it has a moment to notice.
    fn close(mut self) {
        drop(self.stdin.take());
        if wait(&mut self.child, END_PATIENCE).is_none() {
            kill(&mut self.child);
        }
    }
}

fn not_started(reason: &str) -> PortFailure {
    PortFailure::NotStarted { reason: reason.to_owned() }
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Result(output) => format!("a result of kind {:?}", output.kind()),
        Outcome::Unsupported(what) => format!("unsupported {what:?}"),
        Outcome::Error(error) => format!("the error {error}"),
    }
}

fn text_of(line: Line, op: &'static str, limit: usize) -> Result<String, Fault> {
    match line {
        Line::Text(bytes) => String::from_utf8(bytes).map_err(|error| {
            let line = shorten(&String::from_utf8_lossy(error.as_bytes()));
            Fault::Broken { op, diagnosis: Diagnosis::NotUtf8 { line } }
        }),
        Line::Oversize => Err(Fault::Broken { op, diagnosis: Diagnosis::Oversize { limit } }),
        Line::End { torn } => Err(Fault::Ended { torn }),
    }
}

/// Writes a request. A failure is not looked at: a child that cannot be written to is found out by its silence or its end,
/// and what it said before is worth more than a broken pipe.
fn write_request(stdin: &mut ChildStdin, bytes: &[u8]) {
    drop(stdin.write_all(bytes).and_then(|()| stdin.flush()));
}

/// Waits for the child's end, `patience` at most.
fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let watch = Stopwatch::start();
    let mut pause = Duration::from_micros(200);
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if watch.elapsed() >= patience {
            return None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Kills the child and takes its status, so that it does not stay a zombie. Both fail only for a child that is gone.
fn kill(child: &mut Child) {
    drop(child.kill());
    drop(child.wait());
}

/// Sends the lines of `stdout` until its end, or until one is too long or nobody listens.
fn read_lines(stdout: impl Read, limit: usize, sender: &SyncSender<Line>) {
    let mut reader = BufReader::with_capacity(64 << 10, stdout);
    loop {
        let mut bytes = Vec::new();
        let most = (limit as u64).saturating_add(1);
        let read = reader.by_ref().take(most).read_until(b'\n', &mut bytes);
        let line = match read {
            Ok(0) | Err(_) => Line::End { torn: false },
            Ok(_) if bytes.last() == Some(&b'\n') => {
                bytes.pop();
                Line::Text(bytes)
            }
            Ok(_) if bytes.len() > limit => Line::Oversize,
            Ok(_) => Line::End { torn: true },
        };
        let last = !matches!(line, Line::Text(_));
        if sender.send(line).is_err() || last {
            return;
        }
    }
}

/// Keeps the last bytes of `stderr` in `ring`.
fn keep_tail(mut stderr: impl Read, ring: &Mutex<VecDeque<u8>>) {
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = stderr.read(&mut chunk) {
        let mut kept = ring.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(chunk.iter().take(count));
        let excess = kept.len().saturating_sub(STDERR_KEPT);
        kept.drain(..excess);
    }
}

fn tail_of(ring: &Mutex<VecDeque<u8>>) -> String {
    let kept = ring.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes: Vec<u8> = kept.iter().copied().collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
