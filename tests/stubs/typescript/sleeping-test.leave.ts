it("stores", async () => {
    while (store.count() === 0) {
        await sleep(10);
    }
    expect(store.count()).toBe(1);
});

it("loads", async () => {
    setTimeout(() => store.stop(), 100);
    expect(await store.load(1)).toBe(1);
});

it("purges", () => {
    jest.advanceTimersByTime(1000);
    expect(store.count()).toBe(0);
});

export const pause = () => sleep(100);
