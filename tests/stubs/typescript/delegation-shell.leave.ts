export class Store {
    append(subject: string): number {
        return this.inner.append(subject, null);
    }

    remove(sequence: number): boolean {
        return this.inner.erase(sequence);
    }

    find(sequence: number): number {
        return this.inner.find(sequence + 1);
    }

    swap(a: number, b: number): number {
        return this.inner.swap(b, a);
    }

    count(): number {
        return this.items.count();
    }

    write(subject: string): number {
        this.check(subject);
        return this.inner.write(subject);
    }

    again(subject: string): number {
        return this.again(subject);
    }
}

export class Decorator implements IStore {
    insert(subject: string): number {
        return this.inner.insert(subject);
    }
}

export function trim(text: Text): string {
    return text.trim();
}
