//! `corpus/coverage.json` as a value, and the questions that it answers: which cases execute a feature, which features a case.
//!
//! A block is a run of statements that Go counts together; a case's coverage is the set of blocks that ran in any of its
//! settings. What was measured on cases that have changed since, or on another release, is stale and answers nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Bits, Feature, Features, TraceError};
use crate::env::{FileSystem as _, RealFs};
use crate::harness::case::Case;
use crate::harness::corpus::Corpus;
use crate::harness::go_port::PINNED_VERSION;

/// Statements that Go counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// Line and column of its beginning.
    pub begin: (u32, u32),
    /// Line and column behind its end.
    pub end: (u32, u32),
    /// How many statements it has.
    pub statements: u32,
}

/// A function of `filestore.go` with its blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// `newFileStore`, or `fileStore.StoreMsg` for a method.
    pub name: String,
    /// Its first and last line.
    pub lines: (u32, u32),
    /// Which blocks are its own.
    pub blocks: Range<usize>,
}

/// What a case executes, and of which text of the case that is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCoverage {
    /// The digest of the case's file.
    pub digest: String,
    /// The blocks that ran.
    pub hits: Bits,
}

/// Statements that ran, out of those that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Those that ran.
    pub covered: usize,
    /// All.
    pub of: usize,
}

impl Share {
    /// The share in percent; 100 where there is nothing to run.
    #[must_use]
    pub fn percent(self) -> f64 {
        if self.of == 0 { 100.0 } else { self.covered as f64 * 100.0 / self.of as f64 }
    }
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The release of nats-server.
    pub server: String,
    /// The version of Go that measured.
    pub go: String,
    /// The blocks of `filestore.go`, in the order of their beginnings.
    pub blocks: Vec<Block>,
    /// Its functions, in the order of their lines.
    pub functions: Vec<Function>,
    /// What each case executes.
    pub cases: BTreeMap<String, CaseCoverage>,
    /// What each of Go's tests executes.
    pub go_tests: BTreeMap<String, Bits>,
    /// Tests that could not be measured, and why.
    pub unmeasured: BTreeMap<String, String>,
    /// Blocks that some case executes in one measurement and not in another.
    pub unsteady: Bits,
    /// The porters' numbering.
    pub features: Features,
    /// The cases that stand for each of Go's tests.
    pub tests: BTreeMap<String, Vec<String>>,
}

/// The list of Go's tests, as far as it matters here.
#[derive(Deserialize)]
struct GoTests {
    cases: BTreeMap<String, Vec<String>>,
}

impl Coverage {
    /// Where the coverage of `corpus` is kept.
    #[must_use]
    pub fn path(corpus: &Corpus) -> PathBuf {
        beside(corpus, "coverage.json")
    }

    /// What was measured on the cases of `corpus`; an error when they are others by now.
    pub fn load(corpus: &Corpus) -> Result<Self, TraceError> {
        let coverage = Self::read(corpus)?;
        coverage.check_fresh(corpus)?;
        Ok(coverage)
    }

    /// What was measured, whether the cases are still the same or not.
    pub fn read(corpus: &Corpus) -> Result<Self, TraceError> {
        let path = Self::path(corpus);
        let bytes = match RealFs::new().read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => return Err(TraceError::Missing(path.display().to_string())),
            Err(error) => return Err(error.into()),
        };
        let mut coverage = Self::parse(&bytes, &path.display().to_string())?;
        coverage.tests = go_tests(corpus)?;
        Ok(coverage)
    }

    /// Says which case has changed, come or gone since, if one has.
    pub fn check_fresh(&self, corpus: &Corpus) -> Result<(), TraceError> {
        let stale = |what: String| TraceError::Stale { file: Self::path(corpus).display().to_string(), what };
        if self.server != PINNED_VERSION {
            return Err(stale(format!(
                "it was measured on nats-server {}, and the cases are of {PINNED_VERSION}",
                self.server
            )));
        }
        let cases = corpus.select(&[])?;
        for case in &cases {
            match self.cases.get(&case.name) {
                None => return Err(stale(format!("the case {} is new", case.name))),
                Some(measured) if measured.digest != digest_of(case) => {
                    return Err(stale(format!("the case {} has changed", case.name)));
                }
                Some(_) => {}
            }
        }
        let names: BTreeSet<&String> = cases.iter().map(|case| &case.name).collect();
        match self.cases.keys().find(|name| !names.contains(name)) {
            Some(gone) => Err(stale(format!("the case {gone} is gone"))),
            None => Ok(()),
        }
    }

    /// One digest of all cases as they were measured.
    #[must_use]
    pub fn corpus_digest(&self) -> String {
        let mut digest = Sha256::new();
        for (name, case) in &self.cases {
            digest.update(format!("{name} {}\n", case.digest));
        }
        hex::encode(digest.finalize())
    }

    /// The function of a feature; none when v2.14.9 does not have it.
    #[must_use]
    pub fn function(&self, feature: &Feature) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == feature.function)
    }

    /// The cases that execute the function of feature `number`, each with how many of its statements, most first.
    pub fn cases_of(&self, number: u16) -> Result<Vec<(&str, usize)>, TraceError> {
        let feature = self.features.get(number)?;
        let Some(function) = self.function(feature) else { return Ok(Vec::new()) };
        let covered = |case: &CaseCoverage| self.share(function, &case.hits).covered;
        let mut cases: Vec<(&str, usize)> = self
            .cases
            .iter()
            .map(|(name, case)| (name.as_str(), covered(case)))
            .filter(|(_, count)| *count > 0)
            .collect();
        cases.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        Ok(cases)
    }

    /// The cases that execute one of `features`.
    pub fn cases_of_all(&self, features: &[&Feature]) -> Result<BTreeSet<&str>, TraceError> {
        let mut names = BTreeSet::new();
        for feature in features {
            names.extend(self.cases_of(feature.number)?.into_iter().map(|(name, _)| name));
        }
        Ok(names)
    }

    /// The features that a case executes, each with its share of statements.
    pub fn features_of(&self, case: &str) -> Result<Vec<(&Feature, Share)>, TraceError> {
        let hits = &self.case(case)?.hits;
        let share = |feature| self.function(feature).map(|function| (feature, self.share(function, hits)));
        Ok(self.features.all().iter().filter_map(share).filter(|(_, share)| share.covered > 0).collect())
    }

    /// What a case executes.
    pub fn case(&self, name: &str) -> Result<&CaseCoverage, TraceError> {
        self.cases.get(name).ok_or_else(|| TraceError::NoCase(name.to_owned()))
    }

    /// The cases that stand for one of Go's tests.
    pub fn cases_of_go_test(&self, test: &str) -> Result<&[String], TraceError> {
        self.tests.get(test).map(Vec::as_slice).ok_or_else(|| TraceError::NoGoTest(test.to_owned()))
    }

    /// How many statements of `function` are in `hits`.
    #[must_use]
    pub fn share(&self, function: &Function, hits: &Bits) -> Share {
        let blocks = self.blocks.iter().enumerate().skip(function.blocks.start).take(function.blocks.len());
        share_of(blocks, hits)
    }

    /// How many statements of the whole file are in `hits`.
    #[must_use]
    pub fn share_of_file(&self, hits: &Bits) -> Share {
        share_of(self.blocks.iter().enumerate(), hits)
    }

    /// What `cases` execute together; a name that was not measured adds nothing.
    #[must_use]
    pub fn union<'a>(&self, cases: impl IntoIterator<Item = &'a String>) -> Bits {
        let mut hits = Bits::default();
        for case in cases.into_iter().filter_map(|name| self.cases.get(name)) {
            hits.extend(&case.hits);
        }
        hits
    }

    /// What all cases execute together.
    #[must_use]
    pub fn all_hits(&self) -> Bits {
        self.union(self.cases.keys())
    }

    /// The function that holds a block, if one does.
    #[must_use]
    pub fn function_of(&self, block: usize) -> Option<&Function> {
        self.functions.iter().find(|function| function.blocks.contains(&block))
    }
}

fn share_of<'a>(blocks: impl Iterator<Item = (usize, &'a Block)>, hits: &Bits) -> Share {
    let mut share = Share::default();
    for (at, block) in blocks {
        share.of += block.statements as usize;
        if hits.contains(at) {
            share.covered += block.statements as usize;
        }
    }
    share
}

/// The digest of a case's file, as the coverage keeps it: what the case does and what was answered.
#[must_use]
pub fn digest_of(case: &Case) -> String {
    let mut digest = Sha256::new();
    for line in &case.lines {
        digest.update(line);
        digest.update("\n");
    }
    hex::encode(digest.finalize()).chars().take(16).collect()
}

/// The cases that stand for each of Go's tests, from `go-tests.toml` beside the cases.
pub(super) fn go_tests(corpus: &Corpus) -> Result<BTreeMap<String, Vec<String>>, TraceError> {
    let path = beside(corpus, "go-tests.toml");
    let broken = |why: String| TraceError::Broken {
        file: path.display().to_string(),
        why,
        command: "cargo test --test it go_tests",
    };
    let bytes = RealFs::new().read(&path)?;
    let text = String::from_utf8(bytes).map_err(|error| broken(error.to_string()))?;
    let tests: GoTests = toml::from_str(&text).map_err(|error| broken(error.to_string()))?;
    Ok(tests.cases)
}

fn beside(corpus: &Corpus, name: &str) -> PathBuf {
    corpus.root().parent().map(|parent| parent.join(name)).unwrap_or_else(|| PathBuf::from(name))
}
