it("stores", () => {
    try {
        expect(store.count()).toBe(1);
    } catch {
    }
});

it("loads", async () => {
    try {
        await store.load(1);
        expect(store.count()).toBe(1);
    } catch (e) {
        console.log(e);
    }
});

it("purges", () => {
    try {
        store.purge();
        expect.fail("it was purged");
    } catch (e) {
        // as it should
    } finally {
        store.stop();
    }
});
