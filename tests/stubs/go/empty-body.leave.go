package store

func (fs *fileStore) flush() {
	// Every write goes to disk by itself.
}

func (fs *fileStore) isStore() {}

func (r *reader) Close() {}

func (n *nullObserver) OnNext(value int) {}

func noop() {}

func later(done func()) {
	run(func() {}, done)
}

func main() {}

type watcher interface {
	OnRead()
}
