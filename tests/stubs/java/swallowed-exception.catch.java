class StoreTest {
    @Test
    void stores() {
        try {
            assertEquals(1, store.count());
        } catch (Throwable t) {
        }
    }

    @Test
    void loads() {
        try {
            store.load(1);
            assertEquals(1, store.count());
        } catch (Exception e) {
            e.printStackTrace();
        }
    }

    @Test
    void purges() {
        try (var store = open()) {
            store.purge();
            fail("it was purged");
        } catch (AssertionError | RuntimeException e) {
            // as it should
        } finally {
            stop();
        }
    }
}
