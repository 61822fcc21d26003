//! Puts the reports of machines that ran side by side together: one `--shard I/N` each.
//!
//! What comes out is what one machine would have written. A shard that is missing or there twice, another port, another corpus
//! or another selection is an error: a part is never taken for the whole.

use std::collections::BTreeMap;

use super::document::{Document, Outcome};
use crate::harness::known::{Problem, Stale};
use crate::harness::vector::means_vectors;
use crate::harness::verdict::Summary;

/// The documents, each with the name of its file, as one.
pub fn merge(parts: Vec<(String, Document)>) -> Result<Document, String> {
    let count = parts.len();
    let mut shards: BTreeMap<usize, (String, Document)> = BTreeMap::new();
    let mut first: Option<(String, String)> = None;
    for (name, document) in parts {
        let (of, all) = shard(&document).ok_or_else(|| format!("{name}: not a report of `run --shard I/N`"))?;
        let asked = asked(&document, all);
        match &first {
            Some((other, known)) if *known != asked => {
                return Err(format!("{name} and {other} do not belong together: {asked} there, {known} here"));
            }
            Some(_) => {}
            None => first = Some((name.clone(), asked)),
        }
        if let Some((other, _)) = shards.get(&of) {
            return Err(format!("{name} and {other} are both the shard {of} of {all}"));
        }
        if count == all || shards.len() < all {
            shards.insert(of, (name, document));
        }
    }
    let all = shards.values().next().and_then(|(_, document)| shard(document)).map_or(0, |(_, all)| all);
    let missing: Vec<String> =
        (1..=all).filter(|of| !shards.contains_key(of)).map(|of| format!("{of}/{all}")).collect();
    if !missing.is_empty() {
        return Err(format!("the report of shard {} is missing", missing.join(", ")));
    }
    let mut documents = shards.into_values().map(|(_, document)| document);
    let mut whole = documents.next().ok_or("there is no report to put together")?;
    let mut unmatched = std::mem::take(&mut whole.selection.unmatched);
    for document in documents {
        whole.cases.extend(document.cases);
        whole.runs.extend(document.runs);
        whole.stale.extend(document.stale);
        unmatched.retain(|entry| document.selection.unmatched.contains(entry));
    }
    whole.stale.extend(unmatched);
    whole.selection.shard = None;
    whole.against = None;
    // The order of one machine: cases by name, then the vectors, then the goldens.
    let rank = |name: &str| (name.starts_with("golden/"), means_vectors(name));
    whole.runs.sort_by_key(|run| (rank(&run.case), run.case_key().to_owned()));
    let unsupported = whole.runs.iter().filter(|run| run.verdict == Outcome::Unsupported).count();
    whole.stale = stale(&whole);
    let mut entries: Vec<(&str, usize)> = whole.stale.iter().map(|stale| (stale.file.as_str(), stale.line)).collect();
    entries.dedup();
    let stale = entries.len();
    whole.summary = Summary { stale, ..summary(&whole) };
    whole.success = !whole.runs.iter().any(|run| run.failure) && stale == 0 && unsupported != whole.runs.len();
    Ok(whole.counted())
}

/// The stale entries of all shards in the order of the list, each problem of an entry once with the runs of all shards.
fn stale(whole: &Document) -> Vec<Stale> {
    let places: BTreeMap<String, usize> =
        whole.runs.iter().zip(0..).map(|(run, at)| (format!("{} [{}]", run.case, run.setting), at)).collect();
    // What is said of a run begins with its name, up to the bracket that closes the setting.
    let place = |said: &String| {
        let name = said.find("] ").and_then(|at| said.get(..=at)).unwrap_or(said);
        places.get(name).copied()
    };
    let mut all: Vec<Stale> = Vec::new();
    for one in &whole.stale {
        let same = |other: &&mut Stale| {
            (&other.file, other.line) == (&one.file, one.line)
                && std::mem::discriminant(&other.problem) == std::mem::discriminant(&one.problem)
        };
        match all.iter_mut().find(same) {
            Some(other) => other.problem.add(&one.problem),
            None => all.push(one.clone()),
        }
    }
    for one in &mut all {
        if let Problem::Passes { runs } | Problem::DiffersOtherwise { runs } = &mut one.problem {
            runs.sort_by_key(place);
        }
    }
    all.sort_by(|a, b| (&a.file, a.line, a.problem.rank()).cmp(&(&b.file, b.line, b.problem.rank())));
    all
}

/// The shard of a report.
fn shard(document: &Document) -> Option<(usize, usize)> {
    let (of, all) = document.selection.shard.as_deref()?.split_once('/')?;
    let (of, all) = (of.parse().ok()?, all.parse().ok()?);
    (1..=all).contains(&of).then_some((of, all))
}

/// What all shards of a run have in common.
fn asked(document: &Document, all: usize) -> String {
    let selection = &document.selection;
    let cases = if selection.cases.is_empty() { "all cases".to_owned() } else { selection.cases.join(" ") };
    let goldens = if selection.goldens { "with goldens" } else { "without goldens" };
    let (port, settings, blkspec) = (&document.port, &selection.settings, &document.blkspec);
    let corpus = document.selection.corpus.as_deref().unwrap_or_default();
    format!("{port}, {cases} in {settings} {goldens}, corpus {corpus}, {all} shards, blkspec {blkspec}")
}

fn summary(document: &Document) -> Summary {
    let mut names: Vec<&str> = document.runs.iter().map(|run| run.case.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let vectors = names.iter().filter(|name| means_vectors(name)).count();
    let cases = names.len() - vectors;
    let mut summary = Summary { cases, vectors, runs: document.runs.len(), ..Summary::default() };
    for run in &document.runs {
        *match run.verdict {
            Outcome::Pass => &mut summary.passed,
            Outcome::Fail => &mut summary.failed,
            Outcome::Unsupported => &mut summary.unsupported,
            Outcome::Crashed => &mut summary.crashed,
            Outcome::TimedOut => &mut summary.timed_out,
            Outcome::Known => &mut summary.known,
        } += 1;
    }
    summary
}
