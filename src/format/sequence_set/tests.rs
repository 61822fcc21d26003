//! Tests of the sequence set: histories recorded from Go, properties against a plain ordered set, and hostile encodings.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{SequenceSet, SetNotEmpty, dump};
use crate::format::fuzz_state::fuzz_sequence_set;
use crate::format::go_vectors::{Fnv, Lcg, vectors};

const HISTORIES: &str = include_str!("../../../tests/data/go-vectors/sequence-set-histories.txt");

/// The generator of the recorded histories, the same as in the recorder.
struct History {
    lcg: Lcg,
    set: SequenceSet,
    inserted: Vec<u64>,
    hash: Fnv,
}

impl History {
    fn new(seed: u64) -> Self {
        Self { lcg: Lcg(seed), set: SequenceSet::new(), inserted: Vec::new(), hash: Fnv::new() }
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.lcg.draw(below)
    }

    fn absorb_set(&mut self) {
        self.hash.note(self.set.encode());
        let (min, max) = self.set.min_max();
        let (left, right) = self.set.heights();
        let probe = self.inserted.get(self.inserted.len() / 2).copied().unwrap_or_default();
        let end = self.set.span_end(probe);
        for number in [
            min,
            max,
            u64::from(left),
            u64::from(right),
            u64::from(self.set.exists(probe)),
            end.unwrap_or_default(),
            u64::from(end.is_some()),
        ] {
            self.hash.note(number.to_le_bytes());
        }
    }

    fn run(mut self) -> (String, SequenceSet) {
        let spans = [700, 9_000, 120_000, 3_000_000, 1 << 30];
        let span = spans[self.draw(5) as usize];
        let origin = [0, 1, 77, 1 << 40, u64::MAX - 9_000][self.draw(5) as usize];
        let removals = 10 + self.draw(60);
        if self.draw(3) == 0 {
            let min = origin.wrapping_add(self.draw(5_000));
            self.set.set_initial_min(min).unwrap();
        }
        let operations = 200 + self.draw(1_200);
        for operation in 0..operations {
            let choice = self.draw(100);
            if choice < removals && !self.inserted.is_empty() {
                let at = self.draw(self.inserted.len() as u64) as usize;
                let seq = self.inserted.swap_remove(at);
                self.set.delete(seq);
            } else if choice >= 97 {
                let first = origin.wrapping_add(self.draw(span));
                for step in 0..self.draw(300) {
                    self.insert(first.wrapping_add(step));
                }
            } else {
                let seq = origin.wrapping_add(self.draw(span));
                self.insert(seq);
            }
            if operation % 256 == 0 {
                self.absorb_set();
            }
        }
        self.absorb_set();
        (self.hash.hex(), self.set)
    }

    fn insert(&mut self, seq: u64) {
        self.set.insert(seq);
        self.inserted.push(seq);
    }
}

#[test]
fn recorded_histories_give_gos_bytes() {
    let mut checked = 0;
    for line in vectors(HISTORIES) {
        let [seed, hash, size, nodes] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (found, set) = History::new(seed.parse().unwrap()).run();
        assert_eq!(
            (found, set.size().to_string(), set.num_nodes().to_string()),
            (hash.to_owned(), size.to_owned(), nodes.to_owned()),
            "history {seed}"
        );
        checked += 1;
    }
    assert_eq!(checked, 300);
}

#[test]
fn an_initial_minimum_is_refused_once_there_are_nodes() {
    let mut set = SequenceSet::new();
    assert_eq!(set.set_initial_min(100), Ok(()));
    assert_eq!((set.is_empty(), set.size(), set.num_nodes(), set.min_max()), (false, 0, 1, (0, 0)));
    assert_eq!(set.set_initial_min(100), Err(SetNotEmpty));
}

#[test]
fn the_last_member_takes_every_node_with_it() {
    let mut set = SequenceSet::new();
    set.set_initial_min(5).unwrap();
    set.insert(9_000);
    assert_eq!(set.num_nodes(), 2);
    assert!(set.delete(9_000));
    assert_eq!((set.is_empty(), set.num_nodes()), (true, 0));
}

#[test]
fn a_tree_as_deep_as_it_has_nodes_is_harmless() {
    let nodes = 5_000u32;
    let mut bytes = vec![22, 2];
    bytes.extend(nodes.to_le_bytes());
    bytes.extend(nodes.to_le_bytes());
    for node in 0..u64::from(nodes) {
        bytes.extend((node * 2_048).to_le_bytes());
        bytes.extend([1; 8]);
        bytes.extend([0; 31 * 8 + 2]);
    }
    let (mut set, read) = SequenceSet::decode(&bytes).unwrap();
    assert_eq!((read, set.num_nodes(), set.iter().count()), (bytes.len(), 5_000, 40_000));
    assert_eq!(set.encode(), bytes);
    assert!(set.insert(u64::from(nodes) * 2_048));
    assert!(set.delete(0) && set.clone() == set);
    assert_eq!(set.span_end(8), Some(8));
}

#[test]
fn a_dump_names_every_node_and_the_field_that_stops_it() {
    let set: SequenceSet = (3..10).chain([2_050, 4_000]).collect();
    let mut bytes = set.encode();
    insta::assert_snapshot!("dump", dump(&bytes).render());
    bytes.truncate(bytes.len() - 1);
    insta::assert_snapshot!("dump_cut", dump(&bytes).render());
}

fn old_encoding(nodes: &[(u64, [u64; 64])], size: u32) -> Vec<u8> {
    let mut bytes = vec![22, 1];
    bytes.extend((nodes.len() as u32).to_le_bytes());
    bytes.extend(size.to_le_bytes());
    for (base, bits) in nodes {
        bytes.extend(base.to_le_bytes());
        bytes.extend(bits.iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend([1, 0]);
    }
    bytes
}

#[test]
fn version_1_must_count_its_members() {
    let mut bits = [0; 64];
    bits[0] = 0b1011;
    bits[63] = 1 << 63;
    let (set, read) = SequenceSet::decode(&old_encoding(&[(4_096, bits)], 4)).unwrap();
    assert_eq!((read, set.num_nodes()), (10 + 522, 2));
    assert_eq!(set.iter().collect::<Vec<_>>(), [4_096, 4_097, 4_099, 8_191]);
    let error = SequenceSet::decode(&old_encoding(&[(4_096, bits)], 5)).unwrap_err();
    assert_eq!(error.to_string(), "sequence set size at offset 6: not the number of members");
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u64),
    Delete(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let seq = prop_oneof![0..300u64, 0..20_000u64, 0..3_000_000u64];
    proptest::collection::vec((any::<bool>(), seq), 0..400).prop_map(|steps| {
        steps.into_iter().map(|(insert, seq)| if insert { Step::Insert(seq) } else { Step::Delete(seq) }).collect()
    })
}

proptest! {
    #[test]
    fn a_set_behaves_like_an_ordered_set(steps in steps()) {
        let (mut set, mut model) = (SequenceSet::new(), BTreeSet::new());
        for step in steps {
            match step {
                Step::Insert(seq) => prop_assert_eq!(set.insert(seq), model.insert(seq)),
                Step::Delete(seq) => prop_assert_eq!(set.delete(seq), model.remove(&seq)),
            }
        }
        prop_assert_eq!(set.size(), model.len() as u64);
        prop_assert!(set.iter().eq(model.iter().copied()));
        prop_assert!(set.runs().flat_map(|(first, last)| first..=last).eq(model.iter().copied()));
        prop_assert_eq!(set.min_max(), (model.first().copied().unwrap_or(0), model.last().copied().unwrap_or(0)));
        for (first, last) in set.runs() {
            prop_assert_eq!(set.span_end(first), Some(last));
            prop_assert_eq!(set.span_end(last), Some(last));
        }
        let encoded = set.encode();
        prop_assert_eq!(encoded.len(), set.encoded_len());
        let (decoded, read) = SequenceSet::decode(&encoded).unwrap();
        prop_assert_eq!(read, encoded.len());
        prop_assert_eq!(decoded.encode(), encoded);
        prop_assert_eq!(decoded, set);
    }

    #[test]
    fn a_union_has_the_members_of_all(left in steps(), right in steps()) {
        let gather = |steps: Vec<Step>| steps.into_iter().map(|step| match step {
            Step::Insert(seq) | Step::Delete(seq) => seq,
        }).collect::<SequenceSet>();
        let (left, right) = (gather(left), gather(right));
        let all: BTreeSet<u64> = left.iter().chain(right.iter()).collect();
        let mut merged = left.clone();
        merged.union_with(&right);
        prop_assert!(merged.iter().eq(all.iter().copied()));
        prop_assert_eq!(SequenceSet::union(&[&left, &right]), Some(merged));
    }

    #[test]
    fn any_bytes_are_answered(mut bytes: Vec<u8>, magic: bool) {
        if magic && bytes.len() > 6 {
            bytes[..6].copy_from_slice(&[22, 2, 0, 0, 0, 0]);
        }
        let dumped = dump(&bytes);
        prop_assert!(!dumped.lines.is_empty());
        fuzz_sequence_set(&bytes);
    }
}
