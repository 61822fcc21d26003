package store

func TestFileStoreStores(t *testing.T) {
	state := fs.State()
	require.Equal(t, state.Msgs, state.Msgs)
}

func TestFileStoreLoads(t *testing.T) {
	require_Equal(t, msg, msg)
}

func TestFileStoreCompacts(t *testing.T) {
	assert.True(t, fs.first == fs.first)
}

func TestFileStoreExpires(t *testing.T) {
	assert.Same(t, fs, fs)
}
