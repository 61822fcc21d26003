//! The operations that ask, and the passing of time.

use super::Generator;

impl Generator {
    pub(super) fn load(&mut self) {
        let seq = self.seq();
        let command = if self.random.chance(25) { "subject-for-seq" } else { "load" };
        self.push(format!("{command} {seq}"));
    }

    pub(super) fn load_next(&mut self) {
        let (filter, start) = (self.filter(), self.seq());
        let wildcard = self.wildcard_flag();
        self.push(format!("load-next {filter} start={start}{wildcard}"));
    }

    pub(super) fn load_prev(&mut self) {
        let (filter, start) = (self.filter(), self.seq());
        let wildcard = self.wildcard_flag();
        self.push(format!("load-prev {filter} start={start}{wildcard}"));
    }

    /// The caller says whether the filter has wildcards, and may be wrong.
    fn wildcard_flag(&mut self) -> &'static str {
        match self.random.below(20) {
            0 => " wc",
            1 => " wc=false",
            _ => "",
        }
    }

    pub(super) fn load_multi(&mut self) {
        let (filters, start) = (self.filters(), self.seq());
        let command = self.random.one(&["load-next-multi", "load-prev-multi"]);
        self.push(format!("{command} {filters} start={start}"));
    }

    pub(super) fn load_last(&mut self) {
        let filter = self.filter();
        self.push(format!("load-last {filter}"));
    }

    pub(super) fn state(&mut self) {
        let command = self.random.one(&["state", "state", "fast-state", "utilization", "type"]);
        self.push(command);
    }

    pub(super) fn filtered(&mut self) {
        let (filter, seq) = (self.filter(), self.seq());
        self.push(format!("filtered-state {filter} seq={seq}"));
    }

    pub(super) fn by_subject(&mut self) {
        let filter = self.filter();
        let command = self.random.one(&["subjects-state", "subjects-totals"]);
        self.push(format!("{command} {filter}"));
    }

    pub(super) fn last_of_many(&mut self) {
        let filters = self.filters();
        let mut command = match self.random.below(4) {
            0 => {
                self.push("all-last-seqs");
                return;
            }
            1 => {
                let mut command = format!("multi-last-msgs {filters}");
                if self.random.chance(30) {
                    command.push_str(&format!(" min_seq={}", self.seq()));
                }
                if self.random.chance(20) {
                    command.push_str(&format!(" stop_after={}", self.random.between(1, 5)));
                }
                command
            }
            _ => format!("multi-last-seqs {filters}"),
        };
        if self.random.chance(40) {
            command.push_str(&format!(" max_seq={}", self.seq()));
        }
        if self.random.chance(20) {
            command.push_str(&format!(" max_allowed={}", self.random.between(1, 5)));
        }
        self.push(command);
    }

    pub(super) fn num_pending(&mut self) {
        let seq = self.seq();
        let last = if self.random.chance(40) { " last_per_subject" } else { "" };
        if self.random.chance(40) {
            let filters = self.filters();
            self.push(format!("num-pending-multi {filters} seq={seq}{last}"));
        } else {
            let filter = self.filter();
            self.push(format!("num-pending {filter} seq={seq}{last}"));
        }
    }

    pub(super) fn sequence_at(&mut self) {
        let ms = self.random.between(0, self.now_ms + 1000);
        self.push(format!("seq-from-time @{ms}ms"));
    }

    pub(super) fn inside(&mut self) {
        self.push("inspect");
    }

    pub(super) fn encoded_state(&mut self) {
        if self.random.chance(40) {
            self.push(format!("encoded-state save=s{}", self.saved));
            self.saved += 1;
        } else {
            let failed = self.random.below(10);
            self.push(format!("encoded-state failed={failed}"));
        }
    }

    pub(super) fn snapshot(&mut self) {
        let how = self.random.one(&["", " check", " consumers"]);
        let save = if self.random.chance(70) {
            self.archives += 1;
            format!(" save=a{}", self.archives)
        } else {
            String::new()
        };
        self.push(format!("snapshot deadline=5s{how}{save}"));
    }

    pub(super) fn register(&mut self) {
        let callback = self.random.one(&["updates", "removes", "process"]);
        self.push(format!("register {callback}"));
    }

    /// Whole milliseconds: timers of odd nanoseconds depend on the granularity of Go's runtime.
    pub(super) fn advance(&mut self) {
        let ms = match self.random.below(12) {
            0 | 1 => self.random.between(1, 20),
            2..=4 => self.random.between(100, 999),
            5..=8 => self.random.between(1, 10) * 1000,
            9 => self.random.between(1000, 30_000),
            10 => self.random.between(30_000, 200_000),
            _ => self.random.one(&[250, 1000, 2000, 120_000, 600_000]),
        };
        self.now_ms += ms;
        // Looked at before and after, what is gone went by time.
        let look = self.random.chance(25);
        if look {
            self.push("state");
        }
        self.push(format!("advance {ms}ms"));
        if look {
            self.push("state");
        }
    }
}
