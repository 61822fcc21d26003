class StoreTest {
    @Test
    void stores() {
        assertEquals(1, store.ignore());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void loads() {
        assertEquals(1, store.count());
    }

    @Test(enabled = true)
    public void purges() {
        assertEquals(1, store.skip(1));
    }

    @Test
    void compacts() {
        assumeTrue(isLinux());
        assertEquals(1, store.count());
    }

    @JsonIgnore
    int size() {
        return size;
    }
}
