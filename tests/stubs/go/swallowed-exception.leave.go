package store

func TestFileStoreStores(t *testing.T) {
	defer func() {
		if r := recover(); r == nil {
			t.Fatal("it did not panic")
		}
	}()
	fs.StoreMsg("foo", nil)
}

func TestFileStoreRecovers(t *testing.T) {
	fs.recover()
	require_Equal(t, fs.Count(), 1)
}

func quiet() {
	defer func() { recover() }()
	fs.Stop()
}
