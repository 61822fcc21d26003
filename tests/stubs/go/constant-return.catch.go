package store

func (fs *fileStore) NumPending(seq uint64, filter string) (uint64, uint64) {
	return 0, 0
}

func (fs *fileStore) GetSeqFromTime(at time.Time) uint64 {
	return 0
}

func (fs *fileStore) RemoveMsg(seq uint64) (bool, error) {
	return true, nil
}

func (fs *fileStore) SubjectsTotals(filter string) map[string]uint64 {
	// nothing yet
	return nil
}

func (fs *fileStore) State() StreamState {
	return StreamState{}
}

func (fs *fileStore) MultiLastSeqs(filters []string) ([]uint64, error) {
	return []uint64{}, nil
}

func fileStoreMsgSize(subject string, body []byte) uint64 {
	return 22
}
