public class StoreTests
{
    [Fact]
    public void Stores() => Assert.True(store.IsOpen);

    [Fact]
    public void Fails()
    {
        if (store.Load(1) != null)
            Assert.True(false, "it is still there");
        Assert.Null(store.Load(1));
    }

    [Fact]
    public void Counts() => Assert.Equal(1, store.Count);

    [Fact]
    public void Says() => Assert.Equal("true", store.Text);

    [Fact]
    public void Either() => Assert.True(store.Is(1) || store.Is(2));

    [Fact]
    public void Not() => Assert.NotEqual(1, store.Count);
}
