using System.Globalization;
using Raft.Actors.Protocol;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Load;

/// <summary>
/// What reads of each consistency give beside writes on the same three processes, and how reads on followers add up.
/// </summary>
internal static class ReadsCommand
{
    private const int Servers = 3;
    private const int Clients = 64;
    private const int WriteBytes = 256;

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("reads", options, "seconds", "journal", "directory");
        var seconds = line.Number("seconds", 8);
        var journal = line.Text("journal", "sql");
        using var group = new NodeGroup(
            line.Directory("reads"), Servers, $"raft.storage.journal = {journal}\nraft.reads.lease = on");
        group.StartAll();
        var leader = await group.LeaderAsync();
        Console.WriteLine(
            $"{Servers} processes on loopback, journal {journal} with an fsync per commit, {Clients} clients in a server's "
                + $"process, {seconds} s each");
        Console.WriteLine($"{"workload",-34}{"ops/s",10}{"p50 ms",9}{"p99 ms",9}{"failed",8}{"to writes",11}");
        var writes = WorkloadResult.Decode(await leader.AskAsync($"run {Clients} {WriteBytes} {seconds}"));
        Print("writers at the leader", [writes], writes);
        foreach (var consistency in (ReadConsistency[])[
            ReadConsistency.Linearizable, ReadConsistency.Lease, ReadConsistency.Stale])
        {
            Print($"readers at the leader, {consistency}", [await ReadAsync(leader, consistency, seconds)], writes);
        }

        var nodes = group.Running.ToArray();
        foreach (var consistency in (ReadConsistency[])[ReadConsistency.Follower, ReadConsistency.Bounded])
        {
            for (var count = 1; count <= nodes.Length; count++)
            {
                var readers = nodes.OrderBy(node => node == leader).Take(count)
                    .Select(node => ReadAsync(node, consistency, seconds));
                Print($"readers at {count} of {Servers} servers, {consistency}", await Task.WhenAll(readers), writes);
            }
        }

        return 0;
    }

    private static async Task<WorkloadResult> ReadAsync(NodeProcess node, ReadConsistency consistency, long seconds) =>
        WorkloadResult.Decode(await node.AskAsync($"read {Clients} {consistency} {seconds}"));

    private static void Print(string name, WorkloadResult[] results, WorkloadResult writes)
    {
        var perSecond = results.Sum(static result => result.OperationsPerSecond);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-34}{perSecond,10:0}{results.Average(static result => result.P50),9:0.00}"
                + $"{results.Max(static result => result.P99),9:0.00}{results.Sum(static result => result.Failures),8}"
                + $"{perSecond / writes.OperationsPerSecond,11:0.0}"));
    }
}
