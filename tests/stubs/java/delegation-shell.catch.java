class Store {
    long append(String subject, byte[] body) {
        return inner.append(subject, body);
    }

    boolean remove(long sequence) {
        return this.store.remove(sequence);
    }

    void cut(int at) {
        store.blocks().cut(at);
    }

    static int hash(String text) {
        return Hashes.hash(text);
    }
}

class FileStore implements StreamStore {
    @Override
    public boolean removeMsg(long sequence) {
        return inner.removeMsg(sequence);
    }

    public long skipMsg() {
        return inner.skipMsg();
    }
}
