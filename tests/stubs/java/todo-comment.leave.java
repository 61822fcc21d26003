class FileStore {
    // The placeholder of a parameter is a question mark.
    String placeholder(String text) {
        return text + "?";
    }

    // Thrown where the server says "not implemented".
    String text() {
        return "TODO: that is a text and no comment";
    }

    /**
     * A todo list has as many entries as it has.
     */
    int todos(int count) {
        return count + 1;
    }
}
