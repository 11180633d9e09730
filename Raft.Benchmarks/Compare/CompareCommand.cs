using System.Globalization;
using Raft.Benchmarks.Floor;
using Raft.Benchmarks.Load;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Compare;

/// <summary>
/// Our servers and DotNext's under the same loads, in turn: A B, B A, each time a fresh group, so that nothing of the one
/// runs while the other is measured and what disturbs the machine for a while disturbs both. Medians over the rounds, and
/// ours over theirs.
/// </summary>
internal static class CompareCommand
{
    // On a busy machine a group may lose its leader, and with it the process that the clients are in.
    private const int Attempts = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions(
            "compare",
            options,
            "workloads",
            "seconds",
            "warm-up",
            "rounds",
            "journal",
            "nodes",
            "directory",
            "output",
            "against",
            "hocon");
        var workloads = ComparedWorkload.Choose(line.Text("workloads", "usual"));
        var (seconds, warmUp, rounds, nodes) =
            ((int)line.Number("seconds", 5), (int)line.Number("warm-up", 10), (int)line.Number("rounds", 3), (int)line.Number(
                "nodes",
                3));
        var journal = line.Text("journal", "segments");
        var hocon = $"raft.storage.journal = {journal}\n{line.Text("hocon", "")}";
        var against = line.Text("against", "dotnext");
        Side[] sides =
        [
            Side.Ours("ours", nodes, hocon),
            against == "dotnext" ? Side.DotNext(nodes) : Side.Ours("theirs", nodes, $"raft.storage.journal = {journal}", against),
        ];
        var about = TimeSpan.FromSeconds(rounds * sides.Length * workloads.Length * (seconds + warmUp + 3));
        Console.WriteLine(
            $"{nodes} processes on loopback each, clients in the leader's process; ours with journal {journal} and default "
                + $"timeouts, an fsync per commit on both sides");
        Console.WriteLine(
            $"{rounds} rounds of {seconds} s after {warmUp} s of warm-up: about {about.TotalMinutes:0} minutes, done about "
                + $"{DateTime.Now + about:HH:mm}");

        var comparison = new Comparison(journal, nodes, seconds, sides[0].Name, sides[1].Name);
        var directory = line.Directory("compare");
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var workload in workloads)
            {
                // The second of two runs is a few per cent faster, the same build too: each side is second in every other round.
                foreach (var side in round % 2 == 0 ? sides.Reverse() : sides)
                {
                    var run = await RunAsync(side, workload, directory, warmUp, seconds, comparison);
                    for (var attempt = 1; attempt < Attempts && IsLeaderLost(run); attempt++)
                    {
                        Progress($"round {round} of {rounds}, {workload.Name}, {side.Name}: {run.Summary}; again");
                        run = await RunAsync(side, workload, directory, warmUp, seconds, comparison);
                    }

                    comparison.Runs.Add(run with { Round = round });
                    Progress($"round {round} of {rounds}, {workload.Name}, {side.Name}: {run.Summary}");
                }
            }
        }

        ComparisonTable.Write(comparison, workloads, Console.Out);
        var output = line.Results("compare");
        ComparisonFiles.Write(comparison, workloads, output);
        Console.WriteLine($"{output}.json and {output}.svg have the details");
        return 0;
    }

    private static async Task<Run> RunAsync(
        Side side, ComparedWorkload workload, string directory, int warmUp, int seconds, Comparison comparison)
    {
        try
        {
            using var group = side.NewGroup(directory);
            group.StartAll();
            var leader = await group.LeaderAsync();
            var load = $"mixed {workload.Clients} {workload.Bytes} {workload.PercentReads} 0";
            await leader.AskAsync($"{load} {warmUp}", TimeSpan.FromSeconds(warmUp) + Patience);
            var before = group.ProcessorTime;
            var result = WorkloadResult.Decode(
                await leader.AskAsync($"{load} {seconds}", TimeSpan.FromSeconds(seconds) + Patience));
            var used = group.ProcessorTime - before;
            if (workload is { Key: "1" } && group is NodeGroup ours && side.Name == comparison.Ours)
            {
                comparison.Floors.Add(await FloorOf(ours, leader, workload.Bytes));
            }

            return new Run(side.Name, workload.Key, result, null)
            {
                Microseconds = used.TotalMicroseconds / Math.Max(1, result.Operations),
            };
        }
        catch (Exception failure) when (failure is TimeoutException or InvalidOperationException)
        {
            // That is a result, too, and the other runs go on.
            return new Run(side.Name, workload.Key, null, failure.Message);
        }
    }

    private static bool IsLeaderLost(Run run) => run.Result is not { } result || result.Failures > result.Operations / 100;

    /// <summary>What a single client's commit cannot beat, measured in the same processes right behind it.</summary>
    private static async Task<FloorResult> FloorOf(NodeGroup group, NodeProcess leader, int bytes)
    {
        const int Seconds = 2;
        var follower = group.AddressOf((group.IndexOf(leader) + 1) % group.Count);
        var roundTrip = WorkloadResult.Decode(await leader.AskAsync($"round-trip {follower} {bytes} {Seconds}", Patience));
        var append = WorkloadResult.Decode(
            await leader.AskAsync($"append {Path.Combine(group.DirectoryOf(0), "floor")} {bytes} {Seconds}", Patience));
        return new FloorResult(roundTrip.P50, append.P50);
    }

    private static void Progress(string text) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:HH:mm:ss} {text}"));
}
