using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Identity;

/// <summary>
/// Which group this server belongs to, and which journal it has (docs/architecture.md, Identity). A member of a group is a
/// server with its journal: one that comes back with an empty disk is another member, which votes and counts for nothing
/// until it is made a voter again.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="newIdentity">Draws identities; no number twice.</param>
internal sealed class NodeIdentity(INodeContext node, Func<UInt128> newIdentity)
{
    /// <summary>The index of the first entry that a group has. It belongs to one group only.</summary>
    public const long FirstEntry = 1;

    private bool _isWritten;

    // The identity that the last message was sent with, and to whom.
    private (ServerId To, PeerIdentity Identity)? _latest;

    /// <summary>The group; none while this server does not know it for certain.</summary>
    public GroupIdentity Group { get; private set; }

    /// <summary>The journal. One of an older version may not have it written down yet.</summary>
    public JournalIdentity Journal { get; private set; }

    /// <summary>The journal; none while that is not written down.</summary>
    public JournalIdentity WrittenJournal => _isWritten ? Journal : default;

    /// <summary>Whether the journal is the one that the configuration in force knows as this server's.</summary>
    public bool IsKnown => node.Configuration.Counts(node.Self, Journal);

    /// <summary>The journal tells what it is.</summary>
    /// <exception cref="InvalidOperationException">It has told otherwise before.</exception>
    public void Recover(JournalIdentity journal, GroupIdentity group)
    {
        if ((!Journal.IsNone && journal != Journal) || (!Group.IsNone && group != Group))
        {
            throw new InvalidOperationException(
                $"the journal of {node.Name} is of two: journal {Journal} of group {Group}, "
                + $"and journal {journal} of group {group}; remove this server's data and let it join anew");
        }

        (Journal, Group, _isWritten) = (journal, group, true);
    }

    /// <summary>
    /// The journal is read. A new one gets its identity as its first event. One of an older version gets it when its group
    /// does, so that until then the older version can still read it.
    /// </summary>
    /// <param name="isNewJournal">Whether the journal has no events.</param>
    public void Begin(bool isNewJournal)
    {
        if (Journal.IsNone)
        {
            Journal = DrawJournal();
            if (isNewJournal)
            {
                Write();
            }
        }

        var (index, configuration) = node.Configurations.At(FirstEntry);
        if (index == FirstEntry)
        {
            Join(configuration.Identity);
        }
    }

    private JournalIdentity DrawJournal()
    {
        JournalIdentity drawn;
        do
        {
            drawn = new JournalIdentity((ulong)newIdentity());
        }
        while (drawn.IsNone);
        return drawn;
    }

    private void Write()
    {
        _isWritten = true;
        _latest = null;
        node.Persist(new JournalIdentified(Journal, Group));
    }

    /// <summary>
    /// From here on this server is of that group and of no other: its first entry says so, or a committed one, or a snapshot,
    /// or the leader that begins to fill it up.
    /// </summary>
    public void Join(GroupIdentity identity)
    {
        if (identity.IsNone || !Group.IsNone)
        {
            return;
        }

        Group = identity;
        Write();
        node.Leading?.RestartFollowers();
    }

    /// <summary>
    /// A configuration is in the log. In the first entry it belongs to one group only, as everybody pledged himself to its
    /// founder. A later one that brings the identity to a group of an older version may still be replaced: it binds when it
    /// is committed.
    /// </summary>
    public void OnConfigurationAppended(long index, Configuration configuration)
    {
        if (configuration.Identity.IsNone)
        {
            return;
        }

        if (!_isWritten)
        {
            // The group has taken up this journal under the identity of an earlier life, which was not written down.
            Journal = configuration.Find(node.Self) is { Journal: { IsNone: false } known } ? known : Journal;
            Write();
        }

        if (index == FirstEntry)
        {
            Join(configuration.Identity);
        }
    }

    /// <summary>Another configuration is in force: it may know other journals.</summary>
    public void OnConfigurationChanged() => _latest = null;

    /// <summary>What a message to a server says of both.</summary>
    public PeerIdentity To(ServerId server)
    {
        if (_latest is var (known, identity) && known == server)
        {
            return identity;
        }

        identity = new PeerIdentity(Group, Journal, node.Configuration.Find(server)?.Journal ?? default);
        _latest = (server, identity);
        return identity;
    }

    /// <summary>Whether what a server says counts for the group. Says so in the log where it does not.</summary>
    public bool Counts(PeerHeader header)
    {
        var configuration = node.Configuration;
        if (configuration.Counts(header.From, header.Journal))
        {
            return true;
        }

        if (node.ShouldLog(header.From, "journal"))
        {
            node.Logger.Warning(
                "{0} does not count what {1} says: its journal is {2}, and the group knows {3}. Has it lost its disk? "
                + "It votes again when a leader has filled it up; where a majority of the voters lost their disks, "
                + "nobody can be elected until one of the others is recovered (docs/operations.md)",
                node.Name, header.From, header.Journal, configuration.Find(header.From)?.Journal);
        }

        return false;
    }
}
