package store;

class FileStore implements StreamStore {
    public void flush() {}

    void sync() {
        return;
    }

    public CompletableFuture<Void> start() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void checkAndFlushLastBlock() {
        // called by the timer
    }

    @Test
    public void stores() {}

    @ParameterizedTest
    void loads() {
        // store.load(1);
    }
}
