//! The cases on which two releases of the Go store answer differently: each file is what `record --releases` writes, and where the
//! pinned release is one of the two, the reference answers as that does. That the releases still answer so is asked of Go by CI.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use blkspec::harness::corpus::Corpus;
use blkspec::harness::go_port::GoVersion;
use blkspec::harness::reference::ReferencePort;
use blkspec::harness::releases::{ENDS, HANGS, ReleaseCase};
use blkspec::harness::runner::{Session, run_one};
use blkspec::harness::verdict::Verdict;
use blkspec::harness::workdir::WorkRoot;

super::trials![every_file_tells_of_a_difference, the_reference_answers_as_the_pinned_release];

fn cases() -> Vec<ReleaseCase> {
    Corpus::find().unwrap().select_releases(&[]).unwrap()
}

fn text(case: &blkspec::harness::case::Case) -> String {
    case.lines.iter().map(|line| format!("{line}\n")).collect()
}

fn every_file_tells_of_a_difference() {
    let cases = cases();
    assert!(cases.len() >= 20, "only {} cases", cases.len());
    for case in cases {
        let (left, right) = (case.left_view().unwrap(), case.right_view().unwrap());
        assert!(left.about.lines().count() >= 2, "{}: no head that says what differs and why", case.name);
        let folder = format!("{}..{}/", case.left, case.right);
        assert!(case.name.starts_with(&folder), "{} has the answers of other releases than its folder", case.name);
        for view in [&left, &right] {
            let bare = view.paragraphs.iter().find(|paragraph| paragraph.sections.is_empty());
            assert!(bare.is_none(), "{}: a command has no answer", case.name);
        }
        let (left, right) = (unfilled(&text(&left)), unfilled(&text(&right)));
        assert_eq!(case.merged(&left, &right).unwrap(), std::fs::read_to_string(&case.file).unwrap(), "{}", case.name);
    }
}

/// A view without the lines that hold the place of another release's answers.
fn unfilled(view: &str) -> String {
    let mut lines: Vec<&str> = view.lines().filter(|line| *line != "#").collect();
    let mut answered = false;
    // Of the blank lines behind an answer, one parts it from the next paragraph.
    lines.dedup_by(|line, before| {
        answered |= before.starts_with("----");
        answered && line.is_empty() && before.is_empty()
    });
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines.join("\n") + "\n"
}

fn the_reference_answers_as_the_pinned_release() {
    let root = WorkRoot::new(None, false).unwrap();
    let mut session = Session::new(Box::new(ReferencePort::new()));
    let pinned = GoVersion::default();
    let mut runs = 0;
    for case in cases() {
        let view = match (case.left == pinned, case.right == pinned) {
            (true, _) => case.left_view().unwrap(),
            (_, true) => case.right_view().unwrap(),
            _ => continue,
        };
        let answers =
            view.paragraphs.iter().flat_map(|paragraph| &paragraph.sections).flat_map(|section| &section.answer);
        if answers.into_iter().any(|line| line == ENDS || line == HANGS) {
            continue;
        }
        for setting in &view.settings {
            runs += 1;
            let report = run_one(&mut session, &view, *setting, &root).unwrap();
            if !matches!(report.verdict, Verdict::Pass) {
                panic!("{} [{setting}]: {:?}", case.name, report.verdict);
            }
        }
    }
    assert!(runs > 100, "only {runs} runs");
}
