public class StoreTests
{
    [Fact]
    public async Task Stores()
    {
        while (store.Count == 0)
            await Task.Delay(10);
        Assert.Equal(1, store.Count);
    }

    [Fact]
    public async Task Loads()
    {
        var done = await Task.WhenAny(store.LoadAsync(), Task.Delay(1000));
        Assert.True(done.IsCompleted);
    }

    [Fact]
    public void Purges()
    {
        store.OnPurge(async () => { await Task.Delay(100); });
        Assert.Equal(0, store.Count);
    }

    [Fact]
    public async Task Yields()
    {
        await Task.Delay(0);
        Thread.Sleep(0);
        Assert.Equal(0, store.Count);
    }

    public void Pause() => Thread.Sleep(100);
}
