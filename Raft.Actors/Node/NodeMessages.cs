using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>To the supervisor: the node has read its journal and takes part.</summary>
internal sealed record NodeRecovered
{
    public static readonly NodeRecovered Instance = new();
}

/// <summary>
/// To the supervisor: the node takes no part any more, for the group's safety is broken. No later life of it may either.
/// </summary>
internal sealed record NodeExcluded(string Reason);

/// <summary>From the supervisor to its node: it goes on with other settings, which have been checked.</summary>
internal sealed record SettingsChanged(RaftSettings Settings);
