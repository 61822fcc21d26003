pub struct Store {
    inner: Inner,
}

impl Store {
    pub fn append(&mut self, subject: &str, body: &[u8]) -> u64 {
        self.inner.append(subject, body)
    }

    pub fn remove(&mut self, mut sequence: u64) -> u64 {
        return self.store.remove(sequence);
    }

    pub async fn count(&self, filter: String) -> u64 {
        self.store.count(&filter).await
    }

    pub fn cut(&mut self, at: &mut u64) {
        self.store.blocks.cut(at);
    }
}

impl StreamStore for Store {
    fn remove_msg(&mut self, sequence: u64) -> bool {
        self.inner.remove_msg(sequence)
    }

    fn skip_msg(&mut self) -> u64 {
        self.inner.skip_msg()
    }
}
