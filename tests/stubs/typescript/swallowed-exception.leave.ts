it("stores", () => {
    try {
        store.store(null);
    } catch (e) {
        expect(e).toBeInstanceOf(TypeError);
    }
});

it("loads", () => {
    expect(store.count()).toBe(1);
    try {
        rmSync("x");
        fs.unlinkSync("y");
    } catch {
    }
});

it("waits", () => {
    while (!store.isOpen) {
        try {
            store.open();
        } catch {
        }
    }
    expect(store.isOpen).toBe(true);
});

export function noTest(): void {
    try {
        store.open();
    } catch {
    }
}
