namespace Raft.Simulation.Commands;

/// <summary>Runs single seeds again.</summary>
internal static class ReplayCommand
{
    /// <summary>Prints a seed's trace, what rules it broke, and its hash.</summary>
    public static int Run(string[] typed)
    {
        var arguments = new Arguments(typed, CaseArguments.Names);
        var seed = arguments.Seed(0);
        var result = Seeds.Simulation.Run(seed, CaseArguments.Parse(seed, arguments) with { KeepsText = true });
        Console.Write(result.Text);
        foreach (var violation in result.Violations)
        {
            Console.WriteLine($"VIOLATION {violation}");
        }

        Console.WriteLine($"seed {result.Seed}, trace hash {result.Hash:x16}, {result.Violations.Count} violations");
        return result.Violations.Count > 0 ? 1 : 0;
    }
}
