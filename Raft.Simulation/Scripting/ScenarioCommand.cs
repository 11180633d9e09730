namespace Raft.Simulation.Scripting;

/// <summary>
/// A command of scenario files. To add one, put a line into one of the tables and, where it is long, a method beside it.
/// </summary>
/// <param name="Usage">How it is written; its first word is its name.</param>
/// <param name="Run">Does it, with the words behind the name.</param>
internal sealed record ScenarioCommand(string Usage, Action<ScenarioWorld, ScenarioWords> Run)
{
    public string Name => Usage.Split(' ')[0];

    /// <summary>Whether it describes the world before it begins; such commands stand above all others.</summary>
    public bool IsBeginning { get; init; }

    public static IReadOnlyList<ScenarioCommand> All { get; } =
    [
        .. GroupCommands.All,
        .. ServerCommands.All,
        .. NetworkCommands.All,
        .. ClientCommands.All,
        .. ExpectCommands.All,
    ];

    public static ScenarioCommand? Find(string name) => All.FirstOrDefault(command => command.Name == name);
}
