public class Store
{
    public ulong Append(string subject, byte[] body) => inner.Append(subject, body);

    public ulong Remove(ulong sequence)
    {
        return _store.Remove(sequence);
    }

    public async Task<int> CountAsync(string filter)
    {
        return await _store.CountAsync(filter);
    }

    public void Cut(ref int at)
    {
        _store.Blocks.Cut(ref at);
    }

    public static int Hash(string text) => Hashes.Hash(text);
}

public class FileStore : IStreamStore
{
    public bool RemoveMsg(ulong sequence) => _inner.RemoveMsg(sequence);

    public ulong SkipMsg() => _inner.SkipMsg();
}
