//! `blkspec inspect PATH`: what a file of a store, or its whole directory, says: every byte with its meaning.
//!
//! Encrypted files need the key: the secret that the store was opened with, in hexadecimal (or as text with `--secret`). Exit 0
//! when everything could be read and is right, 1 when something could not or is not, 2 when there is nothing to read.

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
    let metadata = fs.metadata(&arguments.path)?;
    let is_dir = metadata.is_dir();
    if !is_dir && !metadata.is_file() {
        bail!("{}: expected a file or a directory, found neither", arguments.path.display());
    }
    let keys = keys(arguments)?;
    let root = if is_dir { arguments.path.clone() } else { store_root(&arguments.path) };
    let known = arguments.stream.clone().or_else(|| StoreFiles::stream_in_meta(&fs, &root));
    let stream = known.clone().unwrap_or_else(|| last_name(&root));
    let files = StoreFiles::new(&fs, &root, &stream, keys);
    let paths = if is_dir {
        files.list()?
    } else {
        let relative = arguments.path.strip_prefix(&root).unwrap_or(&arguments.path);
        vec![relative.to_string_lossy().replace('\\', "/")]
    };
    if is_dir && paths.iter().all(|path| Kind::of(path) == Kind::Other) {
        let (path, count) = (arguments.path.display(), paths.len());
        bail!("{path}: expected the files of a store (meta.inf, msgs/1.blk, ..), found none among {count} files");
    }
    let mut shown = Vec::new();
    for path in &paths {
        shown.push((path.as_str(), files.pages(path)?));
    }
    let complete = shown.iter().flat_map(|(_, pages)| pages).all(DumpPage::is_complete);
    if arguments.json {
        write_json(&shown, streams)?;
    } else {
        for (path, pages) in &shown {
            writeln!(streams.out, "== {path}\n{}", render_pages(pages))?;
        }
    }
    if complete {
        return Ok(Exit::AsExpected);
    }
    if known.is_none() {
        let note = "checksums and keys depend on the name of the stream, which was taken from the directory";
        writeln!(streams.err, "blkspec: {note}: {stream:?}; --stream gives another")?;
    }
    Ok(Exit::Differs)
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
