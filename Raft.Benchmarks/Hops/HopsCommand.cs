using System.Globalization;
using Raft.Benchmarks.Load;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Hops;

/// <summary>
/// Follows one Apply: what each of its steps takes by itself, in time and memory, and what a command costs three processes as
/// a whole. The numbers of docs/performance.md are from here.
/// </summary>
internal static class HopsCommand
{
    private const int Servers = 3;
    private const int Bytes = 256;

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("hops", options, "seconds", "journal", "directory");
        var seconds = (int)line.Number("seconds", 5);
        Console.WriteLine($"one Apply of {Bytes} B, step by step; each step by itself, in this process");
        Console.WriteLine($"{"step",-66}{"us",9}{"B allocated",13}");
        foreach (var step in await StepsOfAnApply.MeasureAsync(Bytes))
        {
            Print(step.Name, step.Microseconds, step.Allocated);
        }

        using var group = new NodeGroup(
            line.Directory("hops"), Servers, $"raft.storage.journal = {line.Text("journal", "segments")}");
        group.StartAll();
        var leader = await group.LeaderAsync();
        await leader.AskAsync($"mixed 64 {Bytes} 0 0 {seconds}");
        var follower = group.Running.First(node => node != leader);
        var roundTrip = WorkloadResult.Decode(
            await leader.AskAsync($"round-trip {group.AddressOf(group.IndexOf(follower))} {Bytes} {seconds}"));
        var append = WorkloadResult.Decode(
            await leader.AskAsync($"append {Path.Combine(group.DirectoryOf(0), "floor")} {Bytes} {seconds}"));
        Print("Akka.Remote: a message there and back, median", roundTrip.P50 * 1000, null);
        Print("append to a file and fdatasync, median", append.P50 * 1000, null);

        Console.WriteLine();
        Console.WriteLine(
            $"{"a command as a whole, three processes",-66}{"p50 us",9}{"commands/s",13}{"leader us",11}"
                + $"{"leader B",10}{"follower us",13}{"follower B",12}");
        foreach (var clients in (int[])[1, 64])
        {
            await leader.AskAsync($"mixed {clients} {Bytes} 0 0 {seconds}");
            var (leaderBefore, followerBefore) = (await ResourcesAsync(leader), await ResourcesAsync(follower));
            var result = WorkloadResult.Decode(await leader.AskAsync($"mixed {clients} {Bytes} 0 0 {seconds}"));
            var (ofLeader, ofFollower) =
                ((await ResourcesAsync(leader)).Since(leaderBefore), (await ResourcesAsync(follower)).Since(followerBefore));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{$"{clients} client(s): processor time and allocation per command",-66}"
                    + $"{result.P50 * 1000,9:0}{result.OperationsPerSecond,13:0}"
                    + $"{ofLeader.Microseconds / result.Operations,11:0.0}{ofLeader.Allocated / result.Operations,10:0}"
                    + $"{ofFollower.Microseconds / result.Operations,13:0.0}{ofFollower.Allocated / result.Operations,12:0}"));
        }

        return 0;
    }

    private static async Task<Resources> ResourcesAsync(NodeProcess node) => Resources.Decode(await node.AskAsync("resources"));

    private static void Print(string step, double microseconds, double? allocated) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{step,-66}{microseconds,9:0.00}{allocated,13:0}"));
}
