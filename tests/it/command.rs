//! The built command, run in a directory of its own: what it says, as a session on a console that a snapshot can hold.
//!
//! Paths in its words are those that were given, or `CHECKOUT` for the sources and `ADAPTER` for this binary, so that they are
//! the same everywhere.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use blkspec::env::{FileSystem as _, RealFs, Scratch, copy_tree};

/// A directory to run the command in.
pub(crate) struct Place {
    scratch: Scratch,
    environment: Vec<(&'static str, String)>,
}

/// The sources.
pub(crate) fn checkout(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { scratch: Scratch::new(None).unwrap(), environment: Vec::new() }
    }

    /// Sets a variable of the command's environment.
    pub(crate) fn with_env(mut self, name: &'static str, value: &str) -> Place {
        self.environment.push((name, value.to_owned()));
        self
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.scratch.path().join(relative)
    }

    pub(crate) fn read(&self, relative: &str) -> Vec<u8> {
        std::fs::read(self.path(relative)).unwrap()
    }

    /// Writes a file, with the directories above it.
    pub(crate) fn write(&self, relative: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Writes a program for `sh`.
    pub(crate) fn write_program(&self, relative: &str, text: &str) {
        self.write(relative, text);
        RealFs::new().set_permissions(&self.path(relative), 0o755).unwrap();
    }

    /// Copies a file or a directory of the sources.
    pub(crate) fn copy(&self, source: &str, target: &str) {
        let source = checkout(source);
        if source.is_dir() {
            let fs = RealFs::new();
            copy_tree(&fs, &source, &fs, &self.path(target)).unwrap();
        } else {
            self.write(target, std::fs::read(source).unwrap());
        }
    }

    /// Runs the command: its exit code and what it wrote, stdout first.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String) {
        self.run_with_input(arguments, "")
    }

    /// Runs the command with this on stdin.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> (i32, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_blkspec"))
            .args(arguments)
            .current_dir(self.scratch.path())
            .envs(self.environment.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who asks for no input may be gone by now.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains("panicked"), "{text}");
        (output.status.code().unwrap(), text)
    }

    /// The session of one command: the line that was typed, what it wrote and how it ended.
    pub(crate) fn session(&self, arguments: &[&str]) -> (i32, String) {
        let (code, text) = self.run(arguments);
        let line = shlex::try_join(arguments.iter().copied()).unwrap();
        let text = format!("$ blkspec {line}\n{text}exit {code}\n");
        let adapter = std::env::current_exe().unwrap();
        let hidden = [(adapter.as_path(), "ADAPTER"), (&checkout(""), "CHECKOUT/"), (self.scratch.path(), "HERE")];
        let hide = |text: String, (path, name): (&Path, &str)| text.replace(&path.display().to_string(), name);
        (code, hidden.into_iter().fold(text, hide))
    }

    /// The sessions of several commands, each of which ends with one of `codes`.
    pub(crate) fn sessions(&self, codes: &[i32], commands: &[&[&str]]) -> String {
        let session = |arguments: &&[&str]| {
            let (code, text) = self.session(arguments);
            assert!(codes.contains(&code), "{text}");
            text
        };
        commands.iter().map(session).collect::<Vec<_>>().join("\n")
    }
}
