using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Sessions;

namespace Raft.Actors.Node;

/// <summary>Client sessions, as a leader takes them in. What they are and how long they live is decided where the log is applied.</summary>
public sealed partial class RaftNode
{
    private void ProposeSession(IRaftRequest request)
    {
        switch (request)
        {
            case RegisterSession register:
                var limits = SessionLimits.Of(_settings.Sessions).Encode();
                Propose(new Proposal(EntryKind.RegisterSession, limits, default, Sender), register.EnqueueTimeout);
                break;
            case KeepSessionAlive { SessionId: > 0, LowestUnanswered: > 0 } keep:
                ProposeSession(EntryKind.KeepSessionAlive, new CommandSession(keep.SessionId, keep.LowestUnanswered, keep.LowestUnanswered));
                break;
            case CloseSession { SessionId: > 0 } close:
                ProposeSession(EntryKind.CloseSession, new CommandSession(close.SessionId, 1, 1));
                break;
            default:
                Sender.Tell(new InvalidRequest($"{request} names no session"), Self);
                break;
        }
    }

    private void ProposeSession(EntryKind kind, CommandSession session) =>
        Propose(new Proposal(kind, EncodedPayload.None, default, Sender) { Session = session }, enqueueTimeout: null);
}
