package store

func TestFileStoreStores(t *testing.T) {
	for fs.Count() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	require_Equal(t, fs.Count(), 1)
}

func TestFileStoreLoads(t *testing.T) {
	go func() {
		time.Sleep(time.Second)
		fs.Stop()
	}()
	require_Equal(t, fs.Count(), 1)
}

func TestFileStorePurges(t *testing.T) {
	checkFor(t, time.Second, 10*time.Millisecond, func() error {
		time.Sleep(time.Millisecond)
		return nil
	})
}

func pause() {
	time.Sleep(time.Second)
}
