//! The operations that change the messages of a store.

use super::{EMPTY, Generator};

impl Generator {
    pub(super) fn store(&mut self) {
        let (subject, payload) = (self.subject(), self.payload());
        let extra = self.message_extra();
        self.push(format!("store {subject} {payload}{extra}"));
        self.last += 1;
    }

    /// Many at once; without a TTL, because they would be due together.
    pub(super) fn store_many(&mut self) {
        let count = self.random.between(2, 25);
        let (subject, payload) = (self.subject(), self.payload());
        let subject = if self.random.chance(30) && subject != EMPTY { format!("{subject}.{{1..4}}") } else { subject };
        self.push(format!("store {subject} {payload} repeat={count}"));
        self.last += count;
    }

    /// A message of a replica: mostly the next sequence, sometimes a gap before it or one that is out of order.
    pub(super) fn store_raw(&mut self) {
        let (subject, payload) = (self.subject(), self.payload());
        let seq = match self.random.below(10) {
            0 => self.seq(),
            1 | 2 => self.last + self.random.between(2, 9),
            _ => self.last + 1,
        };
        let back = if self.random.chance(30) { self.random.between(0, 20_000) } else { 0 };
        let ts = self.now_ms.saturating_sub(back);
        let check = if self.random.chance(20) { " discard_new_check" } else { "" };
        let extra = if self.random.chance(40) { self.message_extra() } else { String::new() };
        self.push(format!("store-raw {subject} {payload} seq={seq} ts=@{ts}ms{check}{extra}"));
        self.last = self.last.max(seq);
    }

    fn payload(&mut self) -> String {
        let block = self.knobs.block_size.clamp(64, 8192);
        let size = match self.random.below(20) {
            0 | 1 => return "\"\"".to_owned(),
            2..=5 => return self.random.one(&["x", "hello", "\"two words\""]).to_owned(),
            // Around the size of a block.
            6 => block.saturating_sub(self.random.between(20, 60)),
            7 => block + self.random.between(0, 50),
            8 if self.random.chance(15) => self.random.between(5000, 65_536),
            8 => self.random.between(500, 5000),
            9..=13 => self.random.between(1, 40),
            _ => self.random.between(1, 300),
        };
        if self.random.chance(30) {
            let seed = self.random.below(1000);
            return format!("size={size} fill=random seed={seed}");
        }
        format!("size={size}")
    }

    /// Headers, a TTL or a schedule.
    fn message_extra(&mut self) -> String {
        if self.knobs.ttls && self.random.chance(35) {
            let earliest = self.now_ms / 1000;
            let wanted = earliest + self.random.one(&[1, 1, 2, 3, 5, 10, 60, 600]);
            // Two that are due in one second would go in the order of a map.
            let ttl = self.free_second(wanted) - earliest;
            return match self.random.below(10) {
                // The header alone counts when the store is rebuilt, the argument alone before.
                0 => format!(" ttl={ttl}"),
                1 => " header=[\"Nats-TTL: never\"] ttl=-1".to_owned(),
                _ => format!(" header=[\"Nats-TTL: {ttl}s\"] ttl={ttl}"),
            };
        }
        if self.knobs.schedules && self.random.chance(40) {
            let wanted = self.now_ms / 1000 + self.random.between(1, 60);
            let due = self.free_second(wanted);
            let target = self.subject();
            let (day, hour, minute, second) = (due / 86_400 + 1, due / 3600 % 24, due / 60 % 60, due % 60);
            // A schedule is one of the first month, or of none.
            if day <= 31 {
                let at = format!("2000-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
                return format!(" header=[\"Nats-Schedule: @at {at}\", \"Nats-Schedule-Target: {target}\"]");
            }
        }
        match self.random.below(12) {
            0 | 1 => " header=[\"K: V\"]".to_owned(),
            2 => " header=[\"Nats-Rollup: sub\", \"Long-Header: 0123456789012345678901234567890123456789\"]".to_owned(),
            _ => String::new(),
        }
    }

    pub(super) fn skip(&mut self) {
        let seq = match self.random.below(6) {
            0 => self.seq(),
            1 => 0,
            _ => self.last + 1,
        };
        let command = if self.random.chance(20) { "skip-no-interest" } else { "skip" };
        self.push(format!("{command} {seq}"));
        self.last = self.last.max(seq);
    }

    pub(super) fn skip_many(&mut self) {
        let count = self.random.between(1, 30);
        let seq = match self.random.below(6) {
            0 => self.seq(),
            1 => 0,
            _ => self.last + 1,
        };
        self.push(format!("skip-msgs {seq} {count}"));
        self.last += count;
    }

    pub(super) fn flush(&mut self) {
        self.push("flush");
    }

    pub(super) fn remove(&mut self) {
        if self.random.chance(8) {
            let (first, step) = (self.seq(), self.random.between(1, 4));
            let last = first + self.random.between(1, 20);
            self.push(format!("remove {{i*{step}+{first}}} repeat={}", (last - first) / step + 1));
            return;
        }
        let seq = self.seq();
        self.push(format!("remove {seq}"));
    }

    pub(super) fn erase(&mut self) {
        let seq = self.seq();
        self.push(format!("erase {seq}"));
    }

    pub(super) fn purge(&mut self) {
        self.push("purge");
        self.first = self.last + 1;
    }

    pub(super) fn purge_subject(&mut self) {
        let filter = self.filter();
        let mut command = format!("purge-ex {filter}");
        match self.random.below(4) {
            0 => command.push_str(&format!(" seq={}", self.seq())),
            1 => command.push_str(&format!(" keep={}", self.random.between(1, 4))),
            // Both at once make no sense to Go.
            2 if self.random.chance(20) => command.push_str(&format!(" seq={} keep=1", self.seq())),
            _ => {}
        }
        self.push(command);
    }

    pub(super) fn compact(&mut self) {
        let seq = self.seq();
        self.push(format!("compact {seq}"));
        self.first = self.first.max(seq);
        self.last = self.last.max(seq.saturating_sub(1));
    }

    pub(super) fn truncate(&mut self) {
        // A truncation begins with a new block, so that Go compresses the last one beside it, before or after it is cut;
        // and it cuts a compressed block that it did not write in this life as if it were plain
        // (corpus/cases/truncate/into-a-full-block-after-a-restart). Where a flusher writes, the block mostly stays without
        // one, because the old one has not ended yet when the block is opened again: what is stored later lies in memory.
        if self.compresses() || self.knobs.flushes_later() {
            return;
        }
        let seq =
            if self.random.chance(70) { self.last.saturating_sub(self.random.between(0, 10)) } else { self.seq() };
        self.push(format!("truncate {seq}"));
        if seq <= self.last && seq >= self.first {
            self.last = seq;
        }
    }

    pub(super) fn sync_deleted(&mut self) {
        if self.saved > 0 && self.random.chance(30) {
            let saved = self.random.below(self.saved);
            self.push(format!("sync-deleted saved=s{saved}"));
            return;
        }
        let from = self.seq().max(1);
        let to = from + self.random.between(0, 20);
        let alone = to + self.random.between(2, 10);
        self.push(format!("sync-deleted [{from}-{to}, {alone}]"));
    }

    pub(super) fn reset_state(&mut self) {
        self.push("reset-state");
    }
}
