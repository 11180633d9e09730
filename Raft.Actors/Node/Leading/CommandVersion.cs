using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// The version of the group's commands (docs/architecture.md, The version of the commands), as a leader raises it: once
/// every member supports the next one. Nonvoters too, because they apply the same commands.
/// </summary>
internal sealed class CommandVersion(ILeaderContext node, Followers followers)
{
    /// <summary>
    /// The configuration with the highest version that every member has just said it supports; null where that is no
    /// higher.
    /// </summary>
    public Configuration? Next()
    {
        var configuration = node.Configuration;
        var next = configuration.Servers.Min(server => SupportedBy(server.Id) ?? 0);
        if (next <= configuration.StateMachineVersion)
        {
            return null;
        }

        node.Logger.Info(
            "{0}: every member supports version {1} of the commands, and the group goes on with it (before: {2}). "
            + "A server whose state machine does not support it serves nobody from now on",
            node.Name, next, configuration.StateMachineVersion);
        return configuration.WithStateMachineVersion(next);
    }

    /// <summary>Why a command that needs a version of the group is not taken; null where it is.</summary>
    public string? WhyNot(int needed)
    {
        var configuration = node.Configuration;
        if (needed <= configuration.StateMachineVersion)
        {
            return null;
        }

        var behind = configuration.Servers
            .Select(server => (server.Id, Supported: SupportedBy(server.Id)))
            .Where(server => !(server.Supported >= needed))
            .Select(server => server.Supported is { } supported
                ? $"{server.Id} supports {supported}"
                : $"{server.Id} has not announced any")
            .ToArray();
        return $"the command needs version {needed} of the state machine, "
            + $"and the group is at {configuration.StateMachineVersion}: "
            + (behind.Length == 0
                ? "it is about to be raised; try again in a moment"
                : $"{string.Join(", ", behind)}; upgrade it, or remove it from the group");
    }

    /// <summary>The version that a member's state machine supports; null where it has not said so of late.</summary>
    private int? SupportedBy(ServerId server) =>
        server == node.Self ? node.Abilities.StateMachineVersion
        : followers.IsHeard(server) ? followers.Find(server)?.Abilities?.StateMachineVersion
        : null;
}
