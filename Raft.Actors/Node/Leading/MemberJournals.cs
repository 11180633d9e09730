using Akka.Actor;
using Akka.Event;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// What a leader does by itself about the members' journals (docs/architecture.md, Identity), one change at a time:
/// gives a group of an older version its identity, takes the vote of a server that has lost its journal, and gives it
/// back when it has caught up.
/// </summary>
internal sealed class MemberJournals(ILeaderContext node, Followers followers, ConfigurationChanges changes)
{
    /// <summary>Looks whether something is to be done.</summary>
    public void OnTick()
    {
        var servers = node.Configuration.Servers;
        if (node.Configuration.Identity.IsNone)
        {
            IdentifyGroup();
        }
        else if (servers.FirstOrDefault(HasLostJournal) is { } lost)
        {
            TakeVote(lost);
        }
        else if (servers.FirstOrDefault(server => server.RegainsVote && followers.IsHeard(server.Id)) is { } regains)
        {
            changes.BeginCatchUp(new AddVoter(regains.Id, regains.Address), ActorRefs.Nobody);
        }
    }

    /// <summary>
    /// Only when every member has just confirmed all of the log in a version that knows identities: no member may be
    /// left without it.
    /// </summary>
    private void IdentifyGroup()
    {
        if (node.Configuration.Servers.Any(server => server.Id != node.Self && !HasConfirmedAll(server.Id)))
        {
            return;
        }

        var identity = new GroupIdentity(node.NewIdentity());
        if (ConfigurationRules.Identify(node.Configuration, identity, JournalOf) is { } next)
        {
            node.Logger.Info(
                "{0}: all servers run a version that knows identities, and the group gets its own, {1}", node.Name, identity);
            changes.Append(next);
        }

        bool HasConfirmedAll(ServerId server) =>
            followers.IsHeard(server) && followers.Find(server)?.Progress?.MatchIndex == node.Log.LastIndex;

        JournalIdentity JournalOf(ServerId server) =>
            server == node.Self ? node.Journal : followers.Find(server)?.Journal ?? default;
    }

    private bool HasLostJournal(Server server) =>
        server.Suffrage == Suffrage.Voter
        && followers.Find(server.Id) is { Journal: { IsNone: false } journal } follower
        && followers.IsHeard(server.Id)
        && (!node.Configuration.Counts(server.Id, journal) || follower.HasLostEntries);

    /// <summary>
    /// A server that forgot what it confirmed is as one that lost all of its journal, though the journal says that it
    /// is the same.
    /// </summary>
    private void TakeVote(Server lost)
    {
        var follower = followers.Find(lost.Id)!;
        var journal = follower.Journal;
        follower.HasLostEntries = false;
        if (!node.Settings.Membership.ReplaceLostJournals)
        {
            if (node.ShouldLog(lost.Id, "lost journal"))
            {
                node.Logger.Error(
                    "{0}: {1} has lost its journal {2}, or the end of it, and has {3} now. Nothing that it says should count; "
                    + "demote it and add it as a voter again (raft.membership.replace-lost-journals = off)",
                    node.Name, lost.Id, lost.Journal, journal);
            }
        }
        else if (ConfigurationRules.LoseJournal(node.Configuration, lost.Id) is { } next)
        {
            node.Logger.Warning(
                "{0}: {1} has lost its journal {2}, or the end of it, and has {3} now. "
                + "It is a nonvoter until it has been filled up",
                node.Name, lost.Id, lost.Journal, journal);
            changes.Append(next);
        }
    }
}
