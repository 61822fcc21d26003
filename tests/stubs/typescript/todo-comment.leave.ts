// The placeholder of a parameter is a question mark.
export function placeholder(text: string): string {
    return text + "?";
}

// Thrown where the server says "not implemented".
export function text(): string {
    return "TODO: that is a text and no comment";
}

/** A todo list has as many entries as it has. */
export function todos(count: number): number {
    return count + 1;
}
