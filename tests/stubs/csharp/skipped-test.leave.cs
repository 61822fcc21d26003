public class StoreTests
{
    [Fact(DisplayName = "Skip")]
    public void Stores() => Assert.Equal(1, store.Count);

    [Fact(Skip = "only there", SkipUnless = nameof(IsLinux))]
    public void Loads() => Assert.Equal(1, store.Count);

    [SkippableFact]
    public void Purges()
    {
        Skip.If(!IsLinux, "only there");
        Assert.Equal(1, store.Count);
    }

    [Test]
    public void Compacts()
    {
        if (!IsLinux)
            Assert.Ignore("only there");
        Assert.AreEqual(1, store.Count);
    }

    [Fact(Skip = null)]
    public void Closes() => Assert.Equal(1, store.Skip(1));

    [JsonIgnore]
    public int Size { get; set; }
}
