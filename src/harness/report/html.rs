//! A report as one page that needs nothing else: totals, what changed, each failure in full, topics, features and cases.
//!
//! All of it is there without a script; the script filters. What a colour says, a word or a sign says too; tables have
//! captions and headings, and everything that scrolls or acts is reached with the keyboard.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::against::{Against, by_case};
use super::document::{Document, FeatureTally, Outcome, Run, Tally};
use super::files::Files;
use super::junit::message;
use super::ranges;
use super::side_by_side::{Titles, table};

const PAGE: &str = include_str!("page.html");
/// What it shares with the page of `trace`.
const STYLE: &str = include_str!("../page.css");

/// What the page's script looks up: the cases, and each feature with its name and its cases by their place in the list.
#[derive(Serialize)]
struct Data<'a> {
    cases: Vec<&'a str>,
    features: Vec<(String, &'a str, Vec<usize>)>,
}

/// The page.
pub fn page(document: &Document) -> Result<String, serde_json::Error> {
    let mut body = String::new();
    head(&mut body, document);
    body.push_str("<main id=\"results\">\n");
    if let Some(against) = &document.against {
        changes(&mut body, against, document);
    }
    stale(&mut body, document);
    failures(&mut body, document);
    topics(&mut body, &document.topics);
    features(&mut body, document);
    cases(&mut body, document);
    body.push_str("</main>\n");
    // In a script, `</` would be the end of it.
    let data = serde_json::to_string(&data(document))?.replace("</", "<\\/");
    let word = if document.success { "as expected" } else { "something differs" };
    let title = escaped(&format!("blkspec on {}: {word}", document.port));
    let (before, rest) = PAGE.split_once("__TITLE__").unwrap_or((PAGE, ""));
    let (style, rest) = rest.split_once("__STYLE__").unwrap_or((rest, ""));
    let (start, rest) = rest.split_once("__BODY__").unwrap_or((rest, ""));
    let (middle, end) = rest.split_once("__DATA__").unwrap_or((rest, ""));
    Ok([before, &title, style, STYLE, start, &body, middle, &data, end].concat())
}

fn data(document: &Document) -> Data<'_> {
    let cases: Vec<&str> = document.cases.keys().map(String::as_str).collect();
    let mut places: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (at, case) in document.cases.values().enumerate() {
        for feature in ranges::parse(&case.features) {
            places.entry(feature).or_default().push(at);
        }
    }
    let of = |one: &'_ FeatureTally| places.get(&one.feature).cloned().unwrap_or_default();
    let features = document.features.iter().map(|one| (one.feature.to_string(), one.tally.name.as_str(), of(one)));
    Data { features: features.collect(), cases }
}

fn head(out: &mut String, document: &Document) {
    let (class, word) = if document.success { ("good", "✓ as expected") } else { ("bad", "✗ something differs") };
    push(out, format_args!("<header>\n<h1>blkspec on <code>{}</code></h1>\n", escaped(&document.port)));
    push(out, format_args!("<p class=\"{class}\">{word}</p>\n<dl class=\"counts\">\n"));
    let summary = &document.summary;
    let counts = [
        ("cases", summary.cases, ""),
        ("runs", summary.runs, ""),
        ("passed", summary.passed, "good"),
        ("failed", summary.failed, "bad"),
        ("crashed", summary.crashed, "bad"),
        ("timed out", summary.timed_out, "bad"),
        ("unsupported", summary.unsupported, "other"),
        ("known", summary.known, "other"),
        ("stale", summary.stale, "bad"),
    ];
    for (name, count, class) in counts {
        let class = if count == 0 { "soft" } else { class };
        push(out, format_args!("<div><dt>{name}</dt><dd class=\"{class}\">{count}</dd></div>\n"));
    }
    out.push_str("</dl>\n");
    let selection = &document.selection;
    let asked = if selection.cases.is_empty() { "all cases".to_owned() } else { selection.cases.join(" ") };
    let shard = selection.shard.as_ref().map(|shard| format!(", shard {shard}")).unwrap_or_default();
    let goldens = if selection.goldens { " and the goldens" } else { "" };
    let asked = escaped(&format!("{asked}{goldens}, settings {}{shard}", selection.settings));
    push(out, format_args!("<p class=\"soft\">{asked}; blkspec {}</p>\n</header>\n", escaped(&document.blkspec)));
    out.push_str("<nav aria-label=\"Sections\">");
    for (anchor, name, there) in [
        ("changes", "Changes", document.against.is_some()),
        ("failures", "Failures", true),
        ("topics", "Topics", true),
        ("features", "Features", true),
        ("cases", "Cases", true),
    ] {
        if there {
            push(out, format_args!("<a href=\"#{anchor}\">{name}</a>"));
        }
    }
    out.push_str(
        "</nav>\n<form id=\"filter\" role=\"search\"><label>Filter by case, topic, feature number or function\
                  <input id=\"search\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label>\
                  <label>Verdict<select id=\"verdict\"><option value=\"\">any</option>",
    );
    for verdict in
        [Outcome::Pass, Outcome::Fail, Outcome::Crashed, Outcome::TimedOut, Outcome::Unsupported, Outcome::Known]
    {
        push(out, format_args!("<option value=\"{}\">{}</option>", id(verdict), verdict.word()));
    }
    out.push_str("</select></label><p role=\"status\" id=\"shown\"></p></form>\n");
}

/// The verdict as a word without a space.
fn id(verdict: Outcome) -> String {
    verdict.word().replace(' ', "_")
}

fn changes(out: &mut String, against: &Against, document: &Document) {
    push(out, format_args!("<section>\n<h2 id=\"changes\">Since {}</h2>\n", escaped(&against.report)));
    push(out, format_args!("<p>{} runs came to the same.", against.same));
    if against.not_compared > 0 {
        push(
            out,
            format_args!(
                " {} are in one of the reports only, being of a part, and were not compared.",
                against.not_compared
            ),
        );
    }
    out.push_str("</p>\n");
    for warning in against.warnings(document) {
        push(out, format_args!("<p class=\"other\">{}</p>\n", escaped(&warning)));
    }
    if !against.changes.is_empty() {
        out.push_str("<table><caption>Runs that came to something else</caption><thead><tr><th scope=\"col\">became\
                      <th scope=\"col\">changed by<th scope=\"col\" class=\"number\">runs<th scope=\"col\">cases</thead><tbody>\n");
    }
    for ((became, cause), changes) in against.groups() {
        let cases = by_case(&changes);
        push(
            out,
            format_args!(
                "<tr><th scope=\"row\">{}<td>{}<td class=\"number\">{}<td>",
                became.words(),
                cause.words(),
                changes.len()
            ),
        );
        push(out, format_args!("<details><summary>{} case{}</summary><ul>", cases.len(), plural(cases.len())));
        for (case, settings) in cases {
            push(out, format_args!("<li>{} <span class=\"soft\">{}</span>", link(case), settings.join(" ")));
        }
        out.push_str("</ul></details>\n");
    }
    if !against.changes.is_empty() {
        out.push_str("</tbody></table>\n");
    }
    out.push_str("</section>\n");
}

fn stale(out: &mut String, document: &Document) {
    if document.stale.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Stale entries of the list of known differences</h2>\n<ul>\n");
    for entry in &document.stale {
        push(out, format_args!("<li>{}\n", escaped(&entry.to_string())));
    }
    out.push_str("</ul>\n</section>\n");
}

fn failures(out: &mut String, document: &Document) {
    let groups = document.failures();
    push(
        out,
        format_args!(
            "<section data-list>\n<h2 id=\"failures\">Failures <span class=\"soft\">{}</span></h2>\n",
            groups.len()
        ),
    );
    let none = if groups.is_empty() { "" } else { " hidden" };
    push(
        out,
        format_args!(
            "<p class=\"none soft\"{none}>None{}.</p>\n",
            if groups.is_empty() { "" } else { " that fits the filter" }
        ),
    );
    let mut last = "";
    for group in &groups {
        if let Some(run) = group.first() {
            failure(out, group, run, document, run.case != last);
            last = &run.case;
        }
    }
    out.push_str("</section>\n");
}

fn failure(out: &mut String, group: &[&Run], run: &Run, document: &Document, first: bool) {
    let case = escaped(&run.case);
    let settings: Vec<&str> = group.iter().map(|run| run.setting.as_str()).collect();
    let anchor = if first { format!(" id=\"failure-{case}\"") } else { String::new() };
    push(
        out,
        format_args!(
            "<article{anchor} data-case=\"{}\" data-words=\"{case}\" data-verdicts=\"{}\">\n<h3><span class=\"bad\">{}</span> \
             <span class=\"name\">{case}</span></h3>\n<p class=\"soft\">in {}</p>\n<p>{}</p>\n",
            escaped(run.case_key()),
            id(run.verdict),
            run.verdict.word(),
            settings.join(", "),
            escaped(&message(run)),
        ),
    );
    if !run.shown.is_empty() {
        push(
            out,
            format_args!(
                "<h4>{}</h4>\n<pre tabindex=\"0\">{}</pre>\n",
                escaped(&run.file),
                escaped(&run.shown.join("\n"))
            ),
        );
    }
    if run.verdict == Outcome::Fail {
        let golden = run.command_line == Some(0);
        let caption = match golden {
            true => "The annotated dump, or the answers, of the golden beside those of the port",
            false => "The recorded answers beside those of the port; the first that differs has a line above it",
        };
        let expected = if golden { "golden" } else { "recorded from Go" };
        // The paragraph's answers begin above the one that differs.
        let titles = Titles { case: &run.case, caption, expected, found: &document.port, in_place: !golden };
        table(out, &titles, &run.expected, &run.found);
    }
    if let Some(of_run) = &run.files {
        files(out, of_run, &run.case, &document.port);
    }
    if let Some(tail) = &run.stderr_tail {
        push(
            out,
            format_args!("<h4>What the port wrote to stderr</h4>\n<pre tabindex=\"0\">{}</pre>\n", escaped(tail)),
        );
    }
    if let Some(repeat) = &run.repeat {
        push(out, format_args!("<h4>Again</h4>\n<div class=\"again\"><pre tabindex=\"0\">{}</pre>", escaped(repeat)));
        push(
            out,
            format_args!(
                "<button type=\"button\" data-copy aria-label=\"Copy the command for {case}\">Copy</button></div>\n"
            ),
        );
    }
    out.push_str("</article>\n");
}

/// What the files say, down to the field.
fn files(out: &mut String, files: &Files, case: &str, port: &str) {
    push(out, format_args!("<h4>The files</h4>\n<p>{}.</p>\n", escaped(&files.note)));
    for file in &files.differing {
        if !file.field.is_empty() {
            push(
                out,
                format_args!(
                    "<p><code>{}</code> differs from here on: <code>{}</code></p>\n",
                    escaped(&file.path),
                    escaped(&file.field)
                ),
            );
        }
        let caption = format!("The annotated dump of {} where it begins to differ", file.path);
        let titles = Titles { case, caption: &caption, expected: "reference", found: port, in_place: false };
        table(out, &titles, &file.expected, &file.found);
    }
}

const COUNTS: &str = "<th scope=\"col\" class=\"number\">runs<th scope=\"col\" class=\"number\">passed<th scope=\"col\" class=\"number\">failed\
                      <th scope=\"col\" class=\"number wide\">unsupported<th scope=\"col\" class=\"number wide\">known";

fn list(out: &mut String, anchor: &str, title: &str, count: usize, caption: &str, columns: &str) {
    push(
        out,
        format_args!(
            "<section data-list>\n<h2 id=\"{anchor}\">{title} <span class=\"soft\">{count}</span></h2>\n<p class=\"none soft\"{}>None.</p>\n\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{anchor}\"><table class=\"list\"><caption>{caption}</caption><thead><tr>{columns}</thead><tbody>\n",
            if count == 0 { "" } else { " hidden" },
        ),
    );
}

fn topics(out: &mut String, topics: &[Tally]) {
    let columns = format!("<th scope=\"col\">topic{COUNTS}");
    list(out, "topics", "Topics", topics.len(), "Runs by topic", &columns);
    for topic in topics {
        let name = escaped(&topic.name);
        push(
            out,
            format_args!("<tr data-words=\"{name}\" data-topic=\"{name}\"><th scope=\"row\" class=\"name\">{name}"),
        );
        figures(out, topic);
    }
    out.push_str("</tbody></table></div>\n</section>\n");
}

fn features(out: &mut String, document: &Document) {
    let columns = format!("<th scope=\"col\" class=\"number\">feature<th scope=\"col\">function{COUNTS}");
    let caption = "Runs whose case executes the function on Go, those of which the largest share fails first";
    list(out, "features", "Features", document.features.len(), caption, &columns);
    let share =
        |one: &FeatureTally| (one.tally.failed as u64 * 1_000_000).checked_div(one.tally.runs as u64).unwrap_or(0);
    let mut sorted: Vec<&FeatureTally> = document.features.iter().collect();
    sorted.sort_by_key(|one| (std::cmp::Reverse(share(one)), one.feature));
    for one in sorted {
        let (number, name) = (one.feature, escaped(&one.tally.name));
        push(
            out,
            format_args!(
                "<tr data-words=\"{number} {name}\"><td class=\"number\"><button type=\"button\" data-feature=\"{number}\" \
                 aria-label=\"Show the cases of feature {number}\">{number}</button><th scope=\"row\" class=\"name\">{name}"
            ),
        );
        figures(out, &one.tally);
    }
    out.push_str("</tbody></table></div>\n</section>\n");
}

fn figures(out: &mut String, tally: &Tally) {
    for (count, class, wide) in [
        (tally.runs, "", ""),
        (tally.passed, "good", ""),
        (tally.failed, "bad", ""),
        (tally.unsupported, "other", " wide"),
        (tally.known, "other", " wide"),
    ] {
        let class = if count == 0 { "soft" } else { class };
        push(out, format_args!("<td class=\"number{wide}\"><span class=\"{class}\">{count}</span>"));
    }
    out.push('\n');
}

fn cases(out: &mut String, document: &Document) {
    let mut settings: Vec<&str> = document.runs.iter().map(|run| run.setting.as_str()).collect();
    settings.sort_unstable();
    settings.dedup();
    let mut cases: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in &document.runs {
        cases.entry(&run.case).or_default().push(run);
    }
    let mut columns = "<th scope=\"col\">case".to_owned();
    for setting in &settings {
        push(&mut columns, format_args!("<th scope=\"col\">{}", escaped(setting)));
    }
    list(out, "cases", "Cases", cases.len(), "Every run: the cases and their settings", &columns);
    for (name, runs) in cases {
        let mut verdicts: Vec<String> = runs.iter().map(|run| id(run.verdict)).collect();
        verdicts.sort_unstable();
        verdicts.dedup();
        let failed = runs.iter().any(|run| run.failure);
        let key = runs.first().map_or(name, |run| run.case_key());
        let (shown, key) = (escaped(name), escaped(key));
        let title = if failed { format!("<a href=\"#failure-{shown}\">{shown}</a>") } else { shown.clone() };
        push(
            out,
            format_args!(
                "<tr id=\"case-{shown}\" data-case=\"{key}\" data-words=\"{shown}\" data-verdicts=\"{}\"><th scope=\"row\" class=\"name\">{title}",
                verdicts.join(" ")
            ),
        );
        for setting in &settings {
            match runs.iter().find(|run| run.setting == *setting) {
                None => out.push_str("<td class=\"soft\">–<span class=\"sr\">not run</span>"),
                Some(run) => verdict(out, run),
            }
        }
        out.push('\n');
    }
    out.push_str("</tbody></table></div>\n</section>\n");
}

fn verdict(out: &mut String, run: &Run) {
    let (class, sign) = match (run.verdict, run.failure) {
        (Outcome::Pass, _) => ("good", "✓"),
        (_, true) => ("bad", "✗"),
        (_, false) => ("other", "○"),
    };
    let (word, why) = (run.verdict.word(), escaped(&message(run)));
    match run.verdict {
        Outcome::Pass => push(out, format_args!("<td class=\"{class}\">{sign}<span class=\"sr\">{word}</span>")),
        _ => push(out, format_args!("<td class=\"{class}\" title=\"{why}\">{sign} {word}")),
    }
}

/// The name of a case as a link to its row.
fn link(case: &str) -> String {
    let case = escaped(case);
    format!("<a class=\"name\" href=\"#case-{case}\">{case}</a>")
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `text` where HTML stands.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
