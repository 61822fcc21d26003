//! Generates programs: the same seed and setting give the same text, whatever the ports say.
//!
//! Every program draws its own configuration and its own weights (swarm testing: an operation that is missing or frequent
//! leads elsewhere). A rough model (clock, last sequence, consumers) aims most operations at something that exists; it is
//! never asked what is right. What Go decides by chance is avoided here, each place with its reason:
//! - Two TTLs or schedules due in the same second leave a slot of the wheel in the order of a map: seconds are used once.
//! - The clock moves by whole milliseconds: timers of odd nanoseconds depend on the granularity of the runtime.
//! - A stopped store that skips a sequence with a flusher to come: it writes when it likes, below the store opened since.
//! - Bytes chosen by an S2 encoder: compressed blocks are not flipped behind their heads.
//! - `o.dat` and `sched.db` are written in the order of a map: they are damaged in their heads alone.

mod config;
mod consumers;
mod lifecycle;
mod messages;
mod others;
mod queries;
mod tamper;

use std::collections::BTreeSet;

use self::config::Knobs;
use self::consumers::Consumer;
use super::program::Program;
use super::random::Random;
use crate::harness::case::{Compression, Setting};

/// The program of `seed` in `setting`, with about `commands` commands.
#[must_use]
pub fn generate(seed: u64, setting: Setting, commands: usize) -> Program {
    let mut generator = Generator::new(seed, setting);
    generator.open_first();
    while generator.commands.len() < commands {
        generator.act();
    }
    generator.close();
    Program { name: format!("found/seed-{seed}"), setting, commands: generator.commands }
}

/// The subject without a token, as a case writes it.
const EMPTY: &str = "\"\"";

/// Something that a program may do next.
type Act = fn(&mut Generator);

/// Everything that a program may do, with how often by default.
const ACTS: &[(Act, u64)] = &[
    (Generator::store, 300),
    (Generator::store_many, 40),
    (Generator::store_raw, 40),
    (Generator::skip, 30),
    (Generator::skip_many, 15),
    (Generator::flush, 10),
    (Generator::remove, 120),
    (Generator::erase, 40),
    (Generator::purge, 5),
    (Generator::purge_subject, 30),
    (Generator::compact, 20),
    (Generator::truncate, 12),
    (Generator::sync_deleted, 15),
    (Generator::reset_state, 3),
    (Generator::load, 60),
    (Generator::load_next, 60),
    (Generator::load_prev, 40),
    (Generator::load_multi, 40),
    (Generator::load_last, 40),
    (Generator::state, 40),
    (Generator::filtered, 50),
    (Generator::by_subject, 40),
    (Generator::last_of_many, 50),
    (Generator::num_pending, 70),
    (Generator::sequence_at, 20),
    (Generator::inside, 50),
    (Generator::encoded_state, 20),
    (Generator::snapshot, 6),
    (Generator::register, 6),
    (Generator::advance, 60),
    (Generator::update_config, 15),
    (Generator::consumer, 120),
    (Generator::restart, 15),
    (Generator::stop_and_open, 25),
    (Generator::crash_and_open, 15),
    (Generator::while_closed, 5),
    (Generator::restore_snapshot, 6),
    (Generator::delete_and_open, 3),
    (Generator::peer, 8),
];

/// A program under way, with what it roughly comes to.
struct Generator {
    random: Random,
    setting: Setting,
    commands: Vec<String>,
    weights: Vec<u64>,
    knobs: Knobs,
    subjects: Vec<String>,
    /// Milliseconds since the start of the case.
    now_ms: u64,
    /// About where the sequences of the stream begin and end.
    first: u64,
    last: u64,
    consumers: Vec<Consumer>,
    /// The seconds in which a TTL or a schedule is due.
    due: BTreeSet<u64>,
    /// How often the store was opened.
    openings: u64,
    /// Whether directories change hands in this program.
    hands_change: bool,
    /// The files of which an old copy was kept, and the encoded states that were saved.
    kept: Vec<String>,
    saved: u64,
    /// How many archives of snapshots were saved.
    archives: u64,
    /// How many other directories there are, and the one that the store is in.
    directories: u64,
    directory: String,
    secrets: u64,
}

impl Generator {
    fn new(seed: u64, setting: Setting) -> Self {
        let mut random = Random::new(seed);
        let weights = ACTS.iter().map(|(_, weight)| weight * random.one(&[0, 1, 2, 2, 4, 4, 4, 8, 16])).collect();
        let knobs = Knobs::draw(&mut random);
        let subjects = subjects(&mut random);
        let hands_change = random.chance(50);
        let last = knobs.first_seq.saturating_sub(1);
        Self {
            random,
            setting,
            commands: Vec::new(),
            weights,
            first: last + 1,
            last,
            knobs,
            subjects,
            now_ms: 0,
            consumers: Vec::new(),
            due: BTreeSet::new(),
            openings: 0,
            hands_change,
            kept: Vec::new(),
            saved: 0,
            archives: 0,
            directories: 0,
            directory: "store".to_owned(),
            secrets: 0,
        }
    }

    fn act(&mut self) {
        let at = self.random.weighted(&self.weights);
        if let Some((act, _)) = ACTS.get(at) {
            act(self);
        }
    }

    fn push(&mut self, command: impl Into<String>) {
        self.commands.push(command.into());
    }

    /// Whether blocks are written compressed, so that nobody knows their bytes.
    fn compresses(&self) -> bool {
        self.setting.compression != Compression::None
    }

    /// The second, from `from` on, in which nothing is due yet; from now on something is.
    fn free_second(&mut self, from: u64) -> u64 {
        let second = (from..).find(|second| !self.due.contains(second)).unwrap_or(from);
        self.due.insert(second);
        second
    }

    /// A sequence: mostly one that may exist, sometimes one just outside, seldom nonsense.
    fn seq(&mut self) -> u64 {
        let (first, last) = (self.first, self.last.max(self.first));
        match self.random.below(40) {
            // Go walks from there to the first sequence one by one: not where that takes minutes.
            0 if first < 1_000_000 => 0,
            1 => last + self.random.between(1, 5),
            2 => last + 1,
            3 => first.saturating_sub(self.random.between(0, 3)),
            4..=9 => self.random.between(first, (first + 3).min(last)),
            10..=15 => self.random.between(last.saturating_sub(3).max(first), last),
            _ => self.random.between(first, last),
        }
    }

    fn subject(&mut self) -> String {
        let at = self.random.index(self.subjects.len());
        self.subjects.get(at).cloned().unwrap_or_default()
    }

    /// A filter: a subject, one with wildcards, everything, nothing, or one that matches nothing.
    fn filter(&mut self) -> String {
        let subject = self.subject();
        match self.random.below(12) {
            0 => ">".to_owned(),
            1 => "\"\"".to_owned(),
            2 => self.random.one(&["nope", "nope.*", "*.nope.>", "*", "*.*"]).to_owned(),
            3..=5 => subject,
            _ => self.widened(&subject),
        }
    }

    /// `subject` with some tokens replaced by wildcards.
    fn widened(&mut self, subject: &str) -> String {
        let mut tokens: Vec<&str> = subject.split('.').collect();
        if self.random.chance(35) {
            let keep = self.random.index(tokens.len());
            tokens.truncate(keep);
            tokens.push(">");
        }
        let star = self.random.index(tokens.len());
        if let Some(token) = tokens.get_mut(star)
            && (*token != ">" && self.random.chance(60))
        {
            *token = "*";
        }
        tokens.join(".")
    }

    fn filters(&mut self) -> String {
        if self.random.chance(3) {
            return "[]".to_owned();
        }
        let count = self.random.one(&[1, 1, 2, 2, 3, 3, 7]);
        let mut filters: Vec<String> = Vec::new();
        for _ in 0..count {
            let filter = self.filter();
            if filter != EMPTY && !filters.contains(&filter) {
                filters.push(filter);
            }
        }
        if filters.is_empty() { "[>]".to_owned() } else { format!("[{}]", filters.join(", ")) }
    }
}

/// The subjects of a program: few or many, some the beginning of others.
fn subjects(random: &mut Random) -> Vec<String> {
    const HEADS: [&str; 6] = ["foo", "foobar", "fo", "bar", "a", "orders"];
    const TAILS: [&str; 8] = ["a", "b", "ab", "foo", "1", "10", "11", "long-token"];
    let count = random.one(&[1, 2, 3, 5, 8, 20]);
    let depth = random.between(1, 4);
    let mut subjects = Vec::new();
    for _ in 0..count {
        let mut subject = random.one(&HEADS).to_owned();
        for _ in 1..random.between(1, depth) {
            subject.push('.');
            subject.push_str(random.one(&TAILS));
        }
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    if random.chance(5) {
        // Longer than most, to the byte the beginning of another, or with a token that looks like a wildcard.
        let odd = [EMPTY.to_owned(), "long.".to_owned() + &"x".repeat(90), "foo.*".to_owned(), "fo\u{f6}".to_owned()];
        let at = random.index(odd.len());
        subjects.extend(odd.get(at).cloned());
    }
    subjects
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use crate::harness::case::Cipher;

    fn text(seed: u64) -> String {
        let setting = Setting { cipher: Cipher::Aes, compression: Compression::None };
        generate(seed, setting, 200).text(&[])
    }

    #[test]
    fn a_seed_means_one_program() {
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn every_program_is_a_case_of_one_command_a_paragraph() {
        for seed in 0..300 {
            for compression in [Compression::None, Compression::S2] {
                let program = generate(seed, Setting { cipher: Cipher::ChaCha, compression }, 150);
                let case = program.case().unwrap();
                assert_eq!(case.paragraphs.len(), program.commands.len(), "seed {seed}");
                assert!(case.paragraphs.iter().all(|paragraph| paragraph.statements.len() == 1), "seed {seed}");
            }
        }
    }
}
