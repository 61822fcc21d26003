export class Store {
    append(subject: string, body: Uint8Array): number {
        return this.inner.append(subject, body);
    }

    async remove(sequence: number): Promise<boolean> {
        return await this.store.remove(sequence);
    }

    cut(...names: string[]): void {
        this.store.blocks.cut(...names);
    }
}

export class FileStore implements StreamStore {
    removeMsg(sequence: number): boolean {
        return this.inner.removeMsg(sequence);
    }

    skipMsg = (): number => this.inner.skipMsg();
}
