public class StoreTests
{
    [Fact]
    public void Stores()
    {
        try
        {
            store.Store(null);
            Assert.Fail("it was stored");
        }
        catch (ArgumentException)
        {
        }
    }

    [Fact]
    public void Loads()
    {
        Assert.Equal(1, store.Count);
        try
        {
            Directory.Delete("x", true);
        }
        catch
        {
        }
    }

    [Fact]
    public void Purges()
    {
        try
        {
            store.Purge();
        }
        catch (Exception e)
        {
            Assert.Equal("closed", e.Message);
        }
    }

    [Fact]
    public void Waits()
    {
        while (!store.IsOpen)
        {
            try
            {
                store.Open();
            }
            catch (Exception)
            {
            }
        }
        Assert.True(store.IsOpen);
    }

    [Fact]
    public void Filters()
    {
        try
        {
            store.Open();
            Assert.True(store.IsOpen);
        }
        catch (Exception e) when (e.Message == "closed")
        {
        }
    }

    public void No_test()
    {
        try
        {
            store.Open();
        }
        catch
        {
        }
    }
}
