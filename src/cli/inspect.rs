//! `blkspec inspect PATH`: what a file of a store, or its whole directory, says: every byte with its meaning.
//!
//! Encrypted files need the key: the secret that the store was opened with, in hexadecimal (or as text with `--secret`). Exit 0
//! when everything could be read, 1 when something could not, 2 when there is nothing to read.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::{Exit, Streams};
use crate::env::{FileSystem as _, RealFs};
use crate::format::dump::{DumpLine, DumpPage, render_pages};
use crate::harness::protocol::{Bytes, KeyConfig};
use crate::harness::store_files::{Kind, StoreFiles};

/// The arguments of `inspect`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A file of a store, or the store's directory
    path: PathBuf,
    /// A secret that keys are derived from, in hexadecimal; several are tried in turn
    #[arg(long, value_name = "HEX")]
    key: Vec<String>,
    /// The same as text
    #[arg(long, value_name = "TEXT")]
    secret: Vec<String>,
    /// What goes before the context when a key is derived; a server puts the account here
    #[arg(long, default_value = "", value_name = "TEXT")]
    key_prefix: String,
    /// The name of the stream; without it what meta.inf says, else the name of the directory
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// Write JSON: for each file its pages, for each page its lines
    #[arg(long)]
    json: bool,
}

/// One file as JSON.
#[derive(Serialize)]
struct FileJson<'a> {
    path: &'a str,
    pages: Vec<PageJson<'a>>,
}

#[derive(Serialize)]
struct PageJson<'a> {
    title: &'a str,
    size: usize,
    lines: &'a [DumpLine],
}

/// Shows a file or a directory.
pub(super) fn run(arguments: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let fs = RealFs::new();
    let is_dir = fs.metadata(&arguments.path)?.is_dir();
    let keys = keys(arguments)?;
    let root = if is_dir { arguments.path.clone() } else { store_root(&arguments.path) };
    let stream = match &arguments.stream {
        Some(name) => name.clone(),
        None => StoreFiles::stream_in_meta(&fs, &root).unwrap_or_else(|| last_name(&root)),
    };
    let files = StoreFiles::new(&fs, &root, &stream, keys);
    let paths = if is_dir {
        files.list()?
    } else {
        let relative = arguments.path.strip_prefix(&root).unwrap_or(&arguments.path);
        vec![relative.to_string_lossy().replace('\\', "/")]
    };
    if paths.is_empty() {
        bail!("{} holds no file", arguments.path.display());
    }
    let mut shown = Vec::new();
    for path in &paths {
        shown.push((path.as_str(), files.pages(path)?));
    }
    let complete = shown.iter().flat_map(|(_, pages)| pages).all(is_complete);
    if arguments.json {
        write_json(&shown, streams)?;
    } else {
        for (path, pages) in &shown {
            writeln!(streams.out, "== {path}\n{}", render_pages(pages))?;
        }
    }
    Ok(if complete { Exit::AsExpected } else { Exit::Differs })
}

/// A page whose last line does not say that reading stopped there.
fn is_complete(page: &DumpPage) -> bool {
    !page.lines.iter().any(|line| line.text.starts_with("!!"))
}

fn write_json(shown: &[(&str, Vec<DumpPage>)], streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let files: Vec<FileJson<'_>> = shown
        .iter()
        .map(|(path, pages)| FileJson {
            path,
            pages: pages
                .iter()
                .map(|page| PageJson { title: &page.title, size: page.bytes.len(), lines: &page.lines })
                .collect(),
        })
        .collect();
    writeln!(streams.out, "{}", serde_json::to_string_pretty(&files)?)?;
    Ok(())
}

fn keys(arguments: &Args) -> anyhow::Result<Vec<KeyConfig>> {
    let mut secrets = Vec::new();
    for key in &arguments.key {
        secrets.push(hex::decode(key).with_context(|| format!("--key takes hexadecimal digits, not `{key}`"))?);
    }
    secrets.extend(arguments.secret.iter().map(|secret| secret.as_bytes().to_vec()));
    let config = |secret| KeyConfig { secret: Bytes(secret), prefix: arguments.key_prefix.clone() };
    Ok(secrets.into_iter().map(config).collect())
}

/// The directory of the store that a file lies in, by what the file is.
fn store_root(path: &Path) -> PathBuf {
    let parent = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let up = |dir: &Path, levels: usize| dir.ancestors().nth(levels).map(Path::to_path_buf).unwrap_or_default();
    let text = path.to_string_lossy().replace('\\', "/");
    let in_obs = parent.parent().is_some_and(|folder| folder.file_name() == Some("obs".as_ref()));
    match Kind::of(&text) {
        Kind::ConsumerState(_) | Kind::Meta(_) | Kind::MetaSum(_) | Kind::MetaKey(_) if in_obs => up(&parent, 2),
        _ if parent.file_name() == Some("msgs".as_ref()) => up(&parent, 1),
        _ => parent,
    }
}

fn last_name(dir: &Path) -> String {
    dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
