public class Store
{
    public ulong Append(string subject) => inner.Append(subject, null);

    public ulong Append(string subject, byte[] body) => Append(subject, body, 0);

    public ulong Remove(ulong sequence) => inner.Erase(sequence);

    public ulong Find(ulong sequence) => inner.Find(sequence + 1);

    public ulong Swap(ulong a, ulong b) => inner.Swap(b, a);

    public int Count() => _items.Count();

    public static int Hash(this string text, int seed) => text.Hash(seed);

    public static int Count(this IStore store, string filter) => Counters.Count(store, filter);

    public ulong Write(string subject)
    {
        Check(subject);
        return inner.Write(subject);
    }

    public ulong Again(string subject) => this.Again(subject);
}

public class Index
{
    public bool Has(string subject) => _subjects.Has(subject);

    public void Add(string subject)
    {
        _subjects[subject] = ++_count;
    }

    public static Index Open(string directory) => Indexes.Open(directory);
}

public class Decorator : IStore
{
    public ulong Insert(string subject) => _inner.Insert(subject);

    public override int Index(string subject) => _inner.Index(subject);
}
