using System.Globalization;
using Raft.Benchmarks.Compare;
using Raft.Benchmarks.Load;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Endurance;

/// <summary>About half of the peak for a long time: whether throughput, latency, memory and files stay as they are.</summary>
internal static class SoakCommand
{
    private const int Servers = 3;
    private const int Bytes = 256;
    private const int PeakClients = 64;
    private const int PeakSeconds = 10;
    private const int WarmUpSeconds = 15;
    private const int SliceSeconds = 60;
    private const double MiB = 1024 * 1024;

    public static async Task<int> RunAsync(string[] options)
    {
        var line = new CommandOptions("soak", options, "minutes", "journal", "directory", "output");
        var minutes = line.Number("minutes", 60);
        using var group = new NodeGroup(
            line.Directory("soak"), Servers, $"raft.storage.journal = {line.Text("journal", "segments")}");
        group.StartAll();
        var leader = await group.LeaderAsync();
        await RunAsync(leader, PeakClients, WarmUpSeconds);
        var peak = (await RunAsync(leader, PeakClients, PeakSeconds)).OperationsPerSecond;
        var clients = await ClientsForHalfAsync(leader, peak);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"peak {peak:0}/s with {PeakClients} clients; {minutes} minutes with {clients}, about half of it"));

        var output = line.Results("soak");
        var rows = new List<Row>();
        for (var minute = 1; minute <= minutes; minute++)
        {
            leader = await group.LeaderAsync();
            var result = await RunAsync(leader, clients, SliceSeconds);
            var files = Enumerable.Range(0, Servers).Average(server => group.BytesOf(server, ""));
            rows.Add(
                new Row(
                    minute,
                    result.OperationsPerSecond,
                    result.P50,
                    result.P99,
                    group.Running.Max(static node => node.WorkingSet) / MiB,
                    files / MiB));
            Console.WriteLine(rows[^1].Text);
            Write(output, rows);
        }

        Console.WriteLine($"{output}.csv and {output}.svg have the details");
        return 0;
    }

    private static async Task<int> ClientsForHalfAsync(NodeProcess leader, double peak)
    {
        var (best, distance) = (1, double.MaxValue);
        for (var clients = 1; clients < PeakClients; clients *= 2)
        {
            var from = Math.Abs((await RunAsync(leader, clients, PeakSeconds / 2)).OperationsPerSecond - (peak / 2));
            (best, distance) = from < distance ? (clients, from) : (best, distance);
        }

        return best;
    }

    private static async Task<WorkloadResult> RunAsync(NodeProcess leader, int clients, int seconds) =>
        WorkloadResult.Decode(await leader.AskAsync($"mixed {clients} {Bytes} 0 2 {seconds}"));

    private static void Write(string path, List<Row> rows)
    {
        File.WriteAllLines($"{path}.csv", [Row.Heads, .. rows.Select(static row => row.Cells)]);
        var svg = new SvgPicture();
        string[] points = [.. rows.Select((row, i) => i % Math.Max(1, rows.Count / 10) == 0 ? $"{row.Minute}" : "")];
        svg.AddChart(
            "Commands per second, by minute",
            points,
            [new Series("ops/s", [.. rows.Select(static row => row.OperationsPerSecond)])]);
        svg.AddChart(
            "Latency, ms",
            points,
            [new Series("p50", [.. rows.Select(static row => row.P50)]), new Series(
                "p99",
                [.. rows.Select(static row => row.P99)])]);
        svg.AddChart(
            "MiB",
            points,
            [new Series("memory", [.. rows.Select(static row => row.Memory)]), new Series(
                "files",
                [.. rows.Select(static row => row.Files)])]);
        File.WriteAllText($"{path}.svg", svg.ToString());
    }

    private sealed record Row(int Minute, double OperationsPerSecond, double P50, double P99, double Memory, double Files)
    {
        public const string Heads = "minute,commands per second,p50 ms,p99 ms,most resident memory MiB,files per server MiB";

        public string Cells => string.Create(
            CultureInfo.InvariantCulture, $"{Minute},{OperationsPerSecond:0},{P50:0.000},{P99:0.000},{Memory:0.0},{Files:0.0}");

        public string Text => string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTime.Now:HH:mm:ss} minute {Minute}: {OperationsPerSecond:0}/s, p50 {P50:0.00} ms, p99 {P99:0.00} ms, memory "
                + $"{Memory:0} MiB, files {Files:0} MiB");
    }
}
