it("stores", () => {
    expect(new FileStore("x").storeMsg("foo")).toBe(1);
});

it("loads", async () => {
    await expect(FileStore.open("x").load(1)).resolves.toBeNull();
});

it("purges", () => {
    purged(3);
});

function purged(count: number): void {
    if (new FileStore("x").purge() !== count) {
        throw new Error("it was not purged");
    }
}

it("is that of another module", () => runsTheStore(1));

test("of ava", (t) => {
    t.is(new FileStore("x").count(), 1);
});

test("of node", () => {
    assert.strictEqual(new FileStore("x").count(), 1);
});

it("is done when it is asked", (done) => {
    new FileStore("x").open(done);
});

it("within", () => {
    [1, 2].forEach((count) => {
        new FileStore("x").count().should.equal(count);
    });
});

test.fails("does what it should not", () => {
    new FileStore("x").open();
});

export const noTest = () => {
    new FileStore("x").open();
};

export function isMatch(text: string): boolean {
    return /x/.test(text);
}
