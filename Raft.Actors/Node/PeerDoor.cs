using Akka.Event;
using Raft.Actors.LogLines;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Identity;
using Raft.Actors.Node.Questions;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node;

/// <summary>
/// What other servers' messages may do here at all (<see cref="PeerGate"/>), answers to nothing (<see cref="QuestionBox"/>), and
/// messages that contradict what is known here.
/// </summary>
internal sealed class PeerDoor(INodeContext node, NodeIdentity identity, Safety safety)
{
    private readonly PeerGate _gate = new(node.Settings.Group, node.Self);

    /// <summary>Whether something about a server is worth a line in the log now.</summary>
    public bool ShouldLog(ServerId about, string reason) => _gate.ShouldLog(about, reason, node.Now);

    /// <summary>Whether a message is refused. The log says so, once in a while.</summary>
    /// <param name="message">The message.</param>
    /// <param name="wasAsked">Whether it came to where this server waits for answers.</param>
    /// <param name="hasLiveLeader">Whether a leader was heard of late, or is this server.</param>
    public bool Refuses(IPeerMessage message, bool wasAsked, bool hasLiveLeader)
    {
        if (WhyRefused(message, wasAsked, hasLiveLeader) is not { } refusal)
        {
            return false;
        }

        if (_gate.ShouldLog(refusal.Kind, message.Header.From, node.Configuration, node.Now))
        {
            node.Logger.Warning(
                "{0} refused {1} from {2}: {3}",
                node.Name, message.GetType().Name, LogText.Clean(node.Sender.Path.ToString()), LogText.Clean(refusal.Reason));
        }

        if (message is ForwardedRequest)
        {
            // Its sender is a client. It asked a server that does not know yet that it is no member any more.
            node.Tell(node.Sender, new NotLeader(node.LeaderId, node.LeaderAddress));
        }

        return true;
    }

    /// <summary>A request that this server cannot read. The log says so, once in a while.</summary>
    public void Refuse(UnreadableRequest unreadable)
    {
        if (ShouldLog(default, "unreadable"))
        {
            node.Logger.Warning(
                "{0} refused a request from {1}: {2}", node.Name, LogText.Clean(node.Sender.Path.ToString()), unreadable.Reason);
        }

        node.Tell(node.Sender, new InvalidRequest(unreadable.Reason));
    }

    /// <summary>
    /// A server contradicts what is known here, and nothing proves that the message comes from that server: anybody
    /// could keep this one out of its group by such a message. So it changes nothing. While the leader that is followed
    /// contradicts what is committed here, this server serves nobody; the leader's next entries say who was right.
    /// </summary>
    public void RefuseContradiction(IPeerMessage message, SafetyBrokenException broken)
    {
        if (broken.IsOfCommitted)
        {
            safety.Doubt(broken.Message);
        }

        if (ShouldLog(message.Header.From, broken.IsOfCommitted ? "contradiction" : "second leader"))
        {
            node.Logger.Error(
                "{0} refused {1}: {2}. Either somebody else sent it in that server's name, or the group's safety is broken "
                + "(docs/operations.md, Broken safety)",
                node.Name, message.GetType().Name, broken.Message);
        }
    }

    private PeerRefusal? WhyRefused(IPeerMessage message, bool wasAsked, bool hasLiveLeader)
    {
        if (!wasAsked && IsUnasked(message))
        {
            return new PeerRefusal(
                PeerRefusalKind.Unasked,
                "this server asked nobody to answer there: somebody made the answer up, or a server runs another program");
        }

        var own = new LocalIdentity(identity.Group, identity.Journal, node.Log.LastIndex > 0, node.Term);
        return _gate.Refusal(message, node.Configuration, node.LeaderId, hasLiveLeader, own)
            ?? (message is AppendEntries append && EntryRules.WhyNot(append) is { } senseless
                ? new PeerRefusal(PeerRefusalKind.Senseless, senseless)
                : null);
    }

    /// <summary>
    /// Whether a message is an answer that came to where this node can always be found. Answers to reads name a number
    /// that nobody can guess, in the place of an actor.
    /// </summary>
    private static bool IsUnasked(IPeerMessage message) => message is IPeerAnswer and not ReadIndexResponse;
}
