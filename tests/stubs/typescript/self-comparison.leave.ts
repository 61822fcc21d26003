it("stores", () => {
    expect(state.msgs).toBe(state.bytes);
});

it("loads", () => {
    expect(store.next()).toBe(store.next());
});

it("equals itself", () => {
    expect(state).toEqual(state);
});

it("differs", () => {
    expect(first).not.toBe(first);
    assert.notStrictEqual(first, first);
    assert.ok(store.first === store.last);
});
