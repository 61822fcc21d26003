//! Writes a case back with new answers: only the answers and the `recorded:` header change, the rest stays as it was written.
//!
//! The first setting's answer becomes the plain section; settings that answered differently are grouped below it. The same
//! answers give the same bytes, so two recordings are identical.

use super::parse::SEPARATOR;
use super::setting::{Setting, SettingPattern};
use super::syntax::{Case, RecordedLine};

/// The answers to one paragraph: what every setting of the case said, in the order of the settings.
pub type Answers = Vec<(Setting, Vec<String>)>;

/// The text of `case` with `answers`, one entry for each paragraph, given by the nats-server version `recorded`.
#[must_use]
pub fn rewrite(case: &Case, answers: &[Answers], recorded: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut copied = 0;
    let header = format!("recorded: {recorded}");
    for (paragraph, answers) in case.paragraphs.iter().zip(answers) {
        copy(case, copied, paragraph.statements_end, &header, &mut out);
        out.extend(sections(answers));
        copied = paragraph.end;
    }
    copy(case, copied, case.lines.len(), &header, &mut out);
    let mut text = out.join("\n");
    text.push('\n');
    text
}

/// Copies the lines `from..to` (counted from 0), with `header` in its place.
fn copy(case: &Case, from: usize, to: usize, header: &str, out: &mut Vec<String>) {
    if case.recorded_line == RecordedLine::After(0) && from == 0 {
        out.push(header.to_owned());
    }
    for (at, line) in case.lines.iter().enumerate().take(to).skip(from) {
        match case.recorded_line {
            RecordedLine::At(place) if place == at + 1 => out.push(header.to_owned()),
            RecordedLine::After(place) if place == at + 1 => {
                out.push(line.clone());
                out.push(header.to_owned());
            }
            _ => out.push(line.clone()),
        }
    }
}

/// The section lines of one paragraph.
fn sections(answers: &Answers) -> Vec<String> {
    let universe: Vec<Setting> = answers.iter().map(|(setting, _)| *setting).collect();
    let mut groups: Vec<(&Vec<String>, Vec<Setting>)> = Vec::new();
    for (setting, answer) in answers {
        match groups.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, settings)) => settings.push(*setting),
            None => groups.push((answer, vec![*setting])),
        }
    }
    let mut lines = Vec::new();
    for (at, (answer, settings)) in groups.iter().enumerate() {
        let patterns = SettingPattern::cover(settings, &universe);
        let names = patterns.iter().map(|pattern| format!(" {pattern}"));
        lines.push(std::iter::once(SEPARATOR.to_owned()).chain(names.filter(|_| at > 0)).collect());
        lines.extend(answer.iter().cloned());
    }
    lines
}
