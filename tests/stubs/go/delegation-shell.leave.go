package store

func (s *Store) Append(subject string) uint64 {
	return s.inner.Append(subject, nil)
}

func (s *Store) Remove(seq uint64) bool {
	return s.inner.Erase(seq)
}

func (s *Store) Find(seq uint64) uint64 {
	return s.inner.Find(seq + 1)
}

func (s *Store) Swap(a, b uint64) uint64 {
	return s.inner.Swap(b, a)
}

func (s *Store) Count() int {
	return s.items.Count()
}

func (s *Store) Write(subject string) uint64 {
	s.check(subject)
	return s.inner.Write(subject)
}

func Trim(text text) string {
	return text.Trim()
}
