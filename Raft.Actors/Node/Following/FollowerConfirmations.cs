using Akka.Actor;
using Akka.Event;
using Raft.Actors.Log;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Node.Snapshotting;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Following;

/// <summary>
/// What a follower answers its leader, once what the answer asserts is durable. What waits for the same write is answered
/// once, by the latest: a disk that hangs would otherwise pile answers up.
/// </summary>
internal sealed class FollowerConfirmations(
    INodeContext node, OwnState state, VersionSupport version, MachineFaults faults, LocalSnapshots snapshots)
{
    private HeldConfirmation? _latest;
    private (IActorRef Leader, Heartbeat Heartbeat)? _heldHeartbeat;

    /// <summary>Whether there is room for what the leader sends.</summary>
    public LogRoom Room { get; } = new(node, faults, snapshots);

    /// <summary>
    /// There is no room for new entries. The leader takes them as lost and tries again at growing intervals; meanwhile
    /// this server commits what it has. A server that only a snapshot of the leader can help says so.
    /// </summary>
    public void RefuseEntries(AppendEntries append, int known, long durableIndex)
    {
        if (node.ShouldLog(append.Header.From, "full"))
        {
            node.Logger.Warning(
                "{0} takes no more entries: its log has {1} bytes, and no snapshot lets go of them", node.Name, node.Log.Bytes);
        }

        var last = append.PrevLogIndex + known;
        if (snapshots.NeedsLeaders)
        {
            Confirm(append with { Entries = append.Entries[..known] }, LogMatch.Matches(last, known));
        }
        else
        {
            node.CommitUpTo(Math.Min(Math.Min(append.LeaderCommit, last), durableIndex));
        }
    }

    /// <summary>
    /// The log matches the leader's. It is confirmed, and what is committed of it counts, once all of it is durable.
    /// </summary>
    public void Confirm(AppendEntries append, LogMatch match)
    {
        var commitIndex = Math.Min(append.LeaderCommit, match.MatchIndex);
        var write = node.AwaitedWrite;
        if (write > 0 && _latest?.TryJoin(write, node.Sender, append, match.MatchIndex, commitIndex) == true)
        {
            return;
        }

        var confirmation = new HeldConfirmation(write, node.Sender, append, match.MatchIndex, commitIndex);
        _latest = confirmation;
        node.WhenDurable(() =>
        {
            if (node.Term == confirmation.Term)
            {
                var (sequence, matchIndex) = (confirmation.Sequence, confirmation.MatchIndex);
                var answer = NewAnswer(append, sequence, success: true, matchIndex, conflictTerm: 0, conflictIndex: 0);
                node.Tell(confirmation.Leader, answer);
                node.CommitUpTo(confirmation.CommitIndex);
            }
        });
    }

    /// <summary>The log does not match the leader's. That holds at once.</summary>
    public void Deny(AppendEntries append, LogMatch match) => node.Tell(
        node.Sender, NewAnswer(append, append.Sequence, success: false, matchIndex: 0, match.ConflictTerm, match.ConflictIndex));

    private AppendEntriesResponse NewAnswer(
        AppendEntries append, long sequence, bool success, long matchIndex, long conflictTerm, long conflictIndex) => new(
        node.HeaderTo(append.Header.From), sequence, success, matchIndex, conflictTerm, conflictIndex, snapshots.NeedsLeaders);

    /// <summary>
    /// The leader is heard. A heartbeat waits for no entries; only for its term, once, where that is new and not yet durable. The
    /// latest stands for those before it.
    /// </summary>
    public void Confirm(Heartbeat heartbeat)
    {
        if (node.DurableTerm == node.Term)
        {
            Answer(node.Sender, heartbeat);
            return;
        }

        if (_heldHeartbeat is null)
        {
            node.WhenDurable(AnswerHeld);
        }

        _heldHeartbeat = (node.Sender, heartbeat);
    }

    private void AnswerHeld()
    {
        var term = node.Term;
        if (_heldHeartbeat is var (leader, heartbeat) && heartbeat.Header.Term == term && node.DurableTerm == term)
        {
            Answer(leader, heartbeat);
        }

        _heldHeartbeat = null;
    }

    /// <summary>
    /// Says with the answer what this server reads, in full where the leader asks for it and does not know it; and why it serves
    /// nobody, if it does not.
    /// </summary>
    private void Answer(IActorRef leader, Heartbeat heartbeat)
    {
        var response = new HeartbeatResponse(node.HeaderTo(heartbeat.Header.From), heartbeat.Sequence);
        var abilities = version.Abilities;
        node.Tell(leader, heartbeat.KnownAbilities is not { } known
            ? response
            : response with
            {
                AbilitiesDigest = abilities.Digest,
                Abilities = known == abilities.Digest ? null : abilities,
                NotServing = node.NotServing,
                State = new StateReport(state.LastApplied, faults.StoppedAt?.Index ?? 0),
            });
    }
}
