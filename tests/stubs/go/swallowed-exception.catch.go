package store

func TestFileStoreStores(t *testing.T) {
	defer func() { recover() }()
	require_Equal(t, fs.Count(), 1)
}

func TestFileStoreLoads(t *testing.T) {
	func() {
		defer func() {
			recover()
		}()
		fs.LoadMsg(1)
	}()
	require_Equal(t, fs.Count(), 1)
}

func TestFileStorePurges(t *testing.T) {
	t.Run("one", func(t *testing.T) {
		defer func() { recover() }()
		require_Equal(t, fs.Count(), 1)
	})
	require_Equal(t, fs.Count(), 1)
}
