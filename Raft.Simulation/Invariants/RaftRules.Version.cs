using Raft.Actors.StateMachine;
using Raft.Simulation.Servers;

namespace Raft.Simulation.Invariants;

/// <summary>The rules for the versions of commands.</summary>
internal sealed partial class RaftRules
{
    private readonly SortedDictionary<long, int> _versions = [];

    /// <summary>How many versions the group's commands had.</summary>
    public int HighestVersion => _versions.Count == 0 ? 0 : _versions.Values.Max();

    /// <summary>
    /// A command has one version, on every replica and in every replay, and none that the state machine does not support.
    /// </summary>
    public void CheckVersion(SimulatedServer server, int supported, in Command command)
    {
        if (command.Version > supported)
        {
            Report(
                $"{server.Id} applies entry {command.Index} of version {command.Version}, and its state machine supports "
                    + $"version {supported}");
        }

        if (!_versions.TryAdd(command.Index, command.Version) && _versions[command.Index] != command.Version)
        {
            Report(
                $"{server.Id} applies entry {command.Index} as one of version {command.Version}; another server applied it as "
                    + $"one of version {_versions[command.Index]}");
        }
    }

    /// <summary>
    /// A state that commands of a version have led to is not given to a state machine that does not support it.
    /// </summary>
    public void CheckRestoredVersion(SimulatedServer server, int supported, long index)
    {
        foreach (var (applied, version) in _versions)
        {
            if (applied <= index && version > supported)
            {
                Report(
                    $"{server.Id} restores a state of entry {index}, and its state machine supports version {supported}, not "
                        + $"{version} of entry {applied}");
                return;
            }
        }
    }
}
