using System.Text;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Identity;
using Raft.Actors.Node.Leading;
using Raft.Actors.Node.Machine;
using Raft.Actors.Node.Snapshotting;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>What a server says of itself and its group when it is asked. Nothing here decides anything.</summary>
internal sealed class NodeReports(
    INodeContext node, NodeIdentity identity, OwnState state, MachineFaults faults, LocalSnapshots snapshots,
    ProposalQueue proposals)
{
    private Abilities Own => state.Version.Abilities;

    /// <summary>The server's status.</summary>
    /// <param name="leader">What it does because it leads; null where it does not lead.</param>
    /// <param name="durableIndex">Up to where its log is durable.</param>
    /// <param name="heardAt">When it last heard a leader; null where it has not in this life.</param>
    public RaftStatus Status(LeaderRole? leader, long durableIndex, TimeSpan? heardAt) => new(
        node.Settings.Group,
        node.Self,
        node.Role,
        node.Term,
        node.VotedFor,
        node.LeaderId,
        node.LeaderAddress,
        node.CommitIndex,
        state.LastApplied,
        node.Log.FirstIndex,
        node.Log.LastIndex,
        node.Log.LastTerm,
        durableIndex,
        node.Configuration,
        proposals.InFlight,
        leader is null && heardAt is { } contact ? node.Now - contact : null,
        leader is null ? [] : [.. leader.FollowerStatuses()])
    {
        Snapshot = snapshots.Kept.Newest?.Content is { } snapshot
            ? new SnapshotStatus(snapshot.Index, snapshot.Term, snapshot.Bytes)
            : SnapshotStatus.None,
        Restore = state.RestoreByHand,
        Identity = identity.Group,
        Journal = identity.Journal,
        NotServing = node.NotServing,
        Software = Own.Software,
        Failure = faults.StoppedAt?.AsFailure,
    };

    /// <summary>The group's configuration, and what this server knows of the members.</summary>
    public ConfigurationInfo ConfigurationInfo(LeaderRole? leader) =>
        new(node.Configurations.LatestIndex, node.Configuration, node.Configurations.IsLatestCommitted)
        {
            Members = [.. MemberStatuses(leader)],
        };

    /// <summary>Of itself, and, where it leads, of those that have announced something.</summary>
    private IEnumerable<MemberStatus> MemberStatuses(LeaderRole? leader)
    {
        foreach (var server in node.Configuration.Servers)
        {
            if (server.Id == node.Self)
            {
                yield return StatusOf(server.Id, Own) with { NotServing = node.NotServing };
            }
            else if (leader?.Followers.Find(server.Id) is { } follower)
            {
                yield return StatusOf(server.Id, follower.Abilities) with
                {
                    NotServing = follower.NotServing,
                    WaitsToVote = leader.WhyWaits(server.Id),
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
            LacksTypes = Own.Types.Count(type => !abilities.Reads(type)),
            LackedTypes =
            [
                .. node.Codec.ListedNames
                    .Where(name => !abilities.Reads(Abilities.Hash(Encoding.UTF8.GetBytes(name))))
                    .Take(MemberStatus.MaxNames),
            ],
        };
}
