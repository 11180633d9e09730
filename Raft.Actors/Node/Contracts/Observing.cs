using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Contracts;

/// <summary>
/// What observers are told (hashicorp/raft's observers). It goes through the supervisor, which knows them. After each message the
/// node's state is compared with what was told last, so that no place which changes a role or a term has to think of it. Nothing
/// here decides anything.
/// </summary>
internal sealed class Observing(INodeContext node)
{
    private ObservedState _told = ObservedState.Unknown(node.Settings.Group, node.Self);

    private string Group => node.Settings.Group;

    /// <summary>The node has handled a message.</summary>
    public void TellWhatChanged()
    {
        if (node.Role == RaftRole.Recovering)
        {
            return;
        }

        var (term, configurations) = (node.Term, node.Configurations);
        var (index, isCommitted) = (configurations.LatestIndex, configurations.IsLatestCommitted);
        if (_told.ConfigurationIndex != index || _told.IsCommitted != isCommitted)
        {
            Tell(new MembershipChanged(Group, node.Self, index, configurations.Latest, isCommitted));
        }

        var address = node.LeaderAddress;
        if (_told.LeaderId != node.LeaderId || (_told.LeaderAddress != address && !node.LeaderId.IsNone))
        {
            Tell(new LeaderChanged(Group, node.Self, term, node.LeaderId, address));
        }

        if (_told.Role != node.Role || _told.Term != term)
        {
            Tell(new RoleChanged(Group, node.Self, node.Role, term));
        }
    }

    /// <summary>Tells the observers something.</summary>
    public void Tell(RaftObservation observation)
    {
        _told = _told.After(observation);
        node.TellSupervisor(observation);
    }

    /// <summary>Tells the observers of a snapshot.</summary>
    public void TellSnapshot(SnapshotActivity activity, ServerId peer, long index, long bytesDone, long bytes) =>
        Tell(new SnapshotProgress(Group, node.Self, activity, peer, index, bytesDone, bytes));
}
