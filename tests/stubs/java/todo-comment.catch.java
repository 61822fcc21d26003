class FileStore {
    long count() {
        // TODO: count what was removed
        return messages;
    }

    long size() {
        return bytes; // FIXME
    }

    long first() {
        // todo subtract tombstones
        return first;
    }

    long last() {
        /*
         * This is just a placeholder.
         */
        return last;
    }

    long keys() {
        // Encryption is not implemented.
        return keys;
    }

    long blocks() {
        // TODO Auto-generated method stub
        return blocks;
    }
}
