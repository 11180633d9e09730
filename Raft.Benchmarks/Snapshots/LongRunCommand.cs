using System.Diagnostics;
using System.Globalization;
using Raft.Benchmarks.Load;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Snapshots;

/// <summary>
/// Commits millions of entries into a small state and shows that neither memory nor files grow with them, and how long
/// the server then takes to start.
/// </summary>
internal static class LongRunCommand
{
    private const int Seconds = 5;
    private const int Outstanding = 1024;
    private const int CommandBytes = 256;

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("longrun", options, "entries", "servers", "journal", "directory");
        var entries = line.Number("entries", 10_000_000);
        var servers = (int)line.Number("servers", 1);
        var journal = line.Text("journal", "sql");
        using var group = new NodeGroup(
            line.Directory("longrun"), servers, $"raft {{ storage.journal = {journal}, snapshots.interval = 5s }}");
        group.StartAll();
        var leader = await group.LeaderAsync();
        var index = Enumerable.Range(0, servers).First(i => group[i] == leader);
        Console.WriteLine(
            $"{servers} server(s), journal {journal}, {CommandBytes} B a command, {Outstanding} outstanding; the leader's "
                + $"figures");
        Console.WriteLine($"{"entries",12}{"ops/s",10}{"memory MiB",12}{"journal MiB",13}{"snapshots MiB",15}{"snapshot at",14}");
        while (true)
        {
            var result = WorkloadResult.Decode(await leader.AskAsync($"run {Outstanding} {CommandBytes} {Seconds}"));
            var status = await leader.StatusAsync();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{status.CommitIndex,12}{result.OperationsPerSecond,10:0}"
                    + $"{Mebibytes(leader.WorkingSet),12:0}{Mebibytes(group.BytesOf(index, "journal")),13:0.0}"
                    + $"{Mebibytes(group.BytesOf(index, "snapshots")),15:0.0}{status.SnapshotIndex,14}"));
            if (status.CommitIndex >= entries)
            {
                break;
            }
        }

        var before = await leader.StatusAsync();
        for (var i = 0; i < servers; i++)
        {
            await group.StopAsync(i);
        }

        var clock = Stopwatch.StartNew();
        group.StartAll();
        var restarted = await group.LeaderAsync();
        var elected = clock.Elapsed;

        // The first entry of the new term is behind all that was there, and so all of that is applied when it is.
        NodeStatus ready;
        while ((ready = await restarted.StatusAsync()).LastApplied <= before.CommitIndex)
        {
            await Task.Delay(5);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"restart: leads after {elected.TotalSeconds:0.00} s and has applied all {ready.LastApplied} entries, "
                + $"{before.CommitIndex - before.SnapshotIndex} of them not in its snapshot, after "
                + $"{clock.Elapsed.TotalSeconds:0.00} s, process start included"));
        return 0;
    }

    private static double Mebibytes(long bytes) => bytes / (1024.0 * 1024);
}
