//! Which functions have a number, and so compute something in Go, by what a port may call them.
//!
//! A name of several words means the function wherever it stands; one of a single word (`Stop`, `State`, `isEmpty`) only in a type
//! that is called after a store or a block, for such names mean anything elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Function;
use super::words::{plain, words};
use crate::harness::trace::{Feature, Features, TraceError};

/// Functions that give back a constant in Go, each seen in `filestore.go` of v2.14.9.
const CONSTANT_IN_GO: [(&str, &str); 3] = [
    ("fileStore.Type", "it says FileStorage"),
    ("consumerFileStore.Type", "it says FileStorage"),
    ("subjectsAll", "it stands for a comparison that any subject passes"),
];

/// The types of Go, and a word of what a port calls them.
const KINDS: [(&str, &str); 7] = [
    ("fileStore", "store"),
    ("msgBlock", "block"),
    ("consumerFileStore", "consumer"),
    ("StoreCompression", "compression"),
    ("CompressionInfo", "compression"),
    ("StoreCipher", "cipher"),
    ("LostStreamData", "lost"),
];

/// The numbered functions.
#[derive(Debug)]
pub(super) struct Numbered {
    names: BTreeMap<String, Vec<Feature>>,
    /// The names of one word.
    short: BTreeSet<String>,
}

impl Numbered {
    /// From the table of this crate.
    pub(super) fn embedded() -> Result<Self, TraceError> {
        let features = Features::embedded()?;
        let (mut names, mut short) = (BTreeMap::<String, Vec<Feature>>::new(), BTreeSet::new());
        let constant: Vec<&str> = CONSTANT_IN_GO.iter().map(|(name, _)| *name).collect();
        for feature in features.all().iter().filter(|feature| feature.present) {
            if constant.contains(&feature.function.as_str()) {
                continue;
            }
            let name = feature.function.rsplit('.').next().unwrap_or(&feature.function);
            let front = words(name).first().is_some_and(|word| ["is", "has", "get", "set"].contains(&word.as_str()));
            if words(name).len() < 2 + usize::from(front) {
                short.insert(plain(name));
            }
            names.entry(plain(name)).or_default().push(feature.clone());
        }
        Ok(Self { names, short })
    }

    /// The function of Go that a function is called after, for people.
    pub(super) fn of(&self, function: &Function) -> Option<String> {
        self.features(function).first().map(|feature| format!("{} ({})", feature.function, feature.number))
    }

    /// The numbers that a function is called after: several where types of Go share a name, and the function's own type does not
    /// say which of them is meant.
    pub(super) fn numbers(&self, function: &Function) -> Vec<u16> {
        self.features(function).iter().map(|feature| feature.number).collect()
    }

    fn features(&self, function: &Function) -> Vec<&Feature> {
        let name = plain(function.name.strip_suffix("Async").unwrap_or(&function.name));
        let all = self.names.get(&name).map(Vec::as_slice).unwrap_or_default();
        let owner = function.owner.as_ref().map(|owner| plain(&owner.name)).unwrap_or_default();
        let is_of = |feature: &&Feature| match feature.function.split_once('.') {
            Some((kind, _)) => KINDS.iter().any(|(of, word)| *of == kind && owner.contains(word)),
            None => false,
        };
        let own: Vec<&Feature> = all.iter().filter(is_of).collect();
        // `ConsumerFileStore` is no `FileStore`.
        let is_consumer = owner.contains("consumer");
        let exact = own.iter().filter(|one| one.function.starts_with("consumer") == is_consumer).copied();
        let exact: Vec<&Feature> = exact.collect();
        match (exact.is_empty(), own.is_empty()) {
            (false, _) => exact,
            (true, false) => own,
            (true, true) if self.short.contains(&name) => Vec::new(),
            (true, true) => all.iter().collect(),
        }
    }
}
