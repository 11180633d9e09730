using Raft.Actors.Protocol;
using Raft.Simulation.Cluster;

namespace Raft.Simulation.Scripting;

/// <summary>What the group is at the beginning, time, and elections.</summary>
internal static class GroupCommands
{
    private static readonly TimeSpan LongestElection = TimeSpan.FromSeconds(60);

    public static ScenarioCommand[] All { get; } =
    [
        new("servers N [nonvoters N]", static (world, words) =>
        {
            var servers = (int)words.TakeNumber("how many servers");
            world.Size = (servers, words.TakeIf("nonvoters") ? (int)words.TakeNumber("how many nonvoters") : 0);
        }) { IsBeginning = true },
        new("set SETTING VALUE", static (world, words) => world.Set(words.Take("a setting"), string.Join(' ', words.TakeRest())))
        {
            IsBeginning = true,
        },
        new("log SERVER = TERM TERM ...", static (world, words) =>
        {
            var server = words.TakeServer();
            words.Expect("=");
            world.BeginWithLog(server, words.TakeNumbers("a term"));
        }) { IsBeginning = true },
        new("term SERVER = TERM", static (world, words) =>
        {
            var server = words.TakeServer();
            words.Expect("=");
            world.BeginInTerm(server, words.TakeNumber("a term"));
        }) { IsBeginning = true },
        new("founded", static (world, _) => world.IsFounded = true) { IsBeginning = true },
        new("late-writes", static (world, _) => world.WritesMayComeLate = true) { IsBeginning = true },
        new("advance TIME", static (world, words) => world.Advance(words.TakeTime())),
        new("elect SERVER", Elect),
    ];

    /// <summary>Time passes in which nobody else's campaign is heard, until the server leads.</summary>
    private static void Elect(ScenarioWorld world, ScenarioWords words)
    {
        var server = world.Server(words.TakeServer(), words.Line);
        world.Cluster.Network.OnlyCandidate = server.Id;
        var isElected = world.Advance(LongestElection, () => SimulatedCluster.Observe(server) is { Role: RaftRole.Leader });
        world.Cluster.Network.OnlyCandidate = default;
        if (!isElected && world.Cluster.Rules.Violations.Count == 0)
        {
            throw words.Line.Error(
                $"{server.Id} does not come to lead within {LongestElection.TotalSeconds} s; {StateText.Of(world)}");
        }
    }
}
