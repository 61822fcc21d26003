class StoreTest {
    @Test
    @Disabled("it takes long")
    void stores() {
        assertEquals(1, store.count());
    }

    @Ignore
    @Test
    public void loads() {
        assertEquals(1, store.count());
    }

    @Test(enabled = false)
    public void purges() {
        assertEquals(1, store.count());
    }

    @org.junit.jupiter.api.Disabled
    @ParameterizedTest
    void compacts(int count) {
        assertEquals(count, store.count());
    }
}
