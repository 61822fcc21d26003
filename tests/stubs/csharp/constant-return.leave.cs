public class FileStore : IStreamStore
{
    public StorageType Type() => StorageType.File;

    public bool SubjectsAll(string a, string b) => true;

    public ulong NumPending(ulong sequence, string filter) => Count(sequence, filter);

    public ulong GetSeqFromTime(long time)
    {
        if (time > last)
            return 0;
        return Search(time);
    }

    public int HeaderSize() => 22;

    public virtual ulong RemoveMsg(ulong sequence) => 0;

    public StreamState State() => state;
}

public class Timer
{
    public int State() => 0;

    public bool Stop() => false;
}
