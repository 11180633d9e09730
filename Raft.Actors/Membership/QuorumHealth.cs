using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Membership;

/// <summary>
/// Whether a change of the configuration would leave voters who cannot commit anything (etcd's
/// <c>strict-reconfig-check</c>). A voter is healthy if it follows the leader now, with the journal that the configuration
/// knows: only then does it count for a majority.
/// </summary>
public static class QuorumHealth
{
    /// <summary>
    /// Why the change would stop the group; null if it would not. To take the vote of one that is not healthy never makes it
    /// worse, and is how a group is mended.
    /// </summary>
    /// <param name="current">The configuration in force.</param>
    /// <param name="next">What it is to become.</param>
    /// <param name="isHealthy">Whether a server can be counted on now. The leader is one of these.</param>
    public static string? WhyNot(Configuration current, Configuration next, Func<ServerId, bool> isHealthy)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(next);
        var lost = current.Voters.Where(voter => !next.IsVoter(voter) && isHealthy(voter)).ToImmutableArray();
        var silent = next.Voters.Where(voter => !isHealthy(voter)).ToImmutableArray();
        var healthy = next.Voters.Length - silent.Length;
        if (lost.IsEmpty || Quorum.IsReached(healthy, next.Voters.Length))
        {
            return null;
        }

        var (does, it) = silent.Length == 1 ? ("does", "it") : ("do", "these");
        return $"nobody could commit anything without {string.Join(", ", lost)}: {next.QuorumSize} of the {next.Voters.Length} "
            + $"voters that are left are needed, and {string.Join(", ", silent)} {does} not follow just now. "
            + $"Mend or remove {it} first, or force the change";
    }
}
