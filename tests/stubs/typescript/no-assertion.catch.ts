it("stores", () => {
    const store = new FileStore("x");
    store.storeMsg("foo");
});

test("loads", async () => {
    const message = await FileStore.open("x").load(1);
    console.log(message);
});

it.each([1, 2])("purges %i", (count) => {
    new FileStore("x").purge(count);
});

test("logs", (t) => {
    t.log(new FileStore("x").count());
});
