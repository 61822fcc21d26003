//! What is done to the files of a store that is down: removed, cut, extended, a bit flipped, an old copy put back.
//!
//! Every kind of file meets every kind of damage, as far as Go's answer to it is the same each time:
//! - Nobody else has the bytes that an encoder chose: a compressed block is cut, extended, or flipped in its head, and makes no
//!   sense then whatever they were. A bit behind the head is left alone.
//! - `o.dat` and `sched.db` are written in the order of a map: in front of it the same offset is the same field, behind it not.
//!   A cut takes away something of the map and is found whatever it was.

use super::Generator;
use crate::harness::case::Cipher;

/// What every compressed block begins with: the mark, the algorithm, and a byte of its size.
const COMPRESSED_HEAD: u64 = 5;

/// Where a file that is damaged may be damaged.
struct Target {
    file: String,
    /// Offsets that mean the same on both sides, from the start; whether the file may be cut and extended at its end; and
    /// whether offsets from there mean the same, too.
    head: u64,
    end: bool,
    tail: bool,
}

impl Generator {
    /// Keeps a copy of a file, to be put back when it is old. It lies in a directory that no store looks into.
    pub(super) fn keep_copy(&mut self) {
        let file = match self.random.below(8) {
            0..=2 => "msgs/index.db".to_owned(),
            _ => self.target().file,
        };
        self.push(format!("cp {file} kept/{file}"));
        if !self.kept.contains(&file) {
            self.kept.push(file);
        }
    }

    pub(super) fn tamper(&mut self) {
        if !self.kept.is_empty() && self.random.chance(35) {
            let at = self.random.index(self.kept.len());
            if let Some(file) = self.kept.get(at).cloned() {
                self.push(format!("cp kept/{file} {file}"));
            }
            return;
        }
        match self.random.below(20) {
            0..=3 => self.push("rm msgs/index.db"),
            5 if self.setting.cipher != Cipher::None && !self.compresses() => {
                let file = self.block_file("key");
                self.push(format!("rm {file}"));
            }
            4 => {
                let command = self.random.one(&[
                    "write msgs/1.blk.tmp \"left over\"",
                    "write msgs/7.new \"\"",
                    "rm msgs",
                    "rm obs/c1",
                    "mkdir __msgs__",
                ]);
                self.push(command);
            }
            _ => self.damage(),
        }
    }

    fn damage(&mut self) {
        let target = self.target();
        let file = &target.file;
        let bit = self.random.below(8);
        let whole = target.head > 0 || target.end;
        let command = match self.random.below(6) {
            0 | 1 if whole && (target.end || self.random.chance(50)) => {
                format!("truncate-file {file} -{}", self.random.between(1, 60))
            }
            // A sealed state shorter than its nonce makes Go panic, which ends the program: seldom.
            0 | 1 | 5 if file.ends_with("o.dat") && self.setting.cipher != Cipher::None && self.random.chance(95) => {
                format!("truncate-file {file} -{}", self.random.between(1, 4))
            }
            0 | 1 if whole => format!("truncate-file {file} {}", self.random.below(target.head)),
            2 if whole => format!("write {file} \"noise behind the end\" offset=max"),
            3 if target.tail => format!("flip {file} offset=-{} bit={bit}", self.random.between(1, 120)),
            3 | 4 if target.head > 0 => format!("flip {file} offset={} bit={bit}", self.random.below(target.head)),
            5 if whole && self.random.chance(30) => format!("truncate-file {file} 0"),
            _ => format!("rm {file}"),
        };
        self.push(command);
    }

    /// A file and where it may be damaged.
    fn target(&mut self) -> Target {
        let consumer = self.random.one(&["c1", "c1", "c2", "c3"]);
        if self.knobs.schedules && self.random.chance(20) {
            return Target { file: "msgs/sched.db".to_owned(), head: 17, end: false, tail: false };
        }
        let (file, head, end) = match self.random.below(20) {
            0..=2 => ("msgs/index.db".to_owned(), 200, true),
            3..=8 => {
                let file = self.block_file("blk");
                if self.compresses() {
                    return Target { file, head: COMPRESSED_HEAD, end: true, tail: false };
                }
                (file, 120, true)
            }
            // A block without its key is cut where its bytes make no sense, and in a compressed one the encoder decides which.
            9 | 10 if !self.compresses() => (self.block_file("key"), 40, true),
            11 | 12 => ("msgs/thw.db".to_owned(), 40, true),
            13 => ("msgs/sched.db".to_owned(), 17, false),
            14..=16 => (format!("obs/{consumer}/o.dat"), 6, false),
            17 => (self.random.one(&["meta.inf", "meta.sum", "meta.key"]).to_owned(), 40, true),
            _ => {
                let name = self.random.one(&["meta.inf", "meta.sum", "meta.key"]);
                (format!("obs/{consumer}/{name}"), 40, true)
            }
        };
        Target { file, head, end, tail: end }
    }

    /// A block that may be there: one of the first, which keep their numbers while the later ones come and go.
    fn block_file(&mut self, extension: &str) -> String {
        let number = self.random.one(&[1, 1, 2, 2, 3, 4, 5, 8]);
        format!("msgs/{number}.{extension}")
    }
}
