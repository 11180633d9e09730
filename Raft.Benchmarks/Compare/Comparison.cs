using System.Globalization;
using Raft.Benchmarks.Floor;
using Raft.Benchmarks.Load;

namespace Raft.Benchmarks.Compare;

/// <summary>One load on one side, once.</summary>
/// <param name="Side">Whose.</param>
/// <param name="Workload">The load's key.</param>
/// <param name="Result">What it gave; null where the run failed.</param>
/// <param name="Failure">Why it failed.</param>
internal sealed record Run(string Side, string Workload, WorkloadResult? Result, string? Failure)
{
    public int Round { get; init; }

    /// <summary>
    /// Processor time of all the side's processes by request. Of all numbers it is the one that a busy machine changes least.
    /// </summary>
    public double Microseconds { get; init; }

    public string Summary => Result is null ? $"failed: {Failure}" : string.Create(
        CultureInfo.InvariantCulture,
        $"{Result.OperationsPerSecond:0}/s, p50 {Result.P50:0.00} ms, p99 {Result.P99:0.00} ms, {Microseconds:0} us of "
            + $"processor time each{(Result.Failures > 0 ? $", {Result.Failures} FAILED" : "")}");
}

/// <summary>All that one command measured.</summary>
internal sealed record Comparison(string Journal, int Nodes, int Seconds, string Ours, string Theirs)
{
    public List<Run> Runs { get; } = [];

    public List<FloorResult> Floors { get; } = [];

    /// <summary>The median over the rounds that did not fail; NaN where all did.</summary>
    public double Median(string side, ComparedWorkload workload, Func<WorkloadResult, double> of) => Median(
        Runs.Where(run => run.Side == side && run.Workload == workload.Key && run.Result is not null)
            .Select(run => of(run.Result!)));

    public double MedianMicroseconds(string side, ComparedWorkload workload) =>
        Median(Runs.Where(run => run.Side == side && run.Workload == workload.Key && run.Result is not null).Select(
            static run => run.Microseconds));

    /// <summary>The median of ours over theirs within a round: what disturbs a round disturbs both.</summary>
    public double Ratio(ComparedWorkload workload) => Median(
        Runs.Where(run => run.Workload == workload.Key).GroupBy(static run => run.Round).Select(round =>
            (Ours: round.FirstOrDefault(run => run.Side == Ours)?.Result,
                    Theirs: round.FirstOrDefault(run => run.Side == Theirs)?.Result))
        .Where(static pair => pair is { Ours: not null, Theirs: not null })
        .Select(static pair => pair.Ours!.OperationsPerSecond / pair.Theirs!.OperationsPerSecond));

    public long Failures(string side, ComparedWorkload workload) =>
        Runs.Where(run => run.Side == side && run.Workload == workload.Key).Sum(static run => run.Result?.Failures ?? 1);

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
