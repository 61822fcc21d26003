impl FileStore {
    // The placeholder of a parameter is a question mark.
    pub fn placeholder(&self, text: &str) -> String {
        format!("{text}?")
    }

    // Returned where the server says "not implemented".
    pub fn text(&self) -> &'static str {
        "TODO: that is a text and no comment"
    }

    /// A todo list has as many entries as it has.
    pub fn todos(&self, count: u64) -> u64 {
        count + 1
    }
}
