//! Gathers evidence around a run: what is so before it, and what came of it.
//!
//! The files of the port are hashed before and after: a program that changed meanwhile has no evidence.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::{
    CorpusFacts, ENTROPY, Evidence, EvidenceError, GoRelease, Host, Outcome, PortFacts, Program, ProgramFile, RunFact,
    Seeds, VERSION, program_files,
};
use crate::env::{Clock as _, FileKind, FileSystem as _, RealClock, RealFs, host_name, walk};
use crate::harness::case::Case;
use crate::harness::port_spec::PortSpec;
use crate::harness::protocol::Started;
use crate::harness::verdict::{RunReport, Verdict};

/// What is known before a run.
#[derive(Debug)]
pub struct Collector {
    spec: PortSpec,
    port: Started,
    program: Vec<ProgramFile>,
    blkspec: Program,
    started: String,
}

/// What a run adds.
#[derive(Debug)]
pub struct Gathered<'a> {
    /// The command line, without the program's name.
    pub command: Vec<String>,
    /// All cases of the corpus.
    pub corpus: &'a [Case],
    /// The digest of the goldens, if they were held to.
    pub goldens: Option<String>,
    /// The digest of the seeds of the fuzzers, if there are any.
    pub fuzz_seeds: Option<String>,
    /// Every run.
    pub runs: &'a [RunReport],
}

impl Collector {
    /// Takes note of the port that is about to run, which said `port` of itself.
    pub fn begin(spec: &PortSpec, port: &Started) -> Result<Self, EvidenceError> {
        let program = program_files(spec, &port.program)?;
        let (spec, port, blkspec, started) = (spec.clone(), port.clone(), Program::own()?, now());
        Ok(Self { spec, port, program, blkspec, started })
    }

    /// The evidence of the run that is over.
    pub fn finish(self, gathered: &Gathered<'_>) -> Result<Evidence, EvidenceError> {
        let after = program_files(&self.spec, &self.port.program)?;
        if let Some(changed) = self.program.iter().find(|file| !after.contains(file)) {
            return Err(EvidenceError::Changed(changed.path.clone()));
        }
        let digests: BTreeMap<String, String> =
            gathered.corpus.iter().map(|case| (case.name.clone(), digest_of_case(case))).collect();
        let mut all = Sha256::new();
        for (name, digest) in &digests {
            all.update(format!("{name} {digest}\n"));
        }
        let ran = |name: &String| gathered.runs.iter().any(|run| run.case == *name);
        let Started { adapter, port, port_version, language, clock, capabilities, settings, .. } = self.port;
        let evidence = Evidence {
            evidence: VERSION,
            digest: String::new(),
            command: gathered.command.clone(),
            started: self.started,
            ended: now(),
            host: host(),
            blkspec: self.blkspec,
            port: PortFacts {
                name: self.spec.to_string(),
                adapter,
                port,
                version: port_version,
                language,
                clock,
                capabilities,
                settings,
                program: self.program,
            },
            go: GoRelease::pinned(),
            corpus: CorpusFacts {
                digest: hex::encode(all.finalize()),
                goldens: gathered.goldens.clone(),
                cases: digests.into_iter().filter(|(name, _)| ran(name)).collect(),
            },
            seeds: Seeds { entropy: ENTROPY.to_owned(), fuzz: gathered.fuzz_seeds.clone() },
            runs: gathered.runs.iter().map(fact).collect(),
        };
        evidence.sealed()
    }
}

/// The digest of a case: what it does and what was answered.
#[must_use]
pub fn digest_of_case(case: &Case) -> String {
    let mut digest = Sha256::new();
    for line in &case.lines {
        digest.update(line);
        digest.update("\n");
    }
    hex::encode(digest.finalize())
}

/// One digest of all files below `root`.
pub fn digest_of_tree(root: &Path) -> Result<String, EvidenceError> {
    let fs = RealFs::new();
    let mut digest = Sha256::new();
    for entry in walk(&fs, root)?.into_iter().filter(|entry| entry.kind == FileKind::File) {
        let bytes = fs.read(&root.join(&entry.path))?;
        digest.update(format!("{} {}\n", entry.path.to_string_lossy().replace('\\', "/"), bytes.len()));
        digest.update(bytes);
    }
    Ok(hex::encode(digest.finalize()))
}

fn fact(run: &RunReport) -> RunFact {
    let (why, kind, known) = match &run.verdict {
        Verdict::Unsupported { what, .. } => (Some(what.clone()), None, None),
        Verdict::Known { reason, kind, fingerprint, .. } => (Some(reason.clone()), Some(*kind), Some(fingerprint)),
        Verdict::Pass | Verdict::Fail(_) | Verdict::Crashed { .. } | Verdict::TimedOut { .. } => (None, None, None),
    };
    let verdict = Outcome::of(&run.verdict);
    RunFact {
        case: run.case.clone(),
        setting: run.setting.to_string(),
        verdict,
        why,
        kind,
        fingerprint: run.fingerprint.as_ref().or(known).cloned(),
        operations: run.operations,
        elapsed_us: u64::try_from(run.elapsed.as_micros()).unwrap_or(u64::MAX),
    }
}

fn host() -> Host {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Host {
        name: host_name(),
        system: std::env::consts::OS.to_owned(),
        processor: std::env::consts::ARCH.to_owned(),
        threads: u32::try_from(threads).unwrap_or(u32::MAX),
    }
}

/// The time, RFC 3339 in UTC.
fn now() -> String {
    jiff::Timestamp::from_nanosecond(i128::from(RealClock::new().now_ns())).unwrap_or_default().to_string()
}
