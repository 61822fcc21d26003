//! Tests of schedules: verdicts, histories and patterns recorded from Go, a file of the Go store, round trips.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::pattern::{Zone, parse_msg_schedule};
use super::*;
use crate::format::fuzz_state::fuzz_schedules;
use crate::format::go_vectors::{Fnv, Lcg, check_verdicts, fnv, vectors};

const DECODED: &str = include_str!("../../../tests/data/go-vectors/schedules.txt");
const HISTORIES: &str = include_str!("../../../tests/data/go-vectors/schedule-histories.txt");
const PATTERNS: &str = include_str!("../../../tests/data/go-vectors/schedule-patterns.txt");
const FILE: &[u8] = include_bytes!("../../../tests/data/go-files/sched-plain.db");

/// Every schedule as the recorder wrote them, in the order of the text, with times relative to `base_ns`.
fn schedules_text(scheduling: &MsgScheduling, base_ns: i64) -> String {
    let mut texts: Vec<String> = scheduling
        .iter()
        .map(|(subject, schedule)| {
            format!(" {} {}@{}", hex::encode(subject), schedule.seq, schedule.fires_ns.wrapping_sub(base_ns))
        })
        .collect();
    texts.sort();
    texts.concat()
}

fn verdict(bytes: &[u8]) -> String {
    let Ok((scheduling, stamp)) = MsgScheduling::decode(bytes) else { return "reject".to_owned() };
    let next = scheduling.next_expiration().unwrap_or(i64::MAX);
    fnv(&format!("{stamp} {} {next}{}", scheduling.wheel.count(), schedules_text(&scheduling, 0)))
}

#[test]
fn verdicts_and_values_equal_gos() {
    check_verdicts(DECODED, 904, |bytes| {
        fuzz_schedules(bytes);
        verdict(bytes)
    });
}

/// The generator of the recorded histories; time passes only where it says so.
struct History {
    lcg: Lcg,
    scheduling: MsgScheduling,
    start_ns: i64,
    now_ns: i64,
    deadline_ns: i64,
    hash: Fnv,
}

impl History {
    const SUBJECTS: [&str; 6] = ["a", "b.c", "orders.1", "x", "", "orders.2.\u{e9}"];

    fn reset(&mut self) {
        if let TimerChange::Set(deadline_ns) = self.scheduling.reset_timer(self.now_ns) {
            self.deadline_ns = deadline_ns;
        }
    }

    fn pass(&mut self) {
        self.scheduling.begin_run();
        let due = self.scheduling.due(self.now_ns);
        for entry in due.iter().filter(|entry| entry.seq % 3 == 0) {
            self.scheduling.remove(entry.seq);
            self.scheduling.drop_due(*entry);
        }
        self.scheduling.settle(self.now_ns);
        let mut offered: Vec<u64> = due.iter().map(|entry| entry.seq).collect();
        offered.sort_unstable();
        let offered: Vec<String> = offered.iter().map(u64::to_string).collect();
        self.hash.note(format!("e[{}]", offered.join(" ")));
        assert_eq!(self.scheduling.reset_timer(self.now_ns), TimerChange::Keep);
        self.scheduling.end_run();
        self.deadline_ns = 0;
        self.reset();
    }

    fn operate(&mut self) {
        let subject = Self::SUBJECTS[self.lcg.draw(6) as usize].as_bytes();
        let seq = self.lcg.draw(40);
        let fires_ns = self.now_ns + self.lcg.draw(100_000) as i64 * 1_000_000 - 5_000_000_000;
        match self.lcg.draw(8) {
            0 | 1 => {
                self.scheduling.add(seq, subject, fires_ns);
                self.reset();
            }
            2 => {
                if self.scheduling.update(subject, fires_ns) {
                    self.reset();
                }
            }
            3 => self.scheduling.remove(seq),
            4 => self.scheduling.remove_subject(subject),
            5 => self.scheduling.mark_in_flight(subject),
            6 => self.now_ns += self.lcg.draw(3_000) as i64 * 1_000_000,
            _ => {
                if self.lcg.draw(3) == 0 {
                    self.pass();
                }
            }
        }
        let deadline = if self.deadline_ns == 0 { 0 } else { self.deadline_ns - self.start_ns };
        let (in_flight, count) = (self.scheduling.is_in_flight(subject), self.scheduling.wheel.count());
        self.hash.note(format!("d{deadline} f{in_flight} c{count}"));
    }
}

#[test]
fn recorded_histories_give_gos_answers() {
    let mut checked = 0;
    for line in vectors(HISTORIES) {
        let [seed, start_ns, expected] = line.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
        let start_ns = start_ns.parse().unwrap();
        let mut history = History {
            lcg: Lcg(seed.parse().unwrap()),
            scheduling: MsgScheduling::new(),
            start_ns,
            now_ns: start_ns,
            deadline_ns: 0,
            hash: Fnv::new(),
        };
        for _ in 0..300 {
            history.operate();
        }
        history.hash.note(schedules_text(&history.scheduling, start_ns));
        assert_eq!(format!("{} {}", history.hash.hex(), history.now_ns - start_ns), expected, "history {seed}");
        checked += 1;
    }
    assert_eq!(checked, 120);
}

/// A zone by its recorded offsets: from which second on how many seconds east.
struct Recorded(Vec<(i64, i64)>);

impl Zone for Recorded {
    fn offset_s(&self, unix_s: i64) -> i64 {
        self.0.iter().rev().find(|(from, _)| *from <= unix_s).unwrap_or(&self.0[0]).1
    }
}

#[test]
fn patterns_mean_what_go_says() {
    let mut zones = BTreeMap::new();
    let mut checked = 0;
    for line in vectors(PATTERNS) {
        if let Some(zone) = line.strip_prefix("zone ") {
            let (name, offsets) = zone.split_once(' ').unwrap();
            let number = |text: &str| text.parse::<i64>().unwrap();
            let offsets = offsets.split(' ').map(|pair| pair.split_once(':').unwrap());
            zones.insert(name, Recorded(offsets.map(|(from, east)| (number(from), number(east))).collect()));
            continue;
        }
        let [pattern, zone, ts_ns, now_ns, expected] = line.splitn(5, ' ').collect::<Vec<_>>().try_into().unwrap();
        let zone = zones.get(zone).map(|zone| zone as &dyn Zone);
        let pattern = hex::decode(pattern).unwrap();
        let found = parse_msg_schedule(&pattern, zone, ts_ns.parse().unwrap(), now_ns.parse().unwrap());
        let found = found.map_or("reject".to_owned(), |next| {
            let mut text = format!("{} {} {}", next.unix_ns(), next.repeats, next.is_none());
            if next.repeats {
                write!(text, " {}", next.rfc3339_nano()).unwrap();
            }
            text
        });
        assert_eq!(found, expected, "{} in {line}", String::from_utf8_lossy(&pattern));
        checked += 1;
    }
    assert_eq!(checked, 2_243);
}

#[test]
fn a_field_of_commas_matches_nothing() {
    let accepts = |pattern: &[u8]| parse_msg_schedule(pattern, None, 0, 0).is_ok();
    assert!(!accepts(b", * * * * *"));
    assert!(!accepts(b"* * * , * *"), "a star among the days asks for both");
    assert!(accepts(b"* * * , * 1"), "without one, either will do");
}

#[test]
fn a_file_of_the_go_store_keeps_its_meaning() {
    let (scheduling, stamp) = MsgScheduling::decode(FILE).unwrap();
    let encoded = scheduling.encode(stamp);
    assert_eq!((encoded.len(), verdict(&encoded)), (FILE.len(), verdict(FILE)));
    insta::assert_snapshot!("dump", dump(FILE).render());
    insta::assert_snapshot!("dump_cut", dump(&FILE[..30]).render());
}

proptest! {
    #[test]
    fn any_bytes_are_answered(mut bytes: Vec<u8>, count in 0..4u8) {
        if count > 0 {
            bytes.splice(..0, [1, count, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, b'a', 9, 9]);
        }
        fuzz_schedules(&bytes);
    }

    #[test]
    fn any_pattern_is_answered(pattern in "[@a-z0-9*?/,+: -]{0,30}", ts_ns: i64, now_ns: i64) {
        for prefix in ["", "@at ", "@every ", "0 0 ", "* * * * * "] {
            let whole = format!("{prefix}{pattern}");
            if let Ok(next) = parse_msg_schedule(whole.as_bytes(), None, ts_ns, now_ns) {
                prop_assert!(!next.rfc3339_nano().is_empty());
            }
        }
    }
}
