//! Runs cases on a port and gives verdicts: one case in one setting, or many over several workers with a port each.
//!
//! A run stops at the first answer that differs. A port that died costs one run: it is started afresh for the next. The
//! runner knows no list of cases, no command line and no report.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use thiserror::Error;

use super::case::{Case, Paragraph, Setting};
use super::compare::{self, Times};
use super::execute::{AnswerLine, Interpreter, Stop, Workspace};
use super::fingerprint::fingerprint;
use super::port::{Port, PortFailure};
use super::protocol::{Clock, Op, Started};
use super::verdict::{Difference, RunReport, Verdict};
use super::workdir::WorkRoot;
use crate::env::{FsError, Stopwatch};

/// How far the times of a port on the real clock may be from the recorded ones.
const REAL_CLOCK_TOLERANCE_NS: i64 = 2_000_000_000;

/// What keeps runs from being made at all: never a verdict on a port.
#[derive(Debug, Error)]
pub enum RunError {
    /// There is no port to run on.
    #[error("{}", .0.with_stderr())]
    NoPort(PortFailure),
    /// The case asks for something that makes no sense, or a file of it could not be touched.
    #[error("{file}:{line}: {text}")]
    Case {
        /// The file of the case.
        file: String,
        /// The line.
        line: usize,
        /// What is wrong.
        text: String,
    },
    /// The case has no recorded answer.
    #[error("{file}:{line}: no answer is recorded here: run `blkspec record {name}`")]
    NotRecorded {
        /// The file of the case.
        file: String,
        /// The first line without an answer.
        line: usize,
        /// The name of the case.
        name: String,
    },
    /// The file system refused.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// Makes ports, one for each worker.
pub type Connect<'a> = dyn Fn() -> Result<Box<dyn Port>, PortFailure> + Sync + 'a;

/// A port that is started when it is needed and again after it failed.
pub struct Session {
    port: Box<dyn Port>,
    started: Option<Started>,
    /// Whether it has ever started: from then on a failure to start is the port's.
    proven: bool,
}

impl Session {
    /// A session with `port`, which need not be started yet.
    #[must_use]
    pub fn new(port: Box<dyn Port>) -> Session {
        Session { port, started: None, proven: false }
    }

    /// The port and what it said about itself, started if it is not.
    pub fn ready(&mut self) -> Result<(&mut dyn Port, &Started), PortFailure> {
        let started = match self.started.take() {
            Some(started) => started,
            None => self.port.start()?,
        };
        self.proven = true;
        Ok((&mut *self.port, self.started.insert(started)))
    }

    /// From now on the port has to be started again.
    pub fn failed(&mut self) {
        self.started = None;
    }

    /// How long an operation may take.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.port.set_deadline(deadline);
    }
}

/// What a run came to, with its files.
#[derive(Debug)]
pub struct KeptRun {
    /// The verdict.
    pub verdict: Verdict,
    /// The directory of the store when the case was over.
    pub store_dir: PathBuf,
    /// How many operations were sent.
    pub operations: u64,
    /// How the store was opened last, if it was.
    pub open: Option<Op>,
    /// How long after its start the case ended, on the clock of the port.
    pub ended_after_ns: i64,
}

/// Runs `case` in `setting`, stops the store if the case left it open, and keeps its directory as it is then.
pub fn run_case_keep_dir(
    session: &mut Session,
    case: &Case,
    setting: Setting,
    workspace: Workspace,
) -> Result<KeptRun, RunError> {
    let mut execution = Execution::start(session, case, setting, workspace)?;
    execution.keep = true;
    let verdict = execution.verdict()?;
    Ok(KeptRun {
        verdict,
        store_dir: execution.workspace.kept_dir(),
        operations: execution.operations,
        open: execution.open,
        ended_after_ns: execution.ended_after_ns,
    })
}

/// Runs `case` in `setting` on a port and gives the answers of each paragraph, whatever was recorded.
pub fn answers_of(
    session: &mut Session,
    case: &Case,
    setting: Setting,
    workspace: Workspace,
) -> Result<Vec<Vec<AnswerLine>>, AnswersError> {
    let result = collect(session, case, setting, workspace);
    if result.is_err() {
        session.failed();
    }
    result
}

/// Why the answers of a case cannot be had.
#[derive(Debug, Error)]
pub enum AnswersError {
    /// There is no port.
    #[error("{}", .0.with_stderr())]
    NoPort(PortFailure),
    /// The execution stopped.
    #[error("{file}:{stop}")]
    Stopped {
        /// The file of the case.
        file: String,
        /// Why.
        stop: Box<Stop>,
    },
}

fn collect(
    session: &mut Session,
    case: &Case,
    setting: Setting,
    workspace: Workspace,
) -> Result<Vec<Vec<AnswerLine>>, AnswersError> {
    let stopped = |stop| AnswersError::Stopped { file: case.file.clone(), stop: Box::new(stop) };
    let (port, _) = session.ready().map_err(AnswersError::NoPort)?;
    let mut interpreter = Interpreter::begin(port, case, setting, workspace).map_err(stopped)?;
    let mut answers = Vec::new();
    for paragraph in &case.paragraphs {
        answers.push(interpreter.paragraph(port, paragraph).map_err(stopped)?);
    }
    interpreter.end(port).map_err(stopped)?;
    Ok(answers)
}

/// One run under way.
struct Execution<'a> {
    session: &'a mut Session,
    case: &'a Case,
    setting: Setting,
    workspace: Workspace,
    operations: u64,
    open: Option<Op>,
    ended_after_ns: i64,
    /// Stop the store at the end and keep a copy of its directory.
    keep: bool,
    /// How the times of this port are compared.
    times: Times,
}

impl<'a> Execution<'a> {
    fn start(
        session: &'a mut Session,
        case: &'a Case,
        setting: Setting,
        workspace: Workspace,
    ) -> Result<Execution<'a>, RunError> {
        if let Some(paragraph) = case.paragraphs.iter().find(|paragraph| paragraph.section(setting).is_none()) {
            let (file, name) = (case.file.clone(), case.name.clone());
            return Err(RunError::NotRecorded { file, line: paragraph.statements_end, name });
        }
        let (operations, open, ended_after_ns, keep, times) = (0, None, 0, false, Times::Exact);
        Ok(Execution { session, case, setting, workspace, operations, open, ended_after_ns, keep, times })
    }

    fn verdict(&mut self) -> Result<Verdict, RunError> {
        let proven = self.session.proven;
        let (port, started) = match self.session.ready() {
            Ok(ready) => ready,
            // One that never started is no port; one that started before and does not again costs this run.
            Err(failure) if proven => return self.stopped(Stop::Port { line: 0, failure }),
            Err(failure) => return Err(RunError::NoPort(failure)),
        };
        let setting = self.setting.to_string();
        if !started.has_setting(&setting) {
            return Ok(Verdict::Unsupported { line: 0, what: format!("the setting {setting}") });
        }
        let times = times_of(started.clock);
        self.times = times;
        let mut interpreter = match Interpreter::begin(port, self.case, self.setting, self.workspace.clone()) {
            Ok(interpreter) => interpreter,
            Err(stop) => return self.stopped(stop),
        };
        let mut outcome = Ok(Verdict::Pass);
        for paragraph in &self.case.paragraphs {
            match interpreter.paragraph(port, paragraph) {
                Ok(found) => {
                    if let Some(difference) = difference(self.case, paragraph, self.setting, &found, times) {
                        let stderr_tail = port.stderr_tail();
                        outcome = Ok(Verdict::Fail(Box::new(Difference { stderr_tail, ..difference })));
                        break;
                    }
                }
                Err(stop) => {
                    outcome = Err(stop);
                    break;
                }
            }
        }
        if self.keep && matches!(outcome, Ok(Verdict::Pass)) {
            outcome = interpreter.stop_and_keep(port).map(|()| Verdict::Pass);
        }
        self.operations = interpreter.operations();
        self.open = interpreter.last_open();
        self.ended_after_ns = interpreter.elapsed_ns();
        self.workspace = interpreter.workspace().clone();
        let dead = matches!(outcome, Err(Stop::Port { .. }));
        let ended = if dead { Ok(()) } else { interpreter.end(port).map(|_| ()) };
        match (outcome, ended) {
            (Ok(Verdict::Pass), Err(stop)) | (Err(stop), _) => self.stopped(stop),
            (Ok(verdict), Err(_)) => {
                // The case has its verdict already; a port that cannot even end it is started afresh.
                self.session.failed();
                Ok(verdict)
            }
            (Ok(verdict), Ok(())) => Ok(verdict),
        }
    }

    fn stopped(&mut self, stop: Stop) -> Result<Verdict, RunError> {
        match stop {
            Stop::Unsupported { line, what } => Ok(Verdict::Unsupported { line, what }),
            Stop::Case { line, text } => {
                self.session.failed();
                Err(RunError::Case { file: self.case.file.clone(), line, text })
            }
            Stop::Port { line, failure } => {
                self.session.failed();
                let what = failure.to_string();
                let stderr_tail = failure.stderr_tail().to_owned();
                Ok(match failure {
                    PortFailure::NotStarted { .. } => return Err(RunError::NoPort(failure)),
                    PortFailure::TimedOut { .. } => Verdict::TimedOut { line, what, stderr_tail },
                    PortFailure::Crashed { .. } | PortFailure::Protocol { .. } => {
                        Verdict::Crashed { line, what, stderr_tail }
                    }
                })
            }
        }
    }
}

/// How the times of a port with this clock are compared.
#[must_use]
pub fn times_of(clock: Clock) -> Times {
    match clock {
        Clock::Virtual => Times::Exact,
        Clock::Real => Times::Within(REAL_CLOCK_TOLERANCE_NS),
    }
}

fn difference(
    case: &Case,
    paragraph: &Paragraph,
    setting: Setting,
    found: &[AnswerLine],
    times: Times,
) -> Option<Difference> {
    let section = paragraph.section(setting)?;
    let parting = compare::parting(&section.answer, found, times)?;
    let command_line = parting.command_line;
    let command = command_line.checked_sub(1).and_then(|at| case.lines.get(at));
    Some(Difference {
        command_line,
        command: command.map(|line| line.trim().to_owned()).unwrap_or_default(),
        answer_line: section.first_line + parting.at,
        expected: section.answer.clone(),
        found: found.iter().map(|line| line.text.clone()).collect(),
        stderr_tail: String::new(),
    })
}

/// How many runs are made.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// The runs, in the order of the report.
    pub runs: Vec<(&'a Case, Setting)>,
    /// How many workers there are, each with a port of its own.
    pub workers: usize,
    /// How long an operation may take.
    pub deadline: Duration,
}

/// Makes all runs of `plan` with files below `root`, and tells `finished` about each as it ends.
///
/// The reports are in the order of the plan. The first environment error ends everything.
pub fn run_all(
    plan: &Plan<'_>,
    connect: &Connect<'_>,
    root: &WorkRoot,
    finished: &(dyn Fn(&RunReport) + Sync),
) -> Result<Vec<RunReport>, RunError> {
    let next = AtomicUsize::new(0);
    let reports: Mutex<Vec<(usize, RunReport)>> = Mutex::new(Vec::with_capacity(plan.runs.len()));
    let failure: Mutex<Option<RunError>> = Mutex::new(None);
    let work = || -> Result<(), RunError> {
        let mut session = Session::new(connect().map_err(RunError::NoPort)?);
        session.set_deadline(plan.deadline);
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((case, setting)) = plan.runs.get(at) else { return Ok(()) };
            let report = run_one(&mut session, case, *setting, root)?;
            finished(&report);
            reports.lock().unwrap_or_else(PoisonError::into_inner).push((at, report));
        }
    };
    let worker = || {
        if let Err(error) = work() {
            next.store(plan.runs.len(), Ordering::Relaxed);
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..plan.workers.clamp(1, plan.runs.len().max(1)) {
            scope.spawn(worker);
        }
        worker();
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    reports.sort_by_key(|(at, _)| *at);
    Ok(reports.into_iter().map(|(_, report)| report).collect())
}

/// Makes one run and removes its files, unless they are kept.
pub fn run_one(session: &mut Session, case: &Case, setting: Setting, root: &WorkRoot) -> Result<RunReport, RunError> {
    let watch = Stopwatch::start();
    let workspace = root.workspace(&case.name, setting)?;
    let directory = workspace.root().to_path_buf();
    let mut execution = Execution::start(session, case, setting, workspace)?;
    let verdict = execution.verdict()?;
    let operations = execution.operations;
    let fingerprint = fingerprint(&verdict, case, execution.times);
    let kept = root.keeps().then(|| directory.to_string_lossy().into_owned());
    root.discard(&directory)?;
    Ok(RunReport {
        case: case.name.clone(),
        file: case.file.clone(),
        setting,
        verdict,
        operations,
        elapsed: watch.elapsed(),
        fingerprint,
        kept,
    })
}
