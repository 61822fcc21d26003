package store

func TestFileStoreStores(t *testing.T) {
	assert.True(t, fs.isOpen)
}

func TestFileStoreFails(t *testing.T) {
	if fs.LoadMsg(1) != nil {
		assert.True(t, false, "it is still there")
	}
	require.Nil(t, fs.LoadMsg(1))
}

func TestFileStoreCounts(t *testing.T) {
	require_Equal(t, 1, fs.Count())
}

func TestFileStoreSays(t *testing.T) {
	assert.Equal(t, "true", fs.text)
	assert.NotEqual(t, 1, fs.Count())
}
