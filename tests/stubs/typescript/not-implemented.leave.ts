export abstract class StoreBase {
    abstract purge(): number;

    storeMsg(subject: string): number {
        if (subject === "") {
            throw new Error("no subject");
        }
        return this.append(subject);
    }

    isMissing(error: unknown): boolean {
        return error instanceof NotImplementedError;
    }
}

export function explain(error: Error): string {
    return error.name === "NotImplemented" ? "the server has not implemented it" : error.message;
}

export const refuse = (): Promise<void> => Promise.reject(new Error("closed"));
