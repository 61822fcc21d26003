impl FileStore {
    pub fn num_pending(&self, sequence: u64, filter: &str) -> (u64, u64) {
        (0, 0)
    }

    pub fn get_seq_from_time(&self, time: i64) -> u64 {
        return 0;
    }

    pub async fn remove_msg(&mut self, sequence: u64) -> Result<bool, StoreError> {
        Ok(true)
    }

    pub fn subjects_totals(&self, filter: &str) -> HashMap<String, u64> {
        // nothing yet
        HashMap::new()
    }

    pub fn state(&self) -> StreamState {
        Default::default()
    }
}

impl StreamStore for FileStore {
    fn multi_last_seqs(&self, filters: &[String]) -> Result<Vec<u64>, StoreError> {
        Ok(vec![])
    }
}

pub fn file_store_msg_size(subject: &str, body: &[u8]) -> u64 {
    22
}
