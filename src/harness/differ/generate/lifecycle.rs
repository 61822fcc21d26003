//! Stops, crashes and openings, what is done to the files between them, and the end of a program.

use super::Generator;
use crate::harness::case::Cipher;
use crate::harness::differ::program::HANDS_CHANGE;

impl Generator {
    pub(super) fn restart(&mut self) {
        self.look();
        self.push("restart");
        self.openings += 1;
        self.after_opening();
    }

    pub(super) fn stop_and_open(&mut self) {
        self.look();
        self.push("stop");
        self.while_down();
        self.open();
    }

    pub(super) fn crash_and_open(&mut self) {
        self.look();
        self.push("crash");
        self.while_down();
        self.open();
    }

    /// A closed store is asked, and asked to change.
    pub(super) fn while_closed(&mut self) {
        self.push("stop");
        let (openings, last) = (self.openings, self.last);
        for _ in 0..self.random.between(1, 4) {
            match self.random.below(8) {
                0 => self.store(),
                1 => self.remove(),
                2 => self.state(),
                3 => self.load(),
                4 => self.purge_subject(),
                5 => self.num_pending(),
                // Its flusher writes some time later, into the directory of the store that was opened since.
                6 if !self.knobs.flushes_later() => self.skip(),
                _ => self.consumer_if_any(),
            }
        }
        (self.openings, self.last) = (openings, last);
        self.open();
    }

    fn consumer_if_any(&mut self) {
        if !self.consumers.is_empty() {
            self.consumer();
        }
    }

    /// What the state is before the files are looked at: it tells where a difference began.
    pub(super) fn look(&mut self) {
        self.push("inspect");
        self.push("state");
    }

    fn while_down(&mut self) {
        if self.random.chance(20) {
            self.advance();
        }
        if self.random.chance(30) {
            self.keep_copy();
        }
        if self.random.chance(35) {
            for _ in 0..self.random.between(1, 2) {
                self.tamper();
            }
        }
    }

    fn open(&mut self) {
        let mut command = "open".to_owned();
        if self.random.chance(12) {
            command.push(' ');
            command.push_str(&self.config_change());
        }
        if self.random.chance(6) {
            command.push_str(&format!(" block_size={}", self.random.one(&[128, 300, 1000, 4096])));
        }
        if self.setting.cipher != Cipher::None && self.random.chance(5) {
            let old = match self.secrets {
                0 => "the secret of every case".to_owned(),
                number => format!("secret {number}"),
            };
            // The metadata's own key is not converted: with it in place Go refuses the new secret.
            self.push("rm meta.key");
            self.secrets += 1;
            command.push_str(&format!(" key=\"secret {}\" old_key=\"{old}\"", self.secrets));
        }
        if self.hands_change && self.random.chance(50) {
            command.push_str("  ");
            command.push_str(HANDS_CHANGE);
        }
        self.push(command);
        self.openings += 1;
        self.after_opening();
    }

    pub(super) fn after_opening(&mut self) {
        self.push("state");
        // Who listened to the store that is gone listens to this one if he says so.
        if (self.knobs.ttls || self.knobs.schedules) && self.random.chance(50) {
            self.listen();
        }
        if self.random.chance(50) {
            self.push("inspect");
        }
        self.reopen_consumers();
    }

    /// Everything is looked at once more, and the store is opened again from its files.
    pub(super) fn close(&mut self) {
        for _ in 0..2 {
            self.push("state");
            self.push("inspect");
            self.push("subjects-state >");
            self.push("multi-last-seqs [>]");
            self.push("num-pending >");
            self.push("restart");
        }
        self.push("state");
        self.push("inspect");
        let end = self.random.one(&["stop", "stop", "stop", "stop", "stop", "delete", "delete inline"]);
        self.push(end);
    }
}
