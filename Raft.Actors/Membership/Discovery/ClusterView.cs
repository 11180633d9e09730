using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace Raft.Actors.Membership.Discovery;

/// <summary>A member of the cluster that may be a server of the group.</summary>
/// <param name="Address">Its address.</param>
/// <param name="IsReachable">Whether the failure detectors find it reachable.</param>
internal sealed record ClusterMember(string Address, bool IsReachable);

/// <summary>The cluster as this process sees it.</summary>
/// <param name="Self">This process's address.</param>
/// <param name="Members">The members of the role, this process among them if it has the role, in the order of their
/// addresses.</param>
internal sealed record ClusterView(string Self, ImmutableArray<ClusterMember> Members)
{
    /// <summary>
    /// What Akka.Cluster shows now. Members that join count as well as those that are up: while any member is unreachable, none
    /// becomes up.
    /// </summary>
    public static ClusterView Of(ActorSystem system, string role)
    {
        var cluster = Cluster.Get(system);
        var state = cluster.State;
        return new ClusterView(
            cluster.SelfAddress.ToString(),
            [
                .. state.Members
                    .Where(member => member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up
                        && (role.Length == 0 || member.HasRole(role)))
                    .Select(member => new ClusterMember(member.Address.ToString(), !state.Unreachable.Contains(member)))
                    .DistinctBy(static member => member.Address)
                    .OrderBy(static member => member.Address, StringComparer.Ordinal),
            ]);
    }
}
