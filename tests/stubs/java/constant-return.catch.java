class FileStore implements StreamStore {
    @Override
    public long numPending(long sequence, String filter) {
        return 0L;
    }

    public long getSeqFromTime(Instant at) {
        return 0;
    }

    public boolean removeMsg(long sequence) {
        return true;
    }

    public Map<String, Long> subjectsTotals(String filter) {
        // nothing yet
        return Map.of();
    }

    public StreamState state() {
        return null;
    }

    public List<Long> multiLastSeqs(List<String> filters) {
        return new ArrayList<>();
    }

    public CompletableFuture<Boolean> eraseMsg(long sequence) {
        return CompletableFuture.completedFuture(true);
    }
}
