using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Tests that take away what all others in the process need; they run when no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessWideFault
{
    public const string Name = "process-wide fault";
}

/// <summary>
/// Code that blocks .NET's thread pool, which every program may have somewhere, costs no election where the node and the
/// scheduler have threads of their own.
/// </summary>
[Collection(ProcessWideFault.Name)]
public sealed class StarvedThreadPoolTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Blockers = 500;

    protected override RaftSettings SettingsOf(int number, int size) =>
        base.SettingsOf(number, size) with { Dispatcher = "raft.node-dispatcher" };

    [Fact]
    public async Task A_starved_thread_pool_costs_no_election()
    {
        StartCluster(3);
        var leader = await LeaderAmong([.. Servers]);
        await Apply(leader, "before");
        var before = await StatusOf(leader);

        Starve(TimeSpan.FromSeconds(4));

        var after = await StatusOf(leader);
        Assert.Equal((before.LeaderId, before.Term), (after.LeaderId, after.Term));
        await Apply(leader, "after");
    }

    /// <summary>
    /// Keeps the pool's threads for a while: each one that the pool adds meanwhile takes the next of these items, and
    /// whatever else wants a thread stands behind them.
    /// </summary>
    private static void Starve(TimeSpan duration)
    {
        using var release = new ManualResetEventSlim();
        using var ended = new CountdownEvent(Blockers);
        for (var i = 0; i < Blockers; i++)
        {
            ThreadPool.QueueUserWorkItem(
                _ =>
                {
                    release.Wait();
                    ended.Signal();
                },
                null);
        }

        Assert.False(ended.Wait(duration));
        release.Set();
        ended.Wait();
    }
}
