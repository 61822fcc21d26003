class Store {
    long append(String subject) {
        return inner.append(subject, null);
    }

    long append(String subject, byte[] body) {
        return append(subject, body, 0);
    }

    boolean remove(long sequence) {
        return inner.erase(sequence);
    }

    long find(long sequence) {
        return inner.find(sequence + 1);
    }

    long swap(long a, long b) {
        return inner.swap(b, a);
    }

    int count() {
        return items.count();
    }

    long write(String subject) {
        check(subject);
        return inner.write(subject);
    }
}

class Decorator implements IStore {
    @Override
    public long insert(String subject) {
        return inner.insert(subject);
    }

    public int index(String subject) {
        return inner.index(subject);
    }
}
