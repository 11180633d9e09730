using System.Globalization;
using Raft.Simulation.Linearizability;

namespace Raft.Simulation.Scripting;

/// <summary>
/// Runs a scenario file. All rules of the simulation hold after every step of it; when the file ends, everything is mended, and
/// the group must come to one state and the history be linearizable.
/// </summary>
internal static class ScenarioRunner
{
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Runs a file and tells what happens, line by line. Throws <see cref="ScenarioException"/> where it fails.
    /// </summary>
    /// <returns>The world's hash.</returns>
    public static ulong Run(string file, Action<string> tell) => Run(Path.GetFileName(file), File.ReadAllText(file), tell);

    /// <inheritdoc cref="Run(string, Action{string})" />
    public static ulong Run(string name, string text, Action<string> tell, Action<string>? trace = null)
    {
        var world = new ScenarioWorld();
        try
        {
            var lines = ScenarioLine.Read(name, text);
            foreach (var line in lines)
            {
                RunLine(world, line, tell);
            }

            if (lines.Count == 0)
            {
                throw new ScenarioException($"{name}:1: there is nothing in it");
            }

            Finish(world, lines[^1], tell);
            return world.Trace.Hash;
        }
        finally
        {
            trace?.Invoke(world.Trace.Text);
        }
    }

    private static void RunLine(ScenarioWorld world, ScenarioLine line, Action<string> tell)
    {
        var words = new ScenarioWords(line, 0);
        var name = words.Take("a command");
        var command = ScenarioCommand.Find(name)
            ?? throw line.Error(
                $"'{name}' is no command: there are "
                    + $"{string.Join(", ", ScenarioCommand.All.Select(static command => command.Name))}");
        if (command.IsBeginning && world.IsBuilt)
        {
            throw line.Error("the world has begun already: this goes above all that happens in it");
        }

        var before = string.Empty;
        try
        {
            // The world begins with the first command that is not about its beginning.
            before = command.IsBeginning ? before : StateText.Of(world);
            command.Run(world, words);
        }
        catch (Raft.Actors.Settings.RaftConfigurationException mistake)
        {
            throw line.Error(mistake.Message);
        }

        words.ExpectEnd();
        if (command.IsBeginning)
        {
            tell($"{string.Empty,10}  {line.Text}");
            return;
        }

        tell(string.Create(CultureInfo.InvariantCulture, $"{world.World.Elapsed.TotalSeconds,8:F3} s  {line.Text}"));
        if (StateText.Of(world) is var after && after != before)
        {
            tell($"{string.Empty,10}    {after}");
        }

        Check(world, line);
    }

    private static void Finish(ScenarioWorld world, ScenarioLine last, Action<string> tell)
    {
        tell($"{string.Empty,10}  (the end: everything is mended, and the group must come to one state)");
        ServerCommands.MendAll(world);
        var rests = world.Advance(RecoveryTime, () => world.Cluster.Leader is not null && world.Cluster.IsAtRest);
        Check(world, last);
        if (!rests)
        {
            throw last.Error(
                $"the end: the servers do not come to one state within {RecoveryTime.TotalSeconds} s; {StateText.Of(world)}");
        }

        if (LinearizabilityChecker.Check(world.Client.History.Operations) is { } flaw)
        {
            throw last.Error($"the end: {flaw}");
        }
    }

    private static void Check(ScenarioWorld world, ScenarioLine line)
    {
        if (world.Cluster.Rules.Violations is [var first, ..])
        {
            throw line.Error($"a rule is broken: {first}; {StateText.Of(world)}");
        }
    }
}
