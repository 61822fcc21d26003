package store;

abstract class StoreBase {
    protected long storeMsg(String subject) {
        throw new UnsupportedOperationException("not implemented by this store");
    }

    abstract long purge();

    public void remove(long sequence) {
        throw new UnsupportedOperationException();
    }

    public void write(byte[] body) {
        if (body.length > limit) {
            throw new IllegalArgumentException("a message of that size");
        }
        append(body);
    }

    public String explain() {
        try {
            return ask();
        } catch (NotImplementedException e) {
            return "the server has not implemented it";
        }
    }
}
