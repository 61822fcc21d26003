export class FileStore extends StoreBase {
    onRead = () => {};

    constructor(private readonly directory: string) {
        super();
    }

    flush(): void {
        // Every write goes to disk by itself.
    }

    override onClosed(): void {}

    doNothing(): void {}

    @HostListener("begin")
    begin(): void {}

    later(done: () => void): void {
        run(() => {}, done);
    }
}

export class NullObserver {
    onNext(value: number): void {}
}

const noop = () => {};

export abstract class Watcher {
    onRead(): void {}
}

export function watch(): Watcher {
    return { onRead() {}, onWrite: () => {} };
}
