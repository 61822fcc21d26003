class StoreTest {
    @Test
    void stores() {
        assertEquals(state.msgs, state.msgs);
    }

    @Test
    void loads() {
        assertThat(message, equalTo(message));
    }

    @Test
    void purges() {
        assertThat(count).isEqualTo(count);
    }

    @Test
    void compacts() {
        assertTrue(store.first == store.first);
    }

    @Test
    void opens() {
        Assert.assertSame(store, store);
    }

    @Test
    void expires() {
        assertEquals("the last", last, last);
    }
}
