export class FileStore implements StreamStore {
    type(): StorageType {
        return StorageType.File;
    }

    numPending(sequence: number, filter: string): number {
        return this.count(sequence, filter);
    }

    getSeqFromTime(time: bigint): bigint {
        if (time > this.last) {
            return 0n;
        }
        return this.search(time);
    }

    headerSize(): number {
        return 22;
    }

    state(): StreamState {
        return this.current;
    }
}

export class Timer {
    state(): number {
        return 0;
    }

    stop(): boolean {
        return false;
    }
}
