package store

func TestFileStoreStores(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	require_Equal(t, fs.Count(), 1)
}

func TestFileStoreLoads(t *testing.T) {
	fs.Skip(1)
	require_Equal(t, fs.Count(), 1)
}

func TestFileStorePurges(t *testing.T) {
	switch runtime.GOOS {
	case "windows":
		t.Skip("only there")
	}
	require_Equal(t, fs.Count(), 1)
}
