using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Scenarios;

/// <summary>What a server that comes back is told.</summary>
public sealed class RestartTests(ITestOutputHelper output) : ScenarioTest(output)
{
    /// <summary>The commit index is volatile (figure 3.1): it has to be told again, also when no client brings a command.</summary>
    [Fact]
    public async Task A_follower_that_restarts_in_a_quiet_group_applies_what_was_committed()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        var follower = Servers.First(server => server != leader);

        await StopAsync(follower);
        StartServer(follower.Settings);
        await EveryoneApplied("a");
    }
}
