package store;

class FileStore implements StreamStore {
    @Override
    public long storeMsg(String subject) {
        throw new UnsupportedOperationException("Not supported yet.");
    }

    public long purge() {
        throw new UnsupportedOperationException("Unimplemented method 'purge'");
    }

    public long compact(long sequence) {
        if (sequence == 0) {
            return 0;
        }
        throw new NotImplementedException();
    }

    public CompletableFuture<Void> truncate() {
        return CompletableFuture.failedFuture(new IllegalStateException("not implemented"));
    }
}
