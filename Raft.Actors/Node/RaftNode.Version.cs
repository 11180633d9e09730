using Akka.Event;
using Raft.Actors.Model;

namespace Raft.Actors.Node;

/// <summary>
/// The version of the group's commands (docs/architecture.md, The version of the commands). It is in the configuration, which a snapshot
/// and every journal hold already. The leader raises it once every member supports the next one. A server whose state machine does not support it
/// keeps its log and its votes, applies nothing and serves nobody.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>
    /// Only when every member has just said that it supports the next version: nonvoters too, for they apply the same commands. One at a time with
    /// other changes of the configuration.
    /// </summary>
    private void RaiseVersion(TimeSpan now)
    {
        if (IsHandingOver || Configuration.Identity.IsNone || WhyNoChangeNow() is not null)
        {
            return;
        }

        var next = Configuration.Servers.Min(server => SupportedBy(server.Id, now) ?? 0);
        if (next > Configuration.StateMachineVersion)
        {
            _logger.Info(
                "{0}: every member supports version {1} of the commands, and the group goes on with it (before: {2}). "
                + "A server whose state machine does not support it serves nobody from now on",
                PersistenceId, next, Configuration.StateMachineVersion);
            AppendConfiguration(Configuration.WithStateMachineVersion(next));
        }
    }

    /// <summary>The version that a member's state machine supports; null where it has not said so of late.</summary>
    private int? SupportedBy(ServerId server, TimeSpan now) =>
        server == _self ? _version.Abilities.StateMachineVersion
        : IsHeard(server, now) ? Lead.Find(server)?.Abilities?.StateMachineVersion
        : null;

    /// <summary>Why a command that needs a version of the group is not taken; null where it is.</summary>
    private string? WhyNotOfVersion(int needed)
    {
        if (needed <= Configuration.StateMachineVersion)
        {
            return null;
        }

        var now = Now;
        var behind = Configuration.Servers
            .Where(server => !(SupportedBy(server.Id, now) >= needed))
            .Select(server => SupportedBy(server.Id, now) is { } supported ? $"{server.Id} supports {supported}" : $"{server.Id} has not announced any")
            .ToArray();
        return $"the command needs version {needed} of the state machine, and the group is at {Configuration.StateMachineVersion}: "
            + (behind.Length == 0 ? "it is about to be raised; try again in a moment" : $"{string.Join(", ", behind)}; upgrade it, or remove it from the group");
    }
}
