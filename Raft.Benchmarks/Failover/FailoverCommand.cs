using System.Diagnostics;
using System.Globalization;
using Raft.Benchmarks.Compare;
using Raft.Benchmarks.Peers;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Failover;

/// <summary>
/// From the kill -9 of the leader to the next commit, again and again, in turn for each side and each choice of timeouts.
/// </summary>
internal static class FailoverCommand
{
    private const int Servers = 3;

    /// <summary>Between a restarted server's joining and the next kill: heartbeats and a commit have settled by then.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("failover", options, "times", "journal", "directory", "only");
        var times = line.Number("times", 20);
        var hocon = $"raft.storage.journal = {line.Text("journal", "segments")}";
        Side[] sides =
        [
            Side.Ours(
                "ours, 150-300 ms",
                Servers,
                $"{hocon}\nraft {{ heartbeat-timeout = 150ms, election-timeout = 150ms, leader-lease-timeout = 100ms }}"),
            new(
                "DotNext, 150-300 ms (default)",
                static directory => new DotNextGroup(directory, Servers, DotNextGroup.DefaultTimeouts)),
            Side.Ours("ours, 1-2 s (default)", Servers, hocon),
            new("DotNext, 1-2 s", static directory => new DotNextGroup(directory, Servers, (1000, 2000))),
        ];
        sides = [.. sides.Where(side => side.Name.Contains(line.Text("only", ""), StringComparison.Ordinal))];
        Console.WriteLine(
            $"kill -9 of the leader of {Servers} processes until a command is committed by the others, {times} times: about "
                + $"{times * sides.Length * 5 / 60.0:0} minutes");
        var results = sides.Select(static _ => new List<double>()).ToArray();
        var groups = new ProcessGroup?[sides.Length];
        try
        {
            for (var i = 0; i < sides.Length; i++)
            {
                groups[i] = sides[i].NewGroup($"{line.Directory("failover")}-{i}");
                groups[i]!.StartAll();
            }

            for (var time = 1; time <= times; time++)
            {
                for (var i = 0; i < sides.Length; i++)
                {
                    results[i].Add(await KillLeaderAsync(groups[i]!));
                    Console.WriteLine(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{DateTime.Now:HH:mm:ss} {time} of {times}, {sides[i].Name}: {results[i][^1]:0} ms"));
                }
            }
        }
        finally
        {
            Array.ForEach(groups, static group => group?.Dispose());
        }

        Console.WriteLine();
        Console.WriteLine($"{"failover",-32}{"median ms",12}{"best ms",10}{"worst ms",10}");
        for (var i = 0; i < sides.Length; i++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{sides[i].Name,-32}{Comparison.Median(results[i]),12:0}{results[i].Min(),10:0}{results[i].Max(),10:0}"));
        }

        return 0;
    }

    private static async Task<double> KillLeaderAsync(ProcessGroup group)
    {
        var leader = group.IndexOf(await group.LeaderAsync());
        var others = group.Running.Where(node => group.IndexOf(node) != leader).ToArray();
        foreach (var other in others)
        {
            await other.AskAsync("probe", Longest);
        }

        var killedAt = Stopwatch.GetTimestamp();
        group.Kill(leader);
        var firstAt = await FirstCommitAsync(others);
        group.Start(leader);
        await JoinedAsync(group, leader);
        return Stopwatch.GetElapsedTime(killedAt, firstAt).TotalMilliseconds;
    }

    private static async Task<long> FirstCommitAsync(NodeProcess[] nodes)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Longest; await Task.Delay(LookAgain))
        {
            foreach (var node in nodes)
            {
                var firstAt = long.Parse(await node.AskAsync("probed", Longest), CultureInfo.InvariantCulture);
                if (firstAt > 0)
                {
                    return firstAt;
                }
            }
        }

        throw new TimeoutException($"nothing was committed within {Longest.TotalSeconds:0} s of the leader's end");
    }

    /// <summary>Waits until a restarted server has applied what the leader had.</summary>
    private static async Task JoinedAsync(ProcessGroup group, int index)
    {
        var target = (await (await group.LeaderAsync()).StatusAsync()).LastApplied;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Longest; await Task.Delay(20))
        {
            if ((await group[index].StatusAsync()).LastApplied >= target)
            {
                await Task.Delay(Rest);
                return;
            }
        }

        throw new TimeoutException($"server n{index + 1} did not catch up within {Longest.TotalSeconds:0} s of its restart");
    }
}
