using Akka.Serialization;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>
/// A journal that cannot be read, or makes no sense, keeps its server out of the group: none begins with half a log.
/// </summary>
public sealed class UnreadableJournalTests(ITestOutputHelper output) : ClusterTest(output)
{
    public static TheoryData<string, string> Damages => new()
    {
        { "a row of garbage", "" },
        { "an event of a later version", "was written by a later version" },
        { "a kind of event that a later version added", "a later version may have written it" },
        { "an event of somebody else", "none of this library's events" },
        { "a row that is missing", "lacks the events" },
        { "a term that goes back", "goes back" },
        { "a second vote in one term", "votes twice" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damaged_journal_is_refused_with_its_reason_and_the_others_go_on(string damage, string reason)
    {
        StartCluster(3);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        await Apply(await Leader(), "b");
        await EveryoneApplied("a", "b");
        var server = Servers.Last();
        await StopAsync(server);

        Network.Records = message => message.Header.From == server.Id;
        server.Journal.OnRead = Damage(damage);
        StartServer(server.Settings);
        server = Servers.Last();
        await Eventually(async () =>
        {
            var unavailable = Assert.IsType<Unavailable>(await Ask<object>(server, new GetStatus()));
            Assert.Contains("the journal cannot be read", unavailable.Reason, StringComparison.Ordinal);
            Assert.Contains(reason, unavailable.Reason, StringComparison.Ordinal);
        });
        var leader = await LeaderAmong([.. Servers.Where(other => other != server)]);
        await Apply(leader, "c");
        Assert.Empty(Network.Delivered);
        Assert.Empty(server.Applied);

        server.Journal.OnRead = null;
        await EveryoneApplied("a", "b", "c");
    }

    private Func<object, object?> Damage(string damage)
    {
        var serializer = (SerializerWithStringManifest)Sys.Serialization.FindSerializerForType(typeof(EntriesAppended));
        var number = 0;
        return damage switch
        {
            "a row of garbage" => row => row is EntriesAppended { FirstIndex: > 1 } ? serializer.FromBinary(
                [1, 77, 3, 99], serializer.Manifest(row)) : row,
            "an event of a later version" => LaterVersion,
            "a kind of event that a later version added" => _ => serializer.FromBinary([1], "j.future"),
            "an event of somebody else" => row => row is EntriesAppended { FirstIndex: > 1 } ? "hello" : row,
            "a row that is missing" => row => row is EntriesAppended { FirstIndex: 2 } ? null : row,
            "a term that goes back" => row => row is HardStateChanged changed && changed.Term > 1 ? changed with
            {
                Term = 0,
            } : row,
            "a second vote in one term" => row => row is EntriesAppended { FirstIndex: > 1 } ? new HardStateChanged(
                9, Id((number++ % 2) + 1)) : row,
            _ => throw new ArgumentOutOfRangeException(nameof(damage)),
        };

        object LaterVersion(object row)
        {
            var bytes = serializer.ToBinary(row);
            bytes[0]++;
            return serializer.FromBinary(bytes, serializer.Manifest(row));
        }
    }
}
