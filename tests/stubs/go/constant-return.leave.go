package store

func (fs *fileStore) Type() StorageType {
	return FileStorage
}

func (fs *fileStore) NumPending(seq uint64, filter string) uint64 {
	return fs.count(seq, filter)
}

func (fs *fileStore) GetSeqFromTime(at time.Time) uint64 {
	if at.After(fs.last) {
		return 0
	}
	return fs.search(at)
}

func headerSize() int {
	return 22
}

func (t *timer) State() int {
	return 0
}

func (t *timer) Stop() bool {
	return false
}
