//! A shared store answers as the one-owner store does, whatever it does differently with what is in memory.
//!
//! The corpus holds the one-owner store to Go; in a shared one the subjects of a block are made when somebody asks for them,
//! and a walk leaves no caches behind. Both get the same operations at random, on many small blocks, and are opened anew
//! again and again, so that blocks are loaded by every kind of operation.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use blkspec::env::{Entropy, Env, SeededEntropy};
use blkspec::format::compress::StoreCompression;
use blkspec::handle::SharedStore;
use blkspec::index::Sublist;
use blkspec::store::Store;
use libtest_mimic::Trial;

use super::{Place, settings};

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |setting: super::Setting| {
        let name = format!("{}::answers_equal_those_of_one_owner::{setting:?}", module_path!());
        Trial::test(name, move || {
            (1..=SEEDS).for_each(|seed| answers_equal_those_of_one_owner(setting, seed));
            Ok(())
        })
    };
    settings().map(trial).collect()
}

const SEEDS: u64 = 4;
const STEPS: u64 = 900;
const START_NS: i64 = 1_700_000_000_000_000_000;
const FILTERS: [&str; 7] = ["orders.1", "orders.3.a", "orders.*", "orders.*.b", "orders.>", ">", "orders.9"];

/// Draws what happens.
struct Draw(SeededEntropy);

impl Draw {
    fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes).unwrap();
        u64::from_le_bytes(bytes) % limit.max(1)
    }
}

/// An operation on either store, and its answer as text.
macro_rules! ask {
    ($shared:expr, $owned:expr, |$store:ident| $act:expr) => {{
        let shared = {
            let $store = &$shared;
            format!("{:?}", $act)
        };
        let owned = {
            let $store = &mut $owned;
            format!("{:?}", $act)
        };
        (shared, owned)
    }};
}

fn subject(draw: &Draw) -> String {
    let number = draw.below(5);
    match draw.below(3) {
        0 => format!("orders.{number}"),
        1 => format!("orders.{number}.a"),
        _ => format!("orders.{number}.b"),
    }
}

fn filter(draw: &Draw) -> &'static str {
    FILTERS.get(usize::try_from(draw.below(FILTERS.len() as u64)).unwrap()).unwrap()
}

fn answers_equal_those_of_one_owner(setting: super::Setting, seed: u64) {
    let [mut mine, mut other] = [Place::new(setting), Place::new(setting)];
    for place in [&mut mine, &mut other] {
        place.files.block_size = 700;
    }
    let owner = |place: &Place| {
        Store::open(Env::real(), place.files.clone(), place.config.clone(), place.created(), place.keys()).unwrap()
    };
    let (mut shared, mut owned) = (mine.open(), owner(&other));
    let draw = Draw(SeededEntropy::new(seed));
    // The time of a sequence that is skipped is that of the message before, where there is one.
    let first = ask!(shared, owned, |store| store.store_raw_msg(b"orders.1", b"", b"", 1, START_NS, 0, true));
    assert_eq!(first.0, first.1);
    for step in 0..STEPS {
        if draw.below(25) == 0 {
            shared.stop().unwrap();
            owned.stop().unwrap();
            (shared, owned) = (mine.open(), owner(&other));
        }
        let state = owned.fast_state();
        let seq = (state.first_seq + draw.below(state.last_seq + 2 - state.first_seq.min(state.last_seq))).max(1);
        let (what, (left, right)) = if draw.below(2) == 0 {
            // When a full block is compressed is a matter of time in a shared store, and a block that is cut back meanwhile
            // may be left, as by Go, with plain records behind compressed ones.
            let truncates = setting.compression == StoreCompression::None;
            change(&shared, &mut owned, &draw, (seq, state.last_seq + 1), truncates)
        } else {
            question(&shared, &mut owned, &draw, seq)
        };
        assert_eq!(left, right, "{setting:?}, seed {seed}, step {step}: {what} {seq}");
        let (left, right) = ask!(shared, owned, |store| store.state());
        assert_eq!(left, right, "{setting:?}, seed {seed}, step {step}: the state after {what} {seq}");
    }
    shared.stop().unwrap();
    owned.stop().unwrap();
}

type Answers = (&'static str, (String, String));

fn change(shared: &SharedStore, owned: &mut Store, draw: &Draw, (seq, next): (u64, u64), truncates: bool) -> Answers {
    let subject = subject(draw);
    let (filter, subject) = (filter(draw).as_bytes(), subject.as_bytes());
    let keep = draw.below(3);
    match draw.below(20) {
        0..12 => {
            let msg = vec![b'm'; draw.below(60) as usize];
            let ts = START_NS + i64::try_from(next).unwrap();
            ("store", ask!(*shared, *owned, |store| store.store_raw_msg(subject, b"", &msg, next, ts, 0, true)))
        }
        12..15 => ("remove", ask!(*shared, *owned, |store| store.remove_msg(seq))),
        15 => ("erase", ask!(*shared, *owned, |store| store.erase_msg(seq))),
        16 => ("purge", ask!(*shared, *owned, |store| store.purge_ex(subject, 0, keep))),
        17 => ("purge by filter", ask!(*shared, *owned, |store| store.purge_ex(filter, seq / 4, 0))),
        18 => ("compact", ask!(*shared, *owned, |store| store.compact(seq / 4))),
        _ if keep == 0 && truncates => ("truncate", ask!(*shared, *owned, |store| store.truncate(seq))),
        _ => ("skip", ask!(*shared, *owned, |store| store.skip_msg(0))),
    }
}

fn question(shared: &SharedStore, owned: &mut Store, draw: &Draw, seq: u64) -> Answers {
    let subject = subject(draw);
    let (text, subject) = (filter(draw), subject.as_bytes());
    let filter = text.as_bytes();
    let wildcard = text.contains(['*', '>']);
    let mut sublist = Sublist::new();
    for text in ["orders.2", "orders.*.b"] {
        sublist.insert(text.as_bytes()).unwrap();
    }
    let filters = [filter.to_vec(), subject.to_vec()];
    let once = draw.below(2) == 0;
    match draw.below(16) {
        0..4 => ("load", ask!(*shared, *owned, |store| store.load_msg(seq))),
        4 => ("subject of", ask!(*shared, *owned, |store| store.subject_for_seq(seq))),
        5 => ("last of a filter", ask!(*shared, *owned, |store| store.load_last_msg(filter))),
        6 => ("last of a subject", ask!(*shared, *owned, |store| store.load_last_msg(subject))),
        7 => ("next", ask!(*shared, *owned, |store| store.load_next_msg(filter, wildcard, seq))),
        8 => ("walk", walk(shared, owned, filter, wildcard)),
        9 => ("next of many", ask!(*shared, *owned, |store| store.load_next_msg_multi(&sublist, seq))),
        10 => ("before", ask!(*shared, *owned, |store| store.load_prev_msg(filter, wildcard, seq))),
        11 => ("before, of many", ask!(*shared, *owned, |store| store.load_prev_msg_multi(&sublist, seq))),
        12 => ("pending", ask!(*shared, *owned, |store| store.num_pending(seq, filter, once))),
        13 => ("filtered state", ask!(*shared, *owned, |store| store.filtered_state(seq, filter))),
        14 => ("last sequences", ask!(*shared, *owned, |store| store.multi_last_seqs(&filters, seq, 0))),
        _ => {
            let left = format!("{:?}", shared.subjects_state(filter).unwrap());
            ("subjects", (left, format!("{:?}", owned.subjects_state(filter))))
        }
    }
}

/// Everything that a filter takes, one after the other.
fn walk(shared: &SharedStore, owned: &mut Store, filter: &[u8], wildcard: bool) -> (String, String) {
    let (mut left, mut right) = (String::new(), String::new());
    let mut start = 1;
    while let Ok((message, seq)) = shared.load_next_msg(filter, wildcard, start) {
        left += &format!("{message:?} ");
        start = seq + 1;
    }
    start = 1;
    while let Ok((message, seq)) = owned.load_next_msg(filter, wildcard, start) {
        right += &format!("{message:?} ");
        start = seq + 1;
    }
    (left, right)
}
