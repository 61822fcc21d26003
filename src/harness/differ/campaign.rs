//! Many programs: a seed each, over several workers with two ports each. What is found is shrunk once for each class.
//!
//! The program of run `n` has the seed `seed + n` and the setting that this number picks from the list, so that any run can
//! be repeated alone. Only the number of tries that shrinking takes depends on nothing but the program, too.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::difference::{Class, Difference};
use super::execution::{Executed, Sides, execute};
use super::program::Program;
use super::shrink::shrink;
use super::states::Reached;
use super::{DiffError, generate};
use crate::harness::case::{Cipher, Compression, Setting};
use crate::harness::runner::{Connect, Session};
use crate::harness::workdir::WorkRoot;

/// How often a program may be run to make it smaller.
const TRIES: usize = 500;

/// The same where a port failed: each try may take as long as an operation may.
const TRIES_OF_A_FAILURE: usize = 60;
/// How often at most a program is run again that differed. One that differs every other time by chance is taken for a
/// difference once in four thousand times.
const TRIES_OF_THE_UNSTEADY: usize = 12;

/// What a campaign does.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The programs to run instead of generated ones.
    pub replay: Vec<Program>,
    /// The seed of the first program.
    pub seed: u64,
    /// About how many commands a program has.
    pub commands: usize,
    /// How many programs there are.
    pub runs: u64,
    /// Which of them belong to this campaign: every Nth, beginning with the Ith.
    pub shard: (u64, u64),
    /// The settings, which programs take in turn; at least one.
    pub settings: Vec<Setting>,
    /// How many workers there are.
    pub workers: usize,
    /// How long an operation may take.
    pub deadline: Duration,
    /// Whether to shrink what is found.
    pub shrink: bool,
    /// Whether the right port always answers a program in the same way, as the reference does. What differs, and not each
    /// time, is then the left port's chance: [`Found::unsteady`].
    pub right_is_steady: bool,
}

impl Plan {
    /// The numbers of the programs of this shard.
    fn numbers(&self) -> impl Iterator<Item = u64> + use<> {
        let (of, all) = self.shard;
        let all = all.max(1);
        (0..self.runs).filter(move |number| number % all == of.saturating_sub(1))
    }

    /// The programs of this shard.
    pub fn programs(&self) -> impl Iterator<Item = Program> + '_ {
        self.numbers().map(|number| self.program(number))
    }

    fn program(&self, number: u64) -> Program {
        let replayed = usize::try_from(number).ok().and_then(|at| self.replay.get(at));
        if let Some(program) = replayed {
            return program.clone();
        }
        let seed = self.seed.wrapping_add(number);
        let at = usize::try_from(seed % (self.settings.len().max(1) as u64)).unwrap_or_default();
        let setting = self.settings.get(at).copied().unwrap_or(Setting::new(Cipher::None, Compression::None));
        generate(seed, setting, self.commands)
    }
}

/// A difference as the first run of its class found it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The number of the run, to be added to the seed.
    pub number: u64,
    /// The smallest program that differs in this way.
    pub program: Program,
    /// How it differs.
    pub difference: Difference,
    /// How many runs differed in this way.
    pub runs: u64,
}

/// What a campaign came to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// How many programs were run.
    pub runs: u64,
    /// How many of them without a difference.
    pub passed: u64,
    /// How many commands they had in all.
    pub commands: u64,
    /// What ports did not support, and in how many runs.
    pub unsupported: BTreeMap<String, u64>,
    /// How the left port itself failed, in how many runs, and the number of the first of them.
    pub left_failed: BTreeMap<Class, (u64, u64)>,
    /// Where the left port answered as the right one does when it was asked again, in how many runs, and the number of the
    /// first of them.
    pub unsteady: BTreeMap<Class, (u64, u64)>,
    /// What differs, by class.
    pub findings: BTreeMap<Class, Finding>,
    /// Where the programs have been.
    pub reached: Reached,
}

/// Told after each run: the first difference of its class is worth a word.
pub type Reported<'a> = dyn Fn(Option<&Finding>) + Sync + 'a;

/// Runs the programs of `plan`; `reported` hears of each as it ends.
pub fn campaign(
    plan: &Plan,
    connect: (&Connect<'_>, &Connect<'_>),
    root: &WorkRoot,
    reported: &Reported<'_>,
) -> Result<Found, DiffError> {
    let numbers: Vec<u64> = plan.numbers().collect();
    let shared = Shared { next: AtomicU64::new(0), found: Mutex::default(), failure: Mutex::default() };
    let worker = || {
        if let Err(error) = work(plan, &numbers, connect, root, &shared, reported) {
            shared.next.store(numbers.len() as u64, Ordering::Relaxed);
            locked(&shared.failure).get_or_insert(error);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..plan.workers.clamp(1, numbers.len().max(1)) {
            scope.spawn(worker);
        }
        worker();
    });
    if let Some(error) = shared.failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    Ok(shared.found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

struct Shared {
    next: AtomicU64,
    found: Mutex<Found>,
    failure: Mutex<Option<DiffError>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(
    plan: &Plan,
    numbers: &[u64],
    connect: (&Connect<'_>, &Connect<'_>),
    root: &WorkRoot,
    shared: &Shared,
    reported: &Reported<'_>,
) -> Result<(), DiffError> {
    let mut left = Session::new(connect.0().map_err(DiffError::NoPort)?);
    let mut right = Session::new(connect.1().map_err(DiffError::NoPort)?);
    left.set_deadline(plan.deadline);
    right.set_deadline(plan.deadline);
    let mut sides = Sides { left: &mut left, right: &mut right, root };
    loop {
        let at = usize::try_from(shared.next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX);
        let Some(number) = numbers.get(at).copied() else {
            return Ok(());
        };
        let program = plan.program(number);
        let executed = execute(&mut sides, &program)?;
        let steady = executed.difference.is_none() || !plan.right_is_steady || comes_each_time(&mut sides, &program)?;
        let finding = note(shared, number, program, executed, steady);
        let Some(finding) = finding else {
            reported(None);
            continue;
        };
        let finding = if plan.shrink { smaller(&mut sides, finding)? } else { finding };
        if let Some(known) = locked(&shared.found).findings.get_mut(&finding.difference.class) {
            known.program = finding.program.clone();
            known.difference = finding.difference.clone();
        }
        reported(Some(&finding));
    }
}

/// Whether a program that differed does so each time. If it does not even once, the left port can do what the right one
/// always does, and which of both it does is chance.
fn comes_each_time(sides: &mut Sides<'_>, program: &Program) -> Result<bool, DiffError> {
    for _ in 0..TRIES_OF_THE_UNSTEADY {
        if execute(sides, program)?.difference.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Counts a run, and gives what it found when it is the first of its class.
fn note(shared: &Shared, number: u64, program: Program, executed: Executed, steady: bool) -> Option<Finding> {
    let mut found = locked(&shared.found);
    found.runs += 1;
    found.commands += executed.commands;
    found.reached.add(&executed.reached);
    if let Some(what) = executed.unsupported {
        *found.unsupported.entry(what).or_default() += 1;
        return None;
    }
    if let Some(class) = executed.left_failed {
        found.left_failed.entry(class).or_insert((0, number)).0 += 1;
        return None;
    }
    let Some(difference) = executed.difference else {
        found.passed += 1;
        return None;
    };
    if !steady {
        found.unsteady.entry(difference.class).or_insert((0, number)).0 += 1;
        return None;
    }
    if let Some(known) = found.findings.get_mut(&difference.class) {
        known.runs += 1;
        return None;
    }
    let finding = Finding { number, program, difference, runs: 1 };
    found.findings.insert(finding.difference.class.clone(), finding.clone());
    Some(finding)
}

fn smaller(sides: &mut Sides<'_>, finding: Finding) -> Result<Finding, DiffError> {
    let mut last = finding.difference.clone();
    let program = {
        let mut fails = |program: &Program| -> Result<Option<(Class, usize)>, DiffError> {
            let difference = execute(sides, program)?.difference;
            Ok(difference.map(|difference| {
                let place = (difference.class.clone(), difference.at);
                if place.0 == last.class {
                    last = difference;
                }
                place
            }))
        };
        let class = &finding.difference.class;
        let tries = if class.is_port() { TRIES_OF_A_FAILURE } else { TRIES };
        shrink(&finding.program, class, tries, &mut fails)?
    };
    Ok(Finding { program, difference: last, ..finding })
}
