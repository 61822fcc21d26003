export class FileStore implements StreamStore {
    flush(): void {}

    sync(now: number): void {
        return;
    }

    start(): Promise<void> {
        return Promise.resolve();
    }

    async checkAndFlushLastBlock(): Promise<void> {
        // called by the timer
    }
}

export function grow(by: number): void {}

const open = (): void => {};

it("stores a message", () => {});

test("stores two messages", async () => {
    // const store = new FileStore();
});
