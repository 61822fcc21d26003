public class StoreTests
{
    [Fact]
    public void Stores()
    {
        var state = store.State();
        Assert.Equal(state.Msgs, state.Msgs);
    }

    [Test]
    public void Loads()
    {
        var message = store.Load(1);
        Assert.That(message, Is.EqualTo(message));
    }

    [Test]
    public void Purges() => Assert.AreEqual(expected: count, actual: count);

    [Fact]
    public void Compacts() => Assert.True(store.First == store.First);

    [Fact]
    public void Expires() => store.Last.Should().Be(store.Last);

    [Fact]
    public void Opens() => Assert.Same(store, store);
}
