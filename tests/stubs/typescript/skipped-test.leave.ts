it("stores", () => {
    expect(store.skip(1)).toBe(1);
});

test("loads", { timeout: 10 }, () => {
    assert.equal(store.count(), 1);
});

test.skipIf(isWindows)("purges", () => {
    expect(store.count()).toBe(1);
});

it("compacts", function () {
    if (!isLinux) {
        this.skip();
    }
    expect(store.count()).toBe(1);
});

export const pattern = /x/.test("x");
