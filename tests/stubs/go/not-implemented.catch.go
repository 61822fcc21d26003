package store

func (fs *fileStore) StoreMsg(subject string) (uint64, error) {
	return 0, errors.New("not implemented")
}

func (fs *fileStore) Purge() (uint64, error) {
	panic("not implemented")
}

func (fs *fileStore) Compact(seq uint64) (uint64, error) {
	if seq == 0 {
		return 0, nil
	}
	return 0, fmt.Errorf("compaction of %d is not yet implemented", seq)
}

func (fs *fileStore) Truncate(seq uint64) error {
	return ErrNotImplemented
}

func truncate(seq uint64) (uint64, error) {
	return 0, store.ErrNotImplemented
}
