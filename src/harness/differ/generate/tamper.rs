//! What is done to the files of a store that is down: removed, cut, extended, a bit flipped, an old copy put back.

use super::Generator;
use crate::harness::case::Cipher;

impl Generator {
    /// Keeps a copy of a file, to be put back when it is old. It lies in a directory that no store looks into.
    pub(super) fn keep_copy(&mut self) {
        let file = match self.random.below(6) {
            0 => self.block_file("blk"),
            1 => self.random.one(&["msgs/thw.db", "msgs/sched.db", "meta.inf"]).to_owned(),
            2 => "obs/c1/o.dat".to_owned(),
            _ => "msgs/index.db".to_owned(),
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
        match self.random.below(16) {
            0..=4 => self.push("rm msgs/index.db"),
            5 => self.damage_index(),
            6..=9 => self.damage_block(),
            10 => {
                let file = self.block_file("key");
                self.push(format!("rm {file}"));
            }
            11 => self.push("rm msgs/thw.db"),
            12 => self.push("rm msgs/sched.db"),
            13 => self.damage_head(),
            14 => {
                let file = self.random.one(&["obs/c1/o.dat", "obs/c1/meta.inf", "meta.sum", "meta.inf", "meta.key"]);
                self.push(format!("rm {file}"));
            }
            _ => {
                let command = self.random.one(&[
                    "write msgs/index.db \"noise\" offset=max",
                    "write msgs/1.blk.tmp \"left over\"",
                    "write msgs/7.new \"\"",
                    "write msgs/thw.db \"noise\" offset=max",
                    "mkdir __msgs__",
                ]);
                self.push(command);
            }
        }
    }

    /// A block that may be there: one of the first, which keep their numbers while the later ones come and go.
    fn block_file(&mut self, extension: &str) -> String {
        let number = self.random.one(&[1, 1, 2, 2, 3, 4, 5, 8]);
        format!("msgs/{number}.{extension}")
    }

    fn damage_index(&mut self) {
        let offset = self.random.below(40);
        let bit = self.random.below(8);
        let command = match self.random.below(3) {
            0 => format!("truncate-file msgs/index.db {}", self.random.below(60)),
            1 => format!("flip msgs/index.db offset=-{} bit={bit}", offset + 1),
            _ => format!("flip msgs/index.db offset={offset} bit={bit}"),
        };
        self.push(command);
    }

    fn damage_block(&mut self) {
        let file = self.block_file("blk");
        if self.compresses() || self.random.chance(15) {
            // Nobody else has the bytes of a compressed block: a cut or a flip would not be the same damage.
            self.push(format!("rm {file}"));
            return;
        }
        let (offset, bit) = (self.random.below(120), self.random.below(8));
        let command = match self.random.below(6) {
            0 | 1 => format!("truncate-file {file} -{}", offset + 1),
            2 => format!("write {file} \"noise behind the last record\" offset=max"),
            3 => format!("flip {file} offset=-{} bit={bit}", offset + 1),
            4 => format!("truncate-file {file} 0"),
            _ => format!("flip {file} offset={offset} bit={bit}"),
        };
        self.push(command);
    }

    /// Files that Go writes in the order of a map: behind their heads the same offset is not the same entry.
    fn damage_head(&mut self) {
        let file = match self.setting.cipher {
            Cipher::None => self.random.one(&["obs/c1/o.dat", "msgs/sched.db", "msgs/thw.db"]),
            // A sealed state shorter than its nonce makes Go panic, and nothing after that can be compared.
            _ => self.random.one(&["msgs/sched.db", "msgs/thw.db"]),
        };
        let command = match self.random.below(3) {
            0 => format!("truncate-file {file} {}", self.random.below(3)),
            1 => format!("flip {file} offset=0 bit={}", self.random.below(8)),
            _ => format!("truncate-file {file} 0"),
        };
        self.push(command);
    }
}
