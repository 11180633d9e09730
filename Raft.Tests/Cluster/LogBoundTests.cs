using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Where no snapshot lets go of the log, it stops growing, and goes on when one does.</summary>
public sealed class LogBoundTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Bound = 4000;

    protected override RaftSettings SettingsOf(int number, int size)
    {
        var settings = base.SettingsOf(number, size);
        return settings with
        {
            Snapshots = new SnapshotSettings
            {
                Plugin = $"test-snapshots.n{number}",
                ThresholdBytes = 1000,
                TrailingBytes = 200,
                Interval = TimeSpan.FromMilliseconds(100),
                MaxLogBytes = Bound,
            },
            Replication = settings.Replication with { MaxEntriesPerMessage = 5 },
        };
    }

    [Fact]
    public async Task A_leader_takes_no_more_commands_until_a_snapshot_is_stored()
    {
        StartCluster(1);
        var leader = await Leader();
        leader.Snapshots.OnSave = static _ => throw new IOException("the test's disk is full");

        var accepted = 0;
        while (await Ask<object>(leader, new Apply(new byte[100])) is Applied)
        {
            Assert.InRange(++accepted, 0, Bound / 100);
        }

        Assert.InRange(accepted, 20, Bound / 100);
        Assert.IsType<Overloaded>(await Ask<object>(leader, new Apply(new byte[100])));
        var waits = Send(leader, "waits", new Apply(Bytes("waits")) { EnqueueTimeout = Patience });
        leader.Snapshots.OnSave = null;
        Assert.IsType<Applied>(await AnswerTo(waits));
        Assert.IsType<Applied>(await Ask<object>(leader, new Apply(new byte[100])));
    }

    [Fact]
    public async Task A_follower_takes_no_more_entries_until_a_snapshot_is_stored_and_nobody_waits_for_it()
    {
        StartCluster(3);
        var leader = await Leader();
        var follower = Servers.First(server => server.Id != leader.Id);
        follower.Snapshots.OnSave = static _ => throw new IOException("the test's disk is full");

        // The leader itself may have to wait for a snapshot of its own.
        for (var i = 0; i < 200; i++)
        {
            Assert.IsType<Applied>(await Ask<object>(leader, new Apply(new byte[100]) { EnqueueTimeout = Patience }));
        }

        var (ahead, behind) = (await StatusOf(leader), await StatusOf(follower));
        Assert.InRange(behind.LastLogIndex, 20, ahead.LastLogIndex - 100);

        // It applies what it knows to be committed. It may not know that of its last ones: the leader sends snapshots only.
        await Eventually(async () => Assert.InRange((await StatusOf(follower)).LastApplied, 20, behind.LastLogIndex));
        Assert.Equal(ahead.Term, behind.Term);

        follower.Snapshots.OnSave = null;
        await Eventually(async () => Assert.Equal((await StatusOf(leader)).LastApplied, (await StatusOf(follower)).LastApplied));
        Assert.Equal(ahead.Term, (await StatusOf(leader)).Term);
    }
}
