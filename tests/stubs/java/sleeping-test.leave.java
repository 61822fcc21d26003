class StoreTest {
    @Test
    void stores() throws Exception {
        while (store.count() == 0) {
            Thread.sleep(10);
        }
        assertEquals(1, store.count());
    }

    @Test
    void loads() {
        store.onLoad(() -> {
            Thread.sleep(100);
        });
        assertEquals(1, store.count());
    }

    @Test
    void purges() {
        await().atMost(1, TimeUnit.SECONDS).until(() -> store.count() == 0);
        assertEquals(0, store.count());
    }

    void pause() throws Exception {
        Thread.sleep(100);
    }
}
