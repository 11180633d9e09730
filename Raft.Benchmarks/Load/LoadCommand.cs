using System.Globalization;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Load;

/// <summary>Starts three servers in processes of their own, lets the clients run in the leader's, and prints the table.</summary>
internal static class LoadCommand
{
    private const int Servers = 3;

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("load", options, "seconds", "journal", "directory");
        var seconds = line.Number("seconds", 8);
        var journal = line.Text("journal", "sql");
        using var group = new NodeGroup(line.Directory("load"), Servers, $"raft.storage.journal = {journal}");
        group.StartAll();
        var leader = await group.LeaderAsync();
        Console.WriteLine(
            $"{Servers} processes on loopback, journal {journal} with an fsync per commit, clients in the leader's process, "
                + $"{seconds} s each");
        Console.WriteLine($"{"workload",-22}{"ops/s",10}{"MB/s",8}{"p50 ms",9}{"p99 ms",9}{"max ms",9}{"failed",8}");
        foreach (var workload in Workload.All)
        {
            var result = WorkloadResult.Decode(await leader.AskAsync($"run {workload.Clients} {workload.Bytes} {seconds}"));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{workload.Name,-22}{result.OperationsPerSecond,10:0}"
                    + $"{result.OperationsPerSecond * workload.Bytes / 1e6,8:0.0}"
                    + $"{result.P50,9:0.00}{result.P99,9:0.00}{result.Max,9:0.0}{result.Failures,8}"));
        }

        return 0;
    }
}
