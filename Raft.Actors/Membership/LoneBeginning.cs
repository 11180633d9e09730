using Raft.Actors.Settings;

namespace Raft.Actors.Membership;

/// <summary>
/// Settings by which a server with an empty journal begins a group all alone. If such a server lost its disk it would do so
/// again, beside the group that it had.
/// </summary>
internal static class LoneBeginning
{
    /// <summary>Which setting does that, in words; null where none does.</summary>
    public static string? Why(RaftSettings settings) =>
        settings.InitialConfiguration.Voters is [var alone] && alone == settings.ServerId ? "raft.servers names this server alone"
        : settings.Discovery.BootstrapExpect == 1 ? "raft.discovery.bootstrap-expect is 1"
        : null;
}
