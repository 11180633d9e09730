using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Membership.Discovery;

/// <summary>
/// What a leader may do by itself about servers that come, move and stay away (the rules of Consul's autopilot).
/// </summary>
/// <param name="JoinAs">What an empty server becomes: a voter (a nonvoter until it has caught up), a nonvoter that stays one,
/// or nothing.</param>
/// <param name="StableFor">A server must have been seen without a break for this long before anything is done about it.</param>
/// <param name="RemoveAfter">A server that neither answers nor is seen for this long is removed; null removes nobody.</param>
/// <param name="MinVoters">Nobody is removed where fewer voters than this would be left.</param>
public sealed record DiscoveryPolicy(JoinPolicy JoinAs, TimeSpan StableFor, TimeSpan? RemoveAfter, int MinVoters);

/// <summary>A server that a discovery, such as Akka.Cluster's membership, shows.</summary>
/// <param name="Id">The id that it claims.</param>
/// <param name="Address">Where it is.</param>
/// <param name="SeenFor">For how long it has been seen there without a break.</param>
/// <param name="IsEmpty">Whether it has no log and knows no configuration.</param>
/// <param name="Configuration">The configuration in force there.</param>
public sealed record SeenServer(ServerId Id, string Address, TimeSpan SeenFor, bool IsEmpty, Configuration Configuration)
{
    /// <summary>With how many servers it would begin a group; 0: it would not.</summary>
    public int BootstrapExpect { get; init; }

    /// <summary>Of an empty server: the coordinator that has its pledge; none if it has not pledged itself.</summary>
    public ServerId PledgedTo { get; init; }
}

/// <summary>What a leader knows of a member by Raft's own messages.</summary>
/// <param name="Id">The member.</param>
/// <param name="SilentFor">How long ago it last answered this leader, or since when it has led without an answer; zero for the
/// leader itself.</param>
public sealed record MemberContact(ServerId Id, TimeSpan SilentFor);

/// <summary>
/// Finds the next change of the configuration, if there is one to make. What discovery shows is a hint: it may add a server,
/// tell where one has moved to, or fail to show one. Only the configuration says whether a member counts, and a quorum never
/// gets smaller because a server is not seen.
/// </summary>
public static class DiscoveryPlanner
{
    /// <summary>The next change, on top of the configuration that is given; null if there is none to make now.</summary>
    /// <param name="policy">What may be done.</param>
    /// <param name="self">The leader.</param>
    /// <param name="current">The configuration in force at the leader. Nothing is done while it is not committed.</param>
    /// <param name="seen">The servers that are seen, in any order.</param>
    /// <param name="contacts">The members by Raft's own messages. A missing member counts as unknown: not healthy, and not
    /// gone.</param>
    /// <param name="healthyWithin">A member that answered within this counts as healthy.</param>
    public static MembershipRequest? Next(
        DiscoveryPolicy policy,
        ServerId self,
        ConfigurationInfo current,
        ImmutableArray<SeenServer> seen,
        ImmutableArray<MemberContact> contacts,
        TimeSpan healthyWithin)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(current);
        if (!current.IsCommitted)
        {
            return null;
        }

        // If two claim one id, or one address claims two ids, it is unknown which is meant, so neither is believed.
        var believed = seen
            .Where(server => seen.Count(other => other.Id == server.Id || other.Address == server.Address) == 1
                && server.SeenFor >= policy.StableFor)
            .OrderBy(static server => server.Id.Value, StringComparer.Ordinal)
            .ToList();
        var request = (MembershipRequest?)Move(current.Configuration, believed)
            ?? (ForeignGroup(current.Configuration, seen) is null ? Join(policy, current.Configuration, believed) : null)
            ?? (MembershipRequest?)Promote(policy, current.Configuration, contacts, healthyWithin)
            ?? Remove(policy, self, current.Configuration, seen, contacts, healthyWithin);
        return request is null ? null : request with { PreviousIndex = current.Index };
    }

    /// <summary>
    /// A server that belongs to another group of the same name, which began beside this one. While there is one, no server is
    /// added to either group: two leaders that fill one empty server would mix their logs. Null if there is none.
    /// </summary>
    public static SeenServer? ForeignGroup(Configuration configuration, ImmutableArray<SeenServer> seen) =>
        seen.FirstOrDefault(server => !configuration.Contains(server.Id)
            && !server.Configuration.IsEmpty
            && server.Configuration.Servers.All(other => !configuration.Contains(other.Id)));

    /// <summary>
    /// A member that is seen with its state at another address, and nowhere else, has moved. It keeps its suffrage. An empty
    /// one has lost its disk: an operator decides whether it may take the old one's place.
    /// </summary>
    private static AddNonvoter? Move(Configuration configuration, List<SeenServer> seen) =>
        seen.Where(server => configuration.Find(server.Id) is { } member
                && member.Address != server.Address
                && !server.IsEmpty
                && configuration.Servers.All(other => other.Address != server.Address))
            .Select(static server => new AddNonvoter(server.Id, server.Address))
            .FirstOrDefault();

    /// <summary>
    /// Only an empty server is added: one with state belongs to another group, or was removed from this one. A server that has
    /// pledged itself to a server outside of this group is not added either: that one may be about to begin another group with
    /// it.
    /// </summary>
    private static MembershipRequest? Join(DiscoveryPolicy policy, Configuration configuration, List<SeenServer> seen) =>
        policy.JoinAs == JoinPolicy.None ? null : seen
            .Where(server => server.IsEmpty
                && (server.PledgedTo.IsNone || configuration.Contains(server.PledgedTo))
                && !configuration.Contains(server.Id)
                && configuration.Servers.All(member => member.Address != server.Address))
            .Select(server => policy.JoinAs == JoinPolicy.Voter
                ? (MembershipRequest)new AddVoter(server.Id, server.Address)
                : new AddNonvoter(server.Id, server.Address))
            .FirstOrDefault();

    /// <summary>A nonvoter that did not catch up in time, when it answers again.</summary>
    private static AddVoter? Promote(
        DiscoveryPolicy policy, Configuration configuration, ImmutableArray<MemberContact> contacts, TimeSpan healthyWithin) =>
        policy.JoinAs != JoinPolicy.Voter ? null : configuration.Servers
            .Where(server => server.Suffrage == Suffrage.Nonvoter && IsHealthy(server.Id, contacts, healthyWithin))
            .Select(static server => new AddVoter(server.Id, server.Address))
            .FirstOrDefault();

    /// <summary>
    /// A member that is long gone: only while the healthy voters are a quorum of the configuration with it, so that what is
    /// removed is the few and not the many, and only where enough voters stay.
    /// </summary>
    private static RemoveServer? Remove(
        DiscoveryPolicy policy,
        ServerId self,
        Configuration configuration,
        ImmutableArray<SeenServer> seen,
        ImmutableArray<MemberContact> contacts,
        TimeSpan healthyWithin)
    {
        if (policy.RemoveAfter is not { } removeAfter)
        {
            return null;
        }

        var healthy = configuration.Voters.Count(voter => voter == self || IsHealthy(voter, contacts, healthyWithin));
        return healthy < configuration.QuorumSize ? null : configuration.Servers
            .Where(server => server.Id != self
                && seen.All(other => other.Id != server.Id)
                && Contact(server.Id, contacts) is { } contact
                && contact.SilentFor >= removeAfter
                && (server.Suffrage == Suffrage.Nonvoter || configuration.Voters.Length - 1 >= policy.MinVoters))
            .Select(static server => new RemoveServer(server.Id))
            .FirstOrDefault();
    }

    private static bool IsHealthy(ServerId id, ImmutableArray<MemberContact> contacts, TimeSpan within) =>
        Contact(id, contacts) is { } contact && contact.SilentFor <= within;

    private static MemberContact? Contact(ServerId id, ImmutableArray<MemberContact> contacts) =>
        contacts.FirstOrDefault(contact => contact.Id == id);
}
