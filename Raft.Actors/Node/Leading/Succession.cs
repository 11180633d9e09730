using Akka.Actor;
using Akka.Event;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// Who leads next (dissertation 3.10): when an operator asks for it, when the leader shuts down in good order, when it
/// has taken its own vote away, and when it has no state and another has.
/// </summary>
internal sealed class Succession(
    ILeaderContext node, Leadership leadership, Followers followers, HandOver handOver, ProposalQueue proposals)
{
    /// <summary>An operator asks for another leader.</summary>
    public void OnTransferRequest(TransferLeadership request)
    {
        if (handOver.IsUnderWay)
        {
            node.Tell(node.Sender, handOver.RefusalOfNewWork());
            return;
        }

        var to = request.To.IsNone ? Best() : request.To;
        var configuration = node.Configuration;
        var reason = to.IsNone ? "no other voter is heard"
            : to == node.Self ? $"{to} leads already"
            : !configuration.Contains(to) ? $"server {to} is not a member ({configuration})"
            : !configuration.IsVoter(to) ? $"server {to} does not vote"
            : null;
        if (reason is not null)
        {
            node.Tell(node.Sender, new LeadershipTransferFailed(reason, Outcome.NotDone));
            return;
        }

        HandOverTo(to, node.Sender);
    }

    /// <summary>The voter that has most of the log and was heard of late; none where no other was.</summary>
    public ServerId Best()
    {
        var now = node.Now;
        return LeadershipTransfer.Choose(followers.Present
            .Where(follower => node.Configuration.IsVoter(follower.Server.Id, follower.KnownJournal))
            .Where(static follower => follower.NotServing is null)
            .Select(follower => (follower.Server.Id, MatchIndex: follower.Progress?.MatchIndex ?? 0))
            .Select(follower => (
                follower.Id,
                follower.MatchIndex,
                leadership.Lease.IsHeard(
                    follower.Id, hasConfirmed: follower.MatchIndex > 0, now, node.Settings.LeaderLeaseTimeout))));
    }

    /// <summary>Takes nothing new, brings a server up to date and has it call for an election.</summary>
    public void HandOverTo(ServerId to, IActorRef? client)
    {
        node.Logger.Info("{0} hands leadership of term {1} to {2}", node.Name, node.Term, to);
        handOver.Begin(to, client);
        foreach (var waiting in proposals.TakeWaiting())
        {
            node.Tell(waiting, handOver.RefusalOfNewWork());
        }

        TellSuccessor();
    }

    /// <summary>
    /// Tells the successor once it has all of the log; again at each tick, because the message may be lost, and a second one does
    /// nothing. Not before all is committed, so that every client whose command was taken gets its answer.
    /// </summary>
    public void TellSuccessor()
    {
        var last = node.Log.LastIndex;
        if (handOver.IsUnderWay && node.CommitIndex == last
            && followers.Find(handOver.Successor) is { Progress: { } progress } follower && progress.MatchIndex == last)
        {
            handOver.OnSuccessorTold();
            Tell(follower.Server);
        }
    }

    /// <summary>A leader without a vote tells the best of those that vote, on its way out.</summary>
    public void TellBest()
    {
        if (node.Configuration.Find(Best()) is { } successor)
        {
            Tell(successor);
        }
    }

    /// <summary>A leader without a state makes way for a voter that has come further.</summary>
    public void MakeWayWithoutState()
    {
        if (node.StoppedAt is not { } fault || handOver.IsUnderWay)
        {
            return;
        }

        var further = followers.Present.FirstOrDefault(follower =>
            node.Configuration.IsVoter(follower.Server.Id, follower.KnownJournal) && follower.State is { } state
            && (state.LastApplied >= fault.Index || state.StoppedAt > fault.LastIndex));
        if (further is not null)
        {
            HandOverTo(further.Server.Id, null);
        }
    }

    private void Tell(Server successor)
    {
        leadership.TellSuccessor();
        node.Tell(successor, new TimeoutNow(node.HeaderTo(successor.Id)));
    }
}
