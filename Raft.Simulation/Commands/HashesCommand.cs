using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Raft.Simulation.Seeds;

namespace Raft.Simulation.Commands;

/// <summary>The trace hashes of seeds: prints them, or compares those of the recorded seeds with the record.</summary>
/// <remarks>
/// The record proves that a change which must not change behaviour has changed none: a seed's hash stands for every step of its
/// history. <c>docs/testing.md</c> says when the record may change, and how to renew it.
/// </remarks>
internal static class HashesCommand
{
    /// <summary>Where the record is: a line per seed, as this command prints it.</summary>
    public static string RecordFile => Path.Combine(AppContext.BaseDirectory, "Traces", "hashes.txt");

    /// <summary>Runs the command.</summary>
    /// <returns>0; 1 if a seed's hash differs from the record.</returns>
    public static int Run(string[] typed)
    {
        var arguments = new Arguments(typed, "--check!", "--parallel");
        if (arguments.Has("--check"))
        {
            var parallel = arguments.Number("--parallel") ?? Environment.ProcessorCount;
            if (arguments.Values.Count > 0)
            {
                throw new UsageException("hashes --check takes no seeds: it runs those of the record");
            }

            return parallel is >= 1 and <= 1000
                ? Check((int)parallel)
                : throw new UsageException($"--parallel cannot be '{parallel}'; use 1 to 1000 threads");
        }

        if (arguments.Values.Count != 2)
        {
            throw new UsageException("hashes needs a first seed and a number of seeds, or --check");
        }

        Print(arguments.Seed(0), arguments.Seed(1));
        return 0;
    }

    /// <summary>Reads the record.</summary>
    /// <returns>The recorded hashes, by seed.</returns>
    /// <exception cref="FormatException">A line is not a seed and a hash; the message names it.</exception>
    public static SortedDictionary<ulong, ulong> ReadRecord(string file)
    {
        var recorded = new SortedDictionary<ulong, ulong>();
        foreach (var line in File.ReadLines(file))
        {
            var parts = line.Split(' ');
            if (parts.Length != 2
                || !ulong.TryParse(parts[0], CultureInfo.InvariantCulture, out var seed)
                || !ulong.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash)
                || !recorded.TryAdd(seed, hash))
            {
                throw new FormatException($"'{line}' in {file} is not a new seed and its hash; renew the file (docs/testing.md)");
            }
        }

        return recorded;
    }

    /// <summary>Runs recorded seeds again.</summary>
    /// <returns>A line for each seed whose hash differs from the recorded one, in the order of seeds.</returns>
    public static IReadOnlyList<string> Differences(IEnumerable<KeyValuePair<ulong, ulong>> recorded, int parallel)
    {
        var cases = recorded.ToArray();
        var found = new ConcurrentDictionary<ulong, ulong>();
        SeedThreads.Run(parallel, cases.Select(static seed => seed.Key), seed => found[seed] = Seeds.Simulation.Run(seed).Hash);
        return [.. cases
            .Where(seed => found[seed.Key] != seed.Value)
            .Select(seed => $"seed {seed.Key}: {found[seed.Key]:x16}, recorded {seed.Value:x16}")];
    }

    private static void Print(ulong first, ulong count)
    {
        for (var i = 0UL; i < count; i++)
        {
            Console.WriteLine($"{first + i} {Seeds.Simulation.Run(first + i).Hash:x16}");
        }
    }

    private static int Check(int parallel)
    {
        var recorded = ReadRecord(RecordFile);
        var clock = Stopwatch.StartNew();
        var differences = Differences(recorded, parallel);
        foreach (var difference in differences)
        {
            Console.WriteLine(difference);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{recorded.Count} seeds, {differences.Count} differ from the record, {clock.Elapsed.TotalSeconds:0} s"));
        return differences.Count > 0 ? 1 : 0;
    }
}
