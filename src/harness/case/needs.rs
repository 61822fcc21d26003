//! What a case asks of a port: the capabilities whose operations it sends.
//!
//! A command needs the same at every repetition, so each is looked at once. Work that the harness does on the files needs nothing.

use std::collections::BTreeSet;

use super::error::Fault;
use super::expand;
use super::lower::{Step, lower};
use super::syntax::{Case, Statement};
use super::template::Variables;
use crate::harness::protocol::Capability;

/// The capabilities that a port has to have to answer all of `case`.
pub fn needs(case: &Case) -> Result<BTreeSet<Capability>, Fault> {
    let mut needed = BTreeSet::new();
    for paragraph in &case.paragraphs {
        statements(&paragraph.statements, &Variables::new(), &mut needed)?;
    }
    // Every port has a session.
    needed.remove(&Capability::Session);
    Ok(needed)
}

fn statements(list: &[Statement], variables: &Variables, needed: &mut BTreeSet<Capability>) -> Result<(), Fault> {
    for statement in list {
        match statement {
            Statement::Command(command) => {
                let first = match command.repeat {
                    Some(_) => variables.with("i", 1, 1),
                    None => variables.clone(),
                };
                needed.extend(capability(&lower(command, &first)?));
            }
            Statement::Loop(repeated) => {
                let values = expand::loop_values(&repeated.values, variables)?;
                let first = values.first().copied().unwrap_or_default();
                statements(&repeated.body, &variables.with(&repeated.variable, first, 1), needed)?;
            }
        }
    }
    Ok(())
}

fn capability(step: &Step) -> Option<Capability> {
    match step {
        Step::Call(op) | Step::Save { op, .. } => Some(op.capability()),
        Step::Open { .. } | Step::Crash | Step::UpdateConfig(_) | Step::SyncDeleted { .. } => Some(Capability::Stream),
        Step::Restore { .. } => Some(Capability::Snapshot),
        Step::Inspect(_) => Some(Capability::Inspect),
        Step::WriteFile { .. } => Some(Capability::Pure),
        Step::File(_) | Step::SaveBytes { .. } | Step::SavedBytes(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;
    use crate::harness::case::parse;

    fn check(text: &str, expected: &[&str]) {
        let case = parse("a/b", "a/b.case", text).unwrap();
        let found: Vec<&str> = needs(&case).unwrap().into_iter().map(Capability::name).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_case_needs_what_it_sends() {
        check("cipher-string 1\n", &["pure"]);
        check("write-atomically a/b \"x\"\nls\n", &["pure"]);
        check("open\nfor j in 1..3 {\nconsumer C open\n}\n", &["stream", "consumer"]);
        check("open\nrepeat 3 {\nstore foo \"{i}\"\n}\ninspect\nadvance 1s\n", &["stream", "inspect"]);
    }
}
