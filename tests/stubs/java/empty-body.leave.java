package store;

class FileReader extends StoreBase implements Closeable {
    private FileReader() {}

    FileReader(String directory) {
        super(directory);
    }

    @Override
    public void close() {}

    @Override
    public void onClosed() {}

    protected void onOpened() {}

    public void flush() {
        // Every write goes to disk by itself.
    }

    public void doNothing() {}

    @PostConstruct
    public void begin() {}

    public void later(Runnable done) {
        run(() -> {}, done);
    }

    void listen() {
        add(new Listener() {
            @Override
            public void onRead() {}
        });
    }
}

interface Watcher {
    default void onRead() {}
}

abstract class Adapter implements Watcher {
    public void onWrite() {}
}
