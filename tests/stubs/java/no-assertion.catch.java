class StoreTest {
    @Test
    void stores() {
        var store = new FileStore("x");
        store.storeMsg("foo", null);
    }

    @ParameterizedTest
    @ValueSource(ints = {1})
    void loads(int count) throws Exception {
        var message = new FileStore("x").load(count);
        System.out.println(message);
    }

    @org.junit.Test
    public void validates() {
        store.validate();
        store.checkBlocks(2);
    }

    @RepeatedTest(3)
    void purges() {
        store.each(message -> message.purge());
    }
}
