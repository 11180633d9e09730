using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>A server that finds the group's safety broken stays out, over restarts, until an operator decides.</summary>
public sealed class BrokenSafetyTests(ITestOutputHelper output) : ClusterTest(output)
{
    public static TheoryData<string, string> Breaks => new()
    {
        { "a committed entry is to be replaced", "asks to replace entry 3" },
        { "a committed entry has another term", "entry 3 of term" },
        { "a second leader in one term", "claims to lead term" },
        { "a second leader in one term, when the first has fallen silent", "claims to lead term" },
        { "a snapshot of another history", "entry 3 of term" },
    };

    protected override bool ArePeersProven => true;

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task A_server_that_sees_broken_safety_stays_out_until_an_operator_decides(string what, string reason)
    {
        StartCluster(3);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        var leader = await Leader();
        var server = Servers.First(other => other != leader);
        await Eventually(async () => Assert.Equal(3, (await StatusOf(server)).CommitIndex));

        await BreakAsync(server, leader, what);
        await StaysOut(server, reason);
        Network.Heal();
        Assert.Equal("a", Assert.Single(server.Applied));
        await Apply(await LeaderAmong([.. Servers.Where(other => other != server)]), "b");

        // It has forgotten its commit index, and knows all the same.
        await StopAsync(server);
        server = StartServer(server.Settings);
        await StaysOut(server, reason);
        var silent = CreateTestProbe();
        TellNode(server, new RequestVote(await HeaderTo(server, Id(7), 99), 99, 99, LeadershipTransfer: true), silent.Ref);
        await StaysOut(server, reason);
        await silent.ExpectNoMsgAsync(TimeSpan.Zero);

        await StopAsync(server);
        await Append(server, new SafetyRestored());
        StartServer(server.Settings);
        await EveryoneApplied("a", "b");
    }

    [Fact]
    public async Task A_server_that_sees_broken_safety_stays_out_even_if_its_journal_fails_to_record_it()
    {
        StartCluster(3);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        var leader = await Leader();
        var server = Servers.First(other => other != leader);
        await Eventually(async () => Assert.Equal(3, (await StatusOf(server)).CommitIndex));
        server.Journal.Break(JournalFault.Fail);

        await BreakAsync(server, leader, "a second leader in one term");
        await Eventually(async () => Assert.IsType<Unavailable>(await Ask<object>(server, new GetStatus())));
        server.Journal.Heal();

        await StaysOut(server, "claims to lead term");
        await StopAsync(server);
        server = StartServer(server.Settings);
        await StaysOut(server, "claims to lead term");
    }

    private async Task BreakAsync(TestServer server, TestServer leader, string what)
    {
        var term = (await StatusOf(server)).Term;
        var later = await HeaderTo(server, leader.Id, term + 1);
        var other = await HeaderTo(server, Servers.Single(third => third != server && third != leader).Id, term);
        IPeerMessage message = what switch
        {
            "a committed entry is to be replaced" => new AppendEntries(
                later, 1, 2, term, [new LogEntry(3, term + 1, EntryKind.Noop, EncodedPayload.None, default, 0)], 3),
            "a committed entry has another term" => new AppendEntries(later, 1, 3, term + 1, [], 3),
            "a snapshot of another history" => new InstallSnapshot(
                later, 1, new SnapshotDescriptor(3, term + 1, ConfigurationOf(3), 1, 10, 0), 0, new byte[5]),
            _ => new Heartbeat(other, 1),
        };
        if (what.EndsWith("silent", StringComparison.Ordinal))
        {
            Network.Isolate(server.Id);
            await Eventually(async () => Assert.Equal(default, (await StatusOf(server)).LeaderId));
        }

        TellNode(server, message, CreateTestProbe().Ref);
    }

    private Task StaysOut(TestServer server, string reason) => Eventually(async () =>
    {
        var status = Assert.IsType<RaftStatus>(await Ask<object>(server, new GetStatus()));
        Assert.Contains("the group's safety is broken", status.NotServing, StringComparison.Ordinal);
        Assert.Contains(reason, status.NotServing, StringComparison.Ordinal);
        var refused = Assert.IsType<Unavailable>(await Ask<object>(server, new Apply(Bytes("x"))));
        Assert.Contains("the group's safety is broken", refused.Reason, StringComparison.Ordinal);
        Assert.IsType<Unavailable>(await Ask<object>(server, new Read(Bytes("x"), ReadConsistency.Stale)));
    });

    private async Task Append(TestServer server, params ImmutableArray<IJournalEvent> events)
    {
        var seed = Sys.ActorOf(Props.Create(() =>
            new JournalSeed(server.Settings.PersistenceId, server.Settings.Journal.Plugin)));
        await seed.Ask<JournalSeed.Done>(events, Patience);
        Sys.Stop(seed);
    }
}
