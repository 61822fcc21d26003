struct FileStore;

impl FileStore {
    pub fn store_msg(&mut self, subject: &str) -> Result<u64, StoreError> {
        if subject.is_empty() {
            return Err(StoreError::NoSubject);
        }
        Ok(self.append(subject))
    }

    pub fn purge(&mut self) -> u64 {
        assert!(self.is_open, "the store is closed");
        match self.erase() {
            Some(count) => count,
            None => panic!("the store has no block"),
        }
    }

    pub fn explain(&self, error: &StoreError) -> &'static str {
        match error {
            StoreError::NotImplemented => "the server has not implemented it",
            StoreError::Closed => unreachable!("a closed store does not get here"),
        }
    }
}

#[cfg(test)]
mod tests {
    impl StreamStore for Double {
        fn nobody_calls_it(&self) -> u64 {
            unimplemented!()
        }
    }
}
