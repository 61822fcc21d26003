//! `blkspec stubs DIR...`: code and tests that are there in name only.
//!
//! Exit 0: nothing was found; 1: something was, or a file could not be read; 2: wrong usage, or nothing to scan.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::{Exit, Streams};
use crate::harness::stubs::{RuleText, Scanner, languages, rules};

/// The arguments of `stubs`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Directories of sources and tests, or single files
    #[arg(value_name = "DIR", required_unless_present_any = ["rules", "explain"])]
    places: Vec<PathBuf>,
    /// List the rules
    #[arg(long, conflicts_with_all = ["places", "explain"])]
    rules: bool,
    /// Say what a rule is about, and how it is allowed
    #[arg(long, value_name = "RULE", conflicts_with = "places")]
    explain: Option<String>,
    /// Show what this rule finds; several may be given
    #[arg(long, value_name = "RULE")]
    only: Vec<String>,
    /// Look at the files of one language: csharp, go, java, python, rust or typescript
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Scans, or says what is scanned for.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    if arguments.rules {
        for RuleText { name, finds, .. } in rules() {
            writeln!(streams.out, "{name:22} {finds}")?;
        }
        return Ok(Exit::AsExpected);
    }
    if let Some(name) = &arguments.explain {
        let RuleText { name, finds, explanation } = rule(name)?;
        writeln!(streams.out, "{name}: {finds}\n\n{explanation}\n\nTo allow it: // blkspec:allow({name}): reason")?;
        return Ok(Exit::AsExpected);
    }
    let only = arguments.only.iter().map(|name| rule(name).map(|rule| rule.name)).collect::<Result<Vec<_>, _>>()?;
    let mut report = Scanner::new(arguments.language.as_deref())?.scan(&arguments.places)?;
    if report.files + report.unread.len() == 0 {
        let known = languages().flat_map(|(_, endings)| endings).map(|ending| format!(".{ending}")).collect::<Vec<_>>();
        bail!("there is no file to scan: none ends in {}", known.join(", "));
    }
    report.findings.retain(|finding| only.is_empty() || only.contains(&finding.rule));
    let text = if arguments.json { report.json()? } else { report.text() };
    streams.out.write_all(text.as_bytes())?;
    Ok(if report.is_clean() { Exit::AsExpected } else { Exit::Differs })
}

fn rule(name: &str) -> anyhow::Result<RuleText> {
    rules()
        .find(|rule| rule.name == name)
        .with_context(|| format!("there is no rule `{name}`: `blkspec stubs --rules` lists them"))
}
