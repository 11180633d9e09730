using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Following;

/// <summary>
/// What a follower has to tell its leader once a write is durable. Later messages of the same leader that wait for the same
/// write join it: their answer says all that the answers to those before would have said, for a success stands for every
/// message before it.
/// </summary>
/// <remarks>
/// The highest match index stands, whichever message brought it: within a term a leader's log only grows, so that what
/// matched once matches for as long as the leader is followed.
/// </remarks>
/// <param name="write">The number of the write that it waits for.</param>
/// <param name="leader">Who is answered: one replicator of the leader's.</param>
/// <param name="append">The message.</param>
/// <param name="matchIndex">Up to here the logs match.</param>
/// <param name="commitIndex">Up to here the log is then committed.</param>
internal sealed class HeldConfirmation(long write, IActorRef leader, AppendEntries append, long matchIndex, long commitIndex)
{
    public IActorRef Leader { get; } = leader;

    public long Term { get; } = append.Header.Term;

    public long Sequence { get; private set; } = append.Sequence;

    public long MatchIndex { get; private set; } = matchIndex;

    public long CommitIndex { get; private set; } = commitIndex;

    /// <summary>
    /// Lets a message be answered together with this one. False where it waits for another write, or is another leader's.
    /// </summary>
    public bool TryJoin(long awaitedWrite, IActorRef sender, AppendEntries later, long matches, long committed)
    {
        if (awaitedWrite != write || later.Header.Term != Term || !Leader.Equals(sender))
        {
            return false;
        }

        Sequence = Math.Max(Sequence, later.Sequence);
        MatchIndex = Math.Max(MatchIndex, matches);
        CommitIndex = Math.Max(CommitIndex, committed);
        return true;
    }
}
