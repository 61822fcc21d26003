public class StoreTests
{
    [Fact(Skip = "it takes long")]
    public void Stores() => Assert.Equal(1, store.Count);

    [Theory(Skip = "later")]
    [InlineData(1)]
    public void Loads(int count) => Assert.Equal(count, store.Count);

    [Test]
    [Ignore("it fails now and then")]
    public void Purges() => Assert.AreEqual(1, store.Count);

    [TestMethod, Ignore]
    public void Compacts()
    {
        Assert.AreEqual(1, store.Count);
    }

    [Test]
    public void Expires()
    {
        Assert.Inconclusive("no clock");
    }

    [Test]
    public void Opens()
    {
        Assert.Ignore("no disk");
        Assert.AreEqual(1, store.Count);
    }

    [SkippableFact(Skip = Reasons.Slow)]
    public void Closes() => Assert.Equal(1, store.Count);
}
