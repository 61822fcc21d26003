//! The configuration of a generated program, drawn anew for each, and its changes while the store runs.
//!
//! Blocks are small, so that a few hundred operations fill many of them. Values are kept as the words of the command that
//! opens the store.

use super::Generator;
use crate::harness::differ::random::Random;

/// What the rest of the generator wants to know of the configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Knobs {
    /// The words of the first `open`.
    pub(super) words: Vec<String>,
    pub(super) block_size: u64,
    pub(super) first_seq: u64,
    pub(super) limits_subjects: bool,
    pub(super) ttls: bool,
    pub(super) schedules: bool,
}

impl Knobs {
    pub(super) fn draw(random: &mut Random) -> Self {
        let mut knobs = Self::default();
        knobs.file(random);
        knobs.limits(random);
        knobs.timers(random);
        knobs
    }

    /// Whether what is written waits for a flusher.
    pub(super) fn flushes_later(&self) -> bool {
        // With replicas a configuration that is given again asks for it.
        self.words.iter().any(|word| matches!(word.as_str(), "async_flush" | "persist_mode=async" | "num_replicas=3"))
    }

    fn word(&mut self, word: impl Into<String>) {
        self.words.push(word.into());
    }

    fn file(&mut self, random: &mut Random) {
        self.block_size = random.one(&[0, 1, 40, 100, 200, 333, 512, 512, 1024, 1024, 2048, 4096, 8192, 65_536]);
        if self.block_size > 0 {
            self.word(format!("block_size={}", self.block_size));
        }
        if random.chance(12) {
            self.word("sync_always");
        }
        if random.chance(15) {
            self.word("async_flush");
        }
        if random.chance(35) {
            self.word(format!("sync_interval={}", random.one(&["1s", "5s", "10s", "30s", "1m"])));
        }
        if random.chance(25) {
            self.word(format!("cache_expire={}", random.one(&["10ms", "1s", "5s", "30s"])));
        }
        if random.chance(15) {
            self.word(format!("subject_state_expire={}", random.one(&["1s", "5s", "1m"])));
        }
    }

    fn limits(&mut self, random: &mut Random) {
        self.word("subjects=[>]");
        if random.chance(25) {
            self.word(format!("max_msgs={}", random.one(&[1, 2, 5, 10, 30, 100])));
        }
        if random.chance(20) {
            self.word(format!("max_bytes={}", random.one(&[200, 500, 1000, 5000, 20_000])));
        }
        if random.chance(30) {
            self.limits_subjects = true;
            self.word(format!("max_msgs_per_subject={}", random.one(&[1, 1, 2, 3, 5, 10])));
        }
        if random.chance(20) {
            self.word("discard=new");
            if random.chance(50) {
                self.word("discard_new_per_subject");
            }
        }
        if random.chance(10) {
            self.word(format!("retention={}", random.one(&["interest", "workqueue"])));
        }
        if random.chance(12) {
            self.first_seq = random.one(&[1, 2, 100, 50_000, 9_000_000_000, 1 << 40]);
            self.word(format!("first_seq={}", self.first_seq));
        }
        if random.chance(6) {
            self.word(format!("max_msg_size={}", random.one(&[10, 100, 1000])));
        }
        if random.chance(10) {
            let word =
                ["sealed", "deny_delete", "deny_purge", "allow_rollup_hdrs", "allow_msg_counter", "max_consumers=1"];
            self.word(random.one(&word));
        }
        if random.chance(8) {
            self.word("num_replicas=3");
        }
        if random.chance(8) {
            self.word("persist_mode=async");
        }
    }

    fn timers(&mut self, random: &mut Random) {
        if random.chance(25) {
            // Not whole minutes: of two timers due at one instant Go runs either first, and index.db is written at such.
            self.word(format!("max_age={}", random.one(&["1s", "2s", "10s", "61s", "601s"])));
        }
        if random.chance(30) {
            self.ttls = true;
            self.word("allow_msg_ttl");
            if random.chance(50) {
                self.word(format!("subject_delete_marker_ttl={}", random.one(&["1s", "5s", "1m"])));
            }
        }
        if random.chance(20) {
            self.schedules = true;
            self.word("allow_msg_schedules");
        }
    }
}

impl Generator {
    pub(super) fn open_first(&mut self) {
        let words = self.knobs.words.join(" ");
        self.push(format!("open {words}"));
        if (self.knobs.ttls || self.knobs.schedules) && self.random.chance(70) {
            self.listen();
        }
        self.openings += 1;
    }

    /// Schedules are told to a handler and wait for one; delete markers wait for two.
    pub(super) fn listen(&mut self) {
        self.push("register process");
        if self.random.chance(70) {
            self.push("register removes");
        }
    }

    pub(super) fn update_config(&mut self) {
        let change = self.config_change();
        self.push(format!("update-config {change}"));
    }

    /// A change of the configuration of the stream, as words.
    pub(super) fn config_change(&mut self) -> String {
        let random = &mut self.random;
        match random.below(14) {
            0 | 1 => format!("max_msgs={}", random.one(&[-1, 0, 1, 3, 10, 50])),
            2 => format!("max_bytes={}", random.one(&[-1, 0, 300, 2000, 10_000])),
            3 | 4 if self.knobs.limits_subjects => {
                // A limit per subject that comes after none made Go remove messages for ever in StoreMsg (v2.14.9).
                let limit = random.one(&[1, 2, 4, 1, 2, 4, -1]);
                self.knobs.limits_subjects = limit > 0;
                format!("max_msgs_per_subject={limit}")
            }
            5 => format!("max_age={}", random.one(&["0s", "1s", "5s", "61s"])),
            6 => format!("discard={}", random.one(&["old", "new"])),
            7 => {
                // It is taken back as well: what is tracked is then forgotten.
                self.knobs.ttls = random.chance(70);
                format!("allow_msg_ttl={}", self.knobs.ttls)
            }
            8 => {
                self.knobs.schedules = random.chance(70);
                format!("allow_msg_schedules={}", self.knobs.schedules)
            }
            9 => format!("subject_delete_marker_ttl={}", random.one(&["0s", "1s", "30s"])),
            10 => {
                let change =
                    ["discard_new_per_subject", "sealed", "deny_purge", "allow_msg_counter", "max_msg_size=50"];
                random.one(&change).to_owned()
            }
            // A change that is refused, and one that is not.
            11 => random.one(&["storage=memory", "first_seq=7", "retention=workqueue", "subjects=[a, b]"]).to_owned(),
            _ => format!("description={}", random.one(&["one", "two"])),
        }
    }
}
