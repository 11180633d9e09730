using System.Globalization;
using Raft.Simulation.Shrinking;

namespace Raft.Simulation.Commands;

/// <summary>Makes a failing seed small, and prints what is left of it.</summary>
internal static class ShrinkCommand
{
    public static int Run(string[] typed)
    {
        var arguments = new Arguments(typed, [.. CaseArguments.Names, "--runs"]);
        var seed = arguments.Seed(0);
        var shrinker = new Shrinker(seed, CaseArguments.Parse(seed, arguments), (int)(arguments.Number("--runs") ?? 1500))
        {
            Shrunk = ShowProgress,
        };
        if (shrinker.Shrink() is not { } smallest)
        {
            Console.WriteLine($"seed {seed} breaks no rule");
            return 0;
        }

        if (!Console.IsErrorRedirected)
        {
            Console.Error.WriteLine();
        }

        Console.WriteLine($"after {shrinker.Runs} runs, with {Size(smallest)}:");
        Console.WriteLine(smallest.Schedule);
        foreach (var violation in smallest.Result.Violations)
        {
            Console.WriteLine($"VIOLATION {violation}");
        }

        Console.WriteLine(CaseArguments.Line("replay", seed, smallest.Options));
        return 1;
    }

    private static void ShowProgress(FailingCase found)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write($"\r{Size(found),-70}");
        }
    }

    private static string Size(FailingCase found)
    {
        var load = found.Options.SwarmOf(found.Seed).Load;
        var end = found.Options.Until ?? found.Options.Duration;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{found.Schedule.Faults.Count} faults, {load.Clients} clients on {load.Keys} keys, {end.TotalSeconds:0.###} s");
    }
}
