export function count(): number {
    // TODO: count what was removed
    return messages;
}

export function size(): number {
    return bytes; // FIXME
}

export function first(): number {
    // todo subtract tombstones
    return start;
}

export function last(): number {
    /*
     * This is just a placeholder.
     */
    return end;
}

export const keys = (): number => {
    // Encryption is not implemented.
    return number;
};
