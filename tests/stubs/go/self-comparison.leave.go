package store

func TestFileStoreStores(t *testing.T) {
	require.Equal(t, state.Msgs, state.Bytes)
}

func TestFileStoreLoads(t *testing.T) {
	require.Equal(t, fs.Next(), fs.Next())
}

func TestFileStoreEquality(t *testing.T) {
	require.Equal(t, state, state)
}

func TestFileStoreDiffers(t *testing.T) {
	require.NotEqual(t, first, first)
	require.True(t, fs.first == fs.last)
}
