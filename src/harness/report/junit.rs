//! A report as JUnit XML, for the places that read it: GitHub actions that annotate, GitLab's test report, Jenkins.
//!
//! A suite is a topic, a test a case in a setting. A difference is a `failure`; a crash or a silence an `error`; what is not
//! supported or known is `skipped` and says why, unless it makes the run fail. `file` and `line` point at the command.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as JUnit, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::diff;
use super::document::{Document, Outcome, Run};

/// The report as XML.
pub fn xml(document: &Document) -> Result<String, SerializeError> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for run in &document.runs {
        let suite = suites.entry(run.topic()).or_insert_with(|| {
            let mut suite = TestSuite::new(if run.topic().is_empty() { "cases" } else { run.topic() });
            suite.add_property(("port", document.port.as_str()));
            suite.add_property(("blkspec", document.blkspec.as_str()));
            suite
        });
        suite.add_test_case(test(run));
    }
    let mut junit = JUnit::new(format!("blkspec on {}", document.port));
    for suite in suites.values_mut() {
        suite.set_time(suite.test_cases.iter().filter_map(|test| test.time).sum());
    }
    junit.set_time(suites.values().filter_map(|suite| suite.time).sum());
    junit.add_test_suites(suites.into_values());
    if let Some(suite) = of_the_whole(document) {
        junit.add_test_suite(suite);
    }
    junit.to_string()
}

/// What fails the run though no single run does.
fn of_the_whole(document: &Document) -> Option<TestSuite> {
    let mut suite = TestSuite::new("the whole run");
    for stale in &document.stale {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(stale.to_string()).set_type("stale");
        suite.add_test_case(TestCase::new(stale.to_string(), status));
    }
    if document.summary.unsupported == document.summary.runs {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message("the port supports none of what was asked for").set_type("nothing ran");
        suite.add_test_case(TestCase::new("something ran", status));
    }
    (!suite.test_cases.is_empty()).then_some(suite)
}

fn test(run: &Run) -> TestCase {
    let mut test = TestCase::new(format!("{} [{}]", run.case, run.setting), status(run));
    // Jenkins makes packages of the dots, GitLab shows it beside the name.
    test.set_classname(format!("blkspec.{}", if run.topic().is_empty() { "cases" } else { run.topic() }));
    test.set_time(Duration::from_micros(run.elapsed_us));
    test.extra.insert("file".into(), run.file.as_str().into());
    if let Some(line) = run.command_line.or(run.line).filter(|line| *line > 0) {
        test.extra.insert("line".into(), line.to_string().as_str().into());
    }
    if let Some(tail) = &run.stderr_tail {
        test.set_system_err(tail.as_str());
    }
    test
}

fn status(run: &Run) -> TestCaseStatus {
    let mut status = match (run.verdict, run.failure) {
        (Outcome::Pass, _) => return TestCaseStatus::success(),
        (Outcome::Crashed | Outcome::TimedOut, true) => TestCaseStatus::non_success(NonSuccessKind::Error),
        (_, true) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (_, false) => TestCaseStatus::skipped(),
    };
    status.set_message(message(run)).set_type(run.verdict.word());
    if run.failure {
        let place = match run.command_line.or(run.line).unwrap_or_default() {
            0 => run.file.clone(),
            line => format!("{}:{line}", run.file),
        };
        let repeat = run.repeat.as_deref().unwrap_or_default();
        let (message, diff) = (message(run), diff(&run.expected, &run.found));
        status.set_description(format!("{place}: {message}\n{diff}repeat with: {repeat}\n"));
    }
    status
}

/// What happened, in a line.
pub(super) fn message(run: &Run) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match run.verdict {
        Outcome::Pass => String::new(),
        Outcome::Fail if run.command_line == Some(0) => format!("differs from the golden: {}", text(&run.command)),
        Outcome::Fail => format!("the answer to `{}` differs", text(&run.command)),
        Outcome::Unsupported => format!("unsupported: {}", text(&run.what)),
        Outcome::Crashed => format!("crashed: {}", text(&run.what)),
        Outcome::TimedOut => format!("timed out: {}", text(&run.what)),
        Outcome::Known => format!("known: {}", text(&run.reason)),
    }
}
