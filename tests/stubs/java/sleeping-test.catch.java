class StoreTest {
    @Test
    void stores() throws Exception {
        Thread.sleep(100);
        assertEquals(1, store.count());
    }

    @Test
    void loads() throws Exception {
        TimeUnit.SECONDS.sleep(1);
        assertEquals(1, store.count());
    }

    @Test
    void purges() {
        if (store.isSlow()) {
            Uninterruptibles.sleepUninterruptibly(1, TimeUnit.SECONDS);
        }
        assertEquals(1, store.count());
    }
}
