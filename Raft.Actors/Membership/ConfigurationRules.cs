using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Membership;

/// <summary>
/// What a request for a change makes of a configuration (hashicorp/raft's <c>nextConfiguration</c>). Each step adds, removes,
/// promotes or demotes at most one voter: that any majority before it and any majority after it share a server is what makes it
/// safe (dissertation 4.1).
/// </summary>
public static class ConfigurationRules
{
    /// <summary>The first step of a change.</summary>
    /// <param name="current">The configuration in force.</param>
    /// <param name="currentIndex">The index of its entry.</param>
    /// <param name="request">What is asked for.</param>
    public static ConfigurationStep Step(Configuration current, long currentIndex, MembershipRequest request)
    {
        if (request.PreviousIndex > 0 && request.PreviousIndex != currentIndex)
        {
            return ConfigurationStep.Refuse(
                $"it was asked for on top of the configuration of entry {request.PreviousIndex}, "
                + $"but that of entry {currentIndex} is in force");
        }

        if (request.Server.IsNone)
        {
            return ConfigurationStep.Refuse("no server is named");
        }

        return request switch
        {
            AddVoter add => Place(current, add.Server, add.Address, isToVote: true),
            AddNonvoter add => Place(current, add.Server, add.Address, isToVote: false),
            DemoteVoter demote => Demote(current, demote.Server),
            RemoveServer remove => Remove(current, remove.Server),
            _ => ConfigurationStep.Refuse($"{request.GetType().Name} is not known here"),
        };
    }

    /// <summary>The configuration in which a server that has caught up votes; null if there is nothing to promote.</summary>
    /// <param name="current">The configuration in force.</param>
    /// <param name="id">The server.</param>
    /// <param name="journal">The journal that it has caught up with, which its vote will belong to.</param>
    public static Configuration? Promote(Configuration current, ServerId id, JournalIdentity journal) =>
        current.Find(id) is { Suffrage: Suffrage.Nonvoter } server
            ? current.With(server with
            {
                Suffrage = Suffrage.Voter,
                Journal = current.Identity.IsNone ? default : journal,
                RegainsVote = false,
            })
            : null;

    /// <summary>
    /// The configuration that takes the vote of a server whose journal is lost; null if it has none to lose, or is the last
    /// voter. It may have confirmed entries and given votes that it has forgotten, so it votes again only when it has been
    /// filled up as a nonvoter, with its new journal (<see cref="Promote"/>).
    /// </summary>
    public static Configuration? LoseJournal(Configuration current, ServerId id) =>
        current.Find(id) is { Suffrage: Suffrage.Voter } server && current.Voters.Length > 1
            ? current.With(server with { Suffrage = Suffrage.Nonvoter, Journal = default, RegainsVote = true })
            : null;

    /// <summary>
    /// The configuration that gives a group of before there were identities its own, and each server the journal that it has;
    /// null where a server's journal is not known, or the group has an identity.
    /// </summary>
    public static Configuration? Identify(
        Configuration current, GroupIdentity identity, Func<ServerId, JournalIdentity> journalOf)
    {
        ImmutableArray<Server> servers = [.. current.Servers.Select(server => server with { Journal = journalOf(server.Id) })];
        return !current.Identity.IsNone || servers.Any(static server => server.Journal.IsNone) ? null
            : new Configuration(servers, identity, current.StateMachineVersion);
    }

    private static ConfigurationStep Place(Configuration current, ServerId id, string address, bool isToVote)
    {
        if (!Address.TryParse(address, out var parsed) || parsed.Host is null || parsed.Port is null)
        {
            return ConfigurationStep.Refuse($"'{address}' is not an address such as akka.tcp://raft@10.0.0.1:4053");
        }

        foreach (var server in current.Servers)
        {
            if (server.Id != id && server.Address == address)
            {
                return ConfigurationStep.Refuse($"server {server.Id} has the address {address}");
            }
        }

        // A server that will vote and does not yet begins as a nonvoter.
        var known = current.Find(id);
        var promotes = isToVote && known is not { Suffrage: Suffrage.Voter };
        return known is null ? new ConfigurationStep(current.With(new Server(id, address, Suffrage.Nonvoter)), promotes, null)
            : known.Address != address ? new ConfigurationStep(current.With(known with { Address = address }), promotes, null)
            : new ConfigurationStep(null, promotes, null);
    }

    private static ConfigurationStep Demote(Configuration current, ServerId id) => current.Find(id) switch
    {
        null => ConfigurationStep.Refuse($"server {id} is not a member ({current})"),
        { RegainsVote: true } server => new ConfigurationStep(current.With(server with { RegainsVote = false }), false, null),
        { Suffrage: Suffrage.Nonvoter } => new ConfigurationStep(null, false, null),
        _ when current.Voters.Length == 1 => ConfigurationStep.Refuse($"{id} is the last voter"),
        var server => new ConfigurationStep(
            current.With(server with { Suffrage = Suffrage.Nonvoter, Journal = default }), false, null),
    };

    private static ConfigurationStep Remove(Configuration current, ServerId id) =>
        !current.Contains(id) ? ConfigurationStep.Refuse($"server {id} is not a member ({current})")
        : current.IsVoter(id) && current.Voters.Length == 1 ? ConfigurationStep.Refuse($"{id} is the last voter")
        : new ConfigurationStep(current.Without(id), false, null);
}

/// <summary>What comes of a request: the next configuration, nothing to change, or a refusal.</summary>
/// <param name="Next">The configuration to append; null if the one in force has it already, or on a refusal.</param>
/// <param name="Promotes">Whether the server will be promoted once it has caught up.</param>
/// <param name="Refusal">Why nothing is changed; otherwise null.</param>
public readonly record struct ConfigurationStep(Configuration? Next, bool Promotes, string? Refusal)
{
    internal static ConfigurationStep Refuse(string reason) => new(null, false, reason);
}
