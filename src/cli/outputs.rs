//! The reports that `run` and `merge` write beside the text: JUnit, a page, Markdown, JSON, and what changed since another.
//!
//! The report for people is written first, so that it is not lost when a file cannot be.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};

use super::Streams;
use crate::env::{FileSystem as _, RealFs};
use crate::harness::report::against::Against;
use crate::harness::report::document::Document;
use crate::harness::report::{html, junit, markdown};

/// The reports to write, and what to compare with.
#[derive(Debug, clap::Args)]
pub(super) struct OutputArgs {
    /// Write the report as JSON to this file, or - for stdout
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Write the report as JUnit XML to this file, for GitHub, GitLab and Jenkins
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as a page that needs nothing else to this file
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Add a summary in Markdown to this file, as $GITHUB_STEP_SUMMARY
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Say what has changed since this report, which --json wrote
    #[arg(long, value_name = "OLD.json")]
    against: Option<PathBuf>,
}

impl OutputArgs {
    /// Whether anything but the text is wanted.
    pub(super) fn any(&self) -> bool {
        let files = [&self.json, &self.junit, &self.html, &self.markdown, &self.against];
        files.iter().any(|file| file.is_some())
    }

    /// The report to compare with, read before anything runs.
    pub(super) fn before(&self) -> anyhow::Result<Option<(String, Document)>> {
        self.against.as_deref().map(read).transpose()
    }

    /// Writes what is wanted of `document`, after `text` for people.
    pub(super) fn write(
        &self,
        text: &str,
        document: Option<Document>,
        before: Option<(String, Document)>,
        streams: &mut Streams<'_>,
    ) -> anyhow::Result<()> {
        let json_on_stdout = self.json.as_deref().is_some_and(is_stdout);
        match json_on_stdout {
            true => streams.err.write_all(text.as_bytes())?,
            false => streams.write_report(text)?,
        }
        let people = if json_on_stdout { &mut *streams.err } else { &mut *streams.out };
        let Some(mut document) = document else { return Ok(()) };
        if let Some((name, before)) = before {
            let against = Against::new(&name, &before, &document);
            people.write_all(against.text(&document).as_bytes())?;
            document.against = Some(against);
        }
        if let Some(path) = &self.json {
            match json_on_stdout {
                true => streams.out.write_all(document.json()?.as_bytes())?,
                false => RealFs::new().publish(path, document.json()?.as_bytes())?,
            }
        }
        if let Some(path) = &self.junit {
            RealFs::new().publish(path, junit::xml(&document)?.as_bytes())?;
        }
        if let Some(path) = &self.html {
            RealFs::new().publish(path, html::page(&document)?.as_bytes())?;
        }
        if let Some(path) = &self.markdown {
            append(path, &markdown::page(&document))?;
        }
        Ok(())
    }
}

/// Adds to a file that other steps of the job may have written to.
fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    let fs = RealFs::new();
    let mut bytes = match fs.read(path) {
        Err(error) if error.is_not_found() => Vec::new(),
        read => read?,
    };
    bytes.extend_from_slice(text.as_bytes());
    Ok(fs.publish(path, &bytes)?)
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A report that `--json` wrote, with its name.
pub(super) fn read(path: &Path) -> anyhow::Result<(String, Document)> {
    let name = path.display().to_string();
    if is_stdout(path) {
        bail!("a report is read from a file, not from stdin");
    }
    let bytes = RealFs::new().read(path)?;
    let text = String::from_utf8(bytes).with_context(|| format!("{name}: not UTF-8 text"))?;
    let document = Document::parse(&text).map_err(|why| anyhow!("{name}: {why}"))?;
    Ok((name, document))
}
