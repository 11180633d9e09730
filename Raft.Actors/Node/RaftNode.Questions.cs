using System.Globalization;
using Akka.Event;
using Raft.Actors.LogLines;
using Raft.Actors.Node.Questions;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node;

/// <summary>
/// What another server's messages may do here at all, and answers that nobody asked for (<see cref="QuestionBox"/>).
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>A part of an actor's name: 64 random bits.</summary>
    private string NewSecret() => ((ulong)_environment.NewIdentity()).ToString("x16", CultureInfo.InvariantCulture);

    private bool Refuses(IPeerMessage message, bool wasAsked)
    {
        if (WhyRefused(message, wasAsked) is not { } refusal)
        {
            return false;
        }

        if (_gate.ShouldLog(refusal.Kind, message.Header.From, Configuration, Now))
        {
            _logger.Warning(
                "{0} refused {1} from {2}: {3}",
                PersistenceId, message.GetType().Name, LogText.Clean(Sender.Path.ToString()), LogText.Clean(refusal.Reason));
        }

        if (message is ForwardedRequest)
        {
            // Its sender is a client, who sent it to a server that does not know yet that it is no member any more.
            Sender.Tell(new NotLeader(_leaderSeen.Id, LeaderAddress), Self);
        }

        return true;
    }

    private PeerRefusal? WhyRefused(IPeerMessage message, bool wasAsked)
    {
        if (!wasAsked && IsUnasked(message))
        {
            return new PeerRefusal(
                PeerRefusalKind.Unasked,
                "this server asked nobody to answer there: somebody made the answer up, or a server runs another program");
        }

        var own = new LocalIdentity(_identity.Group, _identity.Journal, _log.LastIndex > 0, _hardState.Term);
        return _gate.Refusal(message, Configuration, _leaderSeen.Id, HasLiveLeader, own)
            ?? (message is AppendEntries append && EntryRules.WhyNot(append) is { } senseless
                ? new PeerRefusal(PeerRefusalKind.Senseless, senseless)
                : null);
    }

    /// <summary>
    /// Whether a message is an answer that came to where this node can always be found. Answers to reads name a number
    /// that nobody can guess, in the place of an actor.
    /// </summary>
    private static bool IsUnasked(IPeerMessage message) => message is IPeerAnswer and not ReadIndexResponse;

    /// <summary>
    /// A server contradicts what is known here, and nothing proves that the message comes from that server: anybody could
    /// keep this one out of its group by such a message. So it changes nothing. While the leader that is
    /// followed contradicts what is committed here, this server serves nobody; the leader's next entries say who was right.
    /// </summary>
    private void RefuseContradiction(IPeerMessage message, SafetyBrokenException broken)
    {
        if (broken.IsOfCommitted)
        {
            _safety.Doubt(broken.Message);
        }

        if (_gate.ShouldLog(message.Header.From, broken.IsOfCommitted ? "contradiction" : "second leader", Now))
        {
            _logger.Error(
                "{0} refused {1}: {2}. Either somebody else sent it in that server's name, or the group's safety is broken "
                + "(docs/operations.md, Broken safety)",
                PersistenceId, message.GetType().Name, broken.Message);
        }
    }
}
