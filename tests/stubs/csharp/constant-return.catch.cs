using System.Collections.Generic;
using System.Threading.Tasks;

public class FileStore : IStreamStore
{
    public ulong NumPending(ulong sequence, string filter) => 0;

    public ulong GetSeqFromTime(long time)
    {
        return 0UL;
    }

    public Task<bool> RemoveMsgAsync(ulong sequence) => Task.FromResult(true);

    public Dictionary<string, ulong> SubjectsTotals(string filter)
    {
        // nothing yet
        return new Dictionary<string, ulong>();
    }

    public StreamState State() => default;

    public override ulong[] MultiLastSeqs(string[] filters) => Array.Empty<ulong>();

    public (ulong, string) fileStoreMsgSize(string subject) => (0, null);
}
