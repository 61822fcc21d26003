impl FileStore {
    pub fn count(&self) -> u64 {
        // TODO: count what was removed
        self.messages
    }

    pub fn size(&self) -> u64 {
        self.bytes // FIXME
    }

    pub fn first(&self) -> u64 {
        // todo subtract tombstones
        self.first
    }

    /// This is just a placeholder.
    ///
    /// It answers.
    pub fn last(&self) -> u64 {
        /* a stub implementation */
        self.last
    }

    pub fn keys(&self) -> u64 {
        // Encryption is not implemented.
        self.keys
    }

    pub fn blocks(&self) -> u64 {
        // In a real implementation this would list the directory.
        self.blocks
    }
}
