//! Measures the cases: runs each in all its settings on the Go adapter built with coverage, and takes what ran together.
//!
//! Every worker has an adapter of its own and a directory into which that one writes its counters at the end of each case. A case
//! that does not pass is not measured: its coverage would be that of something else. What two rounds disagree on (a pool that was
//! empty once and full the next time) is unsteady: it counts as executed, and a check lets it be.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::counters::{CountedFunction, executed, functions};
use super::model::{Block, CaseCoverage, Coverage, Function, digest_of};
use super::source::{Span, functions as spans};
use super::{Bits, Features, TraceError};
use crate::env::{FileSystem as _, RealFs, Scratch, fast_scratch_parent};
use crate::harness::case::Case;
use crate::harness::corpus::Corpus;
use crate::harness::go_port::{GoBuild, GoVersion, PINNED_VERSION};
use crate::harness::process::ProcessPort;
use crate::harness::runner::{Session, run_one};
use crate::harness::verdict::Verdict;
use crate::harness::workdir::WorkRoot;

/// The source file whose statements count.
pub const SOURCE: &str = "server/filestore.go";
/// The name under which function literals outside of every function stand.
const OUTSIDE: &str = "(outside of functions)";
/// How long an operation may take; coverage makes Go slower, and so does a machine with other work.
const DEADLINE: Duration = Duration::from_secs(120);

/// How the cases are measured.
pub struct Plan<'a> {
    /// How many workers there are.
    pub workers: usize,
    /// How often each case is run.
    pub rounds: usize,
    /// Told what takes long.
    pub notes: &'a (dyn Fn(&str) + Sync),
    /// Told after each case.
    pub finished: &'a (dyn Fn() + Sync),
}

/// The blocks of the source file, and where a counter of Go's belongs.
pub(super) struct Layout {
    pub(super) blocks: Vec<Block>,
    pub(super) functions: Vec<Function>,
    /// For a package and a function of it: the places of its blocks.
    places: BTreeMap<(u32, u32), Vec<usize>>,
}

/// Measures all cases of `corpus`. Go's own tests are not in the result.
pub fn measure(corpus: &Corpus, plan: &Plan<'_>) -> Result<Coverage, TraceError> {
    let cases = corpus.select(&[])?;
    let build = GoBuild::find(&GoVersion::default()).map_err(TraceError::NotMeasured)?;
    let binary = build.covered_binary(plan.notes).map_err(TraceError::NotMeasured)?;
    let binary = std::path::absolute(&binary).map_err(|error| TraceError::NotMeasured(error.to_string()))?;
    let go = build.ask(&["env", "GOVERSION"]).map_err(TraceError::NotMeasured)?;
    let source = build.server_module().map_err(TraceError::NotMeasured)?.join(SOURCE);
    let spans = spans(&String::from_utf8_lossy(&RealFs::new().read(&source)?));

    let mut rounds = Vec::new();
    let mut layout = None;
    for round in 0..plan.rounds.max(1) {
        // The other way round the second time: what a case finds left behind by the one before is then another's.
        let order: Vec<&Case> = if round % 2 == 0 { cases.iter().collect() } else { cases.iter().rev().collect() };
        let (found, hits) = one_round(&order, &binary, &spans, plan)?;
        layout.get_or_insert(found);
        rounds.push(hits);
    }
    let Some(layout) = layout else { return Err(TraceError::NotMeasured("no case was measured".to_owned())) };
    let mut measured = BTreeMap::new();
    let mut unsteady = Bits::default();
    for case in &cases {
        let mut hits = Bits::default();
        let found: Vec<&Bits> = rounds.iter().filter_map(|round| round.get(&case.name)).collect();
        for (one, next) in found.iter().zip(found.iter().skip(1)) {
            unsteady.extend(&one.difference(next));
        }
        found.iter().for_each(|bits| hits.extend(bits));
        measured.insert(case.name.clone(), CaseCoverage { digest: digest_of(case), hits });
    }
    Ok(Coverage {
        server: PINNED_VERSION.to_owned(),
        go,
        blocks: layout.blocks,
        functions: layout.functions,
        cases: measured,
        go_tests: BTreeMap::new(),
        unmeasured: BTreeMap::new(),
        unsteady,
        features: Features::embedded()?,
        tests: super::model::go_tests(corpus)?,
    })
}

/// What each case of a round executed.
type Round = BTreeMap<String, Bits>;

fn one_round(cases: &[&Case], binary: &Path, spans: &[Span], plan: &Plan<'_>) -> Result<(Layout, Round), TraceError> {
    let root = WorkRoot::new(None, false)?;
    let next = AtomicUsize::new(0);
    let measured: Mutex<Round> = Mutex::new(BTreeMap::new());
    let layout: Mutex<Option<Layout>> = Mutex::new(None);
    let failure: Mutex<Option<TraceError>> = Mutex::new(None);
    let work = || -> Result<(), TraceError> {
        let mut worker = Worker::start(binary)?;
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let files = worker.run(case, &root)?;
            let mut layout = layout.lock().unwrap_or_else(PoisonError::into_inner);
            let layout = match &mut *layout {
                Some(layout) => layout,
                none => none.insert(worker.layout(spans)?),
            };
            let mut hits = Bits::default();
            for bytes in &files {
                layout.add(bytes, &mut hits)?;
            }
            measured.lock().unwrap_or_else(PoisonError::into_inner).insert(case.name.clone(), hits);
            (plan.finished)();
        }
        Ok(())
    };
    let worker = || {
        if let Err(error) = work() {
            next.store(cases.len(), Ordering::Relaxed);
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..plan.workers.clamp(1, cases.len().max(1)) {
            scope.spawn(worker);
        }
        worker();
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let layout = layout.into_inner().unwrap_or_else(PoisonError::into_inner);
    let layout = layout.ok_or_else(|| TraceError::NotMeasured("no case was measured".to_owned()))?;
    Ok((layout, measured.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// An adapter and the directory for its counters.
struct Worker {
    session: Session,
    counters: Scratch,
}

impl Worker {
    fn start(binary: &Path) -> Result<Self, TraceError> {
        let counters = Scratch::new(fast_scratch_parent().as_deref())?;
        let home = Scratch::new(fast_scratch_parent().as_deref())?;
        let arguments = vec!["-coverage-dir".into(), counters.path().as_os_str().to_owned()];
        let port = ProcessPort::new("the Go store with coverage", binary, arguments)
            .with_env("GOCOVERDIR", home.path())
            .in_directory(home);
        let mut session = Session::new(Box::new(port));
        session.set_deadline(DEADLINE);
        Ok(Self { session, counters })
    }

    /// Runs a case in its settings, and gives the files of counters that it left.
    fn run(&mut self, case: &Case, root: &WorkRoot) -> Result<Vec<Vec<u8>>, TraceError> {
        let mut files = Vec::new();
        for setting in &case.settings {
            let failed = |what: String| TraceError::NotMeasured(format!("{} [{setting}]: {what}", case.name));
            let report = run_one(&mut self.session, case, *setting, root).map_err(|error| failed(error.to_string()))?;
            if report.verdict != Verdict::Pass {
                return Err(failed(format!(
                    "does not pass on Go ({}), so nothing can be measured: run `blkspec run {} --port go`",
                    report.verdict.name(),
                    case.name
                )));
            }
            let found = self.counters()?;
            if found.is_empty() {
                return Err(failed("the adapter left no counters".to_owned()));
            }
            files.extend(found);
        }
        Ok(files)
    }

    /// Takes the files of counters out of the directory.
    fn counters(&self) -> Result<Vec<Vec<u8>>, TraceError> {
        let fs = RealFs::new();
        let mut files = Vec::new();
        for entry in fs.read_dir(self.counters.path())? {
            if entry.name.to_string_lossy().starts_with("covcounters.") {
                let path = self.counters.path().join(&entry.name);
                files.push(fs.read(&path)?);
                fs.remove_file(&path)?;
            }
        }
        Ok(files)
    }

    fn layout(&self, spans: &[Span]) -> Result<Layout, TraceError> {
        let fs = RealFs::new();
        for entry in fs.read_dir(self.counters.path())? {
            if entry.name.to_string_lossy().starts_with("covmeta.") {
                let bytes = fs.read(&self.counters.path().join(&entry.name))?;
                let counted = functions(&bytes, &format!("/{SOURCE}")).map_err(TraceError::NotMeasured)?;
                return Ok(Layout::new(counted, spans));
            }
        }
        Err(TraceError::NotMeasured("the adapter left no description of its blocks".to_owned()))
    }
}

impl Layout {
    /// Orders the blocks that Go counts and gives each to the function that it stands in.
    pub(super) fn new(counted: Vec<CountedFunction>, spans: &[Span]) -> Self {
        let mut blocks: Vec<Block> = counted.iter().flat_map(|function| function.blocks.iter().copied()).collect();
        blocks.sort_unstable();
        let mut places = BTreeMap::new();
        for function in counted {
            let at = |block: &Block| blocks.binary_search(block).unwrap_or_default();
            places.insert((function.package, function.number), function.blocks.iter().map(at).collect());
        }
        let mut functions: Vec<Function> = Vec::new();
        let mut next = 0;
        let mut add = |name: &str, lines: (u32, u32), until: u32, even_empty: bool, next: &mut usize| {
            let start = *next;
            while blocks.get(*next).is_some_and(|block| block.begin.0 < until) {
                *next += 1;
            }
            if even_empty || *next > start {
                functions.push(Function { name: name.to_owned(), lines, blocks: start..*next });
            }
        };
        let mut line = 1;
        for span in spans {
            add(OUTSIDE, (line, span.first - 1), span.first, false, &mut next);
            add(&span.name, (span.first, span.last), span.last + 1, true, &mut next);
            line = span.last + 1;
        }
        add(OUTSIDE, (line, u32::MAX), u32::MAX, false, &mut next);
        Self { blocks, functions, places }
    }

    /// Adds what a file of counters says.
    fn add(&self, counters: &[u8], hits: &mut Bits) -> Result<(), TraceError> {
        let mut ran = |package, function, block| {
            if let Some(at) = self.places.get(&(package, function)).and_then(|places| places.get(block)) {
                hits.insert(*at);
            }
        };
        executed(counters, &mut ran).map_err(TraceError::NotMeasured)
    }
}
