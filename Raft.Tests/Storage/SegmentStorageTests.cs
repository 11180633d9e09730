using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Storage;

/// <summary>The journal of segments as Akka.Persistence sees it: what a node relies on.</summary>
public sealed class SegmentStorageTests : IDisposable
{
    private static readonly ServerId N1 = new("n1");

    private readonly TemporaryDirectory _directory = new();

    private RaftStorageSettings Settings =>
        new() { Directory = _directory["data"], Journal = JournalKind.Segments, SegmentSize = 64 * 1024 };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public Task Recovers_events_in_order() => JournalContract.RecoversEventsInOrder(Settings);

    [Fact]
    public async Task Keeps_serializer_and_manifest()
    {
        await using (var first = StorageWorld.Start(Settings, "kv"))
        {
            await StorageWorld.Write(first.Probe("kv"), new Note("one"), new byte[] { 1 });
        }

        await using var second = StorageWorld.Start(Settings, "kv");
        Assert.Equal<object>([new Note("one"), new byte[] { 1 }], await StorageWorld.Read(second.Probe("kv")));
    }

    [Fact]
    public async Task Fences_a_second_writer()
    {
        await using var world = StorageWorld.Start(Settings, "kv");
        var one = world.Probe("kv");
        var other = world.Probe("kv");
        await StorageWorld.Read(one);
        await StorageWorld.Read(other);
        Assert.Equal(1, await StorageWorld.Write(one, "a"));
        other.Tell(new JournalProbe.Write("b"), Akka.Actor.ActorRefs.NoSender);
        Assert.Contains("another process", (await world.Failure()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task Runs_several_groups_in_one_system() => JournalContract.RunsSeveralGroupsInOneSystem(Settings);

    [Fact]
    public async Task A_damaged_file_is_refused_and_named()
    {
        await using (var first = StorageWorld.Start(Settings, "kv"))
        {
            var probe = first.Probe("kv");
            await StorageWorld.Write(probe, new string('a', 1000));
            await StorageWorld.Write(probe, "b");
        }

        var file = Assert.Single(Directory.GetFiles(_directory["data", "kv", "n1"], "journal-*.seg"));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[500] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        await using var second = StorageWorld.Start(Settings, "kv");
        second.Probe("kv");
        Assert.Contains(file, (await second.Failure()).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JournalKind.Sql, JournalKind.Segments)]
    [InlineData(JournalKind.Segments, JournalKind.Sql)]
    public async Task A_server_with_a_journal_of_one_kind_never_begins_an_empty_one_of_the_other(
        JournalKind before, JournalKind after)
    {
        await using (var first = StorageWorld.Start(Settings with { Journal = before }, "kv"))
        {
            await StorageWorld.Write(first.Probe("kv"), "a");
        }

        var refusal = Assert.Throws<RaftConfigurationException>(
            () => RaftStorage.Open(Settings with { Journal = after }, N1, "kv"));
        Assert.Contains("raft.storage.journal", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Postgres_has_no_segments()
    {
        var refusal = Assert.Throws<RaftConfigurationException>(() =>
            RaftStorage.Open(Settings with { Provider = StorageProvider.Postgres, ConnectionString = "Host=nowhere" }, N1, "kv"));
        Assert.Contains("provider = sqlite", refusal.Message, StringComparison.Ordinal);
    }
}
