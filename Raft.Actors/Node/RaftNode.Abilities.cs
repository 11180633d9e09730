using System.Text;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Node;

/// <summary>
/// Upgrades (docs/operations.md): servers announce which types they read, and a leader takes no command of a type that a voter is known not to
/// read. So a group that is half upgraded commits nothing that some of its servers must stop at.
/// </summary>
public sealed partial class RaftNode
{
    private readonly Abilities _abilities;

    /// <summary>
    /// Whether a majority has answered in this term, and so has said what it reads: whatever is committed then, a majority can apply. Before that no
    /// typed command is taken; it waits, as if there were no room.
    /// </summary>
    private bool HasHeardQuorum => Lead.HasHeardQuorum |= Lead.Lease.ConfirmedAt(Configuration.Voters, Now) is not null;

    private bool KnowsReaders(Proposal proposal) => proposal.Data.Format != PayloadFormat.Hyperion || HasHeardQuorum;

    /// <summary>
    /// Which voter is known not to read a command; null where none is. Of one that announces nothing, for it is of an older version of the
    /// library or has not answered in this term, nothing is known, and it keeps nobody from going on.
    /// </summary>
    private string? WhyNotRead(Proposal proposal)
    {
        var name = PayloadCodec.TypeNameOf(proposal.Data);
        if (name.IsEmpty)
        {
            return null;
        }

        var type = Abilities.Hash(name);
        foreach (var follower in Lead.Followers)
        {
            if (Configuration.IsVoter(follower.Server.Id) && follower.Abilities is { } abilities && !abilities.Reads(type))
            {
                return $"server {follower.Server.Id} does not read the type '{Encoding.UTF8.GetString(name)}' yet: "
                    + "upgrade it, or list the type in its raft.types; no command of that type is taken before";
            }
        }

        return null;
    }

    /// <summary>Says what this server reads, in full where the leader asks for it and does not know it.</summary>
    private HeartbeatResponse Announce(HeartbeatResponse response, Heartbeat heartbeat) => heartbeat.KnownAbilities is not { } known
        ? response
        : response with
        {
            AbilitiesDigest = _abilities.Digest,
            Abilities = known == _abilities.Digest ? null : _abilities,
            State = new StateReport(_lastApplied, _stoppedAt?.Index ?? 0),
        };
}
