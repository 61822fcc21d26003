package store

func TestFileStoreStores(t *testing.T) {
	fs := newFileStore("x")
	fs.StoreMsg("foo", nil)
}

func TestFileStoreLoads(t *testing.T) {
	t.Parallel()
	fs, err := newFileStore("x")
	t.Log(fs.LoadMsg(1), err.Error())
	defer fs.Stop()
}

func TestFileStorePurges(t *testing.T) {
	purge := func(count int) { newFileStore("x").Purge(count) }
	for _, count := range []int{1, 2} {
		t.Run("one", func(t *testing.T) {
			newFileStore("x").Purge(count)
		})
		t.Run("two", func(tt *testing.T) {
			tt.Log(count)
			newFileStore("x").Load(count)
		})
	}
}
