package store

var errNotImplemented = errors.New("not implemented")

func (fs *fileStore) StoreMsg(subject string) (uint64, error) {
	if subject == "" {
		return 0, errors.New("no subject")
	}
	return fs.append(subject), nil
}

func isMissing(err error) bool {
	return errors.Is(err, errNotImplemented)
}

func explain(err error) string {
	if err == errNotImplemented {
		return "the server has not implemented it"
	}
	return err.Error()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
