//! Other directories of a program: snapshots restored, a second store whose state is synced, and a store that is deleted.
//!
//! A store lives on in the directory it was restored into. The second store holds what a snapshot of the first one had, and
//! goes its own way for a few commands; then the first one is given its encoded state, as a replica is.

use super::Generator;

impl Generator {
    /// A snapshot comes back: over what is there, or into a directory of its own.
    pub(super) fn restore_snapshot(&mut self) {
        if self.archives == 0 {
            self.archives += 1;
            self.push(format!("snapshot deadline=5s consumers save=a{}", self.archives));
        }
        let archive = self.random.between(1, self.archives);
        self.push("inspect");
        self.push("stop");
        if self.random.chance(40) {
            self.push(format!("restore a{archive}"));
            self.push("open");
        } else {
            self.directories += 1;
            self.directory = format!("other{}", self.directories);
            self.push(format!("restore a{archive} dir={}", self.directory));
            self.push(format!("open dir={}", self.directory));
        }
        self.after_opening();
        self.openings += 1;
    }

    /// Another store, mostly a copy of this one, loses other messages; its state is then synced.
    pub(super) fn peer(&mut self) {
        let copy = self.random.chance(75);
        if copy {
            self.archives += 1;
            self.push(format!("snapshot deadline=5s save=a{}", self.archives));
        }
        self.push("stop");
        self.directories += 1;
        let peer = format!("peer{}", self.directories);
        if copy {
            self.push(format!("restore a{} dir={peer}", self.archives));
        }
        self.push(format!("open dir={peer}"));
        let (first, last, openings, kept) = (self.first, self.last, self.openings, self.consumers.clone());
        self.consumers.clear();
        // What it is opened with for the first time in this life it did not write.
        self.openings += 1;
        for _ in 0..self.random.between(2, 12) {
            match self.random.below(8) {
                0 => self.store(),
                1 => self.purge_subject(),
                2 => self.skip(),
                3 => self.compact(),
                _ => self.remove(),
            }
        }
        self.push("state");
        let saved = self.saved;
        self.push(format!("encoded-state save=s{saved}"));
        self.saved += 1;
        self.push("stop");
        (self.first, self.last, self.openings, self.consumers) = (first, last, openings, kept);
        self.push(format!("open dir={}", self.directory));
        self.openings += 1;
        self.after_opening();
        self.push(format!("sync-deleted saved=s{saved}"));
        self.push("inspect");
    }

    /// The store is deleted, open or closed, and a new one begins in its place.
    pub(super) fn delete_and_open(&mut self) {
        self.look();
        if self.random.chance(20) {
            self.push("stop");
        }
        let how = self.random.one(&["delete", "delete inline"]);
        self.push(how);
        if self.random.chance(30) {
            self.state();
        }
        if self.random.chance(30) {
            self.advance();
        }
        self.last = self.knobs.first_seq.saturating_sub(1);
        self.first = self.last + 1;
        self.forget_consumers();
        self.push("open");
        self.openings += 1;
        self.after_opening();
    }
}
