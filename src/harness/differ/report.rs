//! The report of a campaign: text for people, JSON for machines, and for everything found the command that repeats it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::campaign::{Finding, Found, Plan};
use super::difference::{Class, Difference};
use super::states::STATES;
use crate::harness::report::{diff, quoted};
use crate::harness::verdict::Summary;

/// What a campaign came to, with all that repeats it.
#[derive(Debug, Serialize)]
pub struct DiffReport {
    /// The counts; a program is a case.
    pub summary: Summary,
    /// The left port as the user called it.
    pub left: String,
    /// The right port as the user called it.
    pub right: String,
    /// The seed of the first program.
    pub seed: u64,
    /// About how many commands a program has.
    pub ops: usize,
    /// How many commands were run.
    pub commands: u64,
    /// How many runs reached each state.
    pub states: BTreeMap<&'static str, u64>,
    /// What was found, each class once.
    pub findings: Vec<FindingReport>,
    /// What a port does not support, and in how many runs.
    pub unsupported: BTreeMap<String, u64>,
    /// How the left port itself failed, in how many runs, and the seed of the first: nothing behind it was compared.
    pub left_failed: BTreeMap<String, (u64, u64)>,
    /// Where the left port answered otherwise than each time it was asked again, in how many runs, and the seed of the first.
    pub unsteady: BTreeMap<String, (u64, u64)>,
}

/// One finding of a report.
#[derive(Debug, Serialize)]
pub struct FindingReport {
    /// How many runs differed in this way.
    pub runs: u64,
    /// The seed of the first.
    pub seed: u64,
    /// The setting.
    pub setting: String,
    /// How it differs.
    pub difference: Difference,
    /// The smallest program.
    pub program: Vec<String>,
    /// Where it was saved.
    pub saved: Option<String>,
    /// The command that repeats it.
    pub repeat: String,
}

impl DiffReport {
    /// The report of what `plan` found between `left` and `right`; `saved` says where each class was saved.
    #[must_use]
    pub fn new(plan: &Plan, left: &str, right: &str, found: &Found, saved: &BTreeMap<String, String>) -> Self {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let mut summary = Summary { cases: count(found.runs), runs: count(found.runs), ..Summary::default() };
        summary.passed = count(found.passed);
        summary.unsupported = count(found.unsupported.values().sum());
        for (class, finding) in &found.findings {
            match (class.is_port(), class.to_string().contains(" timed out ")) {
                (true, true) => summary.timed_out += count(finding.runs),
                (true, false) => summary.crashed += count(finding.runs),
                (false, _) => summary.failed += count(finding.runs),
            }
        }
        let findings = found.findings.values().map(|finding| {
            let saved = saved.get(&finding.difference.class.to_string()).cloned();
            let repeat = repeat(plan, left, right, finding, saved.as_deref());
            FindingReport {
                runs: finding.runs,
                seed: plan.seed.wrapping_add(finding.number),
                setting: finding.program.setting.to_string(),
                difference: finding.difference.clone(),
                program: finding.program.commands.clone(),
                saved,
                repeat,
            }
        });
        Self {
            summary,
            left: left.to_owned(),
            right: right.to_owned(),
            seed: plan.seed,
            ops: plan.commands,
            commands: found.commands,
            states: STATES.iter().copied().map(|state| (state, found.reached.count(state))).collect(),
            findings: findings.collect(),
            unsupported: found.unsupported.clone(),
            left_failed: with_seeds(plan, &found.left_failed),
            unsteady: with_seeds(plan, &found.unsteady),
        }
    }

    /// The report as JSON.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// The states that no run reached.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        STATES.iter().copied().filter(|state| self.states.get(state).is_none_or(|count| *count == 0)).collect()
    }

    /// How many runs ended because the left port itself failed.
    #[must_use]
    pub fn left_failures(&self) -> u64 {
        self.left_failed.values().map(|(runs, _)| runs).sum()
    }

    /// How many runs the left port answered otherwise than it does.
    #[must_use]
    pub fn unsteady_runs(&self) -> u64 {
        self.unsteady.values().map(|(runs, _)| runs).sum()
    }

    /// The report for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for finding in &self.findings {
            out.push_str(&self.finding(finding));
        }
        for (what, runs) in &self.unsupported {
            push(&mut out, format_args!("unsupported in {runs} runs: {what}\n"));
        }
        for (what, (runs, seed)) in &self.left_failed {
            push(
                &mut out,
                format_args!("{what} in {runs} runs, first with seed {seed}; what follows was not compared\n"),
            );
        }
        for (what, (runs, seed)) in &self.unsteady {
            push(
                &mut out,
                format_args!("unsteady in {runs} runs, first with seed {seed}, and not each time: {what}\n"),
            );
        }
        out.push_str("states reached (runs):\n");
        for state in STATES.iter().copied() {
            let count = self.states.get(state).copied().unwrap_or_default();
            push(&mut out, format_args!("  {state:<52}{count:>7}\n"));
        }
        let missing = self.missing();
        if !missing.is_empty() {
            push(&mut out, format_args!("never reached: {}\n", missing.join(", ")));
        }
        let Summary { runs, passed, failed, unsupported, crashed, timed_out, .. } = self.summary;
        push(
            &mut out,
            format_args!(
                "{runs} programs, {} commands, seed {}: {} against {}\n",
                self.commands, self.seed, self.left, self.right
            ),
        );
        let counts = [
            ("passed", passed),
            ("not ended", usize::try_from(self.left_failures()).unwrap_or(usize::MAX)),
            ("unsteady", usize::try_from(self.unsteady_runs()).unwrap_or(usize::MAX)),
            ("failed", failed),
            ("unsupported", unsupported),
            ("crashed", crashed),
            ("timed out", timed_out),
        ];
        for (name, count) in counts.iter().filter(|(name, count)| *count > 0 || *name == "passed" || *name == "failed")
        {
            push(&mut out, format_args!("  {name:<12}{count:>6}\n"));
        }
        out
    }

    fn finding(&self, finding: &FindingReport) -> String {
        let mut out = String::new();
        let FindingReport { runs, seed, setting, difference, .. } = finding;
        push(
            &mut out,
            format_args!("DIFFERENCE {} [{setting}] in {runs} runs, first with seed {seed}\n", difference.class),
        );
        push(&mut out, format_args!("  {} (- {}, + {}):\n", difference.command, self.left, self.right));
        out.push_str(&diff(&difference.left, &difference.right));
        push(&mut out, format_args!("  the program:\n"));
        for command in &finding.program {
            push(&mut out, format_args!("    | {command}\n"));
        }
        if let Some(saved) = &finding.saved {
            push(&mut out, format_args!("  saved: {saved}\n"));
        }
        push(&mut out, format_args!("  repeat with: {}\n\n", finding.repeat));
        out
    }
}

/// Classes with the seed of their first run in place of its number.
fn with_seeds(plan: &Plan, classes: &BTreeMap<Class, (u64, u64)>) -> BTreeMap<String, (u64, u64)> {
    let seed = |number: &u64| plan.seed.wrapping_add(*number);
    classes.iter().map(|(class, (runs, number))| (class.to_string(), (*runs, seed(number)))).collect()
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

/// The command that runs the saved program again, or the whole one.
fn repeat(plan: &Plan, left: &str, right: &str, finding: &Finding, saved: Option<&str>) -> String {
    let ports = format!("blkspec diff --left {} --right {}", quoted(left), quoted(right));
    let setting = finding.program.setting;
    match saved {
        Some(path) => format!("{ports} --replay {} --settings {setting}", quoted(path)),
        None => {
            let seed = plan.seed.wrapping_add(finding.number);
            format!("{ports} --seed {seed} --runs 1 --ops {} --settings {setting}", plan.commands)
        }
    }
}
