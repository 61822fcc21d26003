using System;

public abstract class StoreBase
{
    public virtual ulong StoreMsg(string subject) => throw new NotImplementedException();

    public abstract ulong Purge();

    public void Write(byte[] body)
    {
        if (body == null)
            throw new ArgumentNullException(nameof(body));
        if (body.Length > Limit)
            throw new NotSupportedException("a message of that size");
        Append(body);
    }

    public bool IsMissing(Exception error) => error is NotImplementedException;

    public string Explain()
    {
        try
        {
            return Ask();
        }
        catch (NotImplementedException)
        {
            return "the server has not implemented it";
        }
    }
}
