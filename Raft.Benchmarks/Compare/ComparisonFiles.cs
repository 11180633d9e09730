using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Raft.Benchmarks.Load;

namespace Raft.Benchmarks.Compare;

/// <summary>The comparison as JSON, every run of it, and as a picture.</summary>
internal static class ComparisonFiles
{
    private static readonly (string Name, Func<WorkloadResult, double> Of)[] Percentiles =
    [
        ("p50", static result => result.P50),
        ("p90", static result => result.P90),
        ("p99", static result => result.P99),
        ("p99.9", static result => result.P999),
    ];

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Writes path.json and path.svg.</summary>
    public static void Write(Comparison comparison, ComparedWorkload[] workloads, string path)
    {
        File.WriteAllText($"{path}.json", JsonSerializer.Serialize(
            new
            {
                Machine = new
                {
                    Environment.ProcessorCount,
                    System = RuntimeInformation.OSDescription,
                    Runtime = RuntimeInformation.FrameworkDescription,
                },
                At = DateTimeOffset.Now,
                Comparison = comparison,
                Medians = workloads.Select(workload => new
                {
                    workload.Name,
                    Ratio = comparison.Ratio(workload),
                    Ours = Medians(comparison, comparison.Ours, workload),
                    Theirs = Medians(comparison, comparison.Theirs, workload),
                }),
            },
            Readable));
        File.WriteAllText($"{path}.svg", Picture(comparison, workloads));
    }

    private static Dictionary<string, double> Medians(Comparison comparison, string side, ComparedWorkload workload) =>
        Percentiles.Append(("operationsPerSecond", static result => result.OperationsPerSecond))
            .ToDictionary(static value => value.Item1, value => comparison.Median(side, workload, value.Item2));

    private static string Picture(Comparison comparison, ComparedWorkload[] workloads)
    {
        string[] sides = [comparison.Ours, comparison.Theirs];
        var svg = new SvgPicture();
        var curve = workloads.Where(static workload => workload.IsOnCurve).OrderBy(static workload => workload.Clients).ToArray();
        if (curve.Length > 0)
        {
            svg.AddChart(
                "Throughput over outstanding commands of 256 B, ops/s",
                [.. curve.Select(static workload => $"{workload.Clients}")],
                [.. sides.Select(
                    side => new Series(
                        side,
                        [.. curve.Select(
                            workload => comparison.Median(side, workload, static result => result.OperationsPerSecond))]))]);
        }

        foreach (var workload in workloads)
        {
            svg.AddChart(
                $"Latency, {workload.Name}, ms",
                [.. Percentiles.Select(static percentile => percentile.Name)],
                [.. sides.Select(side => new Series(
                    side, [.. Percentiles.Select(percentile => comparison.Median(side, workload, percentile.Of))]))]);
        }

        return svg.ToString();
    }
}
