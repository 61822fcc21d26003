class StoreTest {
    @Test
    void stores() {
        try {
            store.store(null);
            fail("it was stored");
        } catch (IllegalArgumentException expected) {
        }
    }

    @Test
    void loads() {
        assertEquals(1, store.count());
        try {
            Files.delete(path);
        } catch (Exception e) {
        }
    }

    @Test
    void purges() {
        try {
            store.purge();
            fail("it was purged");
        } catch (Exception e) {
            assertEquals("closed", e.getMessage());
        }
    }

    @Test
    void refuses() {
        try {
            store.load(-1);
            fail("it was loaded");
        } catch (Exception expected) {
            // as it should
        }
    }

    @Test
    void waits() {
        while (!store.isOpen()) {
            try {
                store.open();
            } catch (Exception e) {
            }
        }
        assertTrue(store.isOpen());
    }

    void noTest() {
        try {
            store.open();
        } catch (Throwable t) {
        }
    }
}
