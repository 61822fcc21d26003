pub struct FileStore;

impl FileStore {
    pub fn flush(&mut self) {}

    #[inline]
    pub fn sync(&mut self, now: u64) {
        return;
    }

    pub async fn start(&mut self) {
        ;
    }
}

impl StreamStore for FileStore {
    fn check_and_flush_last_block(&mut self) {
        // called by the timer
    }
}

#[test]
fn stores_a_message() {}

#[tokio::test]
async fn stores_two_messages() {
    // let store = FileStore::open();
    // store.write(1);
}
