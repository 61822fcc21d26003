public class StoreTests : Base
{
    [Fact]
    public void Stores() => Assert.Equal(1UL, new FileStore("x").StoreMsg("foo", null));

    [Fact]
    public void Loads()
    {
        var store = new FileStore("x");
        store.Load(1).Should().Be(2);
    }

    [Fact]
    public void Purges()
    {
        Purged(3);
    }

    private void Purged(int count)
    {
        if (new FileStore("x").Purge() != count)
            throw new Exception("it was not purged");
    }

    [Fact]
    public async Task Is_that_of_the_base() => await RunsTheStore(1);

    [Fact]
    public override Task Calls_the_base() => base.Calls_the_base();

    [Test]
    public void Is_called()
    {
        var mock = Substitute.For<IStore>();
        mock.Run();
        mock.Received().Run();
    }

    [Test]
    public void Within()
    {
        Each(store => Assert.True(store.IsOpen));
    }

    [TestMethod]
    [ExpectedException(typeof(ArgumentException))]
    public void Refuses() => new FileStore(null).Open();

    [TestCase(1, ExpectedResult = 2)]
    public int Adds(int one) => Calculator.Add(one, 1);

    [Fact]
    public void Does_not_throw_when_it_is_closed() => new FileStore("x").Close();

    [Fact]
    public virtual void Writes()
    {
        new FileStore("x").Write();
        Look_at(1);
    }

    protected abstract void Look_at(int count);

    [Fact]
    public void Is_that_of_another_class() => StoreTest.RoundTrip(new FileStore("x"));

    public void No_test_at_all()
    {
        new FileStore("x").Open();
    }

    [Fact]
    public void Compares()
    {
        var state = new FileStore("x").State();
        void Same(int a, int b) => Assert.Equal(a, b);
        Same(state.First, 1);
    }
}
