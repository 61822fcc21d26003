public class StoreTests
{
    [Fact]
    public void Stores()
    {
        var store = new FileStore("x");
        store.StoreMsg("foo", null);
    }

    [Test]
    public async Task Loads()
    {
        var store = await FileStore.OpenAsync();
        var message = store.Load(1);
        Console.WriteLine(message);
    }

    [Theory]
    [InlineData(1)]
    public void Purges(int count) => new FileStore("x").Purge(count);

    [TestMethod]
    public void Validates()
    {
        store.Validate();
        store.CheckBlocks(2);
    }
}
