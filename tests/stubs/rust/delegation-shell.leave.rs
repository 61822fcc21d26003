impl Store {
    pub fn append(&mut self, subject: &str) -> u64 {
        self.inner.append(subject, None)
    }

    pub fn remove(&mut self, sequence: u64) -> u64 {
        self.inner.erase(sequence)
    }

    pub fn find(&self, sequence: u64) -> u64 {
        self.inner.find(sequence + 1)
    }

    pub fn swap(&mut self, a: u64, b: u64) -> u64 {
        self.inner.swap(b, a)
    }

    pub fn count(&self) -> usize {
        self.items.count()
    }

    pub fn write(&mut self, subject: &str) -> u64 {
        self.check(subject);
        self.inner.write(subject)
    }

    pub fn again(&self, subject: &str) -> u64 {
        self.again(subject)
    }
}

impl Index for Store {
    fn index(&self, subject: &str) -> usize {
        self.inner.index(subject)
    }
}
