package store

func TestFileStoreStores(t *testing.T) {
	time.Sleep(100 * time.Millisecond)
	require_Equal(t, fs.Count(), 1)
}

func TestFileStoreLoads(t *testing.T) {
	if fs.isSlow {
		time.Sleep(pause)
	}
	require_Equal(t, fs.Count(), 1)
}

func TestFileStorePurges(t *testing.T) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			time.Sleep(time.Second)
			require_Equal(t, fs.Count(), 1)
		})
	}
}
