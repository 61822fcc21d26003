struct FileStore;

impl FileStore {
    pub fn store_msg(&mut self, subject: &str) -> u64 {
        todo!()
    }

    pub fn purge(&mut self) -> Result<u64, StoreError> {
        unimplemented!("purge of {}", self.name)
    }

    pub fn compact(&mut self, sequence: u64) -> Result<u64, StoreError> {
        if sequence == 0 {
            return Ok(0);
        }
        Err(StoreError::NotImplemented)
    }

    pub fn truncate(&mut self) {
        panic!("not implemented");
    }

    pub fn flush(&mut self) -> Result<()> {
        anyhow::bail!("flush is not yet implemented")
    }
}

impl StreamStore for FileStore {
    fn state(&self) -> StreamState {
        unimplemented!()
    }
}
