export class FileStore implements StreamStore {
    numPending(sequence: number, filter: string): [number, number] {
        return [0, 0];
    }

    getSeqFromTime(time: bigint): bigint {
        return 0n;
    }

    async removeMsg(sequence: number): Promise<boolean> {
        return true;
    }

    subjectsTotals(filter: string): Map<string, number> {
        // nothing yet
        return new Map<string, number>();
    }

    state(): StreamState | null {
        return null;
    }

    multiLastSeqs(filters: string[]): Promise<number[]> {
        return Promise.resolve([]);
    }
}

export const fileStoreMsgSize = (subject: string): number => 22;
