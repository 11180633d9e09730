using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Which group this server belongs to, and which journal it has (docs/architecture.md, Identity). A member of a group is a server with its journal:
/// one that comes back with an empty disk is another member, which votes and counts for nothing until it is made a voter again.
/// </summary>
public sealed partial class RaftNode
{
    private GroupIdentity _groupIdentity;
    private JournalIdentity _journalIdentity;
    private bool _isJournalIdentified;
    private (ServerId To, PeerIdentity Identity)? _identityTo;

    /// <summary>Whether this server has never had a part in a group, but for a pledge to let one begin.</summary>
    private bool IsEmpty => _log.LastIndex == 0 && _currentTerm <= FoundingTerm;

    /// <summary>Whether the journal is the one that the configuration in force knows as this server's.</summary>
    private bool IsKnownJournal => Configuration.Counts(_self, _journalIdentity);

    private void RecoverIdentity(JournalIdentity journal, GroupIdentity group)
    {
        if ((!_journalIdentity.IsNone && journal != _journalIdentity) || (!_groupIdentity.IsNone && group != _groupIdentity))
        {
            throw new InvalidOperationException(
                $"the journal of {PersistenceId} is of two: journal {_journalIdentity} of group {_groupIdentity}, and journal {journal} of group {group}; "
                + "remove this server's data and let it join anew");
        }

        (_journalIdentity, _groupIdentity, _isJournalIdentified) = (journal, group, true);
    }

    /// <summary>
    /// A new journal gets its identity as its first event. One of an older version gets it when its group does, so that until
    /// then the older version can still read it.
    /// </summary>
    private void BeginIdentity()
    {
        if (_journalIdentity.IsNone)
        {
            _journalIdentity = NewJournalIdentity();
            if (LastSequenceNr == 0)
            {
                WriteIdentity();
            }
        }

        var (index, configuration) = _configurations.At(FirstEntry);
        if (index == FirstEntry)
        {
            JoinGroup(configuration.Identity);
        }
    }

    private JournalIdentity NewJournalIdentity()
    {
        JournalIdentity drawn;
        do
        {
            drawn = new JournalIdentity((ulong)_environment.NewIdentity());
        }
        while (drawn.IsNone);
        return drawn;
    }

    private void WriteIdentity()
    {
        _isJournalIdentified = true;
        _identityTo = null;
        _journal.Add(new JournalIdentified(_journalIdentity, _groupIdentity));
        RequestFlush();
    }

    /// <summary>
    /// From here on this server is of that group and of no other: its first entry says so, or a committed one, or a snapshot, or the leader that
    /// begins to fill it up.
    /// </summary>
    private void JoinGroup(GroupIdentity identity)
    {
        if (identity.IsNone || !_groupIdentity.IsNone)
        {
            return;
        }

        _groupIdentity = identity;
        WriteIdentity();
        _leader?.Followers.Restart();
    }

    /// <summary>
    /// The first entry belongs to one group only, for everybody pledged himself to its founder. A later one that brings the identity to a group of an
    /// older version may still be replaced, so that it binds when it is committed.
    /// </summary>
    private void OnConfigurationAppended(long index)
    {
        if (index == FirstEntry)
        {
            OnGroupBegun();
        }

        var configuration = Configuration;
        if (configuration.Identity.IsNone)
        {
            return;
        }

        if (!_isJournalIdentified)
        {
            // The group has taken up this journal under the identity of an earlier life, which was not written down.
            _journalIdentity = configuration.Find(_self) is { Journal: { IsNone: false } known } ? known : _journalIdentity;
            WriteIdentity();
        }

        if (index == FirstEntry)
        {
            JoinGroup(configuration.Identity);
        }
    }

    private PeerIdentity IdentityTo(ServerId to)
    {
        if (_identityTo is var (known, identity) && known == to)
        {
            return identity;
        }

        identity = new PeerIdentity(_groupIdentity, _journalIdentity, Configuration.Find(to)?.Journal ?? default);
        _identityTo = (to, identity);
        return identity;
    }

    /// <summary>Whether what a server says counts for the group; says so in the log where it does not.</summary>
    private bool Counts(PeerHeader header)
    {
        if (Configuration.Counts(header.From, header.Journal))
        {
            return true;
        }

        if (_gate.ShouldLog(header.From, "journal", Now))
        {
            _logger.Warning(
                "{0} does not count what {1} says: its journal is {2}, and the group knows {3}. Has it lost its disk? It votes again when a leader has filled it up; "
                + "where a majority of the voters lost their disks, nobody can be elected until one of the others is recovered (docs/operations.md)",
                PersistenceId, header.From, header.Journal, Configuration.Find(header.From)?.Journal);
        }

        return false;
    }
}
