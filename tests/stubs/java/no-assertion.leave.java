class StoreTest extends Base {
    @Test
    void stores() {
        assertEquals(1, new FileStore("x").storeMsg("foo", null));
    }

    @Test
    void loads() {
        assertThat(new FileStore("x").load(1)).isNull();
    }

    @Test
    void purges() {
        purged(3);
    }

    private void purged(int count) {
        if (new FileStore("x").purge() != count) {
            throw new AssertionError("it was not purged");
        }
    }

    @Test
    void isThatOfTheBase() {
        runsTheStore(1);
    }

    @Test
    void isCalled() {
        verify(mock).run();
    }

    @Test(expected = IllegalArgumentException.class)
    public void refuses() {
        new FileStore(null).open();
    }

    @Test
    void within() {
        each(store -> assertTrue(store.isOpen()));
    }

    @Test
    void asserts() {
        assert new FileStore("x").isOpen() : "it is closed";
    }

    @Property
    boolean adds(@ForAll int one) {
        return one + 1 > one;
    }

    void noTest() {
        new FileStore("x").open();
    }
}
