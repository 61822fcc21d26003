impl FileStore {
    pub fn subjects_all(a: &str, b: &str) -> bool {
        true
    }

    pub fn num_pending(&self, sequence: u64) -> u64 {
        self.count(sequence)
    }

    pub fn get_seq_from_time(&self, time: i64) -> u64 {
        if time > self.last {
            return 0;
        }
        self.search(time)
    }

    pub fn header_size(&self) -> u64 {
        22
    }
}

impl Timer {
    pub fn state(&self) -> u64 {
        0
    }

    pub fn stop(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    impl Double {
        fn remove_msg(&mut self) -> bool {
            true
        }
    }
}
