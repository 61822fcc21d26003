public class StoreTests
{
    [Fact]
    public void Stores() => Assert.Equal(state.Msgs, state.Bytes);

    [Fact]
    public void Loads() => Assert.Equal(store.Next(), store.Next());

    [Fact]
    public void Equals_is_reflexive()
    {
        Assert.Equal(state, state);
    }

    [Fact]
    public void There_is_one() => Assert.Same(Store.Instance, Store.Instance);

    [Fact]
    public void Differs() => Assert.NotEqual(first, first);

    [Fact]
    public void Compares() => Assert.True(store.First == store.Last);
}
