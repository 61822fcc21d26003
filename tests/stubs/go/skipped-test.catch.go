package store

func TestFileStoreStores(t *testing.T) {
	t.Skip("it takes long")
	require_Equal(t, fs.Count(), 1)
}

func TestFileStoreLoads(t *testing.T) {
	t.SkipNow()
}

func TestFileStorePurges(t *testing.T) {
	t.Run("one", func(tt *testing.T) {
		tt.Skipf("later: %d", 1)
		require_Equal(tt, fs.Count(), 1)
	})
}
