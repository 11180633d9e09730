using System.Diagnostics;
using System.Globalization;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Endurance;

/// <summary>
/// What servers take while nobody asks anything of them: three processes with one group, then with many groups each.
/// </summary>
internal static class RestCommand
{
    private const int Servers = 3;
    private const double MiB = 1024 * 1024;

    /// <summary>Elections, and the compiler's work behind them, are over by then.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("rest", options, "seconds", "groups", "journal", "directory", "hocon");
        var (seconds, groups) = (line.Number("seconds", 30), line.Number("groups", 100));
        Console.WriteLine(
            $"{Servers} idle processes, {Settling.TotalSeconds:0} s to settle and {seconds} s measured each: about "
                + $"{2 * (Settling.TotalSeconds + seconds + 15) / 60:0.0} minutes");
        var single = await MeasureAsync(line, 1, seconds);
        var many = await MeasureAsync(line, groups, seconds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"each further group in a process: {(many.Live - single.Live) / (groups - 1) / MiB:0.00} MiB on the managed heap, "
                + $"{(many.Resident - single.Resident) / (groups - 1) / MiB:0.00} MiB resident"));
        return 0;
    }

    private static async Task<(double Live, double Resident)> MeasureAsync(CommandOptions line, long groups, long seconds)
    {
        var hocon =
            $"raft.storage.journal = {line.Text("journal", "segments")}\nbenchmark.groups = {groups}\n{line.Text("hocon", "")}";
        using var group = new NodeGroup(line.Directory("rest"), Servers, hocon);
        group.StartAll();
        await group.LeaderAsync();
        await Task.Delay(Settling);
        var before = group.Running.Select(static node => node.ProcessorTime).ToArray();
        var clock = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var after = group.Running.Select(static node => node.ProcessorTime).ToArray();
        var shares = after.Zip(before, (later, earlier) => (later - earlier) / clock.Elapsed * 100).ToArray();
        var live = new List<double>();
        foreach (var node in group.Running)
        {
            live.Add(double.Parse(await node.AskAsync("memory"), CultureInfo.InvariantCulture) * MiB);
        }

        var resident = group.Running.Average(static node => (double)node.WorkingSet);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{groups} group(s): "
                + $"{string.Join(", ", shares.Select(static share => share.ToString("0.00", CultureInfo.InvariantCulture)))} "
                + $"% of a core per process; {live.Average() / MiB:0.0} MiB on the managed heap, {resident / MiB:0} MiB "
                + $"resident"));
        return (live.Average(), resident);
    }
}
