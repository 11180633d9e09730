using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node.Leading;

/// <summary>What clients ask of a leader: what each request becomes, and when it is refused at once.</summary>
internal sealed class LeaderRequests(
    ILeaderContext node, Leadership leadership, Followers followers, HandOver handOver, Intake intake, LeaderReads reads,
    RestoreRequests restores, OwnState state)
{
    private readonly SkipRequests _skips = new(node, leadership, followers, intake, state);

    /// <summary>A request that only a leader answers.</summary>
    public void On(IRaftRequest request)
    {
        if (handOver.IsUnderWay && request is IEntryRequest)
        {
            node.Tell(node.Sender, handOver.RefusalOfNewWork());
            return;
        }

        if (node.StoppedInWords is { } stopped && request is not (SkipEntry or VerifyLeader))
        {
            node.Tell(node.Sender, new Unavailable(stopped));
            return;
        }

        switch (request)
        {
            case Apply apply:
                intake.Propose(apply);
                break;
            case ApplyBarrier barrier:
                intake.Propose(barrier);
                break;
            case RegisterSession or KeepSessionAlive or CloseSession:
                intake.ProposeSession(request);
                break;
            case RestoreRequest restore:
                restores.Propose(restore, intake, leadership.Commitment.HasCommittedInTerm);
                break;
            case SkipEntry skip:
                _skips.On(skip);
                break;
            case VerifyLeader:
                reads.Confirm(new PendingRead(null, node.Sender, node.Now, node.Now + node.Settings.Reads.Timeout));
                break;
            case Read read:
                On(read);
                break;
            default:
                node.OnRequest(request);
                break;
        }
    }

    private void On(Read read)
    {
        if (Carriage.WhyNot(node, read) is { } unfit)
        {
            node.Tell(node.Sender, unfit);
        }
        else
        {
            reads.Answer(read, PendingRead.Of(read, node.Sender, node.Now, node.Settings.Reads));
        }
    }
}
