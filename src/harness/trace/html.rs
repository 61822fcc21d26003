//! The coverage as one page for a porter: features by group with their share, their cases and what is missing; cases with their
//! features. It needs no network; a script fills the long lists when they are opened and filters by word.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::TraceError;
use super::model::{Coverage, Share};
use super::reasons::Reasons;
use super::report::{FeatureReport, feature, gone_text, share_text};

const PAGE: &str = include_str!("page.html");
/// What it shares with the page of a report.
const STYLE: &str = include_str!("../page.css");
/// Where the source of a release can be read.
const SOURCE: &str = "https://github.com/nats-io/nats-server/blob";
/// From this share on a function counts as nearly all executed.
const MOST_PERCENT: f64 = 90.0;

/// What the page's script looks up.
#[derive(Serialize)]
struct Data<'a> {
    cases: Vec<&'a str>,
    names: BTreeMap<u16, &'a str>,
    /// For each feature the cases by their place in the list, and how many statements they execute.
    features: BTreeMap<u16, Vec<(usize, usize)>>,
}

/// The page.
pub fn page(coverage: &Coverage, reasons: &Reasons) -> Result<String, TraceError> {
    let reports = coverage.features.all().iter().map(|one| feature(coverage, reasons, one));
    let reports = reports.collect::<Result<Vec<_>, _>>()?;
    let cases: Vec<&str> = coverage.cases.keys().map(String::as_str).collect();
    let place = |case: &str| cases.binary_search(&case).unwrap_or_default();
    let features = reports
        .iter()
        .map(|report| (report.feature, report.cases.iter().map(|(case, count)| (place(case), *count)).collect()));
    let data = Data {
        features: features.collect(),
        names: reports.iter().map(|report| (report.feature, report.function)).collect(),
        cases: cases.clone(),
    };
    let data = serde_json::to_string(&data).map_err(|error| TraceError::NotMeasured(error.to_string()))?;
    let mut body = String::new();
    for (title, members) in groups(&reports) {
        feature_table(&mut body, &title, &members, coverage, reasons);
    }
    case_table(&mut body, coverage)?;
    // In a script, `</` would be the end of it.
    let data = data.replace("</", "<\\/");
    Ok(PAGE
        .replace("__STYLE__", STYLE)
        .replace("__HEAD__", &head(coverage, &reports)?)
        .replace("__BODY__", &body)
        .replace("__DATA__", &data))
}

fn head(coverage: &Coverage, reports: &[FeatureReport<'_>]) -> Result<String, TraceError> {
    let share = coverage.share_of_file(&coverage.all_hits());
    let executed = reports.iter().filter(|report| !report.cases.is_empty()).count();
    let gaps = coverage.gaps()?;
    let large = gaps.iter().filter(|gap| gap.is_large()).count();
    let mut out = String::new();
    push(
        &mut out,
        format_args!(
            "<p>nats-server {}, measured with {}: <b>{}</b> cases execute <b>{}</b> statements and <b>{executed} of {}</b> features. \
         The cases of {large} of {} Go tests miss more than 5&nbsp;% of what the test executes.</p>\n",
            escaped(&coverage.server),
            escaped(&coverage.go),
            coverage.cases.len(),
            share_text(share),
            reports.len(),
            gaps.len(),
        ),
    );
    out.push_str("<p class=\"soft\">A feature is a function of filestore.go by its number. Its share is what all cases together execute \
                  on Go; a case's figure is how many of the function's statements it executes alone. Open a row for its list.</p>\n");
    push(&mut out, format_args!("<p class=\"soft\">Corpus {}</p>\n", coverage.corpus_digest()));
    Ok(out)
}

/// Batch 11 by its groups, then all others by their receiver.
fn groups<'a, 'b>(reports: &'b [FeatureReport<'a>]) -> Vec<(String, Vec<&'b FeatureReport<'a>>)> {
    let mut groups: BTreeMap<(u8, String), Vec<&FeatureReport<'_>>> = BTreeMap::new();
    for report in reports {
        let key = match (report.batch_11, report.function.split_once('.')) {
            (Some(group), _) => (0, format!("Batch 11, group {group}")),
            (None, Some((receiver, _))) => (1, receiver.to_owned()),
            (None, None) => (2, "Functions without a receiver".to_owned()),
        };
        groups.entry(key).or_default().push(report);
    }
    groups.into_iter().map(|((_, title), members)| (title, members)).collect()
}

fn feature_table(
    out: &mut String,
    title: &str,
    members: &[&FeatureReport<'_>],
    coverage: &Coverage,
    reasons: &Reasons,
) {
    let sum = |part: fn(&Share) -> usize| members.iter().map(|report| part(&report.statements)).sum();
    let share = Share { covered: sum(|share| share.covered), of: sum(|share| share.of) };
    push(
        out,
        format_args!("<section>\n<h2>{} <span class=\"soft\">{}</span></h2>\n", escaped(title), share_text(share)),
    );
    out.push_str("<table>\n<tr><th class=\"number\">feature<th>function<th>statements executed<th>cases\n");
    for report in members {
        let (number, name) = (report.feature, escaped(report.function));
        let words = format!("data-words=\"{number} {name}\" id=\"feature-{number}\"");
        let Some((first, last)) = report.lines else {
            let gone = escaped(&gone_text(report, coverage, reasons));
            push(
                out,
                format_args!(
                    "<tr class=\"gone\" {words}><td class=\"number\">{number}<td class=\"name\">{name}<td colspan=\"2\">{gone}\n"
                ),
            );
            continue;
        };
        let percent = report.statements.percent();
        let class = if percent >= 100.0 {
            "full"
        } else if percent >= MOST_PERCENT {
            "most"
        } else {
            "little"
        };
        let link = format!("{SOURCE}/{}/server/filestore.go#L{first}-L{last}", coverage.server);
        push(
            out,
            format_args!(
                "<tr class=\"{class}\" {words}><td class=\"number\">{number}<td class=\"name\"><a href=\"{link}\">{name}</a>"
            ),
        );
        push(
            out,
            format_args!(
                "<td><span class=\"bar\"><i style=\"width:{percent:.0}%\"></i></span>{}",
                share_text(report.statements)
            ),
        );
        missing(out, report);
        let count = report.cases.len();
        match report.cases.first() {
            None => out.push_str("<td>none\n"),
            Some(_) => push(
                out,
                format_args!(
                    "<td><details data-feature=\"{number}\"><summary>{count} case{}</summary></details>\n",
                    plural(count)
                ),
            ),
        }
    }
    out.push_str("</table>\n</section>\n");
}

/// What no case executes of a function.
fn missing(out: &mut String, report: &FeatureReport<'_>) {
    if report.missing.is_empty() {
        return;
    }
    out.push_str("<details class=\"missing\"><summary>what no case executes</summary><ul>");
    for one in &report.missing {
        let (first, last) = (one.begin.0, one.end.0);
        let why = one.why.map(|why| format!(": {}", escaped(why))).unwrap_or_default();
        let count = one.statements as usize;
        push(out, format_args!("<li>lines {first} to {last}, {count} statement{}{why}</li>", plural(count)));
    }
    out.push_str("</ul></details>");
}

fn case_table(out: &mut String, coverage: &Coverage) -> Result<(), TraceError> {
    push(
        out,
        format_args!("<section>\n<h2>Cases <span class=\"soft\">{}</span></h2>\n<table>\n", coverage.cases.len()),
    );
    out.push_str("<tr><th>case<th>statements executed<th>features\n");
    for (name, case) in &coverage.cases {
        let (name, share) = (escaped(name), coverage.share_of_file(&case.hits));
        let count = coverage.features_of(&name)?.len();
        push(
            out,
            format_args!(
                "<tr data-words=\"{name}\" id=\"case-{name}\"><td class=\"name\">{name}<td>{}\
             <td><details data-case=\"{name}\"><summary>{count} feature{}</summary></details>\n",
                share_text(share),
                plural(count),
            ),
        );
    }
    out.push_str("</table>\n</section>\n");
    Ok(())
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
