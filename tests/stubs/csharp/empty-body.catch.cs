using System.Threading.Tasks;

public class FileStore : IStreamStore
{
    public void Flush() { }

    public void Sync()
    {
        return;
    }

    public Task CloseStreamAsync()
    {
        return Task.CompletedTask;
    }

    public Task StartAsync() => Task.CompletedTask;

    protected override void CheckAndFlushLastBlock()
    {
        // called by the timer
    }

    private static void Grow(int by)
    {
        ;
    }

    [Fact]
    public void Stores_a_message()
    {
    }

    [Fact]
    public async Task Stores_two_messages()
    {
        // var store = new FileStore();
        // store.Write(1);
    }
}
