using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Compare;

/// <summary>A load that both sides are given.</summary>
/// <param name="Key">How it is chosen on the command line.</param>
/// <param name="Name">What the table calls it.</param>
/// <param name="Clients">So many clients, one request outstanding each.</param>
/// <param name="Bytes">The size of a command.</param>
/// <param name="PercentReads">So many of a hundred requests are linearizable reads.</param>
internal sealed record ComparedWorkload(string Key, string Name, int Clients, int Bytes, int PercentReads = 0)
{
    private const int SmallCommand = 256;

    /// <summary>What is compared unless it is said otherwise.</summary>
    private static readonly ComparedWorkload[] Usual =
    [
        new("1", "1 client", 1, SmallCommand),
        new("64", "64 clients", 64, SmallCommand),
        new("1024", "1024 outstanding", 1024, SmallCommand),
        new("64k", "16 clients of 64 KiB", 16, 64 * 1024),
        new("readers", "64 linearizable readers", 64, SmallCommand, 100),
        new("mixed", "64 clients, 90/10 reads", 64, SmallCommand, 90),
    ];

    /// <summary>The points between and beyond, for the curve of throughput over what is outstanding.</summary>
    private static readonly ComparedWorkload[] Further =
        [.. ((int[])[4, 16, 256, 4096, 10_000]).Select(
            static clients => new ComparedWorkload($"{clients}", $"{clients} outstanding", clients, SmallCommand))];

    public bool IsOnCurve => Bytes == SmallCommand && PercentReads == 0;

    public static IEnumerable<string> Keys =>
        [.. Usual.Concat(Further).Select(static workload => workload.Key), "usual", "curve"];

    /// <exception cref="UsageException">There is no such workload.</exception>
    public static ComparedWorkload[] Choose(string keys) => [.. keys.Split(',').SelectMany(Named).Distinct()];

    private static IEnumerable<ComparedWorkload> Named(string key) => key switch
    {
        "usual" => Usual,
        "curve" => Usual.Concat(Further)
            .Where(static workload => workload.IsOnCurve)
            .OrderBy(static workload => workload.Clients),
        _ => Usual.Concat(Further).FirstOrDefault(workload => workload.Key == key) is { } workload
            ? [workload]
            : throw new UsageException($"--workloads {key}: use some of {string.Join(",", Keys)}"),
    };
}
