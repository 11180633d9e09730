using System.Diagnostics;
using System.Globalization;
using Raft.Benchmarks.Load;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Snapshots;

/// <summary>
/// A large key-value state: what taking a snapshot of it costs those who write meanwhile, and what sending it to an empty
/// follower takes in time and memory.
/// </summary>
internal static class SnapshotCommand
{
    private const int Clients = 64;
    private const int CommandBytes = 256;

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("snapshot", options, "size", "value", "journal", "directory", "seconds");
        var size = line.Bytes("size", 1L << 30);
        var value = line.Bytes("value", 4096);
        var seconds = line.Number("seconds", 15);
        var keys = size / value;
        using var group = new NodeGroup(
            line.Directory("snapshot"),
            servers: 3,
            $$"""
            benchmark.state-machine = key-value
            raft {
              # A machine that is busy otherwise must not cost an election in the midst of it.
              heartbeat-timeout = 5s, election-timeout = 5s, leader-lease-timeout = 5s
              storage.journal = {{line.Text("journal", "segments")}}
              snapshots {
                interval = 1h, threshold-entries = 1000000000, threshold-bytes = 1000GiB
                trailing-entries = 1000, trailing-bytes = 4MiB
              }
            }
            """);
        group.Start(0);
        group.Start(1);
        var leader = await group.LeaderAsync();
        var clock = Stopwatch.StartNew();
        Write($"filled: {await leader.AskAsync($"fill {keys} {value}")} keys of {value} B in {clock.Elapsed.TotalSeconds:0} s");

        // The first snapshot lets go of the log that the filling has left.
        Write($"first snapshot: {await leader.AskAsync("snapshot")}");
        Write($"leader's live memory with the state: {await MemoryAsync(leader):0} MiB");

        var without = WorkloadResult.Decode(await leader.AskAsync($"run {Clients} {CommandBytes} {seconds}"));
        var answer = (await leader.AskAsync($"run-snapshot {Clients} {CommandBytes}")).Split('|');
        var during = WorkloadResult.Decode(answer[0]);
        Write(
            $"{Clients} clients without a snapshot: {without.OperationsPerSecond:0}/s, p50 {without.P50:0.00} ms, p99 "
                + $"{without.P99:0.00} ms");
        Write(
            $"{Clients} clients during one:        {during.OperationsPerSecond:0}/s, p50 {during.P50:0.00} ms, p99 "
                + $"{during.P99:0.00} ms (x{during.P99 / without.P99:0.0}); {answer[1]} in {during.Seconds:0.0} s");

        var before = await MemoryAsync(leader);
        clock.Restart();
        var follower = group.Start(2);
        var target = (await leader.StatusAsync()).CommitIndex;
        var (most, mostOfFollower) = (before, 0.0);
        while ((await follower.StatusAsync()).LastApplied < target)
        {
            most = Math.Max(most, await MemoryAsync(leader));
            mostOfFollower = Math.Max(mostOfFollower, await MemoryAsync(follower));
            await Task.Delay(250);
        }

        var elapsed = clock.Elapsed;
        Write($"installed on an empty follower in {elapsed.TotalSeconds:0.0} s ({size / elapsed.TotalSeconds / 1e6:0} MB/s)");
        Write($"leader's live memory: {before:0} MiB before, {most:0} MiB at most during it (+{most - before:0})");
        var withState = await MemoryAsync(follower);
        Write(
            $"follower's live memory: {mostOfFollower:0} MiB at most during it, {withState:0} MiB with the state "
                + $"(+{Math.Max(0, mostOfFollower - withState):0})");
        return 0;
    }

    /// <summary>What is alive on the managed heap, in MiB.</summary>
    private static async Task<double> MemoryAsync(NodeProcess node) =>
        double.Parse(await node.AskAsync("memory"), CultureInfo.InvariantCulture);

    private static void Write(string text) => Console.WriteLine(text);
}
