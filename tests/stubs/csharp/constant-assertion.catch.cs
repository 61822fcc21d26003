public class StoreTests
{
    [Fact]
    public void Stores() => Assert.True(true);

    [Fact]
    public void Loads()
    {
        new FileStore("x").Load(1);
        Assert.False(false, "it loads");
    }

    [Test]
    public void Purges()
    {
        Assert.AreEqual(1, 1);
        Assert.That(store.Count, Is.EqualTo(2));
    }

    [Test]
    public void Compacts() => Assert.That(true, Is.True);

    [Test]
    public void Expires() => true.Should().BeTrue();

    [Fact]
    public void Opens() => Assert.True(store.IsOpen || true);

    [Fact]
    public void Closes() => Assert.NotNull("closed");

    [Fact]
    public void Counts() => 3.ShouldBe(3);
}
