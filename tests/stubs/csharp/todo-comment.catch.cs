public class FileStore
{
    public int Count()
    {
        // TODO: count what was removed
        return messages;
    }

    public int Size()
    {
        return bytes; // FIXME
    }

    public int First()
    {
        // todo subtract tombstones
        return first;
    }

    public int Last()
    {
        /*
         * This is just a placeholder.
         */
        return last;
    }

    public int Keys()
    {
        // Encryption is not implemented.
        return keys;
    }

    public int Blocks()
    {
        // In a real implementation this would list the directory.
        return blocks;
    }

    public int Limits()
    {
        // placeholder
        return limits;
    }
}
