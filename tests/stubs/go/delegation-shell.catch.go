package store

func (s *Store) Append(subject string, body []byte) uint64 {
	return s.inner.Append(subject, body)
}

func (s *Store) Remove(seq uint64) (bool, error) {
	return s.store.Remove(seq)
}

func (s *Store) Cut(names ...string) {
	s.store.blocks.Cut(names...)
}

func (s *Store) Find(subject string) (uint64, bool) {
	return s.inner.Find(subject)
}

func (s *Store) SkipMsg() uint64 {
	return s.inner.SkipMsg()
}
