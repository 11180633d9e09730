using System.Globalization;
using Raft.Benchmarks.Compare;
using Raft.Benchmarks.Load;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Endurance;

/// <summary>
/// How often the leader changes under load while another program keeps all cores busy at the same priority, with default
/// timeouts, ours and DotNext's.
/// </summary>
internal static class SteadyCommand
{
    private const int Servers = 3;
    private const int Clients = 16;
    private const int Bytes = 256;
    private const int SliceSeconds = 10;

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("steady", options, "minutes", "hogs", "journal", "directory", "only");
        var (minutes, hogs) = (line.Number("minutes", 10), (int)line.Number("hogs", Environment.ProcessorCount));
        Side[] sides =
        [
            Side.Ours("ours", Servers, $"raft.storage.journal = {line.Text("journal", "segments")}"),
            Side.DotNext(Servers),
        ];
        foreach (var side in sides.Where(side => side.Name.Contains(line.Text("only", ""), StringComparison.OrdinalIgnoreCase)))
        {
            Console.WriteLine(
                $"{side.Name}: {Clients} clients for {minutes} minutes beside {hogs} threads that compute without a pause");
            await RunAsync(side, line.Directory("steady"), minutes, hogs);
        }

        return 0;
    }

    /// <summary>The program that keeps cores busy, in a process of its own, until its input ends.</summary>
    public static async Task<int> HogAsync(string[] options)
    {
        for (var i = 0; i < int.Parse(options[0], CultureInfo.InvariantCulture); i++)
        {
            new Thread(static () =>
            {
                while (true)
                {
                    Thread.SpinWait(1000);
                }
            })
            { IsBackground = true }.Start();
        }

        await Console.In.ReadLineAsync();
        return 0;
    }

    private static async Task RunAsync(Side side, string directory, long minutes, int hogs)
    {
        using var group = side.NewGroup(directory);
        group.StartAll();
        var leader = await group.LeaderAsync();
        await leader.AskAsync($"mixed {Clients} {Bytes} 0 0 5");
        var firstTerm = (await leader.StatusAsync()).Term;
        using var hog = new NodeProcess([Environment.ProcessPath!, "hog", hogs.ToString(CultureInfo.InvariantCulture)]);
        for (var slice = 1; slice <= minutes * 60 / SliceSeconds; slice++)
        {
            leader = await group.LeaderAsync();
            var result = WorkloadResult.Decode(await leader.AskAsync($"mixed {Clients} {Bytes} 0 0 {SliceSeconds}"));
            var term = (await (await group.LeaderAsync()).StatusAsync()).Term;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{DateTime.Now:HH:mm:ss} {slice * SliceSeconds} s: {result.OperationsPerSecond:0}/s, p50 {result.P50:0.00} "
                    + $"ms, p99 {result.P99:0.00} ms, {result.Failures} failed, {term - firstTerm} new terms"));
        }
    }
}
