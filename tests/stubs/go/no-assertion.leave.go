package store

func TestFileStoreStores(t *testing.T) {
	if seq := newFileStore("x").StoreMsg("foo", nil); seq != 1 {
		t.Fatalf("it has the sequence %d", seq)
	}
}

func TestFileStoreLoads(t *testing.T) {
	fs, err := newFileStore("x")
	require_NoError(t, err)
	fs.Stop()
}

func TestFileStorePurges(t *testing.T) {
	purged(t, 3)
}

func purged(tb testing.TB, count int) {
	if newFileStore("x").Purge() != count {
		tb.Error("it was not purged")
	}
}

func TestFileStoreCompacts(t *testing.T) {
	compactsWith(t, "x")
}

func TestFileStoreWithin(t *testing.T) {
	for _, name := range names {
		t.Run(name, func(tt *testing.T) {
			tt.Run("inner", func(ttt *testing.T) {
				ttt.Errorf("it is %s", name)
			})
		})
	}
}

func TestFileStorePanics(t *testing.T) {
	if newFileStore("x") == nil {
		panic("it was not opened")
	}
}

func TestMain(m *testing.M) {
	os.Exit(m.Run())
}

func (s *StoreSuite) TestOpens() {
	s.Equal(1, newFileStore("x").Count())
}

func Testify(t *testing.T) {
	newFileStore("x")
}
