using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// What observers are told (hashicorp/raft's observers): by way of the supervisor, which knows them. The node compares its state behind each message with what
/// it told last, so that no place which changes a role or a term has to think of it. Nothing here decides anything.
/// </summary>
public sealed partial class RaftNode
{
    private ObservedState _told;

    /// <inheritdoc />
    protected override bool AroundReceive(Receive receive, object message)
    {
        var handled = base.AroundReceive(receive, message);
        TellWhatChanged();
        return handled;
    }

    private void TellWhatChanged()
    {
        if (_role == RaftRole.Recovering)
        {
            return;
        }

        if (_told.ConfigurationIndex != _configurations.LatestIndex || _told.IsCommitted != _configurations.IsLatestCommitted)
        {
            TellObservers(new MembershipChanged(_settings.Group, _self, _configurations.LatestIndex, Configuration, _configurations.IsLatestCommitted));
        }

        if (_told.LeaderId != _leaderId || (_told.LeaderAddress != LeaderAddress && !_leaderId.IsNone))
        {
            TellObservers(new LeaderChanged(_settings.Group, _self, _currentTerm, _leaderId, LeaderAddress));
        }

        if (_told.Role != _role || _told.Term != _currentTerm)
        {
            TellObservers(new RoleChanged(_settings.Group, _self, _role, _currentTerm));
        }
    }

    private void TellObservers(RaftObservation observation)
    {
        _told = _told.After(observation);
        Context.Parent.Tell(observation, Self);
    }

    private void TellSnapshot(SnapshotActivity activity, ServerId peer, long index, long bytesDone, long bytes) =>
        TellObservers(new SnapshotProgress(_settings.Group, _self, activity, peer, index, bytesDone, bytes));
}
