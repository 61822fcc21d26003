it("stores", async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(store.count()).toBe(1);
});

it("loads", async () => {
    await sleep(100);
    expect(store.count()).toBe(1);
});

test("purges", async ({ page }) => {
    await page.waitForTimeout(1000);
    expect(store.count()).toBe(1);
});
