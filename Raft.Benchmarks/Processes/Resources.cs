using System.Globalization;

namespace Raft.Benchmarks.Processes;

/// <summary>What a process has used since it began.</summary>
/// <param name="Microseconds">Processor time.</param>
/// <param name="Allocated">Bytes allocated on the managed heap.</param>
internal sealed record Resources(double Microseconds, double Allocated)
{
    public static Resources OfThisProcess() =>
        new(Environment.CpuUsage.TotalTime.TotalMicroseconds, GC.GetTotalAllocatedBytes(precise: true));

    public Resources Since(Resources before) => new(Microseconds - before.Microseconds, Allocated - before.Allocated);

    public string Encode() => string.Create(CultureInfo.InvariantCulture, $"{Microseconds:R} {Allocated:R}");

    public static Resources Decode(string text)
    {
        var parts = text.Split(' ');
        return new Resources(
            double.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
