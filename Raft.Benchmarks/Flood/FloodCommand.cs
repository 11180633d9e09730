using System.Globalization;
using Raft.Benchmarks.Load;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Flood;

/// <summary>
/// Floods a leader whose disk is slow with commands that nobody waits for, and says what became of them, of its memory, of
/// its heartbeats, and of the group.
/// </summary>
internal static class FloodCommand
{
    private const int Servers = 3;
    private const double MiB = 1024 * 1024;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("flood", options, "commands", "bytes", "write-time", "mailbox", "directory");
        var commands = line.Number("commands", 1_000_000);
        var bytes = line.Bytes("bytes", 1024);
        var writeTime = line.Number("write-time", 20);
        var mailbox = line.Text("mailbox", "bounded") switch
        {
            "bounded" => string.Empty,
            "unbounded" => "raft.intake-mailbox.mailbox-type = \"Akka.Dispatch.UnboundedDequeBasedMailbox, Akka\"",
            var other => throw new UsageException($"--mailbox {other}: use bounded or unbounded"),
        };
        using var group = new NodeGroup(line.Directory("flood"), Servers, $$"""
            raft.journal.plugin = benchmark.slow-disk
            benchmark.slow-disk {
              class = "Raft.Benchmarks.Flood.SlowDisk, Raft.Benchmarks"
              plugin-dispatcher = "akka.actor.default-dispatcher"
              write-time = {{writeTime}}ms
            }
            {{mailbox}}
            """);
        group.StartAll();
        var leader = await group.LeaderAsync();
        var before = await leader.StatusAsync();
        Console.WriteLine(
            $"{Servers} processes on loopback whose disks take {writeTime} ms for a write; {commands} commands of {bytes} "
                + $"bytes told to the leader without waiting");

        var quiet = await LongestSilenceAsync(group, leader, Task.Delay(TimeSpan.FromSeconds(3)));
        var flood = leader.AskAsync($"flood {commands} {bytes}");
        var silence = await LongestSilenceAsync(group, leader, flood);
        var result = FloodResult.Decode(await flood);
        var after = await leader.StatusAsync();
        Print(
            $"told in {result.ToldIn:0.0} s, answered in {result.AnsweredIn:0.0} s: {result.Applied} Applied, "
                + $"{result.Overloaded} Overloaded, {result.Others} others, "
                + $"{commands / 2 * 2 - result.Applied - result.Overloaded - result.Others} without an answer");
        Print(
            $"heap of the leader's process: {result.HeapBefore / MiB:0} MiB before, {result.HeapPeak / MiB:0} at its peak "
                + $"(garbage included), {result.HeapAfter / MiB:0} after; working set at its peak "
                + $"{result.WorkingSetPeak / MiB:0} MiB");
        Print(
            $"longest silence of the leader at a follower: {silence:0} ms in the flood, {quiet:0} ms before it (heartbeats are "
                + $"100 ms apart)");
        Print($"afterwards it is {after.Role} in term {after.Term} ({before.Role} in term {before.Term} before)");
        var health = WorkloadResult.Decode(await leader.AskAsync("run 64 256 3"));
        Print($"64 clients then: {health.OperationsPerSecond:0} commands/s, p50 {health.P50:0.0} ms, {health.Failures} failed");
        return result.Others == 0 && health.Failures == 0 && after.Term == before.Term ? 0 : 1;
    }

    /// <summary>The longest that a follower had not heard its leader, in milliseconds, while a task runs.</summary>
    private static async Task<double> LongestSilenceAsync(NodeGroup group, NodeProcess leader, Task until)
    {
        var longest = 0.0;
        while (!until.IsCompleted)
        {
            foreach (var follower in group.Running.Where(node => node != leader))
            {
                longest = Math.Max(longest, double.Parse(await follower.AskAsync("contact"), CultureInfo.InvariantCulture));
            }

            await Task.Delay(LookEvery);
        }

        return longest;
    }

    private static void Print(string text) => Console.WriteLine(text);
}
