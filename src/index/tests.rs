//! The index against Go: recorded answers to generated histories, and a model for everything else.
//!
//! `testdata` was recorded from nats-server v2.14.9 by tests/recorders/index, whose generator is repeated
//! here draw for draw; a history is compared through a hash of all answers, in the order they are given.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::subject::{
    Comparison, has_wildcard, is_literal, is_subset_match, is_valid, is_valid_literal, is_valid_publish, match_literal,
};
use super::subject_tree::{Inserter, intersect_sublist, intersect_sublist_mut, lazy_intersect};
use super::{SubjectTree, Sublist, SublistError};

const TREES: &str = include_str!("testdata/trees.txt");
const SUBJECTS: &str = include_str!("testdata/subjects.txt");

/// Knuth's MMIX generator, its upper 31 bits.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit as u64) as usize
    }

    fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

/// FNV-1a, 64 bits.
struct Digest(u64);

impl Digest {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn raw(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn number(&mut self, number: u64) {
        self.raw(&number.to_le_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.number(u64::from(flag));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.raw(bytes);
    }

    fn result(&mut self, value: Option<u64>) {
        self.flag(value.is_some());
        if let Some(value) = value {
            self.number(value);
        }
    }
}

const TREE_TOKENS: [&str; 10] = ["a", "b", "aa", "ab", "abc", "foo", "bar", "*", ">", ""];

const FIXED_FILTERS: [&str; 30] = [
    ">",
    "*",
    "*.*",
    "*.*.*",
    "a.>",
    "a.*",
    "*.b",
    "orders.*.foo",
    "orders.>",
    "orders.1*.a",
    "a*.b",
    "*.",
    ".>",
    ".*",
    "foo.*.",
    "",
    ".",
    "..",
    ">a",
    ">.a",
    "a.>.b",
    "*a",
    "*.>",
    "a.*.>",
    "*.*.>",
    "long.*.that.>",
    "a.*b",
    "**",
    "*.**",
    "a..b",
];

const NESTED_FILTERS: [&str; 9] = ["a", "a.b", "a.b.c", "a.*", "a.>", "*", ">", "a.", "a.>.b"];

fn tree_subject(lcg: &mut Lcg, family: u64) -> Vec<u8> {
    match family {
        0 => {
            let count = 1 + lcg.below(4);
            let tokens: Vec<&str> = (0..count).map(|_| lcg.pick(&TREE_TOKENS)).collect();
            tokens.join(".").into_bytes()
        }
        1 => {
            let number = lcg.below(400);
            format!("orders.{number}.{}", lcg.pick(&TREE_TOKENS[..7])).into_bytes()
        }
        2 => {
            let count = lcg.below(4);
            (0..count).map(|_| lcg.below(256) as u8).collect()
        }
        _ => {
            let mut subject = b"long.prefix.that.needs.the.heap.".to_vec();
            subject.truncate(lcg.below(subject.len()));
            for _ in 0..lcg.below(12) {
                subject.push(lcg.pick(b"ab."));
            }
            subject
        }
    }
}

fn tree_filter(lcg: &mut Lcg, subject: &[u8]) -> Vec<u8> {
    let mut tokens: Vec<Vec<u8>> = subject.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
    for index in 0..tokens.len() {
        match lcg.below(8) {
            0 | 1 => tokens[index] = b"*".to_vec(),
            2 => {
                tokens.truncate(index);
                tokens.push(b">".to_vec());
                break;
            }
            3 => tokens[index].push(b'*'),
            _ => {}
        }
    }
    tokens.join(&b'.')
}

struct History {
    lcg: Lcg,
    family: u64,
    tree: SubjectTree<u64>,
    known: Vec<Vec<u8>>,
    clock: u64,
    digest: Digest,
}

impl History {
    fn new(seed: u64) -> Self {
        Self {
            lcg: Lcg(seed),
            family: seed % 4,
            tree: SubjectTree::new(),
            known: Vec::new(),
            clock: 0,
            digest: Digest::new(),
        }
    }

    fn subject(&mut self) -> Vec<u8> {
        if !self.known.is_empty() && self.lcg.below(5) > 0 {
            return self.lcg.pick(&self.known);
        }
        tree_subject(&mut self.lcg, self.family)
    }

    fn change(&mut self, steps: usize, deletions: usize) {
        for _ in 0..steps {
            self.clock += 1;
            if self.lcg.below(100) < deletions {
                let subject = self.subject();
                self.digest.result(self.tree.remove(&subject));
            } else {
                let subject = tree_subject(&mut self.lcg, self.family);
                self.digest.result(self.tree.insert(&subject, self.clock));
                self.known.push(subject);
            }
            if self.lcg.below(4) == 0 {
                let subject = self.subject();
                let found = self.tree.find(&subject).copied();
                assert_eq!(found, self.tree.find_mut(&subject).copied());
                self.digest.result(found);
            }
        }
    }

    fn check(&mut self) {
        self.digest.number(self.tree.len() as u64);
        let fast = collect(|callback| self.tree.iter_fast(|s, v| callback(s, *v)));
        let ordered = collect(|callback| self.tree.iter_ordered(|s, v| callback(s, *v)));
        let fast_mut = collect(|callback| self.tree.iter_fast_mut(|s, v| callback(s, *v)));
        let ordered_mut = collect(|callback| self.tree.iter_ordered_mut(|s, v| callback(s, *v)));
        assert_eq!((&fast, &ordered), (&fast_mut, &ordered_mut));
        self.note(&fast);
        self.note(&ordered);
        let mut filters: Vec<Vec<u8>> = FIXED_FILTERS.iter().map(|filter| filter.as_bytes().to_vec()).collect();
        for _ in 0..16 {
            let subject = self.subject();
            filters.push(tree_filter(&mut self.lcg, &subject));
        }
        for filter in filters {
            self.check_filter(&filter);
        }
        self.check_intersection();
        self.check_sublist();
    }

    fn note(&mut self, entries: &[(Vec<u8>, u64)]) {
        for (subject, value) in entries {
            self.digest.bytes(subject);
            self.digest.number(*value);
        }
    }

    fn check_filter(&mut self, filter: &[u8]) {
        self.digest.bytes(filter);
        let mut matched = Vec::new();
        self.tree.match_filter(filter, |subject, value| matched.push((subject.to_vec(), *value)));
        let mut matched_mut = Vec::new();
        self.tree.match_filter_mut(filter, |subject, value| matched_mut.push((subject.to_vec(), *value)));
        assert_eq!(matched, matched_mut);
        self.note(&matched);
        let limit = 1 + self.lcg.below(5);
        let mut first = Vec::new();
        let completed = self.tree.match_until(filter, |subject, value| {
            first.push((subject.to_vec(), *value));
            first.len() < limit
        });
        let mut count = 0;
        let completed_mut = self.tree.match_until_mut(filter, |_, _| {
            count += 1;
            count < limit
        });
        assert_eq!((completed, first.len()), (completed_mut, count));
        self.note(&first);
        self.digest.flag(completed);
    }

    fn check_intersection(&mut self) {
        let mut other = SubjectTree::new();
        for index in 0..self.lcg.below(120) {
            other.insert(&self.subject(), index as u64);
        }
        let digest = &mut self.digest;
        lazy_intersect(&mut self.tree, &other, |subject, left, right| {
            digest.bytes(subject);
            digest.number(*left);
            digest.number(*right);
        });
    }

    fn check_sublist(&mut self) {
        let mut list = Sublist::new();
        let mut filters = Vec::new();
        for _ in 0..=self.lcg.below(5) {
            let mut filter = self.lcg.pick(&NESTED_FILTERS).as_bytes().to_vec();
            if self.lcg.below(3) > 0 {
                let subject = self.subject();
                filter = tree_filter(&mut self.lcg, &subject);
            }
            self.digest.flag(list.insert(&filter).is_ok());
            filters.push(filter);
            self.ask(&list);
        }
        for _ in 0..3 {
            let filter = self.lcg.pick(&filters);
            self.digest.number(match list.remove(&filter) {
                Ok(()) => 0,
                Err(SublistError::NotFound) => 1,
                Err(SublistError::InvalidSubject) => 2,
            });
            self.ask(&list);
        }
    }

    fn ask(&mut self, list: &Sublist) {
        self.digest.number(u64::from(list.count()));
        self.digest.flag(list.matches_full_wildcard());
        let single = list.matches_single_filter();
        self.digest.flag(single.is_some());
        self.digest.bytes(single.unwrap_or_default());
        for _ in 0..6 {
            let subject = self.subject();
            self.digest.flag(list.has_interest(&subject));
            self.digest.flag(list.has_interest_starting_in(&subject));
        }
        let limit = 1 + self.lcg.below(60);
        let mut taken = Vec::new();
        intersect_sublist(&self.tree, list, |subject, value| {
            taken.push((subject.to_vec(), *value));
            taken.len() < limit
        });
        let mut taken_mut = Vec::new();
        intersect_sublist_mut(&mut self.tree, list, |subject, value| {
            taken_mut.push((subject.to_vec(), *value));
            taken_mut.len() < limit
        });
        assert_eq!(taken, taken_mut);
        self.note(&taken);
    }
}

fn collect(walk: impl FnOnce(&mut dyn FnMut(&[u8], u64) -> bool)) -> Vec<(Vec<u8>, u64)> {
    let mut entries = Vec::new();
    walk(&mut |subject, value| {
        entries.push((subject.to_vec(), value));
        true
    });
    entries
}

fn recorded(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

#[test]
fn trees_and_sublists_answer_as_recorded() {
    let mut histories = 0;
    for line in recorded(TREES) {
        let seed: u64 = line.split(' ').next().unwrap().parse().unwrap();
        let mut history = History::new(seed);
        let mut answer = seed.to_string();
        let steps = 20 + history.lcg.below(400);
        for (steps, deletions) in [(steps, 10), (3 * steps, 90), (steps, 40), (60, 50)] {
            history.change(steps, deletions);
            history.check();
            answer += &format!(" {:016x}", history.digest.0);
        }
        answer += &format!(" {}", history.tree.len());
        assert_eq!(answer, line);
        histories += 1;
    }
    assert_eq!(histories, 280);
}

fn answers(subject: &[u8], filter: &[u8]) -> String {
    [
        is_subset_match(subject, filter),
        match_literal(subject, filter),
        Comparison::of(filter).matches(subject, filter),
        has_wildcard(subject),
        is_literal(subject),
        is_valid(subject),
        is_valid_publish(subject),
        is_valid_literal(subject),
    ]
    .map(|answer| if answer { '1' } else { '0' })
    .iter()
    .collect()
}

#[test]
fn subjects_match_as_recorded() {
    let mut pairs = 0;
    for line in recorded(SUBJECTS).filter(|line| line.contains('|')) {
        let fields: Vec<&str> = line.split('|').collect();
        let answer = answers(fields[0].as_bytes(), fields[1].as_bytes());
        assert_eq!(format!("{}|{}|{answer}", fields[0], fields[1]), line);
        pairs += 1;
    }
    assert_eq!(pairs, 34);
}

const SUBJECT_TOKENS: [&str; 16] =
    ["a", "b", "ab", "*", "*", ">", "", "*a", "a*", ">a", "a>", "**", " ", "a b", "\t", "foo"];

fn pair_subject(lcg: &mut Lcg) -> String {
    let count = 1 + lcg.below(4);
    let tokens: Vec<&str> = (0..count).map(|_| lcg.pick(&SUBJECT_TOKENS)).collect();
    tokens.join(".")
}

fn pair_filter(lcg: &mut Lcg, subject: &str) -> String {
    let mut tokens: Vec<&str> = subject.split('.').collect();
    for token in &mut tokens {
        if lcg.below(3) == 0 {
            *token = lcg.pick(&SUBJECT_TOKENS);
        }
    }
    match lcg.below(6) {
        0 => tokens.push(lcg.pick(&SUBJECT_TOKENS)),
        1 => tokens.truncate(1 + lcg.below(tokens.len())),
        _ => {}
    }
    tokens.join(".")
}

#[test]
fn generated_subjects_match_as_recorded() {
    let hashes: Vec<&str> = recorded(SUBJECTS).filter(|line| !line.contains('|')).collect();
    assert_eq!(hashes.len(), 10);
    let mut lcg = Lcg(0);
    for hash in hashes {
        let mut digest = Digest::new();
        for _ in 0..1000 {
            let subject = pair_subject(&mut lcg);
            let filter = pair_filter(&mut lcg, &subject);
            digest.bytes(subject.as_bytes());
            digest.bytes(filter.as_bytes());
            digest.bytes(answers(subject.as_bytes(), filter.as_bytes()).as_bytes());
        }
        assert_eq!(format!("{:016x}", digest.0), hash);
    }
}

fn any_subject() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof!["[ab]{1,3}", "[0-9]{1,2}", "[a-zA-Z]", "prefix_longer_than_inline_[01]"];
    prop_oneof![
        4 => prop::collection::vec(token, 1..4).prop_map(|tokens| tokens.join(".").into_bytes()),
        1 => prop::collection::vec(prop::num::u8::ANY, 1..4),
    ]
}

proptest! {
    #[test]
    fn a_tree_behaves_like_a_sorted_map(
        steps in prop::collection::vec((any_subject(), prop::option::weighted(0.6, any::<u32>())), 0..200),
    ) {
        let mut tree = SubjectTree::new();
        let mut model = BTreeMap::new();
        for (subject, value) in steps {
            match value {
                Some(_) if subject.contains(&127) => {
                    prop_assert_eq!(tree.insert(&subject, 0), None);
                }
                Some(value) => {
                    prop_assert_eq!(tree.insert(&subject, value), model.insert(subject.clone(), value));
                }
                None => prop_assert_eq!(tree.remove(&subject), model.remove(&subject)),
            }
            prop_assert_eq!(tree.find(&subject), model.get(&subject));
            prop_assert_eq!(tree.len(), model.len());
        }
        let mut entries = Vec::new();
        tree.iter_ordered(|subject, value| {
            entries.push((subject.to_vec(), *value));
            true
        });
        prop_assert_eq!(entries, model.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn an_inserter_makes_the_same_tree(
        subjects in prop::collection::vec(any_subject(), 0..200),
        tree_first in any::<bool>(),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..100),
    ) {
        let entries: Vec<(Vec<u8>, usize)> = if tree_first {
            let mut other = SubjectTree::new();
            for (value, subject) in subjects.iter().enumerate() {
                other.insert(subject, value);
            }
            collect(|visit| other.iter_fast(|subject, value| visit(subject, *value as u64)))
                .into_iter()
                .map(|(subject, value)| (subject, value as usize))
                .collect()
        } else {
            subjects.iter().cloned().zip(0..).collect()
        };
        let (mut tree, mut filled) = (SubjectTree::new(), SubjectTree::new());
        let mut inserter = Inserter::new(&mut filled);
        for (number, (subject, value)) in entries.iter().enumerate() {
            if number % 3 == 0 {
                let expected = tree.update_or_insert(subject, |known| *known += value, *value);
                prop_assert_eq!(inserter.update_or_insert(subject, |known| *known += value, *value), expected);
            } else {
                prop_assert_eq!(inserter.insert(subject, *value), tree.insert(subject, *value));
            }
        }
        let in_order = |tree: &SubjectTree<usize>| collect(|visit| tree.iter_fast(|s, v| visit(s, *v as u64)));
        prop_assert_eq!(filled.len(), tree.len());
        prop_assert_eq!(in_order(&filled), in_order(&tree));
        // How wide the nodes are shows in the order once they shrink.
        for index in removed.iter().filter(|_| !entries.is_empty()) {
            let (subject, _) = index.get(&entries);
            prop_assert_eq!(filled.remove(subject), tree.remove(subject));
            prop_assert_eq!(in_order(&filled), in_order(&tree));
        }
    }

    #[test]
    fn a_filter_takes_what_the_subject_rules_take(
        subjects in prop::collection::vec("[ab]{1,2}(\\.[ab]{1,2}){0,3}", 0..40),
        filter in "([ab]{1,2}|\\*)(\\.([ab]{1,2}|\\*)){0,3}(\\.>)?",
    ) {
        let mut tree = SubjectTree::new();
        let mut list = Sublist::new();
        prop_assert!(list.insert(filter.as_bytes()).is_ok());
        let mut expected = Vec::new();
        for subject in &subjects {
            tree.insert(subject.as_bytes(), ());
            let matched = is_subset_match(subject.as_bytes(), filter.as_bytes());
            prop_assert_eq!(match_literal(subject.as_bytes(), filter.as_bytes()), matched);
            prop_assert_eq!(list.has_interest(subject.as_bytes()), matched);
            if matched {
                expected.push(subject.as_bytes().to_vec());
            }
        }
        let mut matched = Vec::new();
        tree.match_filter(filter.as_bytes(), |subject, ()| matched.push(subject.to_vec()));
        let mut taken = Vec::new();
        intersect_sublist(&tree, &list, |subject, ()| {
            taken.push(subject.to_vec());
            true
        });
        prop_assert_eq!(&matched, &taken);
        matched.sort();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(matched, expected);
    }
}

#[test]
fn a_tree_can_be_emptied_and_printed() {
    let mut tree = SubjectTree::new();
    for (value, subject) in ["b.c", "a", "b.a"].into_iter().enumerate() {
        tree.insert(subject.as_bytes(), value);
    }
    assert_eq!(format!("{tree:?}"), r#"{"a": 1, "b.a": 2, "b.c": 0}"#);
    let copy = tree.clone();
    tree.clear();
    assert!(tree.is_empty());
    assert_eq!(tree.find(b"a"), None);
    assert_eq!(copy.find(b"b.a"), Some(&2));
}
