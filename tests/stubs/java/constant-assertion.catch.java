class StoreTest {
    @Test
    void stores() {
        assertTrue(true);
    }

    @Test
    void loads() {
        new FileStore("x").load(1);
        Assertions.assertFalse(false, "it loads");
    }

    @Test
    void purges() {
        Assert.assertEquals("the count", 1, 1);
    }

    @Test
    void opens() {
        assertTrue("it is open", true);
    }

    @Test
    void expires() {
        assertThat(true).isTrue();
    }

    @Test
    void compacts() {
        assertThat(2, is(2));
    }

    @Test
    void closes() {
        assertNotNull("closed", "closed");
    }

    @Test
    void cuts() {
        assert true;
    }
}
