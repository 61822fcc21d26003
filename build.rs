//! Packs what the program carries with it into one archive: the corpus, the goldens and the sources of the Go adapter.
//!
//! The archive is the same for the same files: paths in their order with `/`, no owners, no times. It is made anew only when a
//! file below these folders changes. `src/harness/embedded.rs` unpacks it.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

/// The folders that are packed.
const PACKED: [&str; 3] = ["adapters/go", "corpus", "golden"];

fn main() -> io::Result<()> {
    let directory = |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(name.to_owned()));
    let (root, target) = (directory("CARGO_MANIFEST_DIR")?, directory("OUT_DIR")?.join("embedded.tar.gz"));
    let mut cargo = io::stdout().lock();
    writeln!(cargo, "cargo::rerun-if-changed=build.rs")?;
    let mut paths = Vec::new();
    for folder in PACKED {
        writeln!(cargo, "cargo::rerun-if-changed={folder}")?;
        collect(&root, folder, &mut paths)?;
    }
    paths.sort();
    fs::write(target, packed(&root, &paths)?)
}

/// The files below `folder`, as paths from the root; hidden ones are nobody's to pack.
fn collect(root: &Path, folder: &str, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| io::Error::other(format!("{folder}: {name:?}")))?;
        let path = format!("{folder}/{name}");
        match entry.file_type()? {
            _ if name.starts_with('.') => {}
            kind if kind.is_dir() => collect(root, &path, found)?,
            kind if kind.is_file() => found.push(path),
            _ => return Err(io::Error::other(format!("{path}: neither a file nor a directory"))),
        }
    }
    Ok(())
}

fn packed(root: &Path, paths: &[String]) -> io::Result<Vec<u8>> {
    let compressed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut archive = tar::Builder::new(compressed);
    for path in paths {
        let bytes = fs::read(root.join(path))?;
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, path, bytes.as_slice())?;
    }
    archive.into_inner()?.finish()
}
