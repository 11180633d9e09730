using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Storage;

/// <summary>Whoever may make a name in a server's directory does not thereby have the server write elsewhere.</summary>
public sealed class LinkTests : IDisposable
{
    private static readonly ServerId N1 = new("n1");

    private readonly TemporaryDirectory _directory = new();

    private RaftStorageSettings Settings => new() { Directory = _directory["data"] };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("owner")]
    [InlineData("owner.new")]
    [InlineData("origin")]
    [InlineData("origin.new")]
    [InlineData("confirmed")]
    [InlineData("confirmed.new")]
    public void A_link_in_the_place_of_a_file_is_not_followed(string name)
    {
        RaftStorage.Open(Settings, N1, "kv").Dispose();
        var target = _directory["target"];
        File.WriteAllText(target, "mine");
        var link = _directory["data", "kv", "n1", name];
        File.Delete(link);
        File.CreateSymbolicLink(link, target);
        RaftStorage.Open(Settings, N1, "kv").Dispose();
        Assert.Equal("mine", File.ReadAllText(target));
        Assert.Null(new FileInfo(link).LinkTarget);
    }

    [Fact]
    public void A_link_in_the_place_of_the_lock_is_refused()
    {
        RaftStorage.Open(Settings, N1, "kv").Dispose();
        var link = _directory["data", "kv", "n1", "lock"];
        File.Delete(link);
        File.CreateSymbolicLink(link, _directory["target"]);
        Assert.Contains(
            "is a symbolic link",
            Assert.Throws<RaftConfigurationException>(() => RaftStorage.Open(Settings, N1, "kv")).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(_directory["target"]));
    }
}
