public class StoreTests
{
    [Fact]
    public void Stores()
    {
        try
        {
            Assert.Equal(1, store.Count);
        }
        catch
        {
        }
    }

    [Fact]
    public void Loads()
    {
        try
        {
            store.Load(1);
            Assert.Fail("it was loaded");
        }
        catch (Exception)
        {
            // as it should
        }
    }

    [Fact]
    public async Task Purges()
    {
        try
        {
            await store.PurgeAsync();
            Assert.Equal(0, store.Count);
        }
        catch (System.Exception e)
        {
            Console.WriteLine(e.Message);
        }
        finally
        {
            store.Stop();
        }
    }
}
