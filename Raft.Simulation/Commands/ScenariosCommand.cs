using Raft.Simulation.Scripting;

namespace Raft.Simulation.Commands;

/// <summary>Runs scenario files and tells what happens in them.</summary>
internal static class ScenariosCommand
{
    /// <summary>The scenarios that come with the simulation.</summary>
    public static string Directory => Path.Combine(AppContext.BaseDirectory, "Scenarios");

    public static int Run(string[] typed)
    {
        var arguments = new Arguments(typed, "--trace!");
        var files = arguments.Values.Count > 0
            ? arguments.Values
            : [.. System.IO.Directory.GetFiles(Directory, "*.scenario").Order(StringComparer.Ordinal)];
        var failed = 0;
        foreach (var file in files)
        {
            if (!File.Exists(file))
            {
                throw new UsageException($"there is no file {file}");
            }

            Console.WriteLine($"== {Path.GetFileName(file)}");
            try
            {
                ScenarioRunner.Run(
                    Path.GetFileName(file),
                    File.ReadAllText(file),
                    Console.WriteLine,
                    arguments.Has("--trace") ? Console.Write : null);
            }
            catch (ScenarioException failure)
            {
                failed++;
                Console.WriteLine($"FAILED {failure.Message}");
            }
        }

        Console.WriteLine($"{files.Count} scenarios, {failed} failed");
        return failed > 0 ? 1 : 0;
    }
}
