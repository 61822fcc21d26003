//! `blkspec completions` and `blkspec man`: what a shell and `man` know of the command, made from the command itself.
//!
//! `blkspec man DIR` writes a page for the command and one for each subcommand; packagers call it once.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Exit, Streams};
use crate::env::RealFs;

/// The arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(super) struct CompletionArgs {
    /// The shell
    shell: Shell,
}

/// The arguments of `man`.
#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// Where the pages go
    directory: PathBuf,
}

/// Writes the completions of a shell to stdout.
pub(super) fn completions(arguments: &CompletionArgs, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let mut bytes = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "blkspec", &mut bytes);
    streams.out.write_all(&bytes)?;
    Ok(Exit::AsExpected)
}

/// Writes the manual pages.
pub(super) fn man(arguments: &ManArgs, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    RealFs::new().publish_dir(&arguments.directory)?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    pages(&command, "blkspec", &arguments.directory, streams)?;
    Ok(Exit::AsExpected)
}

/// The page of a command and those of its subcommands.
fn pages(command: &Command, name: &str, directory: &Path, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    page(command, name, directory, streams)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        pages(subcommand, &format!("{name}-{}", subcommand.get_name()), directory, streams)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str, directory: &Path, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    // The display name has a blank where the page's name has a hyphen.
    let title = name.to_owned();
    clap_mangen::Man::new(command.clone()).title(title).render(&mut bytes)?;
    let path = directory.join(format!("{name}.1"));
    RealFs::new().publish(&path, &bytes)?;
    writeln!(streams.out, "{}", path.display())?;
    Ok(())
}
