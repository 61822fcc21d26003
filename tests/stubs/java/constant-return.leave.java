class FileStore implements StreamStore {
    public StorageType type() {
        return StorageType.FILE;
    }

    public long numPending(long sequence, String filter) {
        return count(sequence, filter);
    }

    public long getSeqFromTime(Instant at) {
        if (at.isAfter(last)) {
            return 0;
        }
        return search(at);
    }

    public int headerSize() {
        return 22;
    }

    public StreamState state() {
        return state;
    }
}

class Timer {
    public int state() {
        return 0;
    }

    public boolean stop() {
        return false;
    }
}
