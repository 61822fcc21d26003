//! The commands that the harness carries out itself on the files of a store.
//!
//! Paths are relative to the store's directory and never leave the directory of the case.

use super::error::Fault;
use super::expand::Arguments;
use super::template::Variables;

/// Work on files. Paths are relative to the store's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileStep {
    /// Names and sizes of the files that match.
    List(Option<String>),
    /// What the content of a file means.
    Dump(String),
    /// The bytes of a file in hexadecimal.
    Bytes(String),
    /// Cuts a file to `size` bytes, or by `-size` when that is negative.
    Truncate {
        /// The file.
        file: String,
        /// The new size, or a negative number to cut off.
        size: i64,
    },
    /// Flips one bit.
    Flip {
        /// The file.
        file: String,
        /// The byte; negative from the end.
        offset: i64,
        /// The bit, 0 the lowest.
        bit: u8,
    },
    /// Removes the files and directories that match.
    Remove(String),
    /// Copies a file or a directory.
    Copy {
        /// The source.
        from: String,
        /// The target.
        to: String,
    },
    /// Moves a file or a directory.
    Move {
        /// The source.
        from: String,
        /// The target.
        to: String,
    },
    /// Writes a file, or a part of one.
    Write {
        /// The file.
        file: String,
        /// The content.
        bytes: Vec<u8>,
        /// Where it goes in the present content (negative from the end, and `max` at the end); nothing for the whole file.
        offset: Option<i64>,
    },
    /// Makes a directory and those above it.
    MakeDir(String),
    /// Puts a symbolic link in the place of whatever is there.
    Link {
        /// What the link says: a device, or a path from the link's own directory.
        target: LinkTarget,
        /// The link.
        file: String,
    },
    /// Changes permissions.
    Chmod {
        /// The permission bits.
        mode: u32,
        /// The file or directory.
        file: String,
    },
    /// Keeps a copy of the store's directory.
    SaveDir(String),
    /// Puts the copy back in place of the store's directory.
    RestoreDir(String),
}

/// What a link made by a case may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTarget {
    /// `/dev/full`: every write fails for want of space.
    Full,
    /// `/dev/null`: writes succeed, but neither a sync nor a change of the length does.
    Null,
    /// A path from the link's own directory, its own name for a loop.
    Path(String),
}

impl LinkTarget {
    /// What the link says.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Full => "/dev/full",
            Self::Null => "/dev/null",
            Self::Path(path) => path,
        }
    }

    fn of(text: &str) -> Result<LinkTarget, Fault> {
        Ok(match text {
            "/dev/full" => Self::Full,
            "/dev/null" => Self::Null,
            path => Self::Path(inside(path)?),
        })
    }
}

/// The file work that the command `name` is, if it is any.
pub(super) fn file_step(name: &str, arguments: &Arguments, variables: &Variables) -> Result<Option<FileStep>, Fault> {
    let path = |key: &str| inside(arguments.text(key).unwrap_or_default());
    Ok(Some(match name {
        "ls" => FileStep::List(arguments.text("glob").map(inside).transpose()?),
        "dump" => FileStep::Dump(path("file")?),
        "bytes" => FileStep::Bytes(path("file")?),
        "truncate-file" => {
            FileStep::Truncate { file: path("file")?, size: arguments.signed("size").unwrap_or_default() }
        }
        "flip" => {
            let bit = arguments.unsigned("bit").unwrap_or_default();
            let bit = u8::try_from(bit).ok().filter(|bit| *bit < 8);
            let bit = bit.ok_or_else(|| Fault::new("a bit from 0 to 7 for `bit`", "a larger one"))?;
            FileStep::Flip { file: path("file")?, offset: arguments.signed("offset").unwrap_or_default(), bit }
        }
        "rm" => FileStep::Remove(path("glob")?),
        "cp" => FileStep::Copy { from: path("from")?, to: path("to")? },
        "mv" => FileStep::Move { from: path("from")?, to: path("to")? },
        "write" => FileStep::Write {
            file: path("file")?,
            bytes: arguments.payload(variables)?,
            offset: arguments.signed("offset"),
        },
        "mkdir" => FileStep::MakeDir(path("dir")?),
        "link" => FileStep::Link {
            target: LinkTarget::of(arguments.text("target").unwrap_or_default())?,
            file: path("file")?,
        },
        "chmod" => {
            let text = arguments.text("mode").unwrap_or_default();
            let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
            let mode = mode.ok_or_else(|| Fault::new("permissions in octal such as 0500", format!("`{text}`")))?;
            FileStep::Chmod { mode, file: path("file")? }
        }
        "save-dir" => FileStep::SaveDir(word(arguments)?),
        "restore-dir" => FileStep::RestoreDir(word(arguments)?),
        _ => return Ok(None),
    }))
}

fn word(arguments: &Arguments) -> Result<String, Fault> {
    let name = arguments.text("name").unwrap_or_default();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain { Ok(name.to_owned()) } else { Err(Fault::new("a plain name", format!("`{name}`"))) }
}

/// A path that stays below the directory it is relative to.
pub(super) fn inside(path: &str) -> Result<String, Fault> {
    let leaves = path.starts_with('/') || path.contains('\\') || path.split('/').any(|part| part == "..");
    match leaves || path.is_empty() {
        true => Err(Fault::new("a path below the store's directory", format!("`{path}`"))),
        false => Ok(path.to_owned()),
    }
}
