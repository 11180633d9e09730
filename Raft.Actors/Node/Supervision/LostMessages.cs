using Akka.Actor;
using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Protocol;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Supervision;

/// <summary>
/// A node stops with whatever lies in its mailbox and in its state machine's, for Akka.Persistence stops it in the midst of its
/// work when a write fails. Akka makes dead letters of these; whoever waits for them is answered here.
/// </summary>
/// <param name="node">The node's path.</param>
internal sealed class LostMessages(ActorPath node)
{
    /// <summary>Answers those who wait for a message, and lets go of a view that lies in it.</summary>
    /// <param name="lost">The message; one that was for another actor than the node and its children is left alone.</param>
    /// <param name="notDone">What is told about a request that was not begun.</param>
    /// <param name="openOutcome">What is told about an entry that was committed.</param>
    /// <param name="self">Who answers.</param>
    public void Answer(DeadLetter lost, RaftFailure notDone, Func<long, RaftFailure> openOutcome, IActorRef self)
    {
        switch (lost.Message)
        {
            case Shutdown:
                break;
            case IRaftRequest or ForwardedRequest when IsOfNode(lost.Recipient):
                lost.Sender.Tell(notDone, self);
                break;
            case ViewTaken view when IsOfNode(lost.Recipient):
                view.View.Dispose();
                break;
            case WriteSnapshot write when IsOfNode(lost.Recipient):
                write.View.View.Dispose();
                break;
            case RunQueries asked when IsOfNode(lost.Recipient):
                foreach (var query in asked.Queries)
                {
                    query.Client.Tell(notDone, self);
                }

                break;
            case ApplyCommitted committed when IsOfNode(lost.Recipient):
                foreach (var pending in committed.Replies)
                {
                    pending.Client.Tell(openOutcome(pending.Index), self);
                }

                break;
        }
    }

    private bool IsOfNode(IActorRef recipient) => recipient.Path.Equals(node) || recipient.Path.Parent.Equals(node);
}
