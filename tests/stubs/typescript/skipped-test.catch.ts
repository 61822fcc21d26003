it.skip("stores", () => {
    expect(store.count()).toBe(1);
});

xit("loads", () => {
    expect(store.count()).toBe(1);
});

test("purges", { skip: "later" }, () => {
    assert.equal(store.count(), 1);
});

test("compacts", (t) => {
    t.skip("no disk");
    assert.equal(store.count(), 1);
});

it("expires", function () {
    this.skip();
});

test.todo("opens", () => {
    expect(store.count()).toBe(1);
});
