//! `blkspec:allow(RULE): reason`, a comment that allows what a rule finds on its line or on the one below.
//!
//! Lines of attributes and of other comments may lie between the two. An allow without a reason, for a rule that there is not, or
//! for nothing at all is a finding itself, which nothing allows.

use super::facts::{Comment, Facts};
use super::rules::{ALLOW_WITHOUT_REASON, Hit, UNUSED_ALLOW, is_rule};

const MARK: &str = "blkspec:allow";

/// Whether a comment is an allow.
pub(super) fn is_allow(text: &str) -> bool {
    text.contains(MARK)
}

/// Takes away what is allowed, and adds what is wrong with the allows.
pub(super) fn apply(facts: &Facts, hits: Vec<Hit>) -> Vec<Hit> {
    let mut allows: Vec<Allow> =
        facts.comments.iter().filter(|comment| is_allow(&comment.text)).map(|c| Allow::of(c, facts)).collect();
    let mut left: Vec<Hit> = hits.into_iter().filter(|hit| !allows.iter_mut().any(|allow| allow.takes(hit))).collect();
    for allow in allows {
        let (rule, what) = match allow.fault {
            Some(fault) => (ALLOW_WITHOUT_REASON, fault),
            None if !allow.is_used => (UNUSED_ALLOW, format!("nothing to allow here for {}", allow.rules.join(", "))),
            None => continue,
        };
        left.push(Hit { rule, place: allow.place, name: None, what });
    }
    left
}

struct Allow {
    rules: Vec<String>,
    /// The lines that it speaks of.
    lines: (usize, usize),
    place: super::facts::Place,
    fault: Option<String>,
    is_used: bool,
}

impl Allow {
    fn of(comment: &Comment, facts: &Facts) -> Self {
        let (rules, reason) = parse(&comment.text);
        let unknown: Vec<&str> = rules.iter().map(String::as_str).filter(|rule| !is_rule(rule)).collect();
        let fault = match (rules.is_empty(), unknown.is_empty(), reason) {
            (true, ..) => Some("no rule is named: blkspec:allow(RULE): reason".to_owned()),
            (_, false, _) => Some(format!("there is no rule {}", unknown.join(", "))),
            (_, _, false) => Some("no reason is given: blkspec:allow(RULE): reason".to_owned()),
            _ => None,
        };
        let mut last = comment.last_line;
        if comment.is_alone {
            last += 1;
            let is_between = |line: usize| {
                facts.attribute_lines.contains(&line)
                    || facts
                        .comments
                        .iter()
                        .any(|other| other.is_alone && (other.place.line..=other.last_line).contains(&line))
            };
            while is_between(last) {
                last += 1;
            }
        }
        Self { rules, lines: (comment.place.line, last), place: comment.place, fault, is_used: false }
    }

    fn takes(&mut self, hit: &Hit) -> bool {
        let fits = self.fault.is_none()
            && (self.lines.0..=self.lines.1).contains(&hit.place.line)
            && self.rules.iter().any(|rule| rule == hit.rule);
        self.is_used |= fits;
        fits
    }
}

/// The rules of an allow, and whether a reason follows.
fn parse(text: &str) -> (Vec<String>, bool) {
    let after = text.split_once(MARK).map_or("", |(_, after)| after);
    let Some((names, rest)) = after.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
        return (Vec::new(), false);
    };
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let reason = rest.trim_start().strip_prefix(':').map(|reason| reason.trim().trim_end_matches("*/").trim());
    (names, reason.is_some_and(|reason| reason.chars().any(char::is_alphanumeric)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_allow_says() {
        let check = |text: &str, rules: &str, reason: bool| {
            let (found, has) = parse(text);
            assert_eq!((found.join(" ").as_str(), has), (rules, reason), "{text}");
        };
        check("// blkspec:allow(empty-body): the interface asks for it", "empty-body", true);
        check("/* blkspec:allow(a, b): both */", "a b", true);
        check("# blkspec:allow(empty-body)", "empty-body", false);
        check("// blkspec:allow(empty-body): ", "empty-body", false);
        check("// blkspec:allow(empty-body) because", "empty-body", false);
        check("// blkspec:allow: because", "", false);
    }
}
