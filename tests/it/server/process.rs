//! Builds and runs the program with the server: its reports, and its end.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use blkspec::env::{RealFs, copy_tree};
use serde_json::Value;

use crate::command::checkout;

/// The key that an encrypted server is started with.
pub(super) const KEY: &str = "the key of the server";

/// How the server encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    None,
    ChaCha,
    Aes,
}

impl Encryption {
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ChaCha => "chacha",
            Self::Aes => "aes",
        }
    }
}

/// A server and the directory that it works in.
pub(super) struct Server {
    store_dir: PathBuf,
    encryption: Encryption,
    /// Whether it starts on what a killed server left, and may say that it had to mend that.
    after_kill: bool,
}

impl Server {
    pub(super) fn new(store_dir: &Path, encryption: Encryption) -> Self {
        Self { store_dir: store_dir.to_path_buf(), encryption, after_kill: false }
    }

    /// A server of the same kind on a copy of what this one left when it was killed.
    pub(super) fn copy_of_the_killed(&self, store_dir: &Path) -> Self {
        let fs = RealFs::new();
        copy_tree(&fs, &self.store_dir, &fs, store_dir).unwrap();
        Self { after_kill: true, ..Self::new(store_dir, self.encryption) }
    }

    /// Runs the program to its end: its reports. Or kills it when it has given them.
    pub(super) fn run(&self, arguments: &[&str], kill: bool) -> Vec<Value> {
        let (mode, flags) = arguments.split_first().unwrap();
        let mut command = Command::new(program());
        command.arg(mode).args(["-cipher", self.encryption.name(), "-key", KEY]).args(flags);
        if kill {
            command.arg("-hold");
        }
        command.arg(&self.store_dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let expected = if *mode == "resume" { 2 } else { 1 };
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let lines: Vec<String> = stdout.lines().take(expected).map(Result::unwrap).collect();
        if kill && lines.len() == expected {
            // It waits for the end of its stdin, which nobody has closed: it is at rest, and does not stop by itself.
            child.kill().unwrap();
        }
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let status = child.wait().unwrap();
        assert!(lines.len() == expected && status.success() != kill, "{mode} ended with {status}\n{said}");
        let mends = |line: &&str| self.after_kill && line.starts_with("warning: Filestore ");
        let complaint = said.lines().find(|line| !mends(line));
        assert_eq!(complaint, None, "{mode}: the server complains:\n{said}");
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Where the server keeps a stream.
    pub(super) fn stream_dir(&self, report: &Value, stream: &str) -> PathBuf {
        let account = report.get("account").and_then(Value::as_str).unwrap();
        self.store_dir.join("jetstream").join(account).join("streams").join(stream)
    }
}

/// The built program. The `go` command knows by itself whether there is anything to build.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let go = std::env::var_os("BLKSPEC_GO").unwrap_or_else(|| "go".into());
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout("target"), PathBuf::from);
        let program = target.join("go-server").join("blkspec-go-server");
        let mut build = Command::new(&go);
        build.arg("build").arg("-o").arg(&program).arg(".").current_dir(checkout("adapters/go-server"));
        let output = build.output().unwrap_or_else(|error| {
            panic!("these tests start a real nats-server, which takes Go 1.26 or newer: the command {} cannot run ({error})", go.display())
        });
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "adapters/go-server could not be built:\n{said}");
        program
    })
}
