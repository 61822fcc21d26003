it("stores", () => {
    expect(store.isOpen).toBe(true);
});

it("fails", () => {
    if (store.load(1) !== null) {
        expect(true).toBe(false);
    }
    expect(store.load(1)).toBeNull();
});

it("counts", () => {
    assert.strictEqual(1, store.count());
});

it("says", () => {
    expect(store.text).toBe("true");
    expect(store.count()).not.toBe(1);
});
