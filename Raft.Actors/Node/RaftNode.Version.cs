using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// The version of the group's commands (docs/architecture.md, The version of the commands). It is in the configuration, which a snapshot
/// and every journal hold already. The leader raises it once every member supports the next one. A server whose state machine does not support it
/// keeps its log and its votes, applies nothing and serves nobody.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>The snapshot whose state this server does not support.</summary>
    private (StoredSnapshot Snapshot, bool LibraryOnly)? _withheld;
    private bool _hasAskedVersion;

    /// <summary>
    /// Whether commands of a version that the state machine does not support are in the log. Until the state machine has said what it supports,
    /// it is taken to support version 0.
    /// </summary>
    private bool IsBeyondSupport => Configuration.StateMachineVersion > _abilities.StateMachineVersion;

    private string BeyondSupportInWords =>
        $"the group's commands are of version {Configuration.StateMachineVersion}, and this server's state machine supports version "
        + $"{_abilities.StateMachineVersion}; run the software that supports {Configuration.StateMachineVersion}";

    /// <summary>Up to which entry of those that are committed the state machine may apply. The version never goes back, so that the latest tells.</summary>
    private long Supported(long index) =>
        IsBeyondSupport && _configurations.FirstAbove(_abilities.StateMachineVersion) is { } first ? Math.Min(index, first - 1) : index;

    private bool Supports(StoredSnapshot snapshot) =>
        snapshot.Content.Configuration.StateMachineVersion <= _abilities.StateMachineVersion;

    /// <summary>Another configuration is in force: is its version supported?</summary>
    private void CheckVersion()
    {
        if (IsBeyondSupport && !_hasAskedVersion)
        {
            // What waits here would be answered from a state that stands still.
            PendingReads.Refuse(this, _followerReads.TakeWhere(static _ => true), new Unavailable(BeyondSupportInWords));
            _stateMachine.Tell(TellVersion.Instance, Self);
        }

        _hasAskedVersion = IsBeyondSupport;
    }

    private void OnVersionSupported(int version)
    {
        var wasBeyond = IsBeyondSupport;
        if (version != _abilities.StateMachineVersion)
        {
            _abilities = _abilities.With(version);
        }

        if (IsBeyondSupport)
        {
            _logger.Error("{0} applies nothing and serves nobody: {1}", PersistenceId, BeyondSupportInWords);
        }
        else if (wasBeyond)
        {
            GoOnWithState();
        }
    }

    /// <summary>The state machine was made later than the journal was read.</summary>
    private void GoOnWithState()
    {
        _hasAskedVersion = false;
        if (_withheld is var (snapshot, libraryOnly))
        {
            _withheld = null;
            Restore(snapshot, libraryOnly);
        }
        else
        {
            HandOut([]);
        }

        if (_role == RaftRole.Follower)
        {
            CampaignWhenAlone();
        }
    }
}
