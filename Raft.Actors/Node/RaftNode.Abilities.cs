using System.Text;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Upgrades (docs/operations.md): servers announce which types they read, and a leader takes no command with a type that a voter is known not to
/// read. So a group that is half upgraded commits nothing that some of its servers must stop at.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>What this server knows of the members: of itself, and, where it leads, of those that have announced something.</summary>
    private IEnumerable<MemberStatus> MemberStatuses()
    {
        foreach (var server in Configuration.Servers)
        {
            if (server.Id == _self)
            {
                yield return StatusOf(server.Id, _version.Abilities) with { NotServing = NotServing };
            }
            else if (_leader?.Followers.Find(server.Id) is { } follower)
            {
                yield return StatusOf(server.Id, follower.Abilities) with
                {
                    NotServing = follower.NotServing,
                    WaitsToVote = _leader.WhyWaits(server.Id),
                };
            }
        }
    }

    private MemberStatus StatusOf(ServerId server, Abilities? abilities) => abilities is null
        ? new MemberStatus(server)
        : new MemberStatus(server)
        {
            Software = abilities.Software,
            HighestEntryKind = abilities.HighestEntryKind,
            StateMachineVersion = abilities.StateMachineVersion,
            LacksTypes = _version.Abilities.Types.Count(type => !abilities.Reads(type)),
            LackedTypes =
            [
                .. _environment.Codec.ListedNames.Where(name => !abilities.Reads(Abilities.Hash(Encoding.UTF8.GetBytes(name)))).Take(MemberStatus.MaxNames),
            ],
        };
}
