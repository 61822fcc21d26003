export class FileStore implements StreamStore {
    storeMsg(subject: string): number {
        throw new Error("Method not implemented.");
    }

    async purge(): Promise<number> {
        throw new NotImplementedError("purge");
    }

    compact(sequence: number): number {
        if (sequence === 0) {
            return 0;
        }
        throw new Error(`compaction of ${sequence} is not implemented`);
    }

    truncate(): Promise<void> {
        return Promise.reject(new Error("not yet implemented"));
    }
}

export const state = (): StreamState => {
    throw new Error("Not implemented");
};
