class StoreTest {
    @Test
    void stores() {
        assertTrue(store.isOpen());
    }

    @Test
    void fails() {
        if (store.load(1) != null) {
            assertTrue(false);
        }
        assertNull(store.load(1));
    }

    @Test
    void counts() {
        assertEquals("the count", 1, store.count());
        assertEquals(1, store.count());
    }

    @Test
    void says() {
        assertEquals("true", store.text());
        assertNotNull("there is no text", store.text());
    }

    @Test
    void differs() {
        assertNotEquals(1, store.count());
        assertTrue("it is closed", store.isOpen());
        assertFalse("false", store.isClosed());
    }
}
