class StoreTest {
    @Test
    void stores() {
        assertEquals(state.msgs, state.bytes);
    }

    @Test
    void loads() {
        assertEquals(store.next(), store.next());
    }

    @Test
    void equalsIsReflexive() {
        assertEquals(state, state);
    }

    @Test
    void covers() {
        assertEquals(state, state);
        assertNotEquals(state, other);
    }

    @Test
    void differs() {
        assertNotEquals(first, first);
        assertTrue(store.first == store.last);
    }
}
