using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Machine;

/// <summary>
/// What this server can read and apply, and whether that is enough for its group. The version of the group's commands is in the
/// configuration (docs/architecture.md, The version of the commands). A server whose state machine does not support it keeps its
/// log and its votes, applies nothing and serves nobody.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="abilities">What this server can read. The version that its state machine supports is not known yet.</param>
internal sealed class VersionSupport(INodeContext node, Abilities abilities)
{
    /// <summary>What this server can read, and the version that its state machine supports: 0 until it has said so.</summary>
    public Abilities Abilities { get; private set; } = abilities;

    /// <summary>Whether commands of a version that the state machine does not support are in the log.</summary>
    public bool IsExceeded => Group > Abilities.StateMachineVersion;

    /// <summary>The same in words, for those who ask this server.</summary>
    public string ExceededInWords =>
        $"the group's commands are of version {Group}, and this server's state machine supports version "
        + $"{Abilities.StateMachineVersion}; run the software that supports {Group}";

    /// <summary>Why nobody is served; null where the version keeps nobody from it.</summary>
    public string? NotServing => IsExceeded ? ExceededInWords : null;

    private int Group => node.Configuration.StateMachineVersion;

    /// <summary>
    /// Up to which of the committed entries the state machine may apply. The version never goes back, so the latest tells.
    /// </summary>
    /// <param name="index">The last committed entry.</param>
    public long LimitOf(long index) =>
        IsExceeded && node.Configurations.FirstAbove(Abilities.StateMachineVersion) is { } first
            ? Math.Min(index, first - 1)
            : index;

    /// <summary>Whether the state machine supports the state of a snapshot.</summary>
    public bool Supports(StoredSnapshot snapshot) =>
        snapshot.Content.Configuration.StateMachineVersion <= Abilities.StateMachineVersion;

    /// <summary>The state machine has said which version it supports.</summary>
    public void Learn(int version)
    {
        if (version != Abilities.StateMachineVersion)
        {
            Abilities = Abilities.With(version);
        }
    }
}
