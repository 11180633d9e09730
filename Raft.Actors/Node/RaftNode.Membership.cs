using Akka.Actor;
using Akka.Event;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Changes of the configuration, one server at a time (dissertation, chapter 4). A configuration counts from when it is appended; the
/// arithmetic is in <see cref="ConfigurationRules"/> and <see cref="CatchUp"/>.
/// </summary>
public sealed partial class RaftNode
{
    private bool _wasMember;
    private bool _hasWarnedOfOldList;

    /// <summary>Whether this server was a member in this life, knows that it is none any more, and is set to stop then.</summary>
    private bool MustLeave =>
        _settings.ShutdownOnRemove && _wasMember && _configurations.IsLatestCommitted && !Configuration.Contains(_self);

    /// <summary>
    /// Groups that grew under an older version, or whose files were changed since, have company all the same. The one who can tell
    /// is this server, for as long as it has its journal.
    /// </summary>
    private void WarnOfBeginningAlone()
    {
        if (LoneBeginning.Why(_settings) is { } setting && Configuration.Servers.Any(server => server.Id != _self))
        {
            _logger.Warning(
                "{0} has a group ({1}), and {2}: if it lost its disk it would begin another group by itself. "
                + "Name the others too, or none, and restart it; its data stay as they are",
                PersistenceId, Configuration, setting);
        }
    }

    /// <summary>Servers that lost their disks begin a group by this list, and nobody whom it names would tell them that one stands.</summary>
    private void WarnOfOldList(Configuration configuration)
    {
        var listed = _settings.InitialConfiguration.Voters;
        if (!_hasWarnedOfOldList && !listed.IsEmpty && configuration.Contains(_self) && !listed.Any(configuration.IsVoter))
        {
            _hasWarnedOfOldList = true;
            _logger.Warning(
                "{0}: raft.servers names {1} as voters, and the group has {2}. If those lost their disks, they would begin another group by that list: "
                + "name the present voters in it, on every server, or none",
                PersistenceId, string.Join(", ", listed), string.Join(", ", configuration.Voters));
        }
    }

    private void OnConfigurationCommitted(long index, Configuration configuration)
    {
        _logger.Info("{0} knows the configuration of entry {1} to be committed: {2}", PersistenceId, index, configuration);
        var isMember = configuration.Contains(_self);
        if (_wasMember && !isMember)
        {
            _logger.Warning("{0} was removed from its group by entry {1}: stop it, or add it again", PersistenceId, index);
        }

        WarnOfOldList(configuration);
        _wasMember |= isMember;
        _identity.Join(configuration.Identity);
        _leader?.OnConfigurationCommitted(index, configuration);
    }

    /// <summary>By way of the supervisor, which would else start the node again.</summary>
    private void ShutDownRemoved()
    {
        _logger.Warning("{0} was removed from its group and shuts down (raft.shutdown-on-remove)", PersistenceId);
        Context.Parent.Tell(new Shutdown(), ActorRefs.NoSender);
    }
}
