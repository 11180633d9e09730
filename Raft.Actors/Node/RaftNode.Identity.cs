using Akka.Event;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Which group this server belongs to, and which journal it has (docs/architecture.md, Identity). A member of a group is a server with its journal:
/// one that comes back with an empty disk is another member, which votes and counts for nothing until it is made a voter again.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>
    /// What a leader does by itself about journals, one change at a time: gives a group of an older version its identity, takes the vote of a server that has lost its
    /// journal, and gives it back when it has caught up.
    /// </summary>
    private void OnIdentityTick(TimeSpan now)
    {
        if (IsHandingOver || WhyNoChangeNow() is not null)
        {
            return;
        }

        if (Configuration.Identity.IsNone)
        {
            IdentifyGroup(now);
        }
        else if (Configuration.Servers.FirstOrDefault(server => HasLostJournal(server, now)) is { } lost)
        {
            TakeVote(lost);
        }
        else if (Configuration.Servers.FirstOrDefault(server => server.RegainsVote && IsHeard(server.Id, now)) is { } regains)
        {
            BeginCatchUp(new PendingChange(new AddVoter(regains.Id, regains.Address), Akka.Actor.ActorRefs.Nobody));
        }
    }

    /// <summary>Only when every member has just confirmed all of the log in a version that knows identities: nobody is to be left behind it.</summary>
    private void IdentifyGroup(TimeSpan now)
    {
        if (Configuration.Servers.Any(server => server.Id != _self && !(IsHeard(server.Id, now) && Lead.Find(server.Id)?.Progress?.MatchIndex == _log.LastIndex)))
        {
            return;
        }

        var identity = new GroupIdentity(_environment.NewIdentity());
        if (ConfigurationRules.Identify(Configuration, identity, id => id == _self ? _identity.Journal : Lead.Find(id)?.Journal ?? default) is { } next)
        {
            _logger.Info("{0}: all servers run a version that knows identities, and the group gets its own, {1}", PersistenceId, identity);
            AppendConfiguration(next);
        }
    }

    private bool IsHeard(ServerId server, TimeSpan now) =>
        Lead.Find(server)?.HeardAt is { } heardAt && now - heardAt <= _settings.LeaderLeaseTimeout;

    private bool HasLostJournal(Server server, TimeSpan now) =>
        server.Suffrage == Suffrage.Voter
        && Lead.Find(server.Id) is { Journal: { IsNone: false } journal }
        && IsHeard(server.Id, now)
        && (!Configuration.Counts(server.Id, journal) || Lead.Find(server.Id) is { HasLostEntries: true });

    /// <summary>A server that forgot what it confirmed is as one that lost all of its journal, though the journal says that it is the same.</summary>
    private void TakeVote(Server lost)
    {
        var follower = Lead.Find(lost.Id)!;
        var journal = follower.Journal;
        follower.HasLostEntries = false;
        if (!_settings.Membership.ReplaceLostJournals)
        {
            if (_gate.ShouldLog(lost.Id, "lost journal", Now))
            {
                _logger.Error(
                    "{0}: {1} has lost its journal {2}, or the end of it, and has {3} now. Nothing that it says should count; demote it and add it as a voter again (raft.membership.replace-lost-journals = off)",
                    PersistenceId, lost.Id, lost.Journal, journal);
            }
        }
        else if (ConfigurationRules.LoseJournal(Configuration, lost.Id) is { } next)
        {
            _logger.Warning(
                "{0}: {1} has lost its journal {2}, or the end of it, and has {3} now. It is a nonvoter until it has been filled up",
                PersistenceId, lost.Id, lost.Journal, journal);
            AppendConfiguration(next);
        }
    }
}
