using System;

public class FileStore : IStreamStore
{
    public ulong StoreMsg(string subject, byte[] body)
    {
        throw new NotImplementedException();
    }

    public ulong Purge(string subject) => throw new System.NotImplementedException("purge");

    public int Compact(ulong sequence)
    {
        if (sequence == 0)
            return 0;
        throw new NotSupportedException("compaction is not implemented");
    }

    public int Width
    {
        get { throw new NotImplementedException(); }
        set { width = value; }
    }

    public override string ToString()
    {
        var text = Describe() ?? throw new InvalidOperationException("not yet implemented");
        return text;
    }
}
