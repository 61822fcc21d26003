//! Running a part of the evidence again: whoever wrote verdicts by hand is found out.
//!
//! The runs are those whose SHA-256 of seed, case and setting comes first, so that the same seed means the same sample in every
//! language. Goldens are left out: each is a part of a larger check, and its case is in the corpus. So is what the port does not
//! support, on which nothing rests.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::GateError;
use crate::harness::case::{Case, Setting};
use crate::harness::evidence::{Evidence, Outcome, RunFact, digest_of_case};
use crate::harness::verdict::RunReport;

/// The runs of a sample.
///
/// Where `cases` are given, it is of their runs.
pub fn pick<'a>(evidence: &'a Evidence, seed: u64, count: usize, cases: Option<&BTreeSet<&str>>) -> Vec<&'a RunFact> {
    let says_something = |run: &&RunFact| {
        let chosen = cases.is_none_or(|cases| cases.contains(run.case.as_str()));
        chosen && run.verdict != Outcome::Unsupported && !run.case.starts_with("golden/")
    };
    let mut runs: Vec<&RunFact> = evidence.runs.iter().filter(says_something).collect();
    let place = |run: &&'a RunFact| <[u8; 32]>::from(Sha256::digest(format!("{seed} {} {}", run.case, run.setting)));
    runs.sort_by_cached_key(place);
    runs.truncate(count);
    runs
}

/// The runs of a sample as they can be made; a case that is another one by now cannot.
pub fn plan<'a>(
    sample: &[&RunFact],
    evidence: &Evidence,
    cases: &'a [Case],
) -> Result<Vec<(&'a Case, Setting)>, GateError> {
    let one = |run: &&RunFact| {
        let gone = |what: &str| GateError::Asked(format!("{} cannot be run again: {what}", run.case));
        let case = cases.iter().find(|case| case.name == run.case).ok_or_else(|| gone("it is no case any more"))?;
        if evidence.corpus.cases.get(&run.case) != Some(&digest_of_case(case)) {
            return Err(gone("it has changed since"));
        }
        let setting = run.setting.parse().map_err(|_| gone(&format!("{} is no setting", run.setting)))?;
        Ok((case, setting))
    };
    sample.iter().map(one).collect()
}

/// Where the evidence and the runs made again differ, a sentence each. A known difference is one that fails in its way.
#[must_use]
pub fn disagreements(sample: &[&RunFact], again: &[RunReport]) -> Vec<String> {
    let mut found = Vec::new();
    for (said, run) in sample.iter().zip(again) {
        let verdict = Outcome::of(&run.verdict);
        let same_kind = verdict == said.verdict || (said.verdict == Outcome::Known && verdict.is_failure());
        let as_it_was = match verdict.is_failure() {
            true => same_kind && said.fingerprint == run.fingerprint,
            false => same_kind,
        };
        if !as_it_was {
            let in_another_way = if same_kind { " in another way" } else { "" };
            found.push(format!(
                "{} [{}]: the evidence says {}, and now it is {}{in_another_way}",
                said.case,
                said.setting,
                said.verdict.name(),
                verdict.name()
            ));
        }
    }
    found
}
