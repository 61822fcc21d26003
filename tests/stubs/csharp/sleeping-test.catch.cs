public class StoreTests
{
    [Fact]
    public void Stores()
    {
        store.Start();
        Thread.Sleep(100);
        Assert.Equal(1, store.Count);
    }

    [Fact]
    public async Task Loads()
    {
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.Equal(1, store.Count);
    }

    [Test]
    public async Task Purges()
    {
        await Task.Delay(50, token).ConfigureAwait(false);
        if (store.IsSlow)
            System.Threading.Thread.Sleep(500);
        Assert.AreEqual(1, store.Count);
    }
}
