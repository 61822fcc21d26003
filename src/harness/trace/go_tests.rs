//! Measures Go's own tests: builds the test binary of the server's package with coverage, and runs each test alone.
//!
//! The tests are those of `corpus/go-tests.toml` that have cases; a benchmark runs once. A profile is kept as soon as its test has
//! run, for all of them take half an hour: a measurement that was broken off goes on where it stopped. A test that fails here is
//! not measured, and the coverage file says why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::measure::SOURCE;
use super::model::{Block, Coverage};
use super::written::block;
use super::{Bits, TraceError};
use crate::env::{FileSystem as _, RealFs, Scratch, fast_scratch_parent};
use crate::harness::go_port::{GoBuild, GoVersion};

/// How long a test may take, as Go's `-test.timeout` has it.
const TIMEOUT: &str = "-test.timeout=600s";
/// The package whose statements are counted.
const PACKAGE: &str = "github.com/nats-io/nats-server/v2/server";

/// The tests that are measured, with a place for their profiles.
pub struct TestRuns<'a> {
    directory: PathBuf,
    notes: &'a (dyn Fn(&str) + Sync),
}

impl<'a> TestRuns<'a> {
    /// Profiles are kept beside the built adapters.
    pub fn new(notes: &'a (dyn Fn(&str) + Sync)) -> Result<Self, TraceError> {
        let build = GoBuild::find(&GoVersion::default()).map_err(TraceError::NotMeasured)?;
        let directory = build.cache.join(format!("go-tests-{}", build.version));
        RealFs::new().create_dir_all(&directory)?;
        let directory = std::path::absolute(&directory).map_err(|error| TraceError::NotMeasured(error.to_string()))?;
        Ok(Self { directory, notes })
    }

    /// Where the profiles are kept.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Measures the tests of `coverage` that have no profile yet, and puts all into it.
    pub fn measure(&self, coverage: &mut Coverage) -> Result<(), TraceError> {
        let fs = RealFs::new();
        let mut server: Option<(PathBuf, PathBuf)> = None;
        coverage.go_tests.clear();
        coverage.unmeasured.clear();
        for test in coverage.tests.keys() {
            let (profile, failed) =
                (self.directory.join(format!("{test}.cov")), self.directory.join(format!("{test}.failed")));
            if !fs.exists(&profile)? && !fs.exists(&failed)? {
                let (binary, package) = match &server {
                    Some(server) => server,
                    None => server.insert(self.build()?),
                };
                (self.notes)(&format!("running {test}"));
                run(binary, package, test, &profile, &failed)?;
            }
            if fs.exists(&failed)? {
                let output = String::from_utf8_lossy(&fs.read(&failed)?).into_owned();
                coverage.unmeasured.insert(test.clone(), reason(&output));
            } else {
                let text = String::from_utf8_lossy(&fs.read(&profile)?).into_owned();
                let hits = hits(&coverage.blocks, &text)
                    .map_err(|why| TraceError::NotMeasured(format!("{}: {why}", profile.display())))?;
                coverage.go_tests.insert(test.clone(), hits);
            }
        }
        Ok(())
    }

    /// The test binary, and the directory in which it runs.
    fn build(&self) -> Result<(PathBuf, PathBuf), TraceError> {
        let build = GoBuild::find(&GoVersion::default()).map_err(TraceError::NotMeasured)?;
        let module = build.server_module().map_err(TraceError::NotMeasured)?;
        let binary = self.directory.join("server.test");
        let package = module.join("server");
        if RealFs::new().exists(&binary)? {
            return Ok((binary, package));
        }
        (self.notes)("building the tests of nats-server with coverage (minutes, once)");
        let output = Command::new(&build.go)
            .args(["test", "-c", "-cover", "-covermode=atomic"])
            .arg(format!("-coverpkg={PACKAGE}"))
            .arg("-o")
            .arg(&binary)
            .arg("./server")
            .current_dir(&module)
            .output();
        let output = output.map_err(|error| TraceError::NotMeasured(format!("{}: {error}", build.go.display())))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(TraceError::NotMeasured(format!("the tests of nats-server could not be built: {text}")));
        }
        Ok((binary, package))
    }
}

/// Runs one test and keeps the lines of its profile that are about the source file, or what it said when it failed.
fn run(binary: &Path, package: &Path, test: &str, profile: &Path, failed: &Path) -> Result<(), TraceError> {
    let fs = RealFs::new();
    let scratch = Scratch::new(fast_scratch_parent().as_deref())?;
    let raw = scratch.path().join("profile");
    let mut command = Command::new(binary);
    match test.starts_with("Benchmark") {
        true => command.args(["-test.run=^$", &format!("-test.bench=^{test}$"), "-test.benchtime=1x"]),
        false => command.arg(format!("-test.run=^{test}$")),
    };
    let output = command
        .arg(TIMEOUT)
        .arg(format!("-test.coverprofile={}", raw.display()))
        .env("TMPDIR", scratch.path())
        .current_dir(package)
        .output()
        .map_err(|error| TraceError::NotMeasured(format!("{}: {error}", binary.display())))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        return Ok(fs.write(failed, &said)?);
    }
    let text = String::from_utf8_lossy(&fs.read(&raw)?).into_owned();
    let mark = format!("/{SOURCE}:");
    let lines: String = text.lines().filter_map(|line| Some(format!("{}\n", line.split_once(&mark)?.1))).collect();
    Ok(fs.write(profile, lines.as_bytes())?)
}

/// The blocks that ran, out of lines `L.C,L.C N COUNT`.
pub(super) fn hits(blocks: &[Block], profile: &str) -> Result<Bits, String> {
    let places: BTreeMap<Block, usize> = blocks.iter().copied().zip(0..).collect();
    let mut hits = Bits::default();
    let mut seen = 0;
    for line in profile.lines() {
        let (text, count) = line.rsplit_once(' ').ok_or_else(|| format!("{line:?} is no line of a profile"))?;
        let block = block(text).ok_or_else(|| format!("{text:?} is no block"))?;
        let at = places.get(&block).ok_or_else(|| format!("{text:?} is no block of the adapter's build"))?;
        seen += 1;
        if count != "0" {
            hits.insert(*at);
        }
    }
    if seen < blocks.len() {
        return Err(format!("{seen} of {} blocks: remove the file to measure again", blocks.len()));
    }
    Ok(hits)
}

/// Why a test failed, in one line.
pub(super) fn reason(output: &str) -> String {
    let lines = || output.lines().map(str::trim);
    let told = lines().find(|line| line.contains("_test.go:") || line.starts_with("panic:"));
    let told = told.or_else(|| lines().rfind(|line| !line.is_empty() && *line != "FAIL")).unwrap_or("it says nothing");
    format!("fails where it was measured: {told}")
}
