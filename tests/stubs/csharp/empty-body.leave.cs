using System;
using System.Threading.Tasks;

public class FileStore : StoreBase, IDisposable
{
    private FileStore() { }

    public FileStore(string directory) : base(directory) { }

    public int Size { get; set; }

    public void Dispose() { }

    public override void OnClosed() { }

    protected virtual void OnOpened() { }

    void IObserver<int>.OnCompleted() { }

    public void Flush()
    {
        // Every write goes to disk by itself.
    }

    public void DoNothing() { }

    [Obsolete("it is called by itself")]
    public void Begin() { }

    public Task WaitAsync(int count)
    {
        if (count > 0)
            return Wait(count);
        return Task.CompletedTask;
    }

    partial void OnChanged();

    public void Later(Action done) => Run(() => { }, done);
}

public class NullObserver
{
    public void OnNext(int value) { }
}

public interface IWatcher
{
    void OnRead() { }
}
