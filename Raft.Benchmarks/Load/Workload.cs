using System.Globalization;

namespace Raft.Benchmarks.Load;

/// <summary>
/// One kind of load: so many clients, each with one command of so many bytes (or with 0, one linearizable read) outstanding.
/// </summary>
internal sealed record Workload(string Name, int Clients, int Bytes)
{
    /// <summary>The workloads that the peers were measured with.</summary>
    public static readonly Workload[] All =
    [
        new("1 client", 1, 256),
        new("64 clients", 64, 256),
        new("1024 outstanding", 1024, 256),
        new("16 clients of 64 KiB", 16, 64 * 1024),
        new("1 reader", 1, 0),
        new("64 readers", 64, 0),
    ];
}

/// <summary>What a workload gave.</summary>
/// <param name="Operations">Commands acknowledged.</param>
/// <param name="Failures">Commands that were not.</param>
/// <param name="Seconds">The time measured.</param>
/// <param name="P50">Median latency, milliseconds.</param>
/// <param name="P90">90th percentile, milliseconds.</param>
/// <param name="P99">99th percentile, milliseconds.</param>
/// <param name="P999">99.9th percentile, milliseconds.</param>
/// <param name="Max">The slowest, milliseconds.</param>
internal sealed record WorkloadResult(
    long Operations, long Failures, double Seconds, double P50, double P90, double P99, double P999, double Max)
{
    public double OperationsPerSecond => Operations / Seconds;

    public static WorkloadResult Of(IEnumerable<double> latencies, long failures, double seconds)
    {
        double[] sorted = [.. latencies.Order()];
        double At(double quantile) => sorted.Length == 0 ? double.NaN : sorted[(int)(quantile * (sorted.Length - 1))];
        return new WorkloadResult(sorted.Length, failures, seconds, At(0.5), At(0.9), At(0.99), At(0.999), At(1));
    }

    public string Encode() =>
        string.Create(
            CultureInfo.InvariantCulture, $"{Operations} {Failures} {Seconds:R} {P50:R} {P90:R} {P99:R} {P999:R} {Max:R}");

    public static WorkloadResult Decode(string text)
    {
        var parts = text.Split(' ');
        double At(int place) => double.Parse(parts[place], CultureInfo.InvariantCulture);
        return new WorkloadResult(
            long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture), At(2),
            At(3), At(4), At(5), At(6), At(7));
    }
}
