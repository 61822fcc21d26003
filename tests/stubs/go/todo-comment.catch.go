package store

func count() uint64 {
	// TODO: count what was removed
	return messages
}

func size() uint64 {
	return bytes // FIXME
}

func first() uint64 {
	// todo(me) subtract tombstones
	return start
}

func last() uint64 {
	/*
	 * This is just a placeholder.
	 */
	return end
}

func keys() int {
	// Encryption is not implemented.
	return number
}
