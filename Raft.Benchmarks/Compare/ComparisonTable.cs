using System.Globalization;

namespace Raft.Benchmarks.Compare;

/// <summary>The table on the console.</summary>
internal static class ComparisonTable
{
    public static void Write(Comparison comparison, ComparedWorkload[] workloads, TextWriter output)
    {
        void Line(string text) => output.WriteLine(text);
        Line($"");
        Line(
            $"{"workload",-25}{"",-10}{"ops/s",10}{"MB/s",8}{"p50 ms",9}{"p90 ms",9}{"p99 ms",9}{"p99.9",9}"
                + $"{"cpu us",9}{"failed",8}{"ratio",9}");
        foreach (var workload in workloads)
        {
            foreach (var side in (string[])[comparison.Ours, comparison.Theirs])
            {
                var perSecond = comparison.Median(side, workload, static result => result.OperationsPerSecond);
                var isOurs = side == comparison.Ours;
                var ratio = isOurs ? comparison.Ratio(workload).ToString("0.00", CultureInfo.InvariantCulture) : "";
                Line(
                    $"{(isOurs ? workload.Name : ""),-25}{side,-10}{perSecond,10:0}{perSecond * workload.Bytes / 1e6,8:0.0}"
                        + $"{comparison.Median(side, workload, static result => result.P50),9:0.00}"
                        + $"{comparison.Median(side, workload, static result => result.P90),9:0.00}"
                        + $"{comparison.Median(side, workload, static result => result.P99),9:0.00}"
                        + $"{comparison.Median(side, workload, static result => result.P999),9:0.00}"
                        + $"{comparison.MedianMicroseconds(side, workload),9:0.0}"
                        + $"{comparison.Failures(side, workload),8}{ratio,9}");
            }
        }

        if (comparison.Floors.Count > 0 && workloads.FirstOrDefault(static workload => workload.Key == "1") is { } single)
        {
            var roundTrip = Comparison.Median(comparison.Floors.Select(static floor => floor.RoundTrip));
            var append = Comparison.Median(comparison.Floors.Select(static floor => floor.Append));
            var p50 = comparison.Median(comparison.Ours, single, static result => result.P50);
            Line($"");
            Line(
                $"one Akka.Remote round trip {roundTrip:0.000} ms + one append and fdatasync {append:0.000} ms of the same "
                    + $"size = {roundTrip + append:0.000} ms; p50 of our single client is {p50 / (roundTrip + append):0.00} "
                    + $"times that");
        }
    }
}
