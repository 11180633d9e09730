using Akka.Event;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;

namespace Raft.Actors.Node.Identity;

/// <summary>
/// Whether this server is a member of its group, and what it warns of when its settings and the group do not fit.
/// </summary>
internal sealed class OwnMembership(INodeContext node)
{
    private bool _wasMember;
    private bool _hasWarnedOfOldList;

    /// <summary>Whether this server was a member in this life, knows that it was removed, and is set to stop then.</summary>
    public bool MustLeave =>
        node.Settings.ShutdownOnRemove && _wasMember && node.Configurations.IsLatestCommitted
        && !node.Configuration.Contains(node.Self);

    /// <summary>A snapshot is this server's state: its configuration is committed.</summary>
    public void Learn(Configuration committed) => _wasMember |= committed.Contains(node.Self);

    /// <summary>A configuration is committed.</summary>
    public void OnCommitted(long index, Configuration configuration)
    {
        node.Logger.Info("{0} knows the configuration of entry {1} to be committed: {2}", node.Name, index, configuration);
        if (_wasMember && !configuration.Contains(node.Self))
        {
            node.Logger.Warning("{0} was removed from its group by entry {1}: stop it, or add it again", node.Name, index);
        }

        WarnOfOldList(configuration);
        Learn(configuration);
    }

    /// <summary>
    /// Warns where this server would begin a group all alone if it lost its disk, though it has company: its group grew
    /// under an older version, or its files were changed since. Only this server can tell, and only while it has its
    /// journal.
    /// </summary>
    public void WarnOfBeginningAlone()
    {
        if (LoneBeginning.Why(node.Settings) is { } setting && node.Configuration.Servers.Any(server => server.Id != node.Self))
        {
            node.Logger.Warning(
                "{0} has a group ({1}), and {2}: if it lost its disk it would begin another group by itself. "
                + "Name the others too, or none, and restart it; its data stay as they are",
                node.Name, node.Configuration, setting);
        }
    }

    /// <summary>
    /// Servers that lost their disks begin a group by this list, and no server that it names would tell them that one
    /// stands.
    /// </summary>
    private void WarnOfOldList(Configuration configuration)
    {
        var listed = node.Settings.InitialConfiguration.Voters;
        if (!_hasWarnedOfOldList && !listed.IsEmpty && configuration.Contains(node.Self) && !listed.Any(configuration.IsVoter))
        {
            _hasWarnedOfOldList = true;
            node.Logger.Warning(
                "{0}: raft.servers names {1} as voters, and the group has {2}. If those lost their disks, they would begin "
                + "another group by that list: name the present voters in it, on every server, or none",
                node.Name, string.Join(", ", listed), string.Join(", ", configuration.Voters));
        }
    }
}
