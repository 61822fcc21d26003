it("stores", () => {
    expect(state.msgs).toBe(state.msgs);
});

it("loads", () => {
    assert.deepStrictEqual(message, message);
});

it("compacts", () => {
    assert.ok(store.first === store.first);
});

it("opens", () => {
    expect(store).toEqual(store);
});
